"""A report by groups: the largest ones, the others together, and the whole (X-1)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, literal, null, nulls_last, select

from crm.domain.reports.counting import (
    Figures,
    Key,
    Row,
    Values,
    aggregate_query,
    complete_values,
    fill,
    follows_from_groups,
    is_of_one_table,
    measures_of,
    ranges_of,
    ranges_query,
    total_of,
    values_of,
)
from crm.domain.reports.declaration import Measure, Source
from crm.domain.reports.periods import Span
from crm.domain.reports.query import ReportQuery


def in_groups(query: ReportQuery) -> Figures:
    """The largest groups, the others together, and the whole."""
    by = [d.key for d in query.groupings]
    values, has_more, known_total = grouped(query, query.span, by)
    total = total_of(query, query.span, None if has_more else values.values(), known_total)
    span = query.before
    before: dict[Key, Values] = {}
    if span and not has_more:
        # Who sold last year and nothing this year is part of the comparison, too.
        before, has_more, _whole = grouped(query, span, by)
        if not has_more and len(values.keys() | before.keys()) <= query.group_limit:
            values |= {key: {} for key in before.keys() - values.keys()}
    if span and has_more:
        before = grouped(query, span, by, list(values))[0] if values else {}
    total_before = total_of(query, span) if span else {}
    nothing = complete_values(query, {})
    rows = [
        Row(key, complete_values(query, of_group), complete_values(query, before.get(key, nothing)) if span else {})
        for key, of_group in values.items()
    ]
    rows = ordered(query, rows)
    everything = Row((), total, total_before)
    return Figures(tuple(rows), everything, remaining_row(query, rows, everything, has_more))


def grouped(
    query: ReportQuery, span: Span, by: Sequence[str], keys: Sequence[Key] | None = None
) -> tuple[dict[Key, Values], bool, Values]:
    """Group → its figures, of those given or else of the first ones by the chosen rank; whether there are more; and
    what is known of the whole.

    The source that ranks is asked first, the others about the same groups where there are more of them than shown.
    """
    groups: dict[Key, Values] = {} if keys is None else {key: {} for key in keys}
    fixed, has_more, known_total = keys is not None, False, {}
    for number, source in enumerate(_ranking_first(query)):
        of_groups, of_all = _read(query, source, span, by, groups if fixed else None)
        for key, values in of_groups.items():
            if not fixed or key in groups:
                groups.setdefault(key, {}).update(values)
        if len(groups) > query.group_limit:
            groups, fixed, has_more = dict(list(groups.items())[: query.group_limit]), True, True
            known_total = {
                m.key: of_all[m.key]
                for m in measures_of(query, source)
                if m.key in of_all and follows_from_groups(query, m)
            }
            if number:
                # Its own first groups need not be those that an earlier source has put first.
                of_groups, _all = _read(query, source, span, by, groups)
                for key in groups:
                    groups[key].update(of_groups.get(key, {}))
    fill(query, span, by, groups, with_new_groups=bool(by) and not fixed)
    return groups, has_more, known_total


def _read(
    query: ReportQuery, source: Source, span: Span, by: Sequence[str], keys: Collection[Key] | None
) -> tuple[dict[Key, Values], Values]:
    """What one source has of these groups (of few more besides), or of its first ones and of all of them.

    Of thousands of groups the rank is counted of each, the other figures of those alone that are shown.
    """
    measures = measures_of(query, source)
    ranking = _ranking_measures(query, source, span, measures) if keys is None and len(by) == 1 else measures
    of_groups, of_all = _read_measures(query, source, span, by, keys, ranking)
    others = [measure for measure in measures if measure not in ranking]
    if others and of_groups:
        of_others, _of_all = _read_measures(query, source, span, by, of_groups, others)
        for key, values in of_groups.items():
            values.update(of_others.get(key, {}))
    return of_groups, of_all


def _ranking_measures(query: ReportQuery, source: Source, span: Span, measures: Sequence[Measure]) -> Sequence[Measure]:
    """What has to be known of every group: the rank, and what is known of the whole by the groups alone. All of them
    where each statement would look at other tables again, or where nearly all groups are shown."""
    many = any(dimension.many for dimension in query.groupings) and query.group_limit < MAX_NAMED
    if not many or not is_of_one_table(query, source, span, measures):
        return measures
    return [m for m in measures if m.key == query.rank or m.merged is not None] or measures


def _read_measures(
    query: ReportQuery,
    source: Source,
    span: Span,
    by: Sequence[str],
    keys: Collection[Key] | None,
    measures: Sequence[Measure],
) -> tuple[dict[Key, Values], Values]:
    columns = [source.group(key, query.reader) for key in by]
    ranges = ranges_of(query, source) if keys is None else None
    named = keys is not None and len(by) == 1 and len(keys) <= MAX_NAMED
    statement: Any = (
        aggregate_query(query, source, span, columns, measures, narrowed_by=by[0] if named else "")
        if ranges is None
        else ranges_query(query, source, span, ranges)
    )

    def read(selected: Any) -> tuple[dict[Key, Values], Values]:
        of_groups: dict[Key, Values] = {}
        of_all: Values = {}
        for row in query.reader.session.execute(selected):
            values = values_of(query, measures, row[len(by) : len(by) + len(measures)])
            if len(row) > len(by) + len(measures) and row[-1]:
                of_all = values
            else:
                of_groups[tuple(row[: len(by)])] = values
        return of_groups, of_all

    if named and keys is not None:
        return read(statement.where(_one_of(source.column(by[0], query.reader), [key[0] for key in keys])))
    if keys is not None or not by:
        return read(statement)
    if not any(dimension.many for dimension in query.groupings):
        of_groups, _of_all = read(statement.limit(query.group_limit + 1))
        if len(of_groups) <= query.group_limit:
            return of_groups, {}  # all of them: the whole follows from them
    return read(_first_groups_and_total(query, source, statement, measures))


def _first_groups_and_total(
    query: ReportQuery, source: Source, statement: Select[Any] | CompoundSelect[Any], measures: Sequence[Measure]
) -> Any:
    """The first groups by the chosen rank, and what all of them come to: the records are read once for both."""
    groups = statement.cte("groups")
    names = [column.name for column in groups.c if column.name.startswith("group_")]
    figures_ = [groups.c[f"figure_{number}"] for number in range(len(measures))]
    rank = next((n for n, m in enumerate(measures) if m.key == query.rank), 0)
    size: Any = figures_[rank]
    nothing = measures[rank].empty_value
    # Whose profit is not known at all stands before who lost something.
    size = size if nothing is None else func.coalesce(size, nothing)
    order = nulls_last(size.asc() if measures[rank].smallest_first else size.desc())
    first = select(groups, literal(0).label("whole")).order_by(order, *(groups.c[name] for name in names))
    shown = first.limit(query.group_limit + 1).subquery()
    sums = [_sum_of_groups(query, m, figure) for m, figure in zip(measures, figures_, strict=True)]
    return select(shown).union_all(select(*(null() for _ in names), *sums, literal(1)).select_from(groups))


def _sum_of_groups(query: ReportQuery, measure: Measure, figure: Any) -> Any:
    """What the groups' figures come to, in SQL; NULL where it does not follow from them."""
    if not follows_from_groups(query, measure):
        return null()
    if measure.merged is None:
        return func.sum(figure)
    # Told apart by what is in the database: who waits longest was met at the earliest.
    return func.min(figure) if measure.smallest_first else func.max(figure)


MAX_NAMED = 200
"""So many groups are named in a statement; of more all are counted and the others left out."""


def _ranking_first(query: ReportQuery) -> list[Source]:
    return sorted(query.sources, key=lambda source: query.rank not in [m.key for m in measures_of(query, source)])


def _one_of(column: Any, values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    return column.in_(known) | column.is_(None) if len(known) < len(values) else column.in_(known)


def remaining_row(query: ReportQuery, rows: Sequence[Row], total: Row, has_more: bool = False) -> Row | None:
    """The others' row, where there are `has_more` groups or where the time compared with holds what no row stands for:
    rows and total always agree."""
    others_row = others_of(query, rows, total)
    return others_row if has_more or any(others_row.values.values()) or any(others_row.before.values()) else None


def others_of(query: ReportQuery, rows: Sequence[Row], total: Row) -> Row:
    """What is left of the whole, of the figures that add up."""

    def remaining_values(total: Values, parts: Iterable[Values]) -> Values:
        known = list(parts)
        remaining = {
            m.key: total[m.key] - sum((part[m.key] or 0 for part in known), m.zero) if m.additive else None
            for m in query.measures
            if (m.aggregate is not None and m.key in total) or _is_filled(m, total, known)
        }
        return complete_values(query, remaining) if total else {}

    return Row(
        (),
        remaining_values(total.values, (r.values for r in rows)),
        remaining_values(total.before, (r.before for r in rows)),
    )


def _is_filled(measure: Measure, total: Values, parts: Sequence[Values]) -> bool:
    """Whether groups and whole have what no records are counted for: by day there are no targets."""
    known = measure.filled is not None and total.get(measure.key) is not None
    return known and any(part.get(measure.key) is not None for part in parts)


def ordered(query: ReportQuery, rows: list[Row]) -> list[Row]:
    """The first by the chosen rank first, or in the order that the values have of themselves; 未填 comes last.

    With two 分類項目 the outer groups are ordered by what they add up to, or by the first of theirs where the figure
    is none that adds up (a price, a day).
    """
    rank = next(m for m in query.measures if m.key == query.rank)
    sizes = {row.key: _size(rank, row.values[rank.key]) for row in rows}
    outer: dict[Any, Any] = {}
    for key, size in sizes.items():
        known = outer.get(key[:1])
        limits = [limit for limit in (known, size) if limit is not None]
        outer[key[:1]] = (sum(limits) if rank.additive else min(limits)) if limits else None

    def place(row: Row) -> tuple[Any, ...]:
        sort_key: list[Any] = []
        for number, dimension in enumerate(query.groupings):
            value = row.key[number]
            size = outer[row.key[:1]] if number == 0 else sizes[row.key]
            own = (False, value) if dimension.in_order and value is not None else (size is None, size or 0)
            sort_key += [value is None, *own, value if value is not None else 0]
        return tuple(sort_key)

    return sorted(rows, key=place)


def _size(rank: Measure, value: Any) -> Any:
    """Smaller for what stands before others; None where there is no figure."""
    if value is None:
        return None
    number = value.timestamp() if isinstance(value, datetime) else value
    return number if rank.smallest_first and rank.read is None else -number
