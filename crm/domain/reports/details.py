"""詳細信息: the same question without its grouping, so that the sum over the records is the figure (X-3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func

from crm.domain.reports import periods
from crm.domain.reports.counting import FOUND_BY_INDEX, select_over_rows, with_index_hints
from crm.domain.reports.declaration import Measure, Source
from crm.domain.reports.periods import Span
from crm.domain.reports.query import NOT_FILLED, NOT_LISTED, ReportQuery
from crm.domain.reports.sheet import step_name
from crm.errors import DomainError
from crm.fields import parse_day
from crm.models import Rights
from crm.models.permissions import Scope

OWNER = "owner"


@dataclass(frozen=True)
class Details:
    """The records behind one figure of a group of the report, or of the whole."""

    query: ReportQuery
    measure: Measure
    span: Span
    group: tuple[tuple[str, Any], ...]
    """Dimension → its value, None for 未填."""
    names: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    """The group as the address says it."""

    @property
    def source(self) -> Source:
        assert self.measure.source is not None
        return self.measure.source

    def rows(self, rights: Rights) -> Select[Any]:
        """The ids, as a list wants them."""
        rows = self.source.rows(rights, self.query.report.view).where(*self._conditions(self.source))
        hints = self.measure.only_index_hints
        if self._is_found_by_index or rights.scope(self.query.report.view) is not Scope.EVERYTHING:
            return rows
        return with_index_hints(self.query, hints, self.span, rows)

    def counted(self, rights: Rights, columns: Mapping[str, Any]) -> Select[Any]:
        """How many they are, and what these columns of the list add up to."""
        source, aggregates = self._counted_source(rights, columns), [func.count(), *map(func.sum, columns.values())]
        if source is self.source.summed:
            aggregates = [self.source.summed_columns[key] for key in ("", *columns)]
        hints = () if self._is_found_by_index else self.measure.only_index_hints or None
        return select_over_rows(self.query, source, self.span, self._conditions(source), aggregates, hints)

    def _counted_source(self, rights: Rights, columns: Mapping[str, Any]) -> Source:
        """What has the sums of the records, or the records alone, where it knows all that is asked."""
        source, asked = self.source, self._asked
        has_sums = self.measure.only is None and {"", *columns} <= source.summed_columns.keys()
        if source.summed is not None and has_sums and asked <= source.summed.columns.keys():
            return source.summed
        everything = rights.scope(self.query.report.view) is Scope.EVERYTHING
        return (
            source.alone if source.alone is not None and everything and asked <= source.alone.columns.keys() else source
        )

    def _conditions(self, source: Source) -> list[ColumnElement[bool]]:
        query, measure = self.query, self.measure
        conditions = [*query.conditions(source, self.span)]
        conditions += [source.with_value(key, value, query.reader) for key, value in self.group]
        conditions += source.of_owner if OWNER in self._asked else ()
        return conditions if measure.only is None else [*conditions, measure.chosen(query)]

    @property
    def _asked(self) -> frozenset[str]:
        """The dimensions of which one value is asked for."""
        return frozenset((*(key for key, _value in self.group), *self.query.given))

    @property
    def _is_found_by_index(self) -> bool:
        """Whether an index finds them among all: those of whole periods would be a detour."""
        return bool(self._asked & {*FOUND_BY_INDEX, *self.source.value_conditions})


def details_of(query: ReportQuery) -> Details:
    """What the address names by `of`, `of_step` and `of_<dimension>`. Raises DomainError for a group that is none."""
    measure, span = query.measure(query.typed.get("of", "")), query.span
    parts = [("of", measure.key)] if measure is not query.main else []
    names, group = [], []
    step = query.typed.get("of_step", "").strip()
    if step and query.stage:
        first, last = periods.step_of(parse_day(step), query.stage, query.week_starts_on)
        span = Span(max(first, span.first or first), min(last, span.last or last))
        parts.append(("of_step", step))
        names.append(step_name(query, first))
    for dimension in query.groupings:
        text = query.typed.get(f"of_{dimension.key}", "").strip()[:20]
        if not text:
            continue
        value = _value(text)
        group.append((dimension.key, value))
        parts.append((f"of_{dimension.key}", text))
        names.append(query.names(dimension, [value])[value])
    return Details(query, measure, span, tuple(group), tuple(names), tuple(parts))


def _value(text: str) -> int | None:
    if text == NOT_FILLED:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise DomainError(NOT_LISTED)
    return int(text)
