"""What importing contacts writes; each customer keeps exactly one main contact (K-1)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.declaration import EACH, ImportContext
from crm.domain.imports.record_changes import changes_of, newest_id
from crm.domain.imports.rows import NEW, Check, Row
from crm.domain.imports.write_plan import WritePlan
from crm.domain.imports.writing import ConcurrentChange
from crm.entities.batches import in_batches
from crm.entities.bulk_writes import changed_row, new_row, update_rows
from crm.entities.contacts import CONTACT
from crm.entities.record_saving import Actor
from crm.models import Contact

NOT_UPDATED = frozenset({"code", "customer_id", "is_main"})


def prepare_contacts(session: Session, check: Check, importing: ImportContext) -> WritePlan:
    """The rows to insert and the changes to make, with everything that is derived from them."""
    plan = WritePlan(CONTACT, newest=check.newest, before=demote_main_contacts)
    rows = check.rows_with(NEW)
    mains = _main_rows(session, rows)
    for number, row in enumerate(rows):
        is_main = mains.get(row.values["customer_id"]) is row
        plan.inserts.append(new_row(CONTACT, {**row.values, "is_main": is_main}, importing.actor))
        if number % EACH == 0:
            importing.progress(60 + 30 * number // len(rows))
    plan.changes = changes_of(session, CONTACT, check, importing, NOT_UPDATED)
    return plan


def _main_rows(session: Session, rows: list[Row]) -> dict[int, Row]:
    """The new main contact of each customer: the last that says so, else the first where there was none."""
    have: set[int] = set()
    for part in in_batches({row.values["customer_id"] for row in rows}):
        mains = select(Contact.customer_id).where(
            Contact.customer_id.in_(part), Contact.is_main.is_(True), Contact.deleted_at.is_(None)
        )
        have.update(session.scalars(mains))
    chosen: dict[int, Row] = {}
    for row in rows:
        customer_id = row.values["customer_id"]
        if row.values.get("is_main") or (customer_id not in have and customer_id not in chosen):
            chosen[customer_id] = row
    return chosen


def demote_main_contacts(session: Session, plan: WritePlan, actor: Actor) -> None:
    """The former main contact of each customer is demoted where the file has a new one.

    Raises ConcurrentChange where one of the contacts was saved since known ones were looked for.
    """
    if newest_id(session, Contact) <= plan.newest:
        _demote(session, plan, actor)
        return
    newer = select(Contact.customer_id, Contact.name).where(Contact.id > plan.newest)
    own = {(row.values["customer_id"], text.fold(row.name)) for row in plan.watched_rows}
    if any((customer_id, text.fold(name)) in own for customer_id, name in session.execute(newer)):
        raise ConcurrentChange
    _demote(session, plan, actor)


def _demote(session: Session, plan: WritePlan, actor: Actor) -> None:
    for part in in_batches(row.values["customer_id"] for row in plan.inserts if row.values["is_main"]):
        mains = select(Contact.__table__).where(
            Contact.customer_id.in_(part), Contact.is_main.is_(True), Contact.deleted_at.is_(None)
        )
        former = [
            changed_row(CONTACT, dict(main), {"is_main": False}, actor) for main in session.execute(mains).mappings()
        ]
        update_rows(session, CONTACT, [change for change in former if change is not None], actor)
