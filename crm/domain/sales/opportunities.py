"""Verbs of opportunities: saved, moved between stages, closed, handed on (B-1 to B-3)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.customers.contacts import check_contact
from crm.domain.sales.salespeople import set_salesperson
from crm.entities import policy
from crm.entities.names_and_codes import set_code, set_name
from crm.entities.record_saving import Actor, assign, check_version, lock_for_update, stamp
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import Customer, DictionaryItem, Opportunity, Permission, StageEvent
from crm.models.opportunities import LOST, OPEN

PLAIN_KEYS = tuple("contact_id amount expected_on source_id competitor notes".split())
STAGES = "opportunity_stage"
MOVE = "move"

policy.declare_action("opportunities", MOVE, Permission.OPPORTUNITIES_SAVE)


def save_opportunity(
    session: Session,
    opportunity: Opportunity | None,
    customer: Customer,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> Opportunity:
    """Make or change an opportunity of the customer; a new one belongs to the person, unless they may assign.

    Raises NotAllowed out of reach, FieldError for a taken code, another customer's contact, an owner out of reach or a
    loss without a reason; StaleRecord where somebody else saved first.
    """
    is_new = opportunity is None
    lock_for_update(session, opportunity)
    policy.check_save(session, actor, "opportunities", opportunity, customer)
    opportunity = opportunity or Opportunity(customer_id=customer.id, state=OPEN)
    check_version(opportunity, opened_version)
    before = (opportunity.stage_id, opportunity.state if not is_new else None)
    set_name(opportunity, values, key="title")
    assign(opportunity, values, PLAIN_KEYS)
    check_contact(session, opportunity.contact_id, customer.id)
    set_salesperson(session, opportunity, values.get("owner_id"), actor)
    _set_stage(session, opportunity, values.get("stage_id") or opportunity.stage_id, values)
    _set_state(opportunity, values.get("state") or opportunity.state, values, actor)
    set_code(session, opportunity, "opportunities", values.get("code"), actor)
    stamp(opportunity, actor)
    session.add(opportunity)
    session.flush()
    _note_change(session, opportunity, before, actor)
    return opportunity


def move_to_stage(
    session: Session, opportunity: Opportunity, stage_id: int, actor: Actor, opened_version: int | None
) -> Opportunity:
    """Move it on the board (B-3). Raises StaleRecord where the board is out of date, DomainError where it is closed."""
    lock_for_update(session, opportunity)
    check_version(opportunity, opened_version)
    policy.check(session, actor, MOVE, opportunity)
    if opportunity.stage_id == stage_id:
        return opportunity
    before = (opportunity.stage_id, opportunity.state)
    _set_stage(session, opportunity, stage_id, {})
    stamp(opportunity, actor)
    session.flush()
    _note_change(session, opportunity, before, actor)
    return opportunity


def close_opportunity(
    session: Session, opportunity: Opportunity, state: str, reason: str | None, actor: Actor, opened_version: int | None
) -> Opportunity:
    """Win or lose it (B-4). Raises what `move_to_stage` does, and FieldError for a loss without a reason."""
    lock_for_update(session, opportunity)
    check_version(opportunity, opened_version)
    policy.check(session, actor, MOVE, opportunity)
    before = (opportunity.stage_id, opportunity.state)
    _set_state(opportunity, state, {"reason": reason}, actor)
    stamp(opportunity, actor)
    session.flush()
    _note_change(session, opportunity, before, actor)
    return opportunity


@policy.guard("opportunities", MOVE)
def _in_progress(session: Session, opportunity: Opportunity, actor: Actor) -> DomainError | None:
    if opportunity.state == OPEN:
        return None
    return DomainError(N_("This opportunity is no longer in progress. Open it to change its status first."))


def _set_stage(session: Session, opportunity: Opportunity, stage_id: int, values: Mapping[str, Any]) -> None:
    """The probability follows the stage where it is empty, or was the former stage's own (B-1)."""
    former = session.get(DictionaryItem, opportunity.stage_id) if opportunity.stage_id else None
    stage = session.get(DictionaryItem, stage_id) if stage_id else None
    is_moved = former is not stage
    if stage is None or stage.dictionary != STAGES or (is_moved and stage.retired):
        raise FieldError("stage_id", N_("Please choose one from the list."))
    stored = opportunity.probability
    probability = values.get("probability", stored)
    untouched = is_moved and former is not None and probability == stored == former.value
    opportunity.stage_id = stage.id
    opportunity.probability = stage.value if probability is None or untouched else probability


def check_reason(state: str | None, reason: str | None) -> None:
    if state == LOST and not reason:
        raise FieldError("reason", N_("Please enter why it was lost."))


def _set_state(opportunity: Opportunity, state: str, values: Mapping[str, Any], actor: Actor) -> None:
    """Closing it keeps when and why; opening it again forgets both (the history has them)."""
    reason = values.get("reason", opportunity.reason)
    check_reason(state, reason)
    if state != opportunity.state:
        opportunity.closed_at = actor.now if state != OPEN else None
        reopened = state == OPEN and reason == opportunity.reason
        opportunity.state, opportunity.reason = state, None if reopened else reason
    else:
        opportunity.reason = reason


def _note_change(
    session: Session, opportunity: Opportunity, before: tuple[int | None, str | None], actor: Actor
) -> None:
    """A line of its history, where stage or state changed (B-3)."""
    stage_before, state_before = before
    if (opportunity.stage_id, opportunity.state) == before:
        return
    session.add(
        StageEvent(
            opportunity_id=opportunity.id,
            at=actor.now,
            by_id=actor.user_id,
            before_id=stage_before,
            after_id=opportunity.stage_id,
            state_before=state_before,
            state_after=opportunity.state,
            reason=opportunity.reason if opportunity.state != state_before else None,
        )
    )
    session.flush()
