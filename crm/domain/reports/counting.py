"""Counting for reports: one statement a source, over what the reader may see; no row is ever loaded (X-3)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Integer, Select, UnaryExpression, cast, func, select, union_all
from sqlalchemy.sql.functions import count
from sqlalchemy.sql.operators import distinct_op

from crm.domain.reports.declaration import IndexHint, Measure, Ranges, Source
from crm.domain.reports.periods import Span
from crm.domain.reports.query import ReportQuery
from crm.entities.listing.without_join import without_join

FOUND_BY_INDEX = frozenset({"owner", "customer", "product"})
"""Dimensions of whose values few records are, each with an index."""
Values = dict[str, Any]
Key = tuple[Any, ...]
"""The step's first day in a report in time, then the value of each 分類項目."""


@dataclass(frozen=True)
class Row:
    """A group with its figures by measure, and those of the time it is compared with."""

    key: Key
    values: Values
    before: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """`others` is what the groups that are not shown add up to, None where all are."""

    rows: tuple[Row, ...]
    total: Row
    others: Row | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing at all was found."""
        return not any(self.total.values.values()) and not any(any(row.values.values()) for row in self.rows)


def aggregate_query(
    query: ReportQuery,
    source: Source,
    span: Span | None,
    by: Sequence[Any],
    measures: Sequence[Measure] | None = None,
    narrowed_by: str = "",
) -> Select[Any]:
    """The figures of the records that are counted, grouped: all that are asked of the source, or those given.
    `narrowed_by` is a dimension of which a few values alone will be asked for: an index of it may find them.

    Grouped by the names of the expressions: written twice, what is sent along with them would make them two for
    PostgreSQL.
    """
    sums = _labelled_sums(query, measures_of(query, source) if measures is None else measures)
    named = [expression.label(name) for expression, name in zip(by, names_of_groups(by), strict=True)]

    hints = () if narrowed_by in FOUND_BY_INDEX else None
    rows = select_over_rows(query, source, span, query.conditions(source, span), [*named, *sums], hints)
    if source.apply_period is not None:
        rows = source.apply_period(rows, span or Span(None, None), query.reader)
    return rows.group_by(*names_of_groups(by)) if by else rows


def is_of_one_table(query: ReportQuery, source: Source, span: Span, measures: Sequence[Measure]) -> bool:
    """Whether what is asked for stands in the first of the source's selects alone, for who has access to everything."""
    if not source.unscoped_rows or not query.sees_everything:
        return False
    columns = [source.group(d.key, query.reader) for d in query.groupings]
    asked = [*columns, *(m.counted(query) for m in measures), *query.conditions(source, span)]
    return source.is_within(source.unscoped_tables[0][1], asked)


def _labelled_sums(query: ReportQuery, measures: Sequence[Measure]) -> list[Any]:
    return [m.counted(query).label(f"figure_{number}") for number, m in enumerate(measures)]


def ranges_of(query: ReportQuery, source: Source) -> Ranges | None:
    """The ranges that the groups are, where an index of them knows all that is asked."""
    groupings = query.groupings
    ranges = source.ranges.get(groupings[0].key) if len(groupings) == 1 else None
    if ranges is None or query.given or not query.sees_everything:
        return None
    return ranges if query.span.is_long(query.reader.today) or not ranges.long_alone else None


def ranges_query(query: ReportQuery, source: Source, span: Span, ranges: Ranges) -> CompoundSelect[Any]:
    """The same as `aggregate_query`, range by range."""
    name, conditions = names_of_groups(query.groupings)[0], query.conditions(source, span)
    sums = _labelled_sums(query, measures_of(query, source))
    parts = []
    for value in (*ranges.values, None):
        columns = [cast(value, Integer).label(name), *sums]
        rows = source.rows(query.reader.rights, query.report.view)
        rows = rows.where(*conditions, ranges.condition(query.reader, span, value))
        rows = without_join(rows, source.model, columns).with_only_columns(*columns, maintain_column_froms=True)
        parts.append(with_index_hints(query, ranges.index_hints, span, rows))
    return union_all(*(part.having(func.count() > 0) for part in parts))


def select_over_rows(
    query: ReportQuery,
    source: Source,
    span: Span | None,
    conditions: Sequence[ColumnElement[bool]],
    columns: Sequence[Any],
    hints: Iterable[IndexHint] | None = None,
) -> Select[Any]:
    """These columns of the source's records that fit: without joining the customer where neither rights nor the
    question need it. `hints` are used instead of the source's own."""
    rights = query.reader.rights

    def over(ids: Select[Any]) -> Select[Any]:
        return ids.with_only_columns(*columns, maintain_column_froms=True)

    rows = source.rows(rights, query.report.view).where(*conditions)
    if not query.sees_everything:
        alone = without_join(rows, source.model, columns)
        return over(_narrowed_to_ids(query, source, rows) if alone is rows else alone)
    for ids, tables in source.unscoped_tables:
        if source.is_within(tables, (*columns, *conditions)):
            unscoped = over(ids.where(*conditions))
            return with_index_hints(query, source.unscoped_index_hints if hints is None else hints, span, unscoped)
    return with_index_hints(query, source.index_hints if hints is None else hints, span, over(rows))


def _narrowed_to_ids(query: ReportQuery, source: Source, rows: Select[Any]) -> Select[Any]:
    """The same records, found by the ids of those that the reader may see: their customer, who is asked for, is then
    looked up for these alone. Lines are found by their orders'.

    Only what has an owner of its own beside its customer's: of one or the other SQLite would look at all records.
    """
    narrow_source = source.summed if source.summed is not None and source.summed.model is not source.model else source
    if not hasattr(narrow_source.model, "owner_id"):
        return rows
    visible = narrow_source.rows(query.reader.rights, query.report.view) if narrow_source is not source else rows
    ids = without_join(visible, narrow_source.model)
    return rows if ids is visible else rows.where(narrow_source.model.id.in_(ids))


def with_index_hints(
    query: ReportQuery, hints: Iterable[IndexHint], span: Span | None, statement: Select[Any]
) -> Select[Any]:
    """Name indexes to SQLite, which knows no distribution of values: compact indexes instead of whole rows."""
    long = span is None or span.is_long(query.reader.today)
    for table, index, long_alone in hints:
        if long or not long_alone:
            statement = statement.with_hint(table, f"INDEXED BY {index}", "sqlite")
    return statement


def names_of_groups(by: Sequence[Any]) -> list[str]:
    return [f"group_{number}" for number in range(len(by))]


def measures_of(query: ReportQuery, source: Source) -> list[Measure]:
    return query.counted.get(source.key, [])


def values_of(query: ReportQuery, measures: Sequence[Measure], row: Sequence[Any]) -> Values:
    return {m.key: _value(query, m, value) for m, value in zip(measures, row, strict=True)}


def _value(query: ReportQuery, measure: Measure, value: Any) -> Any:
    if measure.read is not None:
        return measure.read(query.reader, value)
    return measure.empty_value if value is None else value


def complete_values(query: ReportQuery, values: Values) -> Values:
    """With nothing where a source has no record, and with what is made from the others."""
    complete = {m.key: values.get(m.key, m.empty_value) for m in query.measures}
    for measure in query.measures:
        if measure.computed is not None:
            complete[measure.key] = measure.computed(complete)
    return complete


def total_of(
    query: ReportQuery, span: Span, groups: Collection[Values] | None = None, known: Values | None = None
) -> Values:
    """Over everything, whatever the groups. What is `known`, or follows from all `groups`, is not counted again."""
    values: Values = dict(known or {})
    missing: dict[str, tuple[Source, list[Measure]]] = {}
    for source in query.sources:
        for measure in measures_of(query, source):
            if measure.key in values:
                continue
            if groups is not None and follows_from_groups(query, measure):
                values[measure.key] = _merged_value(
                    measure, [values.get(measure.key, measure.empty_value) for values in groups]
                )
                continue
            summed = query.as_counted(measure, grouped=False)
            assert summed.source is not None
            missing.setdefault(summed.source.key, (summed.source, []))[1].append(summed)
    for source, measures in missing.values():
        for statement, selected in _total_queries(query, source, span, measures):
            row = query.reader.session.execute(statement).one()
            values |= values_of(query, selected, row)
    for measure in query.measures:
        if measure.filled is not None:
            values |= {measure.key: measure.filled(query, span, ()).get(())}
    return complete_values(query, values)


def _total_queries(
    query: ReportQuery, source: Source, span: Span, measures: Sequence[Measure]
) -> Iterator[tuple[Select[Any], list[Measure]]]:
    """Statements with the measures that each has over everything. Different values are counted by themselves, sorted:
    quicker than looking each one up among those that were met before, as count(DISTINCT) does."""
    together = []
    for measure in measures:
        column = _distinct_column(measure.counted(query))
        if column is None or source.apply_period is not None:
            together.append(measure)
            continue
        rows = select_over_rows(query, source, span, query.conditions(source, span), [column.label("value")])
        yield select(func.count(rows.group_by(column).subquery().c.value)), [measure]
    if together:
        yield aggregate_query(query, source, span, (), together), together


def _distinct_column(aggregate: Any) -> Any:
    """The column whose different values are counted; None of any other aggregate."""
    counted = next(iter(aggregate.clauses), None) if isinstance(aggregate, count) else None
    return counted.element if isinstance(counted, UnaryExpression) and counted.operator is distinct_op else None


def follows_from_groups(query: ReportQuery, measure: Measure) -> bool:
    by = {d.key for d in query.groupings}
    return measure.additive or measure.merged is not None or (bool(by) and by <= set(measure.additive_by))


def _merged_value(measure: Measure, values: Sequence[Any]) -> Any:
    if measure.merged is None:
        return sum(values, measure.empty_value)
    known = [value for value in values if value is not None]
    return measure.merged(known) if known else measure.empty_value


def fill(
    query: ReportQuery, span: Span, by: Sequence[str], groups: dict[Key, Values], with_new_groups: bool = False
) -> None:
    """Give the groups what no records are counted for; with `with_new_groups` also groups that have nothing else."""
    for measure in query.measures:
        if measure.filled is not None:
            known = measure.filled(query, span, by)
            for key in known if with_new_groups else ():
                groups.setdefault(key, {})
            for key, values in groups.items():
                values[measure.key] = known.get(key)
