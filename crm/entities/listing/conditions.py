"""高級搜索: several conditions on any column, with and / or (C-5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, String, and_, false, not_, or_, true, type_coerce

from crm import clock
from crm.entities.listing.declaration import Column, Listing
from crm.entities.listing.parameters import ParameterSource
from crm.entities.listing.reader import Reader
from crm.entities.search_index import EMPTY, found_by_index, has_few_hits, matches_search, uses_fts
from crm.entities.text_comparison import HAS, IS, STARTS, phone_condition, text_condition, within_index
from crm.fields import Choice, DaysSince, FixedChoice, SeveralChoices, ValueProblem
from crm.i18n import N_
from crm.models import Rights
from crm.models.custom_values import TEXT, CustomValue, json_key, written
from crm.text import fold
from crm.text.search_terms import terms

OPERATORS = {
    "has": N_("contains"),
    "is": N_("is"),
    "not": N_("is not"),
    "starts": N_("starts with"),
    "lacks": N_("does not contain"),
    "from": N_("at least"),
    "to": N_("at most"),
    "empty": N_("is empty"),
    "filled": N_("is not empty"),
}
WITHOUT_VALUE = frozenset({"empty", "filled"})
ALL, ANY = "all", "any"
MAX_CONDITIONS = 10
MAX_LENGTH = 100


@dataclass(frozen=True)
class Condition:
    """One line of the advanced search as it was typed."""

    field: str
    operator: str
    value: str


def parse_conditions(typed: ParameterSource) -> list[Condition]:
    """The lines of the address; a line without a field, or without the value that it needs, says nothing."""
    lines = zip_longest(typed.getlist("af"), typed.getlist("ao"), typed.getlist("av"), fillvalue="")
    conditions = [Condition(f, o, v.strip()[:MAX_LENGTH]) for f, o, v in lines]
    complete = [
        c for c in conditions if c.field and c.operator in OPERATORS and (c.value or c.operator in WITHOUT_VALUE)
    ]
    return complete[:MAX_CONDITIONS]


def searchable(listing: Listing, rights: Rights) -> list[Column]:
    """The columns that a condition can name: those that stand for a value of the database."""
    return [c for c in listing.available_columns(rights) if c.exported and c.comparable]


def combine_conditions(conditions: Sequence[ColumnElement[bool]], match: str) -> ColumnElement[bool]:
    """All lines together, or any of them."""
    return or_(*conditions) if match == ANY else and_(*conditions)


def condition_of(column: Column, line: Condition, reader: Reader) -> ColumnElement[bool]:
    """What one line asks. Raises ValueProblem where its value cannot be read."""
    if column.any_row is not None:
        return _within(column, column.any_row, line, reader)
    expression: ColumnElement[Any] = column.comparison_for(reader)
    kind = column.type.kind
    if line.operator in WITHOUT_VALUE:
        blank: ColumnElement[bool] = expression.is_(None)
        if _has_index(expression, reader):
            blank = found_by_index(reader.session, expression, blank, (EMPTY,)) if line.operator == EMPTY else blank
        elif kind in TEXTS:
            blank = or_(blank, expression == "")
        return blank if line.operator == "empty" else not_(blank)
    if isinstance(column.type, Choice | FixedChoice):
        return _choice(column.type, expression, line, reader)
    if isinstance(column.type, SeveralChoices):
        return _several(column.type, expression, line, reader)
    if kind == "yesno":
        yes = column.type.parse(line.value, reader)
        return expression.is_(yes != (line.operator in ("not", "lacks")))
    if isinstance(column.type, DaysSince):
        return _days_since(column.type, expression, line, reader)
    if kind in ("day", "moment", "integer", "amount"):
        return _ordered(*column.type.span(line.value, reader), expression, line)
    return _text(column, expression, line, reader)


TEXTS = frozenset({"text", "long", "phone", "email", "website"})
_HOW = {"is": IS, "not": IS, "starts": STARTS}


def _text(column: Column, expression: Any, line: Condition, reader: Reader) -> ColumnElement[bool]:
    compares = phone_condition if column.type.kind == "phone" else text_condition
    mode = _HOW.get(line.operator, HAS)
    condition = compares(reader.session, expression, mode, line.value)
    if line.operator in ("not", "lacks"):
        return or_(expression.is_(None), not_(condition))
    searched = is_in_index(expression) and bool(terms(line.value))
    if _has_index(expression, reader) and not (
        searched and has_few_hits(reader.session, expression.class_, line.value)
    ):
        condition = and_(condition, *within_index(expression, mode, line.value))
        return found_by_index(reader.session, expression, condition, (mode, line.value))  # type: ignore[no-any-return]
    return and_(matches_search(reader.session, expression.class_, line.value), condition) if searched else condition


def _has_index(expression: Any, reader: Reader) -> bool:
    """Whether SQLite has an index of the text alone, which is much less to look through than the records."""
    return isinstance(expression, CustomValue) and expression.holds_text and uses_fts(reader.session)


def is_in_index(expression: Any) -> bool:
    """Whether what the text holds stands in the index of the quick search too, which finds the few that come into
    question: a field of the firm's own, whose text is in no column."""
    return isinstance(expression, CustomValue) and json_key(expression.attribute)[0] == TEXT


POSITIVE = {"not": "is", "lacks": "has"}


def _within(
    column: Column, within: Callable[[ColumnElement[bool]], ColumnElement[bool]], line: Condition, reader: Reader
) -> ColumnElement[bool]:
    """Some of its rows match; with a negated operator, none."""
    if line.operator in WITHOUT_VALUE:
        any_row = within(true())
        return any_row if line.operator == "filled" else not_(any_row)
    turned = replace(line, operator=POSITIVE.get(line.operator, line.operator))
    any_row = within(or_(*(_text(column, expression, turned, reader) for expression in column.comparison)))
    return not_(any_row) if line.operator in POSITIVE else any_row


def _choice(kind: Choice | FixedChoice, expression: Any, line: Condition, reader: Reader) -> ColumnElement[bool]:
    """By the id that the page offers, or by the name a person typed (a part is enough)."""
    keys = _keys(kind, line, reader)
    among: ColumnElement[bool] = expression.in_(keys)
    return or_(expression.is_(None), not_(among)) if line.operator in ("not", "lacks") else among


def _several(kind: SeveralChoices, expression: Any, line: Condition, reader: Reader) -> ColumnElement[bool]:
    """The records with one of the chosen items among theirs."""
    keys = _keys(kind, line, reader)
    text = type_coerce(expression, String)
    among = or_(false(), *(text.contains(written((key,))) for key in keys))
    return or_(expression.is_(None), not_(among)) if line.operator in ("not", "lacks") else among


def _keys(kind: Choice | FixedChoice | SeveralChoices, line: Condition, reader: Reader) -> list[Any]:
    typed = line.value
    if isinstance(kind, FixedChoice):
        names: dict[Any, tuple[str, ...]] = {key: (reader.say(label),) for key, label in kind.options}
        typed_key: Any = typed
    else:
        names = {item.id: item.names for item in kind.choices(reader).items}
        typed_key = int(typed) if typed.isascii() and typed.isdigit() else None
    if typed_key in names:
        return [typed_key]
    folded = {key: tuple(map(fold, called)) for key, called in names.items()}
    return _keys_by_name(folded, fold(typed), line.operator)


def _keys_by_name(folded: dict[Any, tuple[str, ...]], typed: str, operator: str) -> list[Any]:
    """Those of the name, in any language; where none is called so, or only a part is asked for, those that have it in
    their name."""
    if operator == "starts":
        return [key for key, names in folded.items() if any(name.startswith(typed) for name in names)]
    exact = [key for key, names in folded.items() if typed in names] if operator in ("is", "not") else []
    return exact or [key for key, names in folded.items() if any(typed in name for name in names)]


def _ordered(first: Any, after: Any, expression: Any, line: Condition) -> ColumnElement[bool]:
    """From, up to, or exactly what was typed: `first`, or all up to but without `after`."""
    equal: ColumnElement[bool] = and_(expression >= first, expression < after) if after else expression == first
    last: ColumnElement[bool] = expression < after if after else expression <= first
    if line.operator == "from":
        return and_(expression >= first)
    if line.operator == "to":
        return last
    return or_(expression.is_(None), not_(equal)) if line.operator in ("not", "lacks") else equal


_REVERSED = {"from": "to", "to": "from"}


def _days_since(kind: DaysSince, expression: Any, line: Condition, reader: Reader) -> ColumnElement[bool]:
    """So many days ago is a day; more days are an earlier one."""
    days = kind.parse(line.value, reader)
    day = reader.today - timedelta(days=min(days, MAX_DAYS))
    turned = replace(line, operator=_REVERSED.get(line.operator, line.operator))
    if not kind.of_moments:
        return _ordered(day, None, expression, turned)
    return _ordered(clock.start_of(day, reader.zone), clock.end_of(day, reader.zone), expression, turned)


MAX_DAYS = 200_000

__all__ = [
    "ALL",
    "ANY",
    "MAX_CONDITIONS",
    "OPERATORS",
    "Condition",
    "ValueProblem",
    "combine_conditions",
    "condition_of",
    "parse_conditions",
    "searchable",
]
