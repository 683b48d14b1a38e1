"""Verbs of contacts (K-1 to K-3)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm import clock
from crm.entities import policy
from crm.entities.names_and_codes import set_code, set_name
from crm.entities.record_saving import Actor, assign, check_version, stamp
from crm.entities.writer import NOT_ITS_CONTACT
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Contact, Customer
from crm.text import fold

PLAIN_KEYS = tuple("gender department job_title mobile phone email qq wechat line birthday address notes".split())
MAIN_CONTACT = {"main_contact": "name", "main_mobile": "mobile", "main_job_title": "job_title"}
"""The fields of a customer that are its main contact's, and what they are there (C-1)."""


def save_contact(
    session: Session,
    contact: Contact | None,
    customer: Customer,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> Contact:
    """Make or change a contact of the customer. The first one becomes the main one.

    Raises NotAllowed out of reach, FieldError for a taken code, StaleRecord where somebody else
    saved first.
    """
    policy.check_save(session, actor, "contacts", contact, customer)
    return _save(session, contact, customer, values, actor, opened_version)


def _save(
    session: Session,
    contact: Contact | None,
    customer: Customer,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> Contact:
    is_new = contact is None
    contact = contact or Contact(is_main=False)
    check_version(contact, opened_version)
    contact.customer_id = customer.id
    set_name(contact, values, person=True)
    assign(contact, values, PLAIN_KEYS)
    set_code(session, contact, "contacts", values.get("code"), actor)
    main = main_contact(session, customer)
    wants_main = bool(values.get("is_main", contact.is_main)) or main is None
    if main is not None and main is not contact and wants_main:
        main.is_main = False
        stamp(main, actor)
        session.flush()
    contact.is_main = wants_main
    stamp(contact, actor)
    if is_new:
        session.add(contact)
    session.flush()
    return contact


def main_contact(session: Session, customer: Customer) -> Contact | None:
    if customer.id is None:
        return None
    with session.no_autoflush:
        return session.scalars(_MAIN, {"customer": customer.id}).first()


_MAIN = select(Contact).where(
    Contact.customer_id == bindparam("customer"), Contact.is_main.is_(True), Contact.deleted_at.is_(None)
)
"""Made once: each form of a customer asks it."""


def check_contact(session: Session, contact_id: int | None, customer_id: int) -> None:
    """Raises FieldError where the contact that something names is not one of the customer's."""
    if contact_id is None:
        return
    contact = session.get(Contact, contact_id)
    if contact is None or contact.customer_id != customer_id or contact.deleted_at is not None:
        raise FieldError("contact_id", NOT_ITS_CONTACT)


def save_main_contact(
    session: Session, customer: Customer, contact: Contact | None, values: Mapping[str, Any], actor: Actor
) -> None:
    """The three fields of the customer's own form (C-1): who may change the customer changes its main contact.

    `contact` is the present one.
    """
    if not any(key in values for key in MAIN_CONTACT):
        return
    new_values = {attribute: values.get(key) for key, attribute in MAIN_CONTACT.items()}
    if contact is None:
        if new_values["name"]:
            _save(session, None, customer, new_values, actor)
        elif any(new_values.values()):
            raise FieldError("main_contact", N_("Please enter the contact's name."))
        return
    if any(getattr(contact, key) != value for key, value in new_values.items()):
        if not new_values["name"]:
            raise FieldError("main_contact", N_("Please enter the contact's name."))
        if fold(str(new_values["name"])) == fold(contact.name):
            _save(session, contact, customer, new_values, actor)
        else:
            _another_main_contact(session, customer, contact, new_values, actor)


def _another_main_contact(
    session: Session, customer: Customer, former: Contact, new_values: dict[str, Any], actor: Actor
) -> None:
    """Another name is another person: the former contact stays as it is, and one that is known becomes the main one.

    What stood beside the former name unchanged is the former contact's own.
    """
    changed = {key: value for key, value in new_values.items() if value != getattr(former, key)}
    contacts = select(Contact).where(Contact.customer_id == customer.id, Contact.deleted_at.is_(None))
    wanted_name = fold(str(new_values["name"]))
    known = next(
        (contact for contact in session.scalars(contacts.order_by(Contact.id)) if fold(contact.name) == wanted_name),
        None,
    )
    known_values = {key: getattr(known, key) for key in ("mobile", "job_title")} if known is not None else {}
    _save(session, known, customer, {**known_values, **changed, "name": new_values["name"], "is_main": True}, actor)


@policy.guard("contacts", policy.DELETE)
@policy.guard("records", policy.DELETE)
def _made_today_by_oneself(session: Session, record: Any, actor: Actor) -> DomainError | None:
    """Contacts and records are deleted only by their maker, on the day they were made (K-3)."""
    if actor.rights.administrator:
        return None
    if record.created_by_id != actor.user_id:
        return NotAllowed(N_("Only the person who created it, or an administrator, can delete it."))
    if clock.day_of(record.created_at, actor.zone) != clock.day_of(actor.now, actor.zone):
        return NotAllowed(N_("It can only be deleted on the day it was created. Please ask an administrator."))
    customer = session.get_one(Customer, record.customer_id)
    if customer.owned_since is not None and record.created_at < customer.owned_since:
        return NotAllowed(
            N_("It dates from before this customer was assigned, so you cannot delete it. Please ask an administrator.")
        )
    return None
