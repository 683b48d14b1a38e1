"""Filters that several lists share: drop-downs over the firm's choices, text in a column (C-5)."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from crm import clock
from crm.entities.listing.declaration import TAB, Filter
from crm.entities.listing.reader import Reader
from crm.entities.search_index import matches_search
from crm.entities.text_comparison import HAS, text_condition
from crm.fields import FixedChoice
from crm.fields.choices import Choices, Item
from crm.i18n import N_
from crm.models import User
from crm.models.table_versions import get_or_compute


def parse_id(text: str) -> int:
    """The id in a filter's value; no record has -1."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def by_search_text(model: Any) -> Callable[[Reader, str], ColumnElement[bool]]:
    """By whatever the kind of record is searched by."""
    return lambda reader, text: matches_search(reader.session, model, text)


def equals_id(column: Any) -> Callable[[Reader, str], ColumnElement[bool]]:
    """By an id or another number that a column holds."""
    return lambda reader, text: column == parse_id(text)


def contains_text(column: Any) -> Callable[[Reader, str], ColumnElement[bool]]:
    """Any part of a column's text, in either script, whatever the case and width."""
    return lambda reader, text: text_condition(reader.session, column, HAS, text)


def options_with_all(choices: Choices, reader: Reader) -> list[tuple[str, str]]:
    """Every item for a search, retired ones too: old records still have them."""
    return [("", reader.say(N_("All"))), *((str(item.id), name_of_person(item, reader)) for item in choices.items)]


def name_of_person(item: Item, reader: Reader) -> str:
    """Its name; of somebody who left with a word that says so."""
    return reader.say(item.former) % {"name": item.full_name} if item.former else item.full_name


def fixed_options(options: Iterable[tuple[str, str]], reader: Reader) -> list[tuple[str, str]]:
    """Choices that the program itself knows, after the one that asks nothing."""
    return [("", reader.say(N_("All"))), *((key, reader.say(word)) for key, word in options)]


def choice_filter(name: str, label: str, column: Any, choices: Callable[[Reader], Choices]) -> Filter:
    return Filter(name, label, equals_id(column), "select", lambda reader: options_with_all(choices(reader), reader))


def dictionary_filter(name: str, label: str, column: Any, dictionary: str) -> Filter:
    return choice_filter(name, label, column, lambda reader: reader.lookups.dictionary(dictionary))


def fixed_filter(name: str, label: str, column: Any, kind: FixedChoice, caps_count: bool = False) -> Filter:
    """A drop-down over the choices that the program knows."""
    return Filter(
        name,
        label,
        lambda reader, key: column == key,
        "select",
        lambda reader: fixed_options(kind.options, reader),
        caps_count=caps_count,
    )


def state_tab(column: Any, label: str, states: Iterable[str]) -> Filter:
    """The tabs above the list, one for each state."""
    known = frozenset(states)
    return Filter("state", label, lambda reader, key: column == key if key in known else None, TAB)


def level_filter(column: Any, label: str) -> Filter:
    return choice_filter("level", label, column, lambda reader: reader.lookups.levels)


def person_filter(name: str, column: Any, label: str, names_owner: bool = False, current: bool = False) -> Filter:
    """By a person: first those who work here, then those who left, marked. In a list of `current` things these stand
    only where one of theirs is left (A-2); an address that names another of them is still understood."""

    def options(reader: Reader) -> list[tuple[str, str]]:
        people = reader.lookups.people
        former = [item for item in people.items if item.retired]
        if current and former:
            present = _still_there(reader, column, [item.id for item in former])
            former = [item for item in former if item.id in present]
        working = [item for item in people.items if not item.retired]
        return options_with_all(Choices((*working, *former)), reader)

    def name_of(reader: Reader, key: str) -> str:
        item = reader.lookups.people.by_id.get(parse_id(key))
        return name_of_person(item, reader) if item else ""

    return Filter(name, label, equals_id(column), "select", options, names_owner=names_owner, name_of=name_of)


def _still_there(reader: Reader, column: Any, people: list[int]) -> frozenset[int]:
    """Those of the people whose records are not all deleted; read once until something changes."""
    model = column.class_
    own_records = select(model.id).where(column == User.id, model.deleted_at.is_(None)).exists()
    statement = select(User.id).where(User.id.in_(people), own_records)
    table = model.__tablename__
    key = ("former people", table, column.key)
    user_ids: frozenset[int] = get_or_compute(
        key, (table, "users"), lambda: frozenset(reader.session.scalars(statement)), seconds=60
    )
    return user_ids


def unit_filter(column: Any, label: str) -> Filter:
    """By department."""
    return choice_filter("unit", label, column, lambda reader: reader.lookups.units)


def in_period(column: Any) -> Any:
    """Between two days of the firm's zone, both included."""

    def condition(reader: Reader, days: tuple[Any, Any]) -> ColumnElement[bool] | None:
        first, last = days
        parts = [column >= clock.start_of(first, reader.zone)] if first else []
        parts += [column < clock.end_of(last, reader.zone)] if last else []
        return and_(*parts)

    return condition


def in_days(column: Any) -> Any:
    """Between two days, both included, of a column that holds days."""

    def condition(reader: Reader, days: tuple[Any, Any]) -> ColumnElement[bool] | None:
        first, last = days
        parts = [column >= first] if first else []
        parts += [column <= last] if last else []
        return and_(*parts)

    return condition
