"""What a person asks of a report: read from an address, from session, rights and clock alone (X-1, X-2)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement

from crm.domain.platform.settings import read_settings
from crm.domain.reports import periods
from crm.domain.reports.declaration import Dimension, Measure, Report, Source, Threshold
from crm.domain.reports.dimensions import DIMENSIONS, OF_PRODUCT, own_dimensions
from crm.domain.reports.periods import ALWAYS, CUSTOM, OTHER_PERIODS, Span
from crm.entities.listing import Reader
from crm.entities.listing.parameters import Parameters, ParameterSource
from crm.errors import DomainError
from crm.fields import Day, Integer, Text
from crm.i18n import N_
from crm.models import Permission
from crm.models.permissions import Scope

TOPS = ("5", "10", "20", "50", "100")
USUAL_TOP = 20
MAX_GROUPS = 1000
MAX_STEPS = 1500
NOT_FILLED = "-"
"""The value of a group in an address whose records hold nothing there (未填)."""
DAYS, DAY, WORDS = Integer(minimum=1, maximum=9999), Day(), Text(100)
NOT_FILLED_IN = N_("Not filled in")
NOT_LISTED = N_("Please choose one from the list.")


class ReportQuery:
    """One question to one report by one reader. What cannot be read stands in `problems`, by the field's name."""

    def __init__(self, report: Report, reader: Reader, typed: ParameterSource | None = None) -> None:
        self.report, self.reader = report, reader
        self.typed: ParameterSource = Parameters() if typed is None else typed
        self.problems: dict[str, DomainError] = {}
        self._names: dict[str, dict[Any, str]] = {}
        self.week_starts_on = read_settings(reader.session).week_starts_on
        self.own = own_dimensions(reader, report.own_of)
        self.given = {key: text for key in self.offered_conditions if (text := self._text(key))}
        for key in list(self.given):
            self._check_condition(self.dimension(key))
        self.thresholds = {threshold.key: self._days_of(threshold) for threshold in report.thresholds}
        self._read_period()
        self._read_shape()

    def dimension(self, key: str) -> Dimension:
        """One of all reports, or of the firm's own fields."""
        return self.own[key] if key in self.own else DIMENSIONS[key]

    @property
    def offered_conditions(self) -> tuple[str, ...]:
        return (*self.report.conditions, *self.own)

    @property
    def offered_groupings(self) -> tuple[str, ...]:
        """By what it can be grouped."""
        return (*self.report.dimensions, *self._own_groupings)

    @property
    def offered_seconds(self) -> tuple[str, ...]:
        """What a second 分類項目 can be, where the report has any."""
        return (*self.report.second, *self._own_groupings) if self.report.second else ()

    @property
    def _own_groupings(self) -> tuple[str, ...]:
        """What several can be chosen of makes no groups: a record would be counted in each."""
        return tuple(key for key, dimension in self.own.items() if dimension.value_condition is None)

    # Reading

    def _text(self, name: str) -> str:
        return self.typed.get(name, "").strip()

    def _one_of(self, name: str, known: Iterable[str], usual: str) -> str:
        text = self._text(name)
        if not text or text in known:
            return text or usual
        self.problems[name] = DomainError(NOT_LISTED)
        return usual

    def _day(self, name: str) -> date | None:
        text = self._text(name)
        try:
            return DAY.parse(text, self.reader) if text else None
        except DomainError as error:
            self.problems[name] = error
            return None

    def _days_of(self, threshold: Threshold) -> int:
        text = self._text(threshold.key)
        try:
            return int(DAYS.parse(text, self.reader)) if text else threshold.usual
        except DomainError as error:
            self.problems[threshold.key] = error
            return threshold.usual

    def _read_period(self) -> None:
        """Two typed days are the period, unless another one was chosen after them."""
        self.period = self._one_of("period", dict(periods.PERIODS), self.report.default_period)
        first, last = self._text("from"), self._text("to")
        turned = self._text("was") == CUSTOM != self.period
        if (first or last) and self.period != CUSTOM and not turned:
            self.period = CUSTOM
        self.other_period = self._one_of("sold_in", dict(OTHER_PERIODS), ALWAYS)
        self.other_span = periods.named_span(self.other_period, self.reader.today, self.week_starts_on)
        if self.period != CUSTOM:
            self.span = periods.named_span(self.period, self.reader.today, self.week_starts_on)
            self.from_text = self.to_text = ""
            return
        self.from_text, self.to_text = first, last
        self.span = Span(self._day("from"), self._day("to"))
        if self.span.first and self.span.last and self.span.last < self.span.first:
            self.problems["to"] = DomainError(N_("The last day is before the first one. Please change one of them."))

    def _read_shape(self) -> None:
        report = self.report
        self.by = self._grouping("by", self.offered_groupings, "" if report.optional else report.dimensions[0])
        self.second = self._grouping("second", self.offered_seconds, "")
        if self.second is not None and self.second is self.by:
            self.problems["second"] = DomainError(N_("This is already the first grouping. Please choose another one."))
            self.second = None
        self.stage = self._one_of("stage", dict(periods.STAGES), report.stage) if report.stage else ""
        if self.stage and "stage" not in self.problems:
            self._check_steps()
        self.chart = self._one_of("chart", report.charts, report.charts[0])
        known = [m.key for m in self.rankable]
        self.rank = self._one_of("rank", known, self.usual_rank) if known else ""
        self.top = "" if report.stage else self._one_of("top", (*TOPS, "all"), "")
        self.compare = self._compared()

    def _check_steps(self) -> None:
        """Hundreds of years by day are no table."""
        many = islice(periods.steps(self.span, self.stage, self.week_starts_on), MAX_STEPS, None)
        if next(many, None) is not None:
            self.problems["stage"] = DomainError(
                N_(
                    "There are more intervals than a table can show. Please choose longer intervals or a shorter "
                    "period."
                )
            )

    def _grouping(self, name: str, known: tuple[str, ...], usual: str) -> Dimension | None:
        key = self._one_of(name, known if usual else (*known, "none"), usual or "none")
        return None if key == "none" else self.dimension(key)

    def _compared(self) -> str:
        if not self.report.comparable:
            return periods.NO
        known = {key or "none": key for key, _label in periods.COMPARISONS}
        chosen = self._one_of("compare", known, self.report.compare or "none")
        return known[chosen]

    def _check_condition(self, dimension: Dimension) -> None:
        """A text that cannot be read, or that is not in the list, becomes a problem instead of a condition."""
        text = self.given.pop(dimension.key)
        try:
            if dimension.options is None:
                self.given[dimension.key] = WORDS.parse(text, self.reader)
                if dimension.text_condition is None:
                    dimension.read(text)
            elif text in dict(dimension.options(self.reader)):
                self.given[dimension.key] = text
            else:
                raise DomainError(NOT_LISTED)
        except DomainError as error:
            self.given.pop(dimension.key, None)
            self.problems[dimension.key] = error

    # What follows from it

    @cached_property
    def measures(self) -> list[Measure]:
        """Those that the reader may see."""
        rights, measures = self.reader.rights, self.report.measures
        dimensions = {*self.given, *(d.key for d in self.groupings)}
        if self.report.by_product and dimensions & set(OF_PRODUCT):
            measures = self.report.by_product
        by = {d.key for d in self.groupings}
        known = [m for m in measures if not m.only_by or by <= set(m.only_by)]
        permitted = [m for m in known if m.permission is None or rights.may(m.permission)]
        self.left_out = len(permitted) < len(known)
        return permitted

    left_out = False
    """Whether figures are left out that the reader may not see."""

    @property
    def main(self) -> Measure:
        """The figure that stands large above the table: the first one that is counted."""
        return next(m for m in self.measures if m.aggregate is not None)

    @property
    def rankable(self) -> list[Measure]:
        return [m for m in self.measures if m.aggregate is not None or m.ranks]

    @property
    def usual_rank(self) -> str:
        """The first measure, unless the report says another for this 分類項目."""
        usual = self.report.ranks.get(self.by.key if self.by is not None else "", "")
        known = [m.key for m in self.rankable]
        return usual if usual in known else known[0] if known else ""

    @cached_property
    def _counting(self) -> dict[str, tuple[Source, list[Measure]]]:
        """Source → what is counted of it, as it is counted: of the sums that are kept where those will do."""
        counting: dict[str, tuple[Source, list[Measure]]] = {}
        for measure in self.measures:
            if measure.source is not None and measure.aggregate is not None:
                summed = self.as_counted(measure)
                assert summed.source is not None
                counting.setdefault(summed.source.key, (summed.source, []))[1].append(summed)
        return counting

    def as_counted(self, measure: Measure, grouped: bool = True) -> Measure:
        """The measure, of what holds the sums of its records, or of the records alone, where all that is asked is known
        there."""
        assert measure.source is not None
        source, dimensions = measure.source, {*self.given, *(d.key for d in self.groupings if grouped)}
        summed, alone, fit = source.summed, source.alone, source.sums_fit
        has_sums = summed is not None and measure.summed is not None and dimensions <= summed.columns.keys()
        if has_sums and (fit is None or fit(self)):
            return replace(measure, source=summed, aggregate=measure.summed, only=None)
        if alone is not None and self.sees_everything and dimensions <= alone.columns.keys():
            return replace(measure, source=alone)
        return measure

    @property
    def sees_everything(self) -> bool:
        return self.reader.rights.scope(self.report.view) is Scope.EVERYTHING

    @property
    def sources(self) -> list[Source]:
        return [source for source, _measures in self._counting.values()]

    @property
    def counted(self) -> dict[str, list[Measure]]:
        return {key: measures for key, (_source, measures) in self._counting.items()}

    def measure(self, key: str) -> Measure:
        """The one of that key, else the first."""
        return next((m for m in self.measures if m.key == key and m.aggregate is not None), self.main)

    @property
    def groupings(self) -> list[Dimension]:
        """The dimensions of the rows, outer first; without the step in time."""
        return [d for d in (self.by, self.second) if d is not None]

    @property
    def group_limit(self) -> int:
        """How many groups are shown; the others stand in one row."""
        if self.top == "all" or (not self.top and not any(d.many for d in self.groupings)):
            return MAX_GROUPS
        return int(self.top or USUAL_TOP)

    @property
    def before(self) -> Span | None:
        """The days that it is compared with."""
        if self.compare == periods.BEFORE:
            return periods.span_before(self.period, self.span, self.week_starts_on)
        return periods.span_year_before(self.span) if self.compare == periods.YEAR_BEFORE else None

    def conditions(self, source: Source, span: Span | None) -> list[ColumnElement[bool]]:
        """Everything that was asked for, of the records of that source; `span` None asks for no time."""
        parts = source.within(span or Span(None, None), self.reader)
        parts += source.within_other(self.other_span)
        return [*parts, *(self._condition(source, self.dimension(key), text) for key, text in self.given.items())]

    def _condition(self, source: Source, dimension: Dimension, text: str) -> ColumnElement[bool]:
        if dimension.text_condition is not None:
            return dimension.text_condition(self.reader, text)
        column, value = source.column(dimension.key, self.reader), dimension.read(text)
        if dimension.value_condition is not None:
            return dimension.value_condition(column, value)
        condition: ColumnElement[bool] = column.in_(dimension.below(value)) if dimension.below else column == value
        return condition

    def names(self, dimension: Dimension, values: Iterable[Any]) -> dict[Any, str]:
        """Value → what it is called; each is looked up once for table and picture. None is 未填."""
        known = self._names.setdefault(dimension.key, {None: self.reader.say(NOT_FILLED_IN)})
        missing = set(values) - known.keys()
        if missing:
            names = dimension.names(self.reader, missing)
            known |= {value: names.get(value) or f"#{value}" for value in missing}
            often = Counter(known.values())
            known |= {
                value: f"{name} #{value}" for value, name in known.items() if often[name] > 1 and value in missing
            }
        return known

    # Addresses

    def parts(self, **changes: str | None) -> dict[str, str]:
        """The query as the parts of an address, without default values; a change to None leaves a part out."""
        report = self.report
        parts = {"period": self.period if self.period != report.default_period else ""}
        parts |= {"from": self.from_text, "to": self.to_text}
        parts["by"] = self._key_of(self.by, "" if report.optional else report.dimensions[0])
        parts["second"] = self._key_of(self.second, "")
        parts["stage"] = self.stage if self.stage != report.stage else ""
        parts["chart"] = self.chart if self.chart != report.charts[0] else ""
        parts["rank"] = self.rank if self.rank != self.usual_rank else ""
        parts["top"] = self.top
        parts["compare"] = (self.compare or "none") if self.compare != report.compare else ""
        parts["sold_in"] = self.other_period if self.other_period != ALWAYS else ""
        parts |= {t.key: str(self.thresholds[t.key]) for t in report.thresholds if self.thresholds[t.key] != t.usual}
        parts |= self.given
        parts |= {key: value or "" for key, value in changes.items()}
        return {key: value for key, value in parts.items() if value}

    @staticmethod
    def _key_of(dimension: Dimension | None, usual: str) -> str:
        key = dimension.key if dimension is not None else "none"
        return "" if key == (usual or "none") else key

    def address(self, **changes: str | None) -> str:
        """The same as a query string."""
        return urlencode(self.parts(**changes))

    @property
    def cache_key(self) -> tuple[Any, ...]:
        """The same for questions that are answered by the same figures: with the real days and the reader's reach."""
        rights, permission = self.reader.rights, self.report.view
        reach = (rights.user_id, rights.unit_id, rights.scope(permission), rights.may(Permission.POOL_VIEW))
        shape = (self.stage, self.rank, self.group_limit, self.compare, *(d.key for d in self.groupings))
        measure_keys = tuple(m.key for m in self.measures)
        days = (self.span, self.before, self.other_span, self.reader.today, *self.thresholds.values())
        return (self.report.key, days, shape, tuple(self.given.items()), measure_keys, reach)

    @property
    def depends(self) -> tuple[str, ...]:
        """Tables whose changes make the answer stale."""
        return tuple(dict.fromkeys(table for source in self.sources for table in source.depends))
