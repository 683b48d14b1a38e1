"""Whether a person may change a customer, for verbs that change one of several (C-6, A-7)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.errors import DomainError, NotAllowed
from crm.domain.saving import Acting
from crm.i18n import N_
from crm.models import Customer, Permission

GONE = N_("It is not there any more, or not yours to see.")


def hold(session: Session, customer: Customer) -> None:
    """Look again, and keep others off until the end of the transaction. Raises DomainError where it was deleted."""
    session.refresh(customer, with_for_update=True)
    if customer.deleted_at is not None:
        raise DomainError(GONE)


def check_reach(session: Session, customer: Customer, acting: Acting) -> None:
    """Raises NotAllowed where the person may see the customer but not change it."""
    allowed = Customer.seen_by(acting.rights, Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
    if session.scalar(select(Customer.id).where(Customer.id == customer.id, allowed)) is None:
        raise NotAllowed(N_("You may see this customer but not change it."))
