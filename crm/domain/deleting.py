"""Deleting a customer with what belongs to it (C-8)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.contacts import why_not_deletable
from crm.domain.reach import check_reach, hold
from crm.entities.saving import Acting, discard, stamp
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.models import Contact, ContactRecord, Customer, Opportunity, Order, Quote, Receipt, ScheduleItem


@dataclass(frozen=True)
class Belongings:
    """What goes into the recycle bin together with a customer. Completed schedule items stay where they are."""

    contacts: list[Contact]
    records: list[ContactRecord]
    opportunities: list[Opportunity]
    quotes: list[Quote]
    items: list[ScheduleItem]

    def __iter__(self) -> Any:
        return iter([*self.contacts, *self.records, *self.opportunities, *self.quotes, *self.items])


def belongings(session: Session, customer: Customer) -> Belongings:
    def those(model: Any, *more: Any) -> list[Any]:
        wanted = select(model).where(model.customer_id == customer.id, model.deleted_at.is_(None), *more)
        return list(session.scalars(wanted))

    planned = those(ScheduleItem, ScheduleItem.done_at.is_(None))
    return Belongings(those(Contact), those(ContactRecord), those(Opportunity), those(Quote), planned)


def why_not_delete(session: Session, customer: Customer, acting: Acting) -> DomainError | None:
    """What keeps this person from deleting the customer; None where nothing does."""
    try:
        check_reach(session, customer, acting)
    except NotAllowed as refusal:
        return refusal
    if orders := _count(session, customer, Order):
        return DomainError(N_("It has sales orders (%(count)s), so it cannot be deleted."), count=orders)
    if receipts := _count(session, customer, Receipt):
        return DomainError(N_("It has receipts (%(count)s), so it cannot be deleted."), count=receipts)
    theirs = belongings(session, customer)
    if any(why_not_deletable(part, customer, acting) for part in [*theirs.contacts, *theirs.records]):
        return NotAllowed(N_("It has contacts or records that you may not delete. Please ask an administrator."))
    return None


def _count(session: Session, customer: Customer, model: Any) -> int:
    wanted = select(func.count()).select_from(model).where(model.customer_id == customer.id, model.deleted_at.is_(None))
    return session.scalar(wanted) or 0


def delete_customer(session: Session, customer: Customer, acting: Acting) -> None:
    """To the recycle bin, with contacts, records, open schedule items, opportunities and their quotes.

    Raises DomainError where it has orders or receipts; NotAllowed where the person may not change the customer, or
    could not delete each of its contacts and records (K-3), which an administrator always can.
    """
    hold(session, customer)
    refusal = why_not_delete(session, customer, acting)
    if refusal is not None:
        raise refusal
    for part in [*belongings(session, customer), customer]:
        discard(part, acting)
    stamp(customer, acting)
    session.flush()
