"""高級搜索: several conditions on any column, with and / or (C-5)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_

from crm import clock
from crm.entities.listing.declaration import Column, Listing
from crm.entities.listing.parameters import Typed
from crm.entities.listing.reader import Reader
from crm.fields.types import Choice, FixedChoice, ValueProblem
from crm.i18n import N_
from crm.models import Rights
from crm.text import fold

OPERATORS = {
    "has": N_("contains"),
    "is": N_("is"),
    "not": N_("is not"),
    "starts": N_("begins with"),
    "lacks": N_("does not contain"),
    "from": N_("from … on"),
    "to": N_("up to"),
    "empty": N_("is empty"),
    "filled": N_("is not empty"),
}
WITHOUT_VALUE = frozenset({"empty", "filled"})
ALL, ANY = "all", "any"
MOST = 10
LONGEST = 100
_SIGNS = re.compile(r"([%_\\])")


@dataclass(frozen=True)
class Condition:
    """One line of the advanced search as it was typed."""

    field: str
    operator: str
    value: str


def typed_conditions(typed: Typed) -> list[Condition]:
    """The lines of the address; a line without a field, or without its value, says nothing."""
    lines = zip(typed.getlist("af"), typed.getlist("ao"), typed.getlist("av"), strict=False)
    found = [Condition(f, o, v.strip()[:LONGEST]) for f, o, v in lines]
    return [c for c in found if c.field and c.operator in OPERATORS and (c.value or c.operator in WITHOUT_VALUE)][:MOST]


def searchable(listing: Listing, rights: Rights) -> list[Column]:
    """The columns that a condition can name: those that stand for a value of the database."""
    return [c for c in listing.offered(rights) if c.exported and (c.worth is None or c.asked is not None)]


def combined(listing: Listing, lines: Iterable[Condition], match: str, reader: Reader) -> ColumnElement[bool] | None:
    """All lines together. Raises ValueProblem where a value cannot be read."""
    columns = {column.key: column for column in searchable(listing, reader.rights)}
    parts = [one(columns[line.field], line, reader) for line in lines if line.field in columns]
    if not parts:
        return None
    return or_(*parts) if match == ANY else and_(*parts)


def one(column: Column, line: Condition, reader: Reader) -> ColumnElement[bool]:
    expression: ColumnElement[Any] = column.asked if column.asked is not None else column.expressions[0]
    kind = column.type.kind
    if line.operator in WITHOUT_VALUE:
        blank: ColumnElement[bool] = expression.is_(None)
        if kind in TEXTS:
            blank = or_(blank, expression == "")
        return blank if line.operator == "empty" else not_(blank)
    if isinstance(column.type, Choice | FixedChoice):
        return _choice(column.type, expression, line, reader)
    if kind == "yesno":
        yes = column.type.parse(line.value, reader)
        return expression.is_(yes != (line.operator in ("not", "lacks")))
    if kind in ("day", "moment", "integer", "amount"):
        return _ordered(column, expression, line, reader)
    return _text(expression, line)


TEXTS = frozenset({"text", "long", "phone", "email", "website"})


def _text(expression: Any, line: Condition) -> ColumnElement[bool]:
    tests: dict[str, Callable[[], Any]] = {
        "is": lambda: expression.ilike(_escaped(line.value), escape="\\"),
        "not": lambda: or_(expression.is_(None), not_(expression.ilike(_escaped(line.value), escape="\\"))),
        "starts": lambda: expression.istartswith(line.value, autoescape=True),
        "lacks": lambda: or_(expression.is_(None), not_(expression.icontains(line.value, autoescape=True))),
    }
    test = tests.get(line.operator, lambda: expression.icontains(line.value, autoescape=True))
    asked: ColumnElement[bool] = test()
    return asked


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\1", text)


def _choice(kind: Choice | FixedChoice, expression: Any, line: Condition, reader: Reader) -> ColumnElement[bool]:
    """By the id that the page offers, or by the name a person typed (a part is enough)."""
    keys = _keys(kind, line.value, reader)
    among: ColumnElement[bool] = expression.in_(keys)
    return or_(expression.is_(None), not_(among)) if line.operator in ("not", "lacks") else among


def _keys(kind: Choice | FixedChoice, typed: str, reader: Reader) -> list[Any]:
    if isinstance(kind, FixedChoice):
        return [key for key, label in kind.options if typed == key or fold(typed) == fold(label)]
    items = kind.choices(reader)
    if typed.isascii() and typed.isdigit() and int(typed) in items.by_id:
        return [int(typed)]
    return [item.id for item in items.items if fold(typed) in fold(item.name)]


def _ordered(column: Column, expression: Any, line: Condition, reader: Reader) -> ColumnElement[bool]:
    """From, up to, or exactly; a day of a moment is the whole day in the firm's zone."""
    if column.type.kind == "moment":
        day = clock.day_of(column.type.parse(line.value, reader), reader.zone)
        first, after = clock.start_of(day, reader.zone), clock.end_of(day, reader.zone)
    else:
        first = after = column.type.parse(line.value, reader)
    same: ColumnElement[bool] = and_(expression >= first, expression < after) if first != after else expression == first
    last: ColumnElement[bool] = expression < after if first != after else expression <= first
    if line.operator == "from":
        return and_(expression >= first)
    if line.operator == "to":
        return last
    return or_(expression.is_(None), not_(same)) if line.operator in ("not", "lacks") else same


__all__ = ["ALL", "ANY", "MOST", "OPERATORS", "Condition", "ValueProblem", "combined", "searchable", "typed_conditions"]
