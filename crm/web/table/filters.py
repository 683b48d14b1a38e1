"""Filters that several lists share: drop-downs over the firm's choices, text in a column."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from crm import clock
from crm.fields.choices import Choices
from crm.fields.types import FixedChoice
from crm.web.firm import lookups, settings
from crm.web.table.declaration import Filter

Options = Callable[[], list[tuple[str, str]]]


def number(text: str) -> int:
    """The id in a filter's value; no record has -1."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def all_and(choices: Choices) -> list[tuple[str, str]]:
    """Every item for a search, retired ones too: old records still have them."""
    return [("", _("All")), *((str(item.id), item.name) for item in choices.items)]


def choice_filter(name: str, label: str, column: Any, choices: Callable[[], Choices]) -> Filter:
    return Filter(name, label, lambda text: column == number(text), "select", lambda: all_and(choices()))


def dictionary_filter(name: str, label: str, column: Any, dictionary: str) -> Filter:
    return choice_filter(name, label, column, lambda: lookups().dictionary(dictionary))


def fixed_filter(name: str, label: str, column: Any, kind: FixedChoice) -> Filter:
    """A drop-down over the choices that the program knows."""

    def options() -> list[tuple[str, str]]:
        return [("", _("All")), *((key, _(word)) for key, word in kind.options)]

    return Filter(name, label, lambda key: column == key, "select", options)


def level_filter(column: Any, label: str) -> Filter:
    return choice_filter("level", label, column, lambda: lookups().levels)


def person_filter(name: str, column: Any, label: str) -> Filter:
    return choice_filter(name, label, column, lambda: lookups().people)


def part_of(column: Any) -> Callable[[str], ColumnElement[bool]]:
    """Any part of a column's text, whatever the case; signs of LIKE stand for themselves."""

    def condition(text: str) -> ColumnElement[bool]:
        matched: ColumnElement[bool] = column.icontains(text, autoescape=True)
        return matched

    return condition


def in_period(column: Any) -> Any:
    """Between two days of the firm's zone, both included."""

    def condition(days: tuple[Any, Any]) -> ColumnElement[bool] | None:
        first, last = days
        zone = settings().zone
        parts = [column >= clock.start_of(first, zone)] if first else []
        parts += [column < clock.end_of(last, zone)] if last else []
        return parts[0] if len(parts) == 1 else parts[0] & parts[1]

    return condition


def in_days(column: Any) -> Any:
    """Between two days, both included, of a column that holds days."""

    def condition(days: tuple[Any, Any]) -> ColumnElement[bool] | None:
        first, last = days
        parts = [column >= first] if first else []
        parts += [column <= last] if last else []
        return parts[0] if len(parts) == 1 else parts[0] & parts[1]

    return condition
