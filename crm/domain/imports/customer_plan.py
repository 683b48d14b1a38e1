"""What importing customers writes: rows, changes, and the ledger of both (I-4, C-9)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm import clock, text
from crm.domain.customers import CREATED, LEVEL, STATUS
from crm.domain.duplicates import lock_customers
from crm.domain.imports.declaration import Importing
from crm.domain.imports.known import Tier, tiers_of
from crm.domain.imports.main_contact_plan import MAIN_CONTACT, main_contacts
from crm.domain.imports.merging import changes_of, insert_of, newest_id
from crm.domain.imports.plan import Change, Plan
from crm.domain.imports.rows import NEW, Check
from crm.domain.imports.writing import Overtaken
from crm.entities.saving import Acting
from crm.models import Contact, Customer, CustomerEvent
from crm.models.customers import OWNED, POOL

NOT_UPDATED = frozenset({"code", "owner_id", *MAIN_CONTACT})
LEDGER = (("level_id", LEVEL), ("status_id", STATUS))


def prepare_customers(session: Session, check: Check, importing: Importing) -> Plan:
    """The rows to insert and the changes to make, with everything that is derived from them."""
    acting = importing.acting
    check_again = partial(check_newer, tiers_of(importing.duplicate_fields))
    plan = Plan(Customer, "customers", newest=check.newest, before=check_again, after=write_events)
    status = importing.context.lookups.dictionary("customer_status").default()
    defaults: dict[str, Any] = {"registered_on": clock.day_of(acting.now, acting.zone)}
    if status is not None:
        defaults["status_id"] = status.id
    rows = check.those(NEW)
    for number, row in enumerate(rows):
        own = {key: value for key, value in row.values.items() if key not in MAIN_CONTACT}
        insert_of(plan, {**defaults, **own, **_belonging(own, acting)}, acting)
        if number % 200 == 0:
            importing.progress(60 + 30 * number // len(rows))
    plan.changes = changes_of(session, Customer, check, importing, NOT_UPDATED, settle_change)
    plan.belonging = main_contacts(session, check, importing)
    return plan


def _belonging(values: Mapping[str, Any], acting: Acting) -> dict[str, Any]:
    since = None if values["owner_id"] is None else acting.now
    return {
        "owned_since": since,
        "idle_since": since,
        "pool": POOL if values["owner_id"] is None else OWNED,
        "pinyin": (values.get("pinyin") or text.pinyin_code(values["name"])).lower(),
    }


def settle_change(change: Change, row: Mapping[str, Any]) -> None:
    """The city stays within the province, and the pinyin code follows the name unless somebody corrected it."""
    values, before = change.values, change.before
    province = values.get("province_id", before["province_id"])
    if row.get("province_id", province) != province:
        for key in ("city_id", "district", "region_id"):
            values.pop(key, None)
    elif "province_id" in values and before["city_id"] is not None and "city_id" not in row:
        values["city_id"] = None
    if "name" in values and "pinyin" not in values and before["pinyin"] == text.pinyin_code(before["name"]):
        values["pinyin"] = text.pinyin_code(values["name"])


def check_newer(tiers: Sequence[Tier], session: Session, plan: Plan, acting: Acting) -> None:
    """Customers saved since duplicates were looked for: is one of the file's among them? Then look again."""
    lock_customers(session)
    if newest_id(session, Customer) <= plan.newest:
        return
    for tier in tiers:
        own = {row.get(tier.key) for row in plan.to_come} - {None, ""}
        newer = Contact.customer_id if tier.of_contacts else Customer.id
        if any(key in own for key in session.scalars(select(tier.column).where(newer > plan.newest))):
            raise Overtaken


def write_events(session: Session, plan: Plan, ids: Sequence[int], acting: Acting) -> None:
    """The ledger of new and changed customers (C-9)."""
    empty = dict.fromkeys(("before_id", "after_id", "before", "after", "reason"))
    base: dict[str, Any] = {**empty, "at": acting.now, "by_id": acting.user_id}
    events = [
        {**base, "customer_id": id_, "kind": CREATED, "after_id": row.get("owner_id")}
        for id_, row in zip(ids, plan.inserts, strict=True)
    ]
    events += [
        {
            **base,
            "customer_id": change.id,
            "kind": kind,
            "before_id": change.before[key],
            "after_id": change.values[key],
        }
        for change in plan.changes
        for key, kind in LEDGER
        if key in change.values
    ]
    if events:
        session.connection().execute(insert(CustomerEvent.__table__), events)  # type: ignore[arg-type]
