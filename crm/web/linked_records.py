"""Records that a page names: those that the reader may see, with a link (rule: `crm/entities/linked_records.py`)."""

from typing import Any

from flask import g, url_for
from sqlalchemy import select

from crm.entities.linked_records import Linked, visible_link
from crm.extensions import db
from crm.models import Customer, Opportunity
from crm.web.access import rights


def linked(model: type[Linked], record_id: int | None, endpoint: str) -> tuple[Linked | None, str]:
    """(the record, its address); (None, "") where it is not the person's to see (any more)."""
    record = _visible_record(model, record_id)
    return record, url_for(endpoint, id=record_id) if record is not None else ""


def linked_customer(customer_id: int) -> tuple[Customer, str]:
    """Whose record it is: its name is shown to whoever sees the record, its address where they may open the file."""
    statement = select(Customer, Customer.seen_by(rights())).where(Customer.id == customer_id)
    customer, is_visible = db.session.execute(statement).one()
    return customer, url_for("customers.show", id=customer_id) if is_visible else ""


def unseen_opportunity(quote: Any) -> set[str]:
    """The field stays out of the form where it would name what the person may not see.

    What it holds is kept: a verb leaves alone what it is not given.
    """
    if quote is None or quote.opportunity_id is None:
        return set()
    return {"opportunity_id"} if _visible_record(Opportunity, quote.opportunity_id) is None else set()


def _visible_record(model: type[Linked], record_id: int | None) -> Linked | None:
    """Asked once in a request: the form and the head of a page name the same record."""
    known = g.setdefault("linked", {})
    if (model, record_id) not in known:
        known[model, record_id] = visible_link(db.session(), rights(), model, record_id)
    record: Linked | None = known[model, record_id]
    return record
