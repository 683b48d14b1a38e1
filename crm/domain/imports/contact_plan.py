"""What importing contacts writes; each customer keeps exactly one main contact (K-1)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.batches import in_batches
from crm.domain.imports.declaration import Importing
from crm.domain.imports.merging import changes_of, insert_of, newest_id
from crm.domain.imports.plan import Change, Plan
from crm.domain.imports.rows import NEW, Check, Row
from crm.domain.imports.writing import Overtaken
from crm.entities.saving import Acting
from crm.models import Contact

NOT_UPDATED = frozenset({"code", "customer_id", "is_main"})


def prepare_contacts(session: Session, check: Check, importing: Importing) -> Plan:
    """The rows to insert and the changes to make, with everything that is derived from them."""
    plan = Plan(Contact, "contacts", newest=check.newest, before=make_way)
    rows = check.those(NEW)
    mains = _main_rows(session, rows)
    for number, row in enumerate(rows):
        values = row.values
        pinyin = values.get("pinyin") or text.pinyin_code(values["name"], person=True)
        is_main = mains.get(values["customer_id"]) is row
        insert_of(plan, {**values, "pinyin": pinyin.lower(), "is_main": is_main}, importing.acting)
        if number % 200 == 0:
            importing.progress(60 + 30 * number // len(rows))
    plan.changes = changes_of(session, Contact, check, importing, NOT_UPDATED, settle_change)
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


def settle_change(change: Change, row: Mapping[str, Any]) -> None:
    """The pinyin code follows the name unless somebody corrected it."""
    values, before = change.values, change.before
    old = text.pinyin_code(before["name"], person=True)
    if "name" in values and "pinyin" not in values and before["pinyin"] == old:
        values["pinyin"] = text.pinyin_code(values["name"], person=True)


def make_way(session: Session, plan: Plan, acting: Acting) -> None:
    """Who was the main contact of a customer makes way for the new one.

    Raises Overtaken where one of the contacts was saved since known ones were looked for.
    """
    if newest_id(session, Contact) <= plan.newest:
        _demote(session, plan, acting)
        return
    newer = select(Contact.customer_id, Contact.name).where(Contact.id > plan.newest)
    own = {(row["customer_id"], text.fold(row["name"])) for row in plan.to_come}
    if any((customer_id, text.fold(name)) in own for customer_id, name in session.execute(newer)):
        raise Overtaken
    _demote(session, plan, acting)


def _demote(session: Session, plan: Plan, acting: Acting) -> None:
    for part in in_batches(row["customer_id"] for row in plan.inserts if row["is_main"]):
        session.execute(
            update(Contact)
            .where(Contact.customer_id.in_(part), Contact.is_main.is_(True), Contact.deleted_at.is_(None))
            .values(is_main=False, version=Contact.version + 1, updated_at=acting.now)
            .execution_options(synchronize_session=False)
        )
