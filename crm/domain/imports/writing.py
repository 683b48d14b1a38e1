"""Writing a whole plan within one transaction (I-6)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.customers.levels import LEVELS, add_named_levels
from crm.domain.imports.rows import NewItem
from crm.domain.imports.write_plan import WritePlan
from crm.domain.platform.dictionaries import add_named_items
from crm.domain.products.categories import CATEGORIES, add_named_categories
from crm.entities import bulk_writes
from crm.entities.bulk_writes import ConcurrentChange
from crm.entities.record_saving import Actor
from crm.models import CustomerLevel, DictionaryItem, ProductCategory
from crm.models.table_versions import invalidate

__all__ = ["ConcurrentChange", "add_items", "prepare_plan", "write_plan"]

MODELS: dict[str, Any] = {CATEGORIES: ProductCategory, LEVELS: CustomerLevel}
"""Lists that are no dictionaries of their own."""


def prepare_plan(session: Session, plan: WritePlan) -> None:
    """Prepare all that can be done before the database is locked for writing (I-6)."""
    if plan.related is not None:
        prepare_plan(session, plan.related.plan)
    if plan.kind.numbered:
        plan.codes = frozenset(code for row in plan.inserts if (code := row.values.get("code")))
    plan.insert = bulk_writes.prepare_rows(session, plan.kind, plan.inserts)


def write_plan(session: Session, plan: WritePlan, items: Sequence[NewItem], actor: Actor) -> None:
    """Write the plan. Raises ConcurrentChange where the records that it was made from have changed since."""
    if plan.insert is None:
        prepare_plan(session, plan)
    if plan.before is not None:
        plan.before(session, plan, actor)
    missing = [item for item in items if (item.dictionary, item.key) not in plan.items]
    if missing:
        plan.items.update(add_items(session, missing, actor))
    if plan.items:
        bulk_writes.fill_deferred([*plan.inserts, *plan.changes], lambda item: plan.items[item.dictionary, item.key])
    ids = _insert_rows(session, plan, actor)
    plan.newest = max(plan.newest, *ids) if ids else plan.newest
    bulk_writes.update_rows(session, plan.kind, plan.changes, actor)
    _write_belonging(session, plan, ids, actor)
    if plan.after is not None and (ids or plan.changes):
        plan.after(session, plan, ids, actor)
    invalidate(session, "customer_events", "dictionary_items", "customer_levels")


def _write_belonging(session: Session, plan: WritePlan, ids: Sequence[int], actor: Actor) -> None:
    if plan.related is None:
        return
    related, key = plan.related.plan, plan.related.key
    for row, index in zip(related.inserts, plan.related.places, strict=False):
        row.log_value(key, ids[index])
    _insert_rows(session, related, actor)
    bulk_writes.update_rows(session, related.kind, related.changes, actor)


def _insert_rows(session: Session, plan: WritePlan, actor: Actor) -> list[int]:
    if not plan.inserts:
        return []
    assert plan.insert is not None
    return bulk_writes.insert_rows(session, plan.kind, plan.inserts, plan.insert, actor, plan.codes)


def add_items(session: Session, items: Sequence[NewItem], actor: Actor) -> dict[tuple[str, str], int]:
    """The ids of the items, which are added where they are missing: each dictionary is read once, not once an item."""
    ids_by_item: dict[tuple[str, str], int] = {}
    record = bulk_writes.current_record(session)
    for dictionary in dict.fromkeys(item.dictionary for item in items):
        names = {item.key: item.name for item in items if item.dictionary == dictionary}
        model = MODELS.get(dictionary, DictionaryItem)
        known = set(session.scalars(select(model.id)))
        if dictionary == CATEGORIES:
            ids = add_named_categories(session, names, actor)
        elif dictionary == LEVELS:
            ids = add_named_levels(session, names)
        else:
            ids = add_named_items(session, dictionary, names, actor)
        record.items += [(model.__tablename__, id_) for id_ in ids.values() if id_ not in known]
        ids_by_item.update({(dictionary, key): id_ for key, id_ in ids.items()})
    return ids_by_item
