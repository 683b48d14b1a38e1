"""The firm's own drop-downs (D-1)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.platform.choice_lists import place_last, rename_choice, siblings
from crm.entities.change_log import CREATED, log_many
from crm.entities.record_saving import Actor, check_version
from crm.errors import DomainError
from crm.i18n import N_
from crm.models import DictionaryItem
from crm.models.table_versions import invalidate

DICTIONARIES = {
    "customer_source": N_("Customer source"),
    "customer_category": N_("Customer category"),
    "customer_status": N_("Customer status"),
    "industry": N_("Industry"),
    "enterprise_nature": N_("Company type"),
    "enterprise_size": N_("Size"),
    "region": N_("Region"),
    "contact_method": N_("Contact method"),
    "opportunity_stage": N_("Opportunity stage"),
    "payment_terms": N_("Payment terms"),
    "payment_method": N_("Payment method"),
    "unit": N_("Unit"),
}
"""Dictionary → its label, in the order of the pages."""

WITH_VALUE = {
    "opportunity_stage": (N_("Probability (%)"), 100),
    "payment_terms": (N_("Days"), 3650),
}
"""Dictionaries whose items carry a whole number: its label, and the most it can be."""


def save_item(
    session: Session,
    item: DictionaryItem | None,
    dictionary: str,
    values: Mapping[str, Any],
    opened_version: int | None = None,
) -> DictionaryItem:
    """Make or rename an item; a new one stands last. Raises FieldError for a name that is taken."""
    is_new = item is None
    item = item or DictionaryItem(dictionary=dictionary, retired=False, is_default=False, version=0)
    check_version(item, opened_version)
    rename_choice(session, item, values.get("name"))
    if dictionary in WITH_VALUE and "value" in values:
        item.value = values["value"]
    item.version += 1
    if is_new:
        place_last(session, item)
        session.add(item)
    session.flush()
    return item


def add_named_items(session: Session, dictionary: str, names: Mapping[str, str], actor: Actor) -> dict[str, int]:
    """Items of these names (by their folded form), many at once: those that are missing are added last, in order."""
    statement = select(DictionaryItem).where(DictionaryItem.dictionary == dictionary)
    rows = list(session.scalars(statement))
    known = {text.fold(name): row.id for row in rows for name in row.names}
    last = max((row.position for row in rows), default=-1)
    missing = [key for key in names if key not in known]
    new = {"dictionary": dictionary, "retired": False, "is_default": False, "version": 1}
    new_rows = [{**new, "name": names[key], "position": last + n} for n, key in enumerate(missing, 1)]
    if new_rows:
        session.execute(insert(DictionaryItem), new_rows)
        added = select(DictionaryItem.name, DictionaryItem.id).where(
            DictionaryItem.dictionary == dictionary, DictionaryItem.position > last
        )
        added_rows = list(session.execute(added))
        known.update({text.fold(name): id_ for name, id_ in added_rows})
        entries = ((id_, name, {"dictionary": [None, dictionary], "name": [None, name]}) for name, id_ in added_rows)
        log_many(session, actor, CREATED, "dictionaries", entries)
        invalidate(session, DictionaryItem.__tablename__)
    return {key: known[key] for key in names}


def set_default(session: Session, item: DictionaryItem, default: bool) -> None:
    """The item that a new form begins with; a dictionary has one or none."""
    if default and item.retired:
        raise DomainError(N_("A retired item cannot be the default."))
    for other in siblings(session, item):
        if isinstance(other, DictionaryItem) and other.is_default and other is not item:
            other.is_default = False
    item.is_default = default
    session.flush()
