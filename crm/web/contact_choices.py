"""The drop-down of a customer's contacts, in every form that names one (R-1, B-1)."""

from typing import Any

from sqlalchemy import and_, or_, select, true

from crm.entities.linked_records import is_own
from crm.extensions import db
from crm.models import Contact, Customer
from crm.web.access import rights
from crm.web.forms import RecordForm

MAX_CONTACTS = 200


def fill_contact_choices(form: RecordForm, customer_id: int | None, record: Any = None) -> None:
    """Offer the customer's contacts that the person may see, and the one that their own `record` names already.

    Where they may not know whom it names, the field stays out of the form, so that saving leaves it as it is.
    """
    current_id = record.contact_id if record is not None else None
    in_sight = true() if is_own(record, rights()) else Contact.named_to(rights())
    is_offered = and_(Contact.customer_id == (customer_id or 0), Contact.seen_by(rights()))
    statement = (
        select(Contact.id, Contact.name, Contact.job_title, Contact.deleted_at, in_sight.label("in_sight"))
        .join(Customer, Customer.id == Contact.customer_id)
        .where(
            is_offered if current_id is None else or_(Contact.id == current_id, is_offered)
        )  # "id IS NULL or" walks the whole table
    )
    contacts = db.session.execute(
        statement.order_by(Contact.is_main.desc(), Contact.pinyin, Contact.id).limit(MAX_CONTACTS)
    ).all()
    if any(c.id == current_id and not c.in_sight for c in contacts):
        form.remove_field("contact_id")
        return
    alive = (c for c in contacts if c.deleted_at is None)
    form["contact_id"].listed = [(str(c.id), f"{c.name} {c.job_title or ''}".strip()) for c in alive]


def chosen_contact(form: RecordForm) -> str:
    """The contact that the record names, in words; empty where it is not the person's to see."""
    return str(form["contact_id"].chosen_label()) if "contact_id" in form else ""
