"""Former owners wait before they claim a customer again, and it keeps its idle days (Q-5)."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers.customer_events import CREATED, OWNER
from crm.domain.platform.settings import FirmSettings, read_settings
from crm.entities.record_saving import Actor
from crm.models import Customer, CustomerEvent


def claimable_from(session: Session, customer: Customer, actor: Actor) -> date | None:
    """The first day on which the person may claim the customer again; None where that is today."""
    return _claim_days(session, actor, CustomerEvent.customer_id == customer.id).get(customer.id)


def waiting_periods(session: Session, actor: Actor) -> dict[int, date]:
    """Customer's id → the first day of claiming it again, of all that the person gave back or lost of late."""
    return _claim_days(session, actor)


def _claim_days(session: Session, actor: Actor, *which: ColumnElement[bool]) -> dict[int, date]:
    firm = read_settings(session)
    if not firm.claim_pause_days:
        return {}
    event = CustomerEvent
    lost = (event.kind == OWNER, event.before_id == actor.user_id, event.after_id.is_(None))
    statement = select(event.customer_id, func.max(event.at)).where(
        *lost, event.at >= _pause_began(firm, actor), *which
    )
    return {
        customer_id: clock.day_of(at, actor.zone) + timedelta(days=firm.claim_pause_days)
        for customer_id, at in session.execute(statement.group_by(event.customer_id))
    }


def _pause_began(firm: FirmSettings, actor: Actor) -> datetime:
    """Whoever lost a customer on this day or later still waits."""
    first = clock.day_of(actor.now, actor.zone) - timedelta(days=firm.claim_pause_days - 1)
    return clock.start_of(first, actor.zone)


def previous_owned_since(session: Session, customer: Customer, person_id: int, actor: Actor) -> datetime | None:
    """Since when the person has had the customer, as if it had not been away; None for a new owner.

    Whoever else had it meanwhile for no longer than the pause does not count. What somebody else decided (a manager who
    assigned it) is a beginning.
    """
    event = CustomerEvent
    moves = select(event).where(event.customer_id == customer.id, event.kind.in_((OWNER, CREATED)))
    limit = _pause_began(read_settings(session), actor)
    since = None
    for move in session.scalars(moves.order_by(event.at.desc(), event.id.desc())):
        if move.after_id == person_id:
            since = move.at
            if move.by_id not in (move.before_id, move.after_id):
                break
        elif move.after_id is not None and move.at < limit:
            break
    return since
