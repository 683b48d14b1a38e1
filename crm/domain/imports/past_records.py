"""Importing past contact records: customer, time, person and text, by an administrator (I-10)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import text
from crm.domain.customers.contact_records import CLOCKS_DIFFER
from crm.domain.imports.contacts import join_customers
from crm.domain.imports.declaration import EACH, ImportContext, ImportKind
from crm.domain.imports.record_changes import newest_id
from crm.domain.imports.rows import DUPLICATE, NEW, WRONG, Check, Row
from crm.domain.imports.write_plan import WritePlan
from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.bulk_writes import new_row
from crm.entities.contacts import RECORD
from crm.entities.measures import idle_since
from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.models import Contact, ContactRecord, Customer, DictionaryItem, Permission
from crm.models.table_versions import invalidate
from crm.spreadsheets.errors import shortened

IN_FUTURE = N_("The contact time is in the future.")
NO_CONTACT = N_("The customer has no contact “%(value)s”, so this was left empty.")
KNOWN = N_("This contact record already exists.")
TWICE = N_("This is the same contact record as in row %(number)s.")
METHOD = "contact_method"
Key = tuple[int, datetime, str]


def match_records(session: Session, check: Check, importing: ImportContext) -> None:
    """Find each row's customer; a record with the same moment and text is known already."""
    check.newest = newest_id(session, ContactRecord)
    join_customers(session, check, importing, RECORD)
    for row in check.rows:
        if "contacted_at" in row.values and row.values["contacted_at"] > importing.actor.now + CLOCKS_DIFFER:
            check.reject(row, "contacted_at", "", IN_FUTURE)
    rows = [row for row in check.rows if row.outcome != WRONG]
    _find_contacts(session, check, rows)
    _find_known(session, check, rows)


def _find_contacts(session: Session, check: Check, rows: Sequence[Row]) -> None:
    named = [row for row in rows if "contact_id" in row.values]
    contact_ids: dict[tuple[int, str], int] = {}
    for part in in_batches({row.values["customer_id"] for row in named}):
        statement = select(Contact.customer_id, Contact.name, Contact.id).where(
            Contact.customer_id.in_(part), Contact.deleted_at.is_(None)
        )
        for customer_id, name, id_ in session.execute(statement.order_by(Contact.id.desc())):
            contact_ids[customer_id, text.fold(name)] = id_
    for row in named:
        typed = row.values.pop("contact_id")
        contact_id = contact_ids.get((row.values["customer_id"], text.fold(typed)))
        if contact_id is None:
            check.warn(row, "contact_id", typed, NO_CONTACT, value=shortened(typed))
        else:
            row.values["contact_id"] = contact_id
            check.shown["contact_id", contact_id] = typed


def _find_known(session: Session, check: Check, rows: Sequence[Row]) -> None:
    known: dict[Key, int] = {}
    times = [row.values["contacted_at"] for row in rows]
    record = ContactRecord
    for part in in_batches({row.values["customer_id"] for row in rows}):
        record = ContactRecord
        statement = select(record.customer_id, record.contacted_at, record.content, record.id).where(
            record.customer_id.in_(part),
            record.deleted_at.is_(None),
            record.contacted_at.between(min(times), max(times)),
        )
        for customer_id, at, content, id_ in session.execute(statement):
            known[customer_id, at, text.fold(content)] = id_
    for row in rows:
        key = (row.values["customer_id"], row.values["contacted_at"], text.fold(row.values["content"]))
        known_id = known.setdefault(key, -row.index - 1)
        if known_id == -row.index - 1:
            continue
        row.outcome = DUPLICATE
        if known_id > 0:
            row.known = known_id
            check.warn(row, "content", "", KNOWN)
        else:
            check.warn(row, "content", "", TWICE, number=-known_id)


def prepare_records(session: Session, check: Check, importing: ImportContext) -> WritePlan:
    """The rows to insert. Whoever was there made the record; levels and plans of today stay as they are."""
    plan = WritePlan(RECORD, newest=check.newest, after=refresh_after_import)
    rows = check.rows_with(NEW)
    method = _usual_method(session, importing) if rows else None
    for number, row in enumerate(rows):
        values = {"method_id": method, "add_to_schedule": False, **row.values}
        person = values.pop("created_by_id", importing.actor.user_id)
        new_record = new_row(RECORD, values, importing.actor)
        new_record.log_value("created_by_id", person)
        plan.inserts.append(new_record)
        if number % EACH == 0:
            importing.progress(60 + 30 * number // len(rows))
    return plan


def _usual_method(session: Session, importing: ImportContext) -> int | None:
    """Of records that say none: the dictionary's default, else its first."""
    usual = importing.default_values(session, RECORD).get("method_id")
    if usual is not None:
        return int(usual)
    first = select(DictionaryItem.id).where(DictionaryItem.dictionary == METHOD, DictionaryItem.retired.is_(False))
    return session.scalar(first.order_by(DictionaryItem.position, DictionaryItem.id).limit(1))


def refresh_after_import(session: Session, plan: WritePlan, ids: Sequence[int], actor: Actor) -> None:
    refresh_last_contacts(session, {row.values["customer_id"] for row in plan.inserts})


def refresh_last_contacts(session: Session, customer_ids: Iterable[int]) -> None:
    """When the customers were contacted last, and since when they are idle, as their records say now (R-4)."""
    for part in in_batches(customer_ids):
        newest = select(func.max(ContactRecord.contacted_at)).where(
            ContactRecord.customer_id == Customer.id, ContactRecord.deleted_at.is_(None)
        )
        columns = select(
            Customer.id, Customer.last_contact_at, Customer.owned_since, Customer.idle_since, newest.scalar_subquery()
        )
        for id_, before, owned, idle, last in session.execute(columns.where(Customer.id.in_(part)).with_for_update()):
            since = idle_since(last, owned)
            if (last, since) != (before, idle):
                changed = update(Customer.__table__).where(Customer.__table__.c.id == id_)  # type: ignore[arg-type]
                session.execute(changed.values(last_contact_at=last, idle_since=since))
    invalidate(session, "customers")


def customers_of_records(session: Session, record_ids: Iterable[int]) -> set[int]:
    customer_ids: set[int] = set()
    for part in in_batches(record_ids):
        customer_ids.update(session.scalars(select(ContactRecord.customer_id).where(ContactRecord.id.in_(part))))
    return customer_ids


PAST_RECORDS = ImportKind(
    key="records",
    title=N_("Import contact records"),
    entity=RECORD,
    required=("customer_id", "contacted_at", "content"),
    view=Permission.IMPORT_RECORDS_VIEW,
    save=Permission.IMPORT_RECORDS_SAVE,
    saves=policy.permissions_for(RECORD, policy.ADD),
    match=match_records,
    prepare=prepare_records,
    labels={"customer_id": N_("Customer name")},
    only=("customer_id", "contact_id", "contacted_at", "method_id", "content", "created_by_id", "next_plan"),
    administrators=True,
    former_people=True,
)
