"""What importing customers writes: rows, changes, and the ledger of both (I-4, C-9)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers import customer_events
from crm.domain.customers.contacts import MAIN_CONTACT
from crm.domain.customers.customers import ownership_values
from crm.domain.customers.duplicates import lock_customers
from crm.domain.imports.declaration import EACH, ImportContext
from crm.domain.imports.known_customers import MatchRule, match_rules
from crm.domain.imports.main_contact_write_plan import main_contacts
from crm.domain.imports.record_changes import changes_of, newest_id
from crm.domain.imports.rows import NEW, Check
from crm.domain.imports.write_plan import WritePlan
from crm.domain.imports.writing import ConcurrentChange
from crm.entities.bulk_writes import new_row
from crm.entities.customers import CUSTOMER
from crm.entities.record_saving import Actor
from crm.models import Contact, Customer

NOT_UPDATED = frozenset({"code", "owner_id", *MAIN_CONTACT})


def prepare_customers(session: Session, check: Check, importing: ImportContext) -> WritePlan:
    """The rows to insert and the changes to make, with everything that is derived from them."""
    actor = importing.actor
    check_again = partial(check_newer, match_rules(importing.duplicate_fields))
    plan = WritePlan(CUSTOMER, newest=check.newest, before=check_again, after=write_events)
    defaults = {"registered_on": clock.day_of(actor.now, actor.zone), **importing.default_values(session, CUSTOMER)}
    rows = check.rows_with(NEW)
    for number, row in enumerate(rows):
        own = {key: value for key, value in row.values.items() if key not in MAIN_CONTACT}
        values = {**defaults, **own, **ownership_values(own["owner_id"], actor)}
        plan.inserts.append(new_row(CUSTOMER, values, actor, row.keys))
        if number % EACH == 0:
            importing.progress(60 + 30 * number // len(rows))
    plan.changes = changes_of(session, CUSTOMER, check, importing, NOT_UPDATED, settle_change)
    plan.related = main_contacts(session, check, importing)
    return plan


def settle_change(before: Mapping[str, Any], new_values: dict[str, Any], row: Mapping[str, Any]) -> None:
    """The city stays within the province."""
    province = new_values.get("province_id", before["province_id"])
    if row.get("province_id", province) != province:
        for key in ("city_id", "district", "region_id"):
            new_values.pop(key, None)
    elif province != before["province_id"] and before["city_id"] is not None and "city_id" not in row:
        new_values["city_id"] = None


def check_newer(rules: Sequence[MatchRule], session: Session, plan: WritePlan, actor: Actor) -> None:
    """Raises ConcurrentChange where one of the file's customers was saved since duplicates were looked up."""
    lock_customers(session)
    if newest_id(session, Customer) <= plan.newest:
        return
    for tier in rules:
        own = {row.values.get(tier.key) for row in plan.watched_rows} - {None, ""}
        newer = Contact.customer_id if tier.of_contacts else Customer.id
        if any(key in own for key in session.scalars(select(tier.column).where(newer > plan.newest))):
            raise ConcurrentChange


def write_events(session: Session, plan: WritePlan, ids: Sequence[int], actor: Actor) -> None:
    """The ledger of new and changed customers (C-9)."""
    rows = [
        customer_events.created_row(id_, row.values.get("owner_id"), actor)
        for id_, row in zip(ids, plan.inserts, strict=True)
    ]
    for change in plan.changes:
        rows += customer_events.tracked_change_rows(change.id, change.before, change.values, actor)
    customer_events.write_rows(session, rows)
