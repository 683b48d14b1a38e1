"""Lists by what is chosen from a list: in the order in which its choices are arranged, not by their ids (C-5).

The whole list would have to be sorted for one page. Instead the page walks through the choices, the first one's rows in
the list's own order, then the next one's; what an index holds in that order is never sorted.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Index, Select, and_, case, false, func, literal, select, union_all

from crm.entities.listing.declaration import Column
from crm.entities.listing.reader import Reader
from crm.fields import Choice, FixedChoice, YesNo
from crm.models.custom_values import CustomValue

MAX_AT_ONCE = 200


class Group(NamedTuple):
    """The rows with one choice, in either direction before those without one and those whose choice is unknown."""

    value: Any
    condition: ColumnElement[bool]


UNKNOWN = object()
Counts = Mapping[Any, int]
"""Choice → how many rows have it."""


def values_of(column: Column, reader: Reader) -> list[Any]:
    """The stored values of the choices, in the order of the drop-down."""
    if isinstance(column.type, YesNo):
        return [True, False]
    if isinstance(column.type, FixedChoice):
        return [key for key, _label in column.type.options]
    assert isinstance(column.type, Choice)
    return list(column.type.choices(reader).by_id)


def rank(column: Column, reader: Reader, descending: bool) -> ColumnElement[Any]:
    """The place of the row's group; to be sorted upwards in either direction."""
    expression, values = column.expressions[0], values_of(column, reader)
    places = {value: index for index, value in enumerate(values[::-1] if descending else values)}
    known = case(places, value=expression, else_=len(values) + 1) if places else literal(0)
    return case((expression.is_(None), len(values)), else_=known)


def groups_of(column: Column, reader: Reader, descending: bool) -> list[Group]:
    expression, values = column.expressions[0], values_of(column, reader)
    known = [Group(value, expression == value) for value in (values[::-1] if descending else values)]
    unknown = Group(UNKNOWN, and_(expression.is_not(None), expression.not_in(values)))
    return [*known, Group(None, expression.is_(None)), unknown]


def is_indexed(column: Column) -> bool:
    """Whether the rows of one choice are found without looking at the others."""
    return begins_an_index(column.expressions[0])


def begins_an_index(expression: Any) -> bool:
    """Whether an index holds the records in the order of the column: all those that are not deleted at least."""
    if isinstance(expression, CustomValue):
        return expression.indexed
    columns = getattr(getattr(expression, "property", None), "columns", None) or ()
    return any(_leads_an_index(column) for column in columns[:1])


@lru_cache(1000)
def _leads_an_index(column: Any) -> bool:
    return any(list(index.columns)[:1] == [column] and _holds_all(index) for index in column.table.indexes)


def _holds_all(index: Index) -> bool:
    condition = index.dialect_options["sqlite"]["where"]
    return condition is None or str(condition).startswith("deleted_at IS NULL")


def counts_by_choice(column: Column, visible: Select[Any]) -> Select[Any]:
    expression = column.expressions[0]
    return visible.with_only_columns(expression, func.count(), maintain_column_froms=True).group_by(expression)


def counts_until(groups: Sequence[Group], visible: Select[Any], first: int) -> Select[Any]:
    """(place of the group, its number) up to what decides whether the `first` row lies in it."""
    counted: list[Any] = [
        select(literal(index), func.count()).select_from(visible.where(group.condition).limit(first + 1).subquery())
        for index, group in enumerate(groups)
        if group.value is not UNKNOWN
    ]
    if not counted:
        counted = [select(literal(0), literal(0)).where(false())]
    counts: Select[Any] = select(union_all(*counted).subquery())
    return counts


def skip_groups_before(groups: Sequence[Group], numbers: Counts, first: int) -> tuple[list[Group], int]:
    """The groups that have rows, from the one on in which the `first` lies; and how many of its rows come before.

    Unknown choices are the last, and not counted.
    """
    for at, group in enumerate(groups):
        number = numbers.get(group.value, 0)
        if first < number or group.value is UNKNOWN:
            return [g for g in groups[at:] if g.value is UNKNOWN or numbers.get(g.value)], first
        first -= number
    return [], 0


def group_batches(groups: Sequence[Group]) -> Iterator[Sequence[Group]]:
    """The first group alone, for nearly always it fills a page; then more and more at once."""
    at, number = 0, 1
    while at < len(groups):
        yield groups[at : at + number]
        at, number = at + number, min(8 * number, MAX_AT_ONCE)


def first_rows(
    visible: Select[Any], groups: Sequence[Group], order: Sequence[Any], limit: int, after: int
) -> Select[Any]:
    """(place of the group, place in it, id) of the first rows of each; `after` so many of the first group."""
    pages = []
    for index, group in enumerate(groups):
        rows = visible.where(group.condition).add_columns(func.row_number().over(order_by=order).label("at"))
        page = rows.order_by(*order).limit(limit).offset(0 if index else after).subquery()
        pages.append(select(literal(index).label("place"), page.c.at, page.c.id))
    return pages[0] if len(pages) == 1 else select(union_all(*pages).subquery())
