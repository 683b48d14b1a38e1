"""Verbs of opportunities: saved, moved between stages, closed, handed on, deleted (B-1 to B-3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.domain.contacts import check_contact
from crm.domain.salespeople import set_salesperson
from crm.entities.naming import set_code, set_name
from crm.entities.saving import Acting, assign, check_version, discard, stamp
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Customer, DictionaryItem, Opportunity, Order, Permission, Quote, Rights, StageEvent
from crm.models.opportunities import LOST, OPEN

PLAIN_KEYS = tuple("contact_id amount expected_on source_id competitor notes".split())
STAGES = "opportunity_stage"


def save_opportunity(
    session: Session,
    opportunity: Opportunity | None,
    customer: Customer,
    values: Mapping[str, Any],
    acting: Acting,
    opened: int | None = None,
) -> Opportunity:
    """Make or change an opportunity of the customer; a new one belongs to the person, unless they may assign.

    Raises FieldError for a taken code, another customer's contact, an owner out of reach or a loss without a
    reason; StaleRecord where somebody else saved first.
    """
    fresh = opportunity is None
    opportunity = opportunity or Opportunity(customer_id=customer.id, state=OPEN)
    _lock(session, opportunity)
    check_version(opportunity, opened)
    before = (opportunity.stage_id, opportunity.state if not fresh else None)
    set_name(opportunity, values, key="title")
    assign(opportunity, values, PLAIN_KEYS)
    check_contact(session, opportunity.contact_id, customer.id)
    set_salesperson(session, opportunity, values.get("owner_id"), acting)
    _set_stage(session, opportunity, values.get("stage_id") or opportunity.stage_id, values)
    _set_state(opportunity, values.get("state") or opportunity.state, values, acting)
    set_code(session, opportunity, "opportunities", values.get("code"), acting)
    stamp(opportunity, acting)
    session.add(opportunity)
    session.flush()
    _note_change(session, opportunity, before, acting)
    return opportunity


def move_to_stage(
    session: Session, opportunity: Opportunity, stage_id: int, acting: Acting, opened: int | None
) -> Opportunity:
    """Move it on the board (B-3). Raises StaleRecord where the board is out of date, DomainError where it is closed."""
    check_changeable(session, opportunity, acting)
    _lock(session, opportunity)
    check_version(opportunity, opened)
    if opportunity.state != OPEN:
        raise DomainError(N_("This opportunity is not in progress any more. Open it to change its state first."))
    if opportunity.stage_id == stage_id:
        return opportunity
    before = (opportunity.stage_id, opportunity.state)
    _set_stage(session, opportunity, stage_id, {})
    stamp(opportunity, acting)
    session.flush()
    _note_change(session, opportunity, before, acting)
    return opportunity


def may_change(session: Session, opportunity: Opportunity, rights: Rights) -> bool:
    """Whether the right to save reaches it: by its owner, or through its customer."""
    reached = Opportunity.seen_by(rights, Permission.OPPORTUNITIES_SAVE)
    wanted = select(Opportunity.id).join(Customer, Customer.id == Opportunity.customer_id)
    return session.scalar(wanted.where(Opportunity.id == opportunity.id, reached)) is not None


def check_changeable(session: Session, opportunity: Opportunity, acting: Acting) -> None:
    if not may_change(session, opportunity, acting.rights):
        raise NotAllowed(N_("You may look at this opportunity, but not change it."))


def _quotes(opportunity_ids: Sequence[int]) -> Select[Quote]:
    return select(Quote).where(Quote.opportunity_id.in_(opportunity_ids), Quote.deleted_at.is_(None))


def count_quotes(session: Session, opportunity_ids: Sequence[int]) -> int:
    """How many quotes a deletion takes along (B-2)."""
    return session.scalar(select(func.count()).select_from(_quotes(opportunity_ids).subquery())) or 0


def has_order(session: Session, opportunity: Opportunity) -> bool:
    """Whether a sales order came of it, by a quote or not (B-2)."""
    wanted = select(Order.id).where(Order.opportunity_id == opportunity.id, Order.deleted_at.is_(None))
    return session.scalar(wanted.limit(1)) is not None


def delete_opportunity(session: Session, opportunity: Opportunity, acting: Acting) -> None:
    """To the recycle bin, its quotes with it (B-2). Raises NotAllowed out of reach, DomainError with an order."""
    check_changeable(session, opportunity, acting)
    _lock(session, opportunity)
    if has_order(session, opportunity):
        raise DomainError(N_("An opportunity with an order cannot be deleted."))
    for part in [opportunity, *session.scalars(_quotes([opportunity.id]))]:
        discard(part, acting)
        part.version += 1
    session.flush()


def _lock(session: Session, opportunity: Opportunity) -> None:
    if opportunity.id is not None:
        session.refresh(opportunity, with_for_update=True)


def _set_stage(session: Session, opportunity: Opportunity, stage_id: int, values: Mapping[str, Any]) -> None:
    """The probability follows the stage where it is empty, or was the former stage's own (B-1)."""
    former = session.get(DictionaryItem, opportunity.stage_id) if opportunity.stage_id else None
    stage = session.get(DictionaryItem, stage_id) if stage_id else None
    moved = former is not stage
    if stage is None or stage.dictionary != STAGES or (moved and stage.retired):
        raise FieldError("stage_id", N_("Please choose one of the list."))
    kept = opportunity.probability
    probability = values.get("probability", kept)
    untouched = moved and former is not None and probability == kept == former.value
    opportunity.stage_id = stage.id
    opportunity.probability = stage.value if probability is None or untouched else probability


def _set_state(opportunity: Opportunity, state: str, values: Mapping[str, Any], acting: Acting) -> None:
    """Closing it keeps when and why; opening it again forgets both (the history has them)."""
    reason = values.get("reason", opportunity.reason)
    if state == LOST and not reason:
        raise FieldError("reason", N_("Please say why it was lost."))
    if state != opportunity.state:
        opportunity.closed_at = acting.now if state != OPEN else None
        reopened = state == OPEN and reason == opportunity.reason
        opportunity.state, opportunity.reason = state, None if reopened else reason
    else:
        opportunity.reason = reason


def _note_change(
    session: Session, opportunity: Opportunity, before: tuple[int | None, str | None], acting: Acting
) -> None:
    """A line of its history, where stage or state changed (B-3)."""
    stage_before, state_before = before
    if (opportunity.stage_id, opportunity.state) == before:
        return
    session.add(
        StageEvent(
            opportunity_id=opportunity.id,
            at=acting.now,
            by_id=acting.user_id,
            before_id=stage_before,
            after_id=opportunity.stage_id,
            state_before=state_before,
            state_after=opportunity.state,
            reason=opportunity.reason if opportunity.state != state_before else None,
        )
    )
    session.flush()
