"""Records that a record links to: the reader sees of each only what their permissions and scope allow (A-7).

Pages, lists, exports, sheets and forms all ask here before they name a contact, an opportunity, a quote, an order or a
receipt that a record points to. Whoever may not see it learns neither its name nor its code, and a form keeps the link
without showing it.

The deliberate exceptions, in `EXCEPTIONS`, are the only ones.
"""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import Session

from crm.models import Contact, Customer, Opportunity, Order, Permission, Quote, Receipt, Rights

Linked = TypeVar("Linked", Contact, Opportunity, Quote, Order, Receipt)

EXCEPTIONS = (
    ("a document's customer", "the name alone: whoever sells, decides or collects must know from whom (SO-3, RC-3)"),
    ("the orders that a receipt pays", "number, days and amounts: without them nobody can decide on it (RC-2)"),
    ("the contact of one's own document", "the name alone, to its salesperson, also after the customer went on (C-7)"),
    ("public search", "the columns that the policy allows, of every customer (N-2)"),
    ("the check for duplicates", "name and owner of a like customer, whoever's it is (C-3)"),
    ("the text of a notice or an email", "what its reader was told when it was sent stays as it was (F-4)"),
)
"""(what, why) may be named to people who may not see the record itself."""


def seen_by(model: Any, rights: Rights) -> ColumnElement[bool]:
    """The condition that a linked record may be named; for a select that joins its customer.

    A contact that lies in the recycle bin keeps its name where something names it.
    """
    condition: ColumnElement[bool] = model.named_to(rights) if model is Contact else model.seen_by(rights)
    return condition


def link_condition(model: Any, on: ColumnElement[bool], rights: Rights, salesperson: Any = None) -> ColumnElement[bool]:
    """What an outer join of the linked record asks, in a select that joins the customer of both.

    `salesperson` is the column of the one who knows the contact of their own document.
    """
    visible = seen_by(model, rights)
    if salesperson is not None:
        visible = or_(visible, salesperson == rights.user_id)
    return and_(on, model.customer_id == Customer.id, visible)


def is_own(record: Any, rights: Rights) -> bool:
    """Whether it is a document of this salesperson: they know the name of the contact that it names."""
    return getattr(record, "owner_id", None) == rights.user_id


def visible_link(session: Session, rights: Rights, model: type[Linked], record_id: int | None) -> Linked | None:
    """The linked record, if the person may see it."""
    if record_id is None:
        return None
    statement: Select[Any] = select(model).join(Customer, Customer.id == model.customer_id)
    record: Linked | None = session.scalars(statement.where(model.id == record_id, seen_by(model, rights))).first()
    return record


def visible_links(session: Session, rights: Rights, statement: Select[Any], model: type[Linked]) -> list[Linked]:
    """Those of `statement` (a select of the model) that the person may see, in its order."""
    joined = statement.join(Customer, Customer.id == model.customer_id)
    return list(session.scalars(joined.where(seen_by(model, rights))))


def paid_order_title(rights: Rights) -> ColumnElement[Any]:
    """The title of an order that a receipt pays, for those who may see it as an order or as a receivable."""
    visible = Order.seen_by(rights) | Order.seen_by(rights, Permission.RECEIVABLES_VIEW)
    return case((visible, Order.title), else_=None).label("title")
