"""詳細信息: the same question without its grouping, so that the sum over the records is the figure (X-3)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select

from crm.domain.reports import periods
from crm.domain.reports.declaration import Source
from crm.domain.reports.dimensions import DIMENSIONS
from crm.domain.reports.periods import Span
from crm.domain.reports.query import NOT_FILLED, NOT_LISTED, ReportQuery
from crm.domain.reports.sheet import NOT_FILLED_IN, step_name
from crm.errors import DomainError
from crm.fields.types import parse_day
from crm.models import Rights


@dataclass(frozen=True)
class Details:
    """The records of one source behind a group of the report, or behind the whole."""

    query: ReportQuery
    source: Source
    span: Span
    group: tuple[tuple[str, Any], ...]
    """Dimension → its value, None for 未填."""
    names: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    """The group as the address says it."""

    def rows(self, rights: Rights) -> Select[Any]:
        """The ids, as a list wants them."""
        found = self.source.rows(rights, self.query.report.view)
        return found.where(*self.query.conditions(self.source, self.span), *self.of_group())

    def of_group(self) -> list[ColumnElement[bool]]:
        columns = self.source.columns
        return [columns[key].is_(None) if value is None else columns[key] == value for key, value in self.group]


def details_of(query: ReportQuery) -> Details:
    """What the address names by `of`, `of_step` and `of_<dimension>`. Raises DomainError for a group that is none."""
    source, span = query.source(query.typed.get("of") or ""), query.span
    parts = [("of", source.key)] if source is not query.sources[0] else []
    names, group = [], []
    step = (query.typed.get("of_step") or "").strip()
    if step and query.stage:
        first, last = periods.step_of(parse_day(step), query.stage, query.week_starts_on)
        span = Span(max(first, span.first or first), min(last, span.last or last))
        parts.append(("of_step", step))
        names.append(step_name(query, first))
    for dimension in query.groupings:
        text = (query.typed.get(f"of_{dimension.key}") or "").strip()[:20]
        if not text:
            continue
        value = _value(text)
        group.append((dimension.key, value))
        parts.append((f"of_{dimension.key}", text))
        known = dimension.names(query.reader, {value} - {None})
        names.append(query.reader.say(NOT_FILLED_IN) if value is None else known.get(value) or f"#{value}")
    return Details(query, source, span, tuple(group), tuple(names), tuple(parts))


def _value(text: str) -> int | None:
    if text == NOT_FILLED:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise DomainError(NOT_LISTED)
    return int(text)


PARTS = ("of", "of_step", *(f"of_{key}" for key in DIMENSIONS))
"""The parts of an address that name a group."""
