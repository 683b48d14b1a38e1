"""A report in words: headings, lines and one total, as page, print, workbook and email show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm.domain.reports import periods
from crm.domain.reports.counting import Figures, Row
from crm.domain.reports.declaration import Measure, Percent
from crm.domain.reports.figures import figures
from crm.domain.reports.query import NOT_FILLED, ReportQuery
from crm.domain.reports.shares import shares
from crm.fields import Amount, FieldType
from crm.i18n import N_

SHARE = Percent()
STAGE_HEADINGS = dict(periods.STAGES)


@dataclass(frozen=True)
class Heading:
    """`help` defines the figure in one sentence."""

    label: str
    numeric: bool = False
    help: str = ""


@dataclass(frozen=True)
class Cell:
    """`text` as it is read, `value` as a workbook holds it; `of` names the measure whose records stand behind it."""

    text: str
    value: Any = None
    kind: str = "general"
    of: str = ""


@dataclass(frozen=True)
class Line:
    """A group: its names (one for each 分類項目), its figures, and the parts of an address that name it."""

    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    group: tuple[tuple[str, str], ...] = ()
    linked: bool = True

    @property
    def name(self) -> str:
        return " · ".join(name for name in self.names if name)


@dataclass(frozen=True)
class Sheet:
    headings: tuple[Heading, ...]
    """Of the groups, then of the figures."""
    lines: tuple[Line, ...]
    total: Line
    empty: bool
    groups: int
    """How many of the headings are those of the groups."""

    @property
    def definitions(self) -> list[tuple[str, list[str]]]:
        """(sentence, the headings that it defines), each sentence once."""
        headings: dict[str, list[str]] = {}
        for heading in self.headings:
            if heading.help and heading.label not in headings.setdefault(heading.help, []):
                headings[heading.help].append(heading.label)
        return list(headings.items())


def sheet_of(query: ReportQuery) -> Sheet:
    """Everything that the report says, in the reader's language."""
    counted = figures(query)
    rows = [*counted.rows, *([counted.others] if counted.others is not None else [])]
    spread = {m.key: shares([row.values[m.key] for row in rows]) for m in query.measures if m.share}
    say = query.reader.say
    named = names_of(query, counted)
    blank = tuple("" for _ in group_headings(query)[1:])
    lines = []
    for number, row in enumerate(rows):
        parts = {key: of_rows[number] for key, of_rows in spread.items()}
        other = row is counted.others
        names = (say(N_("The rest")), *blank) if other else named[number]
        lines.append(Line(names, cells_of(query, row, parts), () if other else group_parts(query, row), not other))
    totals = {key: _sum_or_none(of_rows) for key, of_rows in spread.items()}
    total = Line((say(N_("Total")), *blank), cells_of(query, counted.total, totals))
    headings = (*group_headings(query), *figure_headings(query))
    return Sheet(headings, tuple(lines), total, counted.empty, len(group_headings(query)))


def _sum_or_none(parts: Iterable[Decimal | None]) -> Decimal | None:
    all_parts = list(parts)
    known = [part for part in all_parts if part is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(all_parts) else None


def group_headings(query: ReportQuery) -> list[Heading]:
    say = query.reader.say
    headings = [Heading(say(N_("Interval")))] if query.stage else []
    headings += [Heading(say(dimension.label)) for dimension in query.groupings]
    return headings or [Heading(say(query.report.label))]


def figure_headings(query: ReportQuery) -> list[Heading]:
    say, headings = query.reader.say, []
    for measure in query.measures:
        headings.append(Heading(say(measure.label), True, say(measure.help)))
        if measure.share:
            headings.append(Heading(say(N_("Share")), True, say(N_("Share of the total, in percent."))))
        if query.before is not None and is_compared(measure):
            comparison = say(dict(periods.COMPARISONS)[query.compare])
            headings.append(Heading(f"{say(measure.label)} ({comparison})", True))
            headings.append(
                Heading(
                    say(N_("Difference")), True, say(N_("Increase or decrease compared with that period, in percent."))
                )
            )
    return headings


def place_of(query: ReportQuery, measure: Measure) -> int:
    """Which of a line's figures is the measure's."""
    index = 0
    for other in query.measures:
        if other is measure:
            break
        index += 1 + other.share + (2 if query.before is not None and is_compared(other) else 0)
    return index


def is_compared(measure: Measure) -> bool:
    """What is made from others or was set beforehand stands for itself."""
    return measure.aggregate is not None


def cells_of(query: ReportQuery, row: Row, parts: dict[str, Decimal | None]) -> tuple[Cell, ...]:
    cells = []
    for measure in query.measures:
        value = row.values.get(measure.key)
        measure_key = measure.key if measure.aggregate is not None else ""
        cells.append(cell(query, measure.type, value, measure_key))
        if measure.share:
            cells.append(cell(query, SHARE, parts[measure.key]))
        if query.before is not None and is_compared(measure):
            value_before = row.before.get(measure.key)
            cells.append(cell(query, measure.type, value_before))
            cells.append(cell(query, SHARE, percent_change(value, value_before), signed=True))
    return tuple(cells)


def percent_change(after: Any, before: Any) -> Decimal | None:
    """The change in percent of the value before; None where there was nothing to compare with."""
    if after is None or not before:
        return None
    return ((Decimal(after) - Decimal(before)) * 100 / abs(Decimal(before))).quantize(Decimal("0.1"))


def cell(query: ReportQuery, kind: FieldType, value: Any, measure_key: str = "", signed: bool = False) -> Cell:
    if value is None:
        return Cell("–", None, cell_kind(kind))
    text = kind.show(value, query.reader) if kind.kind != "integer" else f"{value:,}"
    text = f"+{text}" if signed and value > 0 else text
    return Cell(text, kind.cell(value, query.reader), cell_kind(kind), measure_key)


def cell_kind(kind: FieldType) -> str:
    """Its number format in a workbook."""
    if isinstance(kind, Amount):
        return "money" if kind.places == 2 else "general"
    return {"integer": "count", "percent": "percent"}.get(kind.kind, "general")


# Names of groups


def names_of(query: ReportQuery, counted: Figures) -> list[tuple[str, ...]]:
    """What each row's group is called; values are looked up once for all rows."""
    offset = 1 if query.stage else 0
    known = [
        query.names(dimension, [row.key[index] for row in counted.rows])
        for index, dimension in enumerate(query.groupings, offset)
    ]
    row_names = []
    for row in counted.rows:
        names = [step_name(query, row.key[0])] if query.stage else []
        names += [called[value] for called, value in zip(known, row.key[offset:], strict=True)]
        row_names.append(tuple(names) or (query.reader.say(N_("All together")),))
    return row_names


def step_name(query: ReportQuery, day: date) -> str:
    """2026-11-29, 2026-11-23 – 11-29, 2026-11, 2026 Q4, 2026."""
    if query.stage == periods.WEEK:
        last = day + timedelta(days=6)
        return f"{day.isoformat()} – {last:%m-%d}"
    if query.stage == periods.QUARTER:
        return query.reader.say(N_("Q%(quarter)s %(year)s")) % {"year": day.year, "quarter": (day.month + 2) // 3}
    return {periods.MONTH: f"{day:%Y-%m}", periods.YEAR: str(day.year)}.get(query.stage, day.isoformat())


def group_parts(query: ReportQuery, row: Row) -> tuple[tuple[str, str], ...]:
    """The group as parts of an address."""
    address = [("of_step", row.key[0].isoformat())] if query.stage and row.key else []
    values: Sequence[Any] = row.key[1:] if query.stage else row.key
    for dimension, value in zip(query.groupings, values, strict=False):
        address.append((f"of_{dimension.key}", NOT_FILLED if value is None else str(int(value))))
    return tuple(address)


# The question in words


def sentence(query: ReportQuery) -> list[str]:
    """What was asked for, the period first: 本年 (2026-01-01 – 2026-12-31) · 業務部門：北區 · 分類項目：客戶等級."""
    first, *rest = applied_conditions(query)
    colon = query.reader.say(N_(": "))
    return [first[1], *(label + colon + text for label, text in rest)]


def applied_conditions(query: ReportQuery) -> list[tuple[str, str]]:
    """(condition, what was chosen there), for the head of page, print and workbook."""
    say = query.reader.say
    period = say(dict(periods.PERIODS)[query.period])
    days = days_in_words(query)
    conditions = [
        (say(query.report.period_label), f"{period} ({days})" if days and query.period != "custom" else days or period)
    ]
    if query.report.other_period and query.other_period != periods.ALWAYS:
        conditions.append((say(query.report.other_period), say(dict(periods.PERIODS)[query.other_period])))
    conditions += [
        (say(threshold.label), str(query.thresholds[threshold.key])) for threshold in query.report.thresholds
    ]
    for key, text in query.given.items():
        dimension = query.dimension(key)
        options = dict(dimension.options(query.reader)) if dimension.options else {}
        conditions.append((say(dimension.label), options.get(text, text)))
    if query.stage:
        conditions.append((say(N_("Interval")), say(STAGE_HEADINGS[query.stage])))
    if query.by is not None:
        conditions.append((say(N_("Group by")), say(query.by.label)))
    if query.second is not None:
        conditions.append((say(N_("Second grouping")), say(query.second.label)))
    if query.top:
        conditions.append((say(N_("Top")), say(N_("All")) if query.top == "all" else query.top))
    if query.rank and query.rank != query.usual_rank:
        conditions.append((say(N_("Ranked by")), next(say(m.label) for m in query.measures if m.key == query.rank)))
    if query.before is not None:
        comparison = say(dict(periods.COMPARISONS)[query.compare])
        conditions.append((say(N_("Comparison")), f"{comparison} ({query.before.first} – {query.before.last})"))
    return conditions


def days_in_words(query: ReportQuery) -> str:
    first, last = query.span.first, query.span.last
    if first is None and last is None:
        return ""
    if first == last:
        return str(first)
    return f"{first or ''} – {last or ''}"
