"""The drop-down of a customer's contacts, in every form that names one (R-1, B-1)."""

from sqlalchemy import or_, select

from crm.extensions import db
from crm.models import Contact, Customer
from crm.web.access import rights
from crm.web.forms import RecordForm

MOST = 200


def list_contacts(form: RecordForm, customer_id: int | None, kept: int | None = None) -> None:
    """Offer the customer's contacts that the person may see, and the one that the record has already (`kept`)."""
    wanted = (
        select(Contact.id, Contact.name, Contact.job_title)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(Contact.customer_id == (customer_id or 0), Contact.deleted_at.is_(None))
        .where(or_(Contact.seen_by(rights()), Contact.id == kept))
    )
    found = db.session.execute(wanted.order_by(Contact.is_main.desc(), Contact.pinyin, Contact.id).limit(MOST))
    form["contact_id"].listed = [(str(c.id), f"{c.name} {c.job_title or ''}".strip()) for c in found]
