"""What belongs to one customer, as far as a person may see it: how many of each kind, and what is still open (C-10)."""

from collections.abc import Hashable
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session

from crm.entities import policy
from crm.entities.contacts import CONTACT
from crm.entities.entity import Entity
from crm.entities.measures import IN_PROGRESS, OPEN
from crm.entities.opportunities import OPPORTUNITY
from crm.entities.orders import ORDER
from crm.entities.registry import belonging_to
from crm.entities.schedule import ITEM
from crm.models import Attachment, Contact, Customer, Opportunity, Order, Rights, ScheduleItem
from crm.models.prepared import prepared_rows, rights_key
from crm.models.rights import surely_in_scope
from crm.models.shared_scopes import ApprovableDocument, BelongsToCustomer

FILES = "attachments"
CUSTOMER_ID: Any = bindparam("customer", type_=Integer)


class Reach:
    """What the person may see of what belongs to the customer. The conditions name the customer as a parameter, so that
    a statement made of them is good for all customers of the same `key`."""

    def __init__(self, customer: Customer, rights: Rights) -> None:
        self.customer_id, self.rights = customer.id, rights
        kinds_with_tab = [kind for kind, link in belonging_to("customers") if link.tab]
        self.kinds = tuple(kind for kind in kinds_with_tab if policy.may(rights, kind, policy.VIEW))
        self._whole = frozenset(kind.key for kind in self.kinds if _all_seen(kind, customer, rights))
        self.key: Hashable = (rights_key(rights), tuple(kind.key for kind in self.kinds), self._whole)

    def rows(self, kind: Entity, *columns: Any) -> Select[Any]:
        """The customer's records of the kind that the person may see."""
        model = kind.model
        statement = select(*columns).select_from(model).where(model.customer_id == CUSTOMER_ID)
        if kind.key in self._whole:
            return statement.where(model.deleted_at.is_(None))
        if not model.customer_id.nullable:
            statement = statement.join(Customer, Customer.id == model.customer_id)
        return statement.where(policy.reached(kind, self.rights))


def _all_seen(kind: Entity, customer: Customer, rights: Rights) -> bool:
    """Whether the customer itself lies within reach of the right to the kind: that spares conditions."""
    through_customer = issubclass(kind.model, (BelongsToCustomer, ApprovableDocument))
    return through_customer and surely_in_scope(customer.owner_id, rights, kind.permission("view"))


def files_of(*columns: Any) -> Select[Any]:
    """The files that hang on the customer itself."""
    return select(*columns).where(
        Attachment.kind == "customers", Attachment.record_id == CUSTOMER_ID, Attachment.deleted_at.is_(None)
    )


def counts_of(session: Session, reach: Reach) -> dict[str, int]:
    """Kind → how many of the customer's records the person may see; files too. One statement."""

    def make() -> Select[Any]:
        counted = [reach.rows(kind, func.count()) for kind in reach.kinds]
        return select(*(count.scalar_subquery() for count in (*counted, files_of(func.count()))))

    (row,) = prepared_rows(session, ("counts", reach.key), make, customer=reach.customer_id)
    return dict(zip([*(kind.key for kind in reach.kinds), FILES], row, strict=True))


def open_items(session: Session, reach: Reach, limit: int) -> list[ScheduleItem]:
    """What is still to be done for the customer, the earliest first."""
    row = ScheduleItem

    def make() -> Select[Any]:
        statement = reach.rows(ITEM, row).where(row.done_at.is_(None))
        return statement.order_by(row.starts_at, row.id).limit(limit)

    key = ("to do", limit, reach.key)
    return [row[0] for row in prepared_rows(session, key, make, records=True, customer=reach.customer_id)]


def main_contact_of(session: Session, reach: Reach) -> Any:
    """Name, position, mobile and telephone of the main contact, where the person may see it."""
    if CONTACT not in reach.kinds:
        return None

    def make() -> Select[Any]:
        columns = (Contact.name, Contact.job_title, Contact.mobile, Contact.phone)
        return reach.rows(CONTACT, *columns).where(Contact.is_main).limit(1)

    return next(iter(prepared_rows(session, ("main", reach.key), make, customer=reach.customer_id)), None)


def open_opportunities(session: Session, reach: Reach, limit: int) -> list[Any]:
    """The opportunities in progress, those expected soonest first: number, title, stage, amount, day."""
    row = Opportunity

    def make() -> Select[Any]:
        columns = (row.id, row.title, row.stage_id, row.amount, row.expected_on)
        order = (row.expected_on.is_(None), row.expected_on, row.id)
        return reach.rows(OPPORTUNITY, *columns).where(*IN_PROGRESS).order_by(*order).limit(limit)

    rows: list[Any] = prepared_rows(session, ("open", limit, reach.key), make, customer=reach.customer_id)
    return rows


def owed_orders(session: Session, reach: Reach, limit: int) -> list[Any]:
    """The approved orders that are not wholly paid, the longest due first: number, code, what is open, what of it no
    receipt waits for, due day."""
    row = Order

    def make() -> Select[Any]:
        columns = (row.id, row.code, row.open.label("open"), row.collectable.label("collectable"), row.due_on)
        order = (row.due_on.is_(None), row.due_on, row.id)
        return reach.rows(ORDER, *columns).where(*OPEN).order_by(*order).limit(limit)

    rows: list[Any] = prepared_rows(session, ("owed", limit, reach.key), make, customer=reach.customer_id)
    return rows
