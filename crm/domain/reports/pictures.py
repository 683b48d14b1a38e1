"""The picture of a report: what is drawn of its figures, and in words what it shows (X-1, X-5)."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from crm.charts import Drawing, Series
from crm.charts.drawing import MAX_SERIES, max_rows
from crm.domain.platform.drawing import Picture
from crm.domain.reports import periods
from crm.domain.reports.counting import Figures, Row, follows_from_groups
from crm.domain.reports.declaration import Measure
from crm.domain.reports.figures import figures
from crm.domain.reports.matrix import matrix
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.sheet import Line, Sheet, names_of, place_of
from crm.entities.listing import Parameters
from crm.i18n import N_
from crm.models.table_versions import get_or_compute

FIRST_ONLY = N_("The chart shows the first %(count)s groups only; the table has the rest.")
AS_LINE = N_("So many intervals are drawn as a line.")
SECONDS = 60
"""No longer than the figures that it shows: another process may have written meanwhile."""


def chart_image(query: ReportQuery, font: str, small: bool = False) -> Picture:
    """The image of a chart, for pages, workbooks and emails; drawn when its body is needed.

    `font` is the configured font file, if any; `small` is for a panel of the workbench.
    """

    def make() -> Picture:
        return Picture(drawing_of(query).small() if small else drawing_of(query), font)

    key = ("picture", query.reader.language, query.chart, font, small, *query.cache_key)
    picture: Picture = get_or_compute(key, query.depends, make, SECONDS)
    return picture


def drawing_of(query: ReportQuery) -> Drawing:
    """What is drawn: the figures of the chosen rank; with two 分類項目 the inner ones as parts of the bars."""
    nothing = query.reader.say(N_("Nothing was found for these conditions."))
    if query.chart == "matrix":
        return _squares(query, nothing)
    counted = figures(query)
    if query.report.stacked:
        counted = _with_anything(query, counted)
    rows = list(counted.rows)
    names = names_of(query, counted)
    ranked = drawn_measure(query)
    if len(names) and len(names[0]) > 1:
        is_part = counted.others is not None and not query.stage
        outer = _outer(query, ranked) if is_part else None
        labels, series, is_cut = _crossed_series(query, rows, names, ranked, outer)
        drawing = Drawing(query.chart, labels, series, query.reader.language, stacked=True, empty_text=nothing)
        is_cut = is_cut or (is_part and outer is None)
        return _with_notes(query, drawing, is_cut)
    figures_in_row = 1 if query.report.stacked else len(_drawn_measures(query, ranked)) + (query.before is not None)
    shown = rows if query.stage else rows[: max_rows(figures_in_row)]
    labels = tuple(name[0] for name in names[: len(shown)])
    series, language = _single_grouping_series(query, shown, ranked), query.reader.language
    # What is no part of a whole (the longest time, who bought in several groups) is no slice of it either.
    are_parts = follows_from_groups(query, ranked) and ranked.merged is None
    kind = "bar" if query.chart == "pie" and not are_parts else query.chart
    drawing = Drawing(kind, labels, series, language, stacked=query.report.stacked, empty_text=nothing)
    not_shown = [*rows[len(shown) :], *([counted.others] if counted.others is not None else [])]
    remainder = sum(_number(row.values[ranked.key]) or 0 for row in not_shown) if ranked.additive else 0
    drawing = replace(drawing, remainder=remainder, rest_name=query.reader.say(N_("The rest")))
    return _with_notes(query, drawing, bool(not_shown) and not query.stage)


def _with_notes(query: ReportQuery, drawing: Drawing, is_cut: bool) -> Drawing:
    """With what it says where it is not all that was asked for."""
    say = query.reader.say
    return replace(drawing, is_cut=is_cut, first_only=say(FIRST_ONLY), as_line=say(AS_LINE))


def _with_anything(query: ReportQuery, counted: Figures) -> Figures:
    """The groups that have a bar: who owes nothing stands in the table alone. Where nobody has one, all of them."""
    having = tuple(row for row in counted.rows if any(row.values[key] for key in query.report.drawn))
    return replace(counted, rows=having or counted.rows)


def _squares(query: ReportQuery, nothing: str) -> Drawing:
    grid = matrix(query)
    columns = zip(grid.columns, zip(*(squares for _name, squares in grid.rows), strict=True), strict=False)
    series = [Series(name, tuple(float(cell.count) if cell else None for cell in column)) for name, column in columns]
    labels = tuple(name for name, _squares in grid.rows)
    return Drawing("matrix", labels, tuple(series), query.reader.language, empty_text=nothing, corner=grid.corner)


def drawn_measure(query: ReportQuery) -> Measure:
    """The chosen rank, unless it is a day: those have no length."""
    return next((m for m in query.measures if m.key == query.rank and m.type.numeric), query.measures[0])


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _drawn(query: ReportQuery, rows: list[Row], measure: Measure) -> tuple[float | None, ...]:
    """Its values; a line of counted figures ends today."""
    return tuple(_until_today(query, row.key[0], _number(row.values[measure.key]), measure) for row in rows)


def _until_today(query: ReportQuery, step: Any, value: float | None, measure: Measure) -> float | None:
    """Nothing in a step that is still to come, rather than a fall to zero."""
    to_come = bool(query.stage) and step > query.reader.today and measure.filled is None and not value
    return None if to_come else value


def _drawn_measures(query: ReportQuery, ranked: Measure) -> list[Measure]:
    return [m for m in query.measures if m.key in query.report.drawn] or [ranked]


def _single_grouping_series(query: ReportQuery, rows: list[Row], ranked: Measure) -> tuple[Series, ...]:
    """The measure with what it is compared with; in time also what is of its kind, the target among it."""
    say = query.reader.say
    series = [Series(say(m.label), _drawn(query, rows, m)) for m in _drawn_measures(query, ranked)]
    if query.before is not None:
        comparison = say(dict(periods.COMPARISONS)[query.compare])
        values = tuple(_number(row.before.get(ranked.key)) for row in rows)
        series.append(Series(f"{say(ranked.label)} ({comparison})", values, "before"))
    for measure in query.measures:
        if measure.key == "running":
            series.append(Series(say(measure.label), _drawn(query, rows, measure), "cumulative"))
    if query.stage:
        for measure in query.measures:
            is_alike = measure.type == ranked.type and measure is not ranked and not measure.computed
            values = _drawn(query, rows, measure)
            if is_alike and any(values):
                series.append(Series(say(measure.label), values, "target" if measure.filled else "main"))
    return tuple(series)


@dataclass(frozen=True)
class _Outer:
    """The outer groups with all that is theirs: their name and their figure; whether there are more."""

    groups: dict[Any, tuple[str, float]]
    more: bool


def _outer(query: ReportQuery, ranked: Measure) -> _Outer | None:
    """Where not every row is shown: a bar is all that its group has, not what its shown parts come to."""
    if not ranked.additive:
        return None
    outer_query = ReportQuery(query.report, query.reader, Parameters(query.parts(second=None).items()))
    counted = figures(outer_query)
    named = zip(counted.rows, names_of(outer_query, counted), strict=True)
    groups = {row.key[0]: (name[0], float(row.values[ranked.key] or 0)) for row, name in named}
    return _Outer(groups, counted.others is not None)


def _crossed_series(
    query: ReportQuery, rows: list[Row], names: list[tuple[str, ...]], ranked: Measure, wider: _Outer | None
) -> tuple[tuple[str, ...], tuple[Series, ...], bool]:
    """The outer groups as labels, the inner ones as series: the largest of them, the rest as one; and whether there
    are more outer groups.

    Told apart by their keys: two people may be called the same.
    """
    outer, called = {}, {}
    cells: dict[tuple[Any, Any], float] = defaultdict(float)
    sizes: dict[Any, float] = defaultdict(float)
    for row, name in zip(rows, names, strict=True):
        value, key = float(row.values[ranked.key] or 0), row.key[:2]
        outer[key[0]], called[key[1]] = name[:2]
        cells[key] += value
        sizes[key[1]] += abs(value)
    if wider is not None:
        outer = {key: name for key, (name, _figure) in wider.groups.items()}
    outer_keys = list(outer)[: None if query.stage else max_rows()]
    inner = sorted(sizes, key=lambda key: -sizes[key])
    shown = inner if len(inner) <= MAX_SERIES else inner[: MAX_SERIES - 1]
    rest_of = inner[len(shown) :]
    if query.groupings[-1].in_order:
        shown = sorted(shown, key=lambda key: (key is None, key or 0))

    def drawn(keys: list[Any]) -> tuple[float | None, ...]:
        return tuple(
            _until_today(query, outer_key, sum(cells[outer_key, key] for key in keys), ranked)
            for outer_key in outer_keys
        )

    series = [Series(called[key], drawn([key])) for key in shown]
    remainder: tuple[float | None, ...] = drawn(rest_of)
    if wider is not None:
        remainder = tuple(
            wider.groups[outer_key][1] - sum(cells[outer_key, key] for key in shown) for outer_key in outer_keys
        )
    if rest_of or wider is not None:
        series.append(Series(query.reader.say(N_("The rest")), remainder))
    is_cut = len(outer_keys) < len(outer) or (wider is not None and wider.more)
    return tuple(outer[outer_key] for outer_key in outer_keys), tuple(series), is_cut


MAX_DESCRIBED = 5


def describe_chart(query: ReportQuery, sheet: Sheet, drawing: Drawing) -> str:
    """What the picture shows, for those who cannot see it: the whole, the largest groups, and what it leaves out."""
    say = query.reader.say
    index = place_of(query, drawn_measure(query))
    if sheet.empty:
        return say(N_("Nothing was found for these conditions."))

    def said(line: Line) -> str:
        return f"{line.name} {line.cells[index].text}"

    groups = [line for line in sheet.lines if line.linked]
    parts = [said(line) for line in groups[:MAX_DESCRIBED]]
    if len(groups) > MAX_DESCRIBED:
        parts.append(say(N_("and %(count)s more")) % {"count": len(groups) - MAX_DESCRIBED})
    parts += [said(line) for line in sheet.lines if not line.linked]
    total = said(sheet.total)
    head = say(query.report.label) + say(N_(": ")) + f"{say(drawn_measure(query).label)}, {total}"
    return "; ".join([head, ", ".join(parts), *([drawing.note] if drawing.note else [])])
