"""The records that entries of the operation log name by their numbers, and what these are called now (A-9)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, literal, or_, select, union_all
from sqlalchemy.orm import Session

from crm.domain.platform.dictionaries import DICTIONARIES
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.linked_records import is_own, seen_by
from crm.entities.listing import Reader
from crm.entities.logged import Kind, Logged, logged_kinds
from crm.entities.registry import entities, entity_of
from crm.fields.choices import Choices
from crm.models import Contact, Customer
from crm.models.custom_values import is_custom


@cache
def _kinds() -> dict[str, Kind]:
    return {kind.key: kind for kind in logged_kinds() if isinstance(kind, Logged)}


def kind_of(key: str) -> Kind | None:
    """What the log's key stands for: a kind of record, or something that a firm sets up; else None."""
    return next((kind for kind in entities() if kind.key == key), None) or _kinds().get(key)


def _all_items(reader: Reader) -> Choices:
    """The items of every dictionary: what a column names is known by its number alone."""
    items = [item for name in DICTIONARIES for item in reader.lookups.dictionary(name).items]
    return Choices.of(items)


TABLES: dict[str, Any] = {
    "users": lambda reader: reader.lookups.people,
    "org_units": lambda reader: reader.lookups.units,
    "provinces": lambda reader: reader.lookups.provinces,
    "cities": lambda reader: reader.lookups.cities,
    "customer_levels": lambda reader: reader.lookups.levels,
    "product_categories": lambda reader: reader.lookups.product_categories,
    "roles": lambda reader: reader.lookups.roles,
    "dictionary_items": _all_items,
}
"""Tables whose rows are known to every page, with the choices that name them."""


class Names:
    """The names of the records that some entries name, and which of their subjects the reader may open.

    With `only_seen`, what has no name here is one that the reader may not see.
    """

    def __init__(self, only_seen: bool = False) -> None:
        self._names: dict[tuple[str, int], str] = {}
        self._only_seen = only_seen
        self.open: set[tuple[str, int]] = set()

    def of_table(self, table: str, number: Any) -> str:
        return self._names.get((table, number)) or f"#{number}"

    def hides(self, kind: Kind | None, attribute: str, values: Iterable[Any]) -> bool:
        """Whether one of the values is a record that the reader may not see."""
        model = named_model(kind, attribute) if self._only_seen and kind is not None else None
        return model is not None and any(
            isinstance(value, int) and (model.__tablename__, value) not in self._names for value in values
        )


Entry = tuple[str, int | None, Mapping[str, Any]]
"""(key, record's number, changes)"""


def read_names(reader: Reader, entries: Iterable[Entry], openable: bool = True) -> Names:
    """In one statement each, however many entries: the names of what they name, and what may be opened.

    For readers of the operation log, to whom all is named.
    """
    names, entries = Names(), list(entries)
    _read(reader.session, names, [_names_select(model, ids) for model, ids in _wanted_ids(reader, entries).items()])
    if openable:
        _read_open(reader, names, entries)
    return names


def read_seen_names(reader: Reader, record: Any, entries: Iterable[Entry]) -> Names:
    """The names of what a record's entries name, of those that its reader may see (A-7).

    As on the record's page, its customer is named, and the contact of one's own document.
    """
    names = Names(only_seen=True)
    parts = []
    for model, ids in _wanted_ids(reader, entries).items():
        visible, named = seen_by(model, reader.rights), _names_select(model, ids)
        if model is not Customer:
            named = named.join(Customer, Customer.id == model.customer_id)
        parts.append(named.where(or_(visible, model.id == _known_link(reader, record, model))))
    _read(reader.session, names, parts)
    return names


def _known_link(reader: Reader, record: Any, model: Any) -> int | None:
    """The record of this kind that the page names although its reader may not see it (`EXCEPTIONS`)."""
    if model is Customer and entity_of(record).parent("customers") is not None:
        return None if type(record).customer_id.nullable else int(record.customer_id)
    return getattr(record, "contact_id", None) if model is Contact and is_own(record, reader.rights) else None


def _wanted_ids(reader: Reader, entries: Iterable[Entry]) -> dict[Any, set[int]]:
    ids_by_model: dict[Any, set[int]] = {}
    for key, _record_id, changes in entries:
        for model, number in _references(reader, key, changes):
            ids_by_model.setdefault(model, set()).add(number)
    return ids_by_model


def _references(reader: Reader, key: str, changes: Mapping[str, Any]) -> Iterable[tuple[Any, int]]:
    kind = kind_of(key)
    if kind is None or not changes:
        return
    for attribute, pair in changes.items():
        model = named_model(kind, attribute)
        if model is not None:
            yield from ((model, side) for side in pair if isinstance(side, int))


def named_model(kind: Kind, attribute: str) -> Any:
    """The kind of record that an attribute names by its number; None where it names none, or one that is known."""
    column = kind.model.__table__.c.get(attribute) if not is_custom(attribute) else None
    target = next((key.column.table for key in column.foreign_keys), None) if column is not None else None
    if target is None or target.name in TABLES:
        return None
    return next((kind_known.model for kind_known in entities() if kind_known.model.__table__ is target), None)


def _names_select(model: Any, ids: set[int]) -> Select[Any]:
    named = entity_of(model).named_column()
    return select(literal(model.__tablename__), model.id, named).where(model.id.in_(ids))


def _read(session: Session, names: Names, parts: Sequence[Select[Any]]) -> None:
    for table, number, name in session.execute(union_all(*parts)) if parts else ():
        names._names[table, number] = str(name or "")


def _read_open(reader: Reader, names: Names, entries: Sequence[Entry]) -> None:
    subjects: dict[str, set[int]] = {}
    for key, record_id, _changes in entries:
        if record_id is not None:
            subjects.setdefault(key, set()).add(record_id)
    parts: list[Select[Any]] = []
    for key, ids in subjects.items():
        kind = kind_of(key)
        if kind is None:
            continue
        if isinstance(kind, Entity):
            if policy.may(reader.rights, kind, policy.VIEW):
                visible = policy.reachable(kind, reader.rights)
                parts.append(visible.with_only_columns(literal(key), kind.model.id).where(kind.model.id.in_(ids)))
        elif hasattr(kind.model, "id"):
            present = select(literal(key), kind.model.id).where(kind.model.id.in_(ids))
            parts.append(
                present.where(kind.model.deleted_at.is_(None)) if hasattr(kind.model, "deleted_at") else present
            )
    for key, number in reader.session.execute(union_all(*parts)) if parts else ():
        names.open.add((key, number))
