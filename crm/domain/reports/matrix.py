"""A matrix beside the groups: from which value to which (CR-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.domain.reports.declaration import Dimension
from crm.domain.reports.figures import figures
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.sheet import group_parts
from crm.entities.listing import Parameters


@dataclass(frozen=True)
class MatrixCell:
    """One cell: how many, and the parts of an address that name them."""

    count: int
    name: str
    group: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Matrix:
    """Rows are the values of the first dimension, columns those of the second, in the order of their lists."""

    first: str
    second: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MatrixCell | None, ...]], ...]

    @property
    def corner(self) -> str:
        """What the rows and the columns are."""
        return f"{self.first} → {self.second}"


def cross_query(query: ReportQuery) -> ReportQuery:
    """The same question grouped by both dimensions of the report's matrix."""
    first, second = query.report.matrix
    parts = query.parts(by=first, second=second, top="all", chart=None)
    return ReportQuery(query.report, query.reader, Parameters(parts.items()))


def matrix(query: ReportQuery) -> Matrix:
    cross = cross_query(query)
    counted = figures(cross)
    outer, inner = cross.groupings
    squares = {row.key: row for row in counted.rows}
    measure = cross.measures[0].key
    occurring = [value for key in squares for value in key]
    firsts, seconds = (_values(query, dimension, occurring) for dimension in (outer, inner))

    def square(first: Any, second: Any) -> MatrixCell | None:
        row = squares.get((first[0], second[0]))
        return MatrixCell(row.values[measure], f"{first[1]} → {second[1]}", group_parts(cross, row)) if row else None

    rows = tuple((first[1], tuple(square(first, second) for second in seconds)) for first in firsts)
    say = query.reader.say
    return Matrix(say(outer.label), say(inner.label), tuple(name for _value, name in seconds), rows)


def _values(query: ReportQuery, dimension: Dimension, occurring: Sequence[Any]) -> list[tuple[Any, str]]:
    """(value, name) of those that occur, in the order of the list; what is not filled in stands last."""
    order = [int(key) for key, _name in dimension.options(query.reader)] if dimension.options else []
    known = sorted(set(occurring) - {None}, key=lambda value: order.index(value) if value in order else len(order))
    names = query.names(dimension, occurring)
    return [(value, names[value]) for value in [*known, *([None] if None in occurring else [])]]
