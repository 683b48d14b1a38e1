"""Deleting a customer with what belongs to it (C-8), and planning several at once (C-6)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.contacts import why_not_deletable
from crm.domain.errors import NotAllowed
from crm.domain.saving import Acting, discard, stamp
from crm.i18n import N_
from crm.models import Contact, ContactRecord, Customer, Opportunity, Permission, ScheduleItem


def belongings(session: Session, customer: Customer, model: Any) -> list[Any]:
    wanted = select(model).where(model.customer_id == customer.id, model.deleted_at.is_(None))
    return list(session.scalars(wanted))


def delete_customer(session: Session, customer: Customer, acting: Acting) -> None:
    """To the recycle bin, with contacts, records, open schedule items and opportunities.

    Raises NotAllowed where the person may not change the customer, or could not delete each of its contacts and
    records (K-3); an administrator always can.
    """
    _check_reach(session, customer, acting)
    parts = [*belongings(session, customer, Contact), *belongings(session, customer, ContactRecord)]
    if any(why_not_deletable(part, customer, acting) for part in parts):
        raise NotAllowed(N_("It has contacts or records that you may not delete. Please ask an administrator."))
    items = [item for item in belongings(session, customer, ScheduleItem) if item.done_at is None]
    for part in [*parts, *items, *belongings(session, customer, Opportunity), customer]:
        discard(part, acting)
    stamp(customer, acting)
    session.flush()


def plan_next_contact(session: Session, customer: Customer, acting: Acting, next_contact_at: datetime) -> None:
    """修改下次聯繫時間. Raises NotAllowed where the person may not change the customer."""
    _check_reach(session, customer, acting)
    customer.next_contact_at = next_contact_at
    stamp(customer, acting)
    session.flush()


def _check_reach(session: Session, customer: Customer, acting: Acting) -> None:
    allowed = Customer.seen_by(acting.rights, Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
    if session.scalar(select(Customer.id).where(Customer.id == customer.id, allowed)) is None:
        raise NotAllowed(N_("You may see this customer but not change it."))
