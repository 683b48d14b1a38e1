"""A report in time: every step of the period, empty ones too (CR-2, SR-3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from crm.domain.reports import periods
from crm.domain.reports.counting import (
    Figures,
    Key,
    Row,
    Values,
    aggregate_query,
    complete_values,
    fill,
    measures_of,
    total_of,
    values_of,
)
from crm.domain.reports.groups import remaining_row
from crm.domain.reports.periods import Span
from crm.domain.reports.query import MAX_STEPS, ReportQuery


def in_steps(query: ReportQuery) -> Figures:
    """Every step of the period in order, empty ones too; days are counted by the database and put together here."""
    now = by_step(query, query.span)
    span = query.before
    past = by_step(query, span) if span else {}
    first_days = step_days(query, query.span, now)
    earlier = _earlier_steps(query, first_days, span) if span else {}
    rows = []
    for key in _step_keys(query, first_days, now, past):
        past_values = past.get((earlier.get(key[0]), *key[1:]), {})
        rows.append(
            Row(key, complete_values(query, now.get(key, {})), complete_values(query, past_values) if span else {})
        )
    total = Row((), total_of(query, query.span, now.values()), total_of(query, span, past.values()) if span else {})
    others_row = remaining_row(query, rows, total)
    return Figures(tuple(_with_running_sums(query, rows)), _running_total(query, total), others_row)


def by_step(query: ReportQuery, span: Span) -> dict[Key, Values]:
    """(first day of the step, group …) → figures that add up."""
    groups: dict[Key, Values] = defaultdict(dict)
    for source in query.sources:
        columns = [source.group(d.key, query.reader) for d in query.groupings]
        measures = measures_of(query, source)
        for row in query.reader.session.execute(aggregate_query(query, source, span, [source.day, *columns])):
            first, _last = periods.step_of(row[0], query.stage, query.week_starts_on)
            held = groups[(first, *row[1 : 1 + len(columns)])]
            for key, value in values_of(query, measures, row[1 + len(columns) :]).items():
                held[key] = held[key] + value if key in held else value
    fill(query, span, ("step", *(d.key for d in query.groupings)), groups, with_new_groups=True)
    return groups


MAX_ROWS = 4000


def _step_keys(
    query: ReportQuery, days: Sequence[date], now: Mapping[Key, Values], past: Mapping[Key, Values]
) -> list[Key]:
    """Each step with each group, empty ones too; of very many only those that hold something."""
    groups = _groups_of(query, now, past)
    keys = [(day, *group) for day in days for group in groups]
    return keys if len(keys) <= MAX_ROWS else [key for key in keys if key in now]


def step_days(query: ReportQuery, span: Span, keys: Iterable[Key]) -> list[date]:
    """The steps of the period; of an open one, from the first record to the last."""
    days = [key[0] for key in keys]
    first, last = span.first, span.last
    if days:
        first = first if first is not None and span.closed else min(days) if first is None else first
        last = last if last is not None else max(days)
    elif not span.closed:
        return []
    steps = list(islice(periods.steps(Span(first, last), query.stage, query.week_starts_on), MAX_STEPS + 1))
    # Of an open period of very many steps only those that hold something: none of them is left out.
    return steps if len(steps) <= MAX_STEPS else sorted(set(days))


def _groups_of(query: ReportQuery, now: Mapping[Key, Values], past: Mapping[Key, Values]) -> list[Key]:
    """The groups that occur at all, in the time compared with too, the largest first; one without any where no
    分類項目 was chosen."""
    if not query.groupings:
        return [()]
    sizes: dict[Key, Any] = defaultdict(int)
    for key, values in now.items():
        sizes[key[1:]] += values.get(query.rank, 0)
    for key in past:
        sizes.setdefault(key[1:], 0)
    ranked = sorted(sizes, key=lambda group: (group[0] is None, -sizes[group], group))
    return ranked[: query.group_limit]


def _earlier_steps(query: ReportQuery, days: Sequence[date], span: Span) -> dict[date, date]:
    """Step → the one it is compared with: the same day a year ago, else the one at the same place."""
    if query.compare == periods.YEAR_BEFORE and query.stage == "day":
        return {day: periods.year_earlier(day) for day in days if (day.month, day.day) != (2, 29)}
    return dict(zip(days, periods.steps(span, query.stage, query.week_starts_on), strict=False))


def _with_running_sums(query: ReportQuery, rows: list[Row]) -> list[Row]:
    """With what is added up from step to step."""
    for measure in query.measures:
        if not measure.running:
            continue
        for part in ("values", "before"):
            sums: dict[Key, Any] = defaultdict(type(measure.empty_value))
            for row in rows:
                values: Values = getattr(row, part)
                if values:
                    sums[row.key[1:]] += values[measure.running]
                    values[measure.key] = sums[row.key[1:]]
    return rows


def _running_total(query: ReportQuery, total: Row) -> Row:
    for measure in query.measures:
        for values in (total.values, total.before):
            if measure.running and values:
                values[measure.key] = values[measure.running]
    return total
