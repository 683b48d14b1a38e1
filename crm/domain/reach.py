"""Whether a person may change a customer, for verbs that change one of several (C-6, A-7)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.entities.saving import Acting
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.models import Customer, Permission
from crm.models.rights import surely_in_scope

GONE = N_("It is not there any more, or not yours to see.")


def lock_for_update(session: Session, record: Any) -> None:
    """Look again, and keep others off until the end of the transaction. Raises DomainError where it was deleted."""
    session.refresh(record, with_for_update=True)
    if record.deleted_at is not None:
        raise DomainError(GONE)


def check_reach(
    session: Session, customer: Customer, acting: Acting, owned: Permission = Permission.CUSTOMERS_SAVE
) -> None:
    """Raises NotAllowed where the person may see the customer but not change it, or what belongs to it.

    `owned` names the right for customers that have an owner; those of the pools are changed by `pool:save`. Every
    verb asks it itself, so that pages, boxes, bulk actions and imports cannot differ.
    """
    held = customer.owner_id is not None and customer.deleted_at is None
    if held and surely_in_scope(customer.owner_id, acting.rights, owned):
        return
    allowed = Customer.seen_by(acting.rights, owned, Permission.POOL_SAVE)
    if session.scalar(select(Customer.id).where(Customer.id == customer.id, allowed)) is None:
        raise NotAllowed(N_("You may see this customer but not change it."))
