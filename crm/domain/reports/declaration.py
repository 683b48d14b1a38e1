"""What a report is made of: what is counted, by what it is grouped, what is measured."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from inspect import isfunction
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, ColumnElement, Select, Table
from sqlalchemy.sql.visitors import iterate

from crm.clock import end_of, start_of
from crm.domain.reports.own_columns import own_column
from crm.domain.reports.periods import NO, YEAR, Span
from crm.entities.listing import Reader
from crm.entities.listing.without_join import tables_asked, tables_named
from crm.fields import Amount, FieldType, Integer
from crm.models import Customer, Permission, Rights
from crm.models.custom_values import is_custom
from crm.models.permissions import Right

if TYPE_CHECKING:
    from crm.domain.reports.counting import Figures
    from crm.domain.reports.query import ReportQuery

Options = list[tuple[str, str]]
IndexHint = tuple[Any, str, bool]
"""A table, the name of an index of it, and whether it helps for long periods alone."""


@dataclass(frozen=True)
class Ranges:
    """A dimension whose values are ranges of one index: each is counted where it lies in it, one after the other, which
    is quicker than working out the value of each record and sorting them by it."""

    values: tuple[Any, ...]
    condition: Callable[[Reader, Span, Any], ColumnElement[bool]]
    """That a record lies in the range of the value (None is 未填), with what follows from the period for the index."""
    index_hints: tuple[IndexHint, ...]
    long_alone: bool = False
    """Whether it helps for long periods alone."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The records that a measure counts: approved orders, receipts, customers.

    `rows` selects the ids that lie in the reader's reach of a permission, with the customer joined, so that each
    condition can ask it. `columns` says for each dimension by which expression these records are grouped and found.
    """

    key: str
    listing: str
    """The list that shows them (詳細信息)."""
    model: Any
    rows: Callable[[Rights, Permission], Select[Any]]
    unscoped_rows: tuple[Select[Any], ...] = ()
    """The same ids for readers with access to everything, without joining the customer: the first select that has all
    tables that the question needs is used."""
    day: Any
    """The column of the day to which a period applies; None where the present state is counted."""
    moment: bool = False
    """Whether `day` holds moments: a period is then cut at the firm's midnights."""
    without_first_day: tuple[ColumnElement[bool], ...] = ()
    """What has to be asked where the period has no first day, and follows from it where it has one."""
    other_day: Any = None
    """The day that a report's second period asks for."""
    columns: Mapping[str, Any]
    """Dimension → expression, or what makes it of the reader."""
    groups: Mapping[str, Any] = field(default_factory=dict)
    """How it is grouped where that differs from how it is found: an index would lead the database astray."""
    value_conditions: Mapping[str, Callable[[Reader, Any], ColumnElement[bool]]] = field(default_factory=dict)
    """Dimension → the condition of one of its values, where an index finds it by another than equality."""
    ranges: Mapping[str, Ranges] = field(default_factory=dict)
    """Dimension → the ranges that its values are, for readers with access to everything who ask for nothing else."""
    of_owner: tuple[ColumnElement[bool], ...] = ()
    """What else is true of all these records, for the index of owners that holds it."""
    own_of: tuple[str, ...] = ("customers",)
    """The kinds of record, joined to these, by whose firm's own fields they can be grouped and found (D-2)."""
    depends: tuple[str, ...]
    summed: "Source | None" = None
    """A source that stores sums of these records (orders those of their lines): used instead where it knows all that is
    asked, and `sums_fit` agrees."""
    sums_fit: "Callable[[ReportQuery], bool] | None" = None
    alone: "Source | None" = None
    """The same records, by columns of their own instead of those of the tables joined to them: used for readers with
    access to everything where it knows all that is asked."""
    apply_period: Callable[[Select[Any], Span, Reader], Select[Any]] | None = None
    """Adds the condition of the period where it is inside the select (a subquery)."""
    summed_columns: Mapping[str, Any] = field(default_factory=dict)
    """Columns of `summed`: the one for the number of records (key ""), and those for the totals of their list."""
    unscoped_index_hints: tuple[IndexHint, ...] = ()
    """The same as `index_hints`, for what is asked without the customer."""
    index_hints: tuple[IndexHint, ...] = ()
    """Indexes for SQLite to use, for readers with access to everything."""

    @cached_property
    def unscoped_tables(self) -> tuple[tuple[Select[Any], frozenset[Any]], ...]:
        """Each of `unscoped_rows` with the tables that it is of."""
        tables = []
        for ids in self.unscoped_rows:
            (rows,) = ids.get_final_froms()
            tables.append((ids, frozenset(part for part in iterate(rows) if isinstance(part, Table))))
        return tuple(tables)

    def is_within(self, tables: frozenset[Any], asked: Iterable[Any]) -> bool:
        """Whether columns and conditions ask these tables alone. Of a select within one it cannot be told whether it
        means the joined customer."""
        joined = tables | {Customer.__table__}
        return all(tables_asked(clause, lambda nested: tables_named(nested) & joined) <= tables for clause in asked)

    def group(self, key: str, reader: Reader) -> Any:
        """The expression that makes groups of the dimension."""
        return self.groups[key] if key in self.groups else self.column(key, reader)

    def with_value(self, key: str, value: Any, reader: Reader) -> ColumnElement[bool]:
        """The condition that the dimension has the value; None is 未填."""
        if key in self.value_conditions:
            return self.value_conditions[key](reader, value)
        column = self.column(key, reader)
        if value is None:
            return column.is_(None)  # type: ignore[no-any-return]
        # PostgreSQL compares a yes or no with no number.
        return column == (bool(value) if isinstance(column.type, Boolean) else value)  # type: ignore[no-any-return]

    def column(self, key: str, reader: Reader) -> Any:
        if is_custom(key):
            return own_column(key, reader)
        column = self.columns[key]
        return column(reader) if isfunction(column) else column

    def within(self, span: Span, reader: Reader) -> list[ColumnElement[bool]]:
        """The condition of a period."""
        conditions: list[ColumnElement[bool]] = []
        if self.day is None:
            return conditions
        if span.first is not None:
            conditions.append(self.day >= (start_of(span.first, reader.zone) if self.moment else span.first))
        else:
            conditions += self.without_first_day
        if span.last is not None:
            conditions.append(self.day < end_of(span.last, reader.zone) if self.moment else self.day <= span.last)
        return conditions

    def within_other(self, span: Span) -> list[ColumnElement[bool]]:
        """The condition of the second period."""
        conditions: list[ColumnElement[bool]] = []
        if self.other_day is not None and span.first is not None:
            conditions.append(self.other_day >= span.first)
        if self.other_day is not None and span.last is not None:
            conditions.append(self.other_day <= span.last)
        return conditions


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One 分類項目, by which reports are grouped and filtered: how its values are named, offered and found."""

    key: str
    label: str
    names: Callable[[Reader, Collection[Any]], Mapping[Any, str]]
    """Value → its name, for the values that occur, those no longer offered too."""
    options: Callable[[Reader], Options] | None = None
    """What a drop-down offers; without it a text is typed."""
    text_condition: Callable[[Reader, str], ColumnElement[bool]] | None = None
    """The condition for a typed text."""
    below: Callable[[int], Any] | None = None
    """Of a tree: the ids of the item and of those under it."""
    read: Callable[[str], Any] = int
    """The value that a condition's text stands for. Raises DomainError for a typed one that is none."""
    value_condition: Callable[[Any, Any], ColumnElement[bool]] | None = None
    """The condition that a column has the value, where equality is not enough."""
    in_order: bool = False
    """Whether its values have an order of their own (months); else the largest group stands first."""
    many: bool = False
    """Whether there can be thousands: only the first ones are shown unless more are asked for."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure of each group: an aggregate of a source, or made from the row's other figures."""

    key: str
    label: str
    help: str
    """One sentence that defines it, beside it on the page."""
    type: FieldType
    source: Source | None = None
    aggregate: Any = None
    """In SQL, or what makes it of the question where it depends on the day or on thresholds."""
    only: Any = None
    """The condition of the records that it counts, in SQL or made of the question; the details have it, too."""
    only_index_hints: tuple[IndexHint, ...] = ()
    """Indexes of those alone."""
    smallest_first: bool = False
    """Whether the smallest value ranks first in SQL: the longest idle customer has the earliest contact."""
    read: Callable[[Reader, Any], Any] | None = None
    """Makes the figure of the aggregate's result, where they differ."""
    computed: Callable[[Mapping[str, Any]], Any] | None = None
    filled: "Callable[[ReportQuery, Span, Sequence[str]], Mapping[Any, Any]] | None" = None
    """What no records are counted for (targets): the groups' values by the dimensions named, "step" first in time."""
    running: str = ""
    """The measure whose values are added up from step to step."""
    additive: bool = True
    """Whether the groups' figures add up to the whole's: customers who bought in two groups are one customer."""
    additive_by: tuple[str, ...] = ()
    """The 分類項目 by which they add up nevertheless: a customer has one region."""
    merged: Callable[[Iterable[Any]], Any] | None = None
    """The whole's figure of the groups' where it is one of them: the highest price, the last day."""
    summed: Any = None
    """The same figure of what holds the sums of its source."""
    share: bool = False
    ranks: bool = False
    """Whether groups can be ranked by it although it is made from others; all of them are then counted."""
    only_by: tuple[str, ...] = ()
    """The 分類項目 that it is known for, where it is not known for all (targets)."""
    permission: Right | None = None

    def counted(self, query: "ReportQuery") -> Any:
        """The aggregate for this question."""
        aggregate = self.aggregate(query) if isfunction(self.aggregate) else self.aggregate
        return aggregate if self.only is None else aggregate.filter(self.chosen(query))

    def chosen(self, query: "ReportQuery") -> Any:
        """The condition of the records that it counts, None for all of the source's."""
        return self.only(query) if isfunction(self.only) else self.only

    @property
    def empty_value(self) -> Any:
        """The value of a group without records: nothing comes to 0, but has no lowest price, and a target that no
        records are counted for is not known."""
        return self.zero if (self.aggregate is not None and self.merged is None) or self.running else None

    @property
    def zero(self) -> Any:
        """The value that a sum begins with; None where the measure is no sum."""
        return 0 if isinstance(self.type, Integer) else Decimal("0.00") if isinstance(self.type, Amount) else None


@dataclass(frozen=True)
class Threshold:
    """A number of days that a report asks for."""

    key: str
    label: str
    usual: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report. Its key is its function in the grid of rights (`customer_classes:view`)."""

    key: str
    label: str
    description: str
    """What it answers, in a sentence under its heading."""
    period_label: str
    measures: tuple[Measure, ...]
    dimensions: tuple[str, ...]
    """By what it can be grouped; the first one is the usual one."""
    conditions: tuple[str, ...]
    default_period: str = YEAR
    stage: str = ""
    """The usual step of a report in time, whose rows are steps; empty for others."""
    optional: bool = False
    """Whether it can be asked without any 分類項目."""
    second: tuple[str, ...] = ()
    """What a second 分類項目 can be."""
    charts: tuple[str, ...] = ("bar",)
    ranks: Mapping[str, str] = field(default_factory=dict)
    """分類項目 → the measure that it is usually ranked by, where that is not the first one."""
    compare: str = NO
    """What it is usually compared with."""
    comparable: bool = True
    drawn: tuple[str, ...] = ()
    """The measures that are drawn beside each other, where it is not the chosen rank alone."""
    stacked: bool = False
    """Whether those stand on each other, as parts of one whole."""
    lists_records: bool = False
    """Whether the records themselves stand under the groups (SR-1)."""
    matrix: tuple[str, ...] = ()
    """Two dimensions whose matrix stands beside the groups (CR-4)."""
    thresholds: tuple[Threshold, ...] = ()
    other_period: str = ""
    """The label of a second period, where the first one asks for something else (CR-3)."""
    by_product: tuple[Measure, ...] = ()
    """What is measured instead, of lines, where products are grouped by or asked for."""
    figures: "Callable[[ReportQuery], Figures] | None" = None
    """How it is counted, where the usual grouping is not enough."""

    @property
    def view(self) -> Permission:
        return Permission(f"{self.key}:view")

    @property
    def export(self) -> Permission:
        return Permission(f"{self.key}:export")

    @property
    def own_of(self) -> frozenset[str]:
        """The kinds of record by whose firm's own fields it can be grouped and found: those that all it counts know."""
        known = [frozenset(m.source.own_of) for m in self.measures if m.source is not None]
        return frozenset.intersection(*known) if known else frozenset()

    def sources(self, measures: Collection[Measure]) -> list[Source]:
        return list({m.source.key: m.source for m in measures if m.source is not None}.values())


def ratio(part: Any, total: Any, places: str = "0.01") -> Decimal | None:
    """part ÷ whole, half up; None of nothing."""
    if part is None or not total:
        return None
    return (Decimal(part) / Decimal(total)).quantize(Decimal(places), ROUND_HALF_UP)


def percent(part: Any, total: Any) -> Decimal | None:
    """part in percent of the whole, with one decimal; None of nothing."""
    return None if part is None else ratio(Decimal(part) * 100, total, "0.1")


@dataclass(frozen=True)
class Percent(FieldType):
    """A share or a rate with one decimal: 12.3 is 12.3 %."""

    kind = "percent"
    numeric = True

    def show(self, value: Any, context: Any) -> str:
        return "" if value is None else f"{value:,.1f}%"

    def cell(self, value: Any, context: Any) -> Any:
        return value
