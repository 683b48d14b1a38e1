"""What a person searches for in a list: read from what was typed, made into conditions, without a request (C-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement

from crm.entities.listing.conditions import (
    ALL,
    ANY,
    TEXTS,
    Condition,
    combine_conditions,
    condition_of,
    is_in_index,
    parse_conditions,
    searchable,
)
from crm.entities.listing.declaration import TAB, Filter, Listing
from crm.entities.listing.parameters import Parameters, ParameterSource
from crm.entities.listing.preferences import chosen_columns
from crm.entities.listing.reader import Reader
from crm.errors import DomainError
from crm.fields import parse_day

SIZES = (20, 50, 100)
MAX_LENGTH = 100

ListingT = TypeVar("ListingT", bound=Listing)


@dataclass(frozen=True)
class Problem:
    """What was typed and cannot be read: of a filter, or of a line of the advanced search."""

    field: Filter | Condition
    error: DomainError


class Query(Generic[ListingT]):
    """One search of one list by one reader: conditions, order, page; what was left out of it, and why.

    `place` are the parts of an address that narrow the list (the customer of a tab), `where` are their conditions.
    """

    def __init__(
        self,
        listing: ListingT,
        reader: Reader,
        typed: ParameterSource | None = None,
        place: Mapping[str, Any] | None = None,
        where: tuple[ColumnElement[bool], ...] = (),
    ) -> None:
        self.reader = reader
        self.table = listing.shaped_for(reader)
        self.address_parts, self.where = dict(place or {}), where
        typed = Parameters() if typed is None else typed
        self.sort, self.descending = self._sort(typed)
        self.page = _number(typed.get("page", ""), 1, 1_000_000)
        self.size = _number(typed.get("size", ""), SIZES[0], 10 * SIZES[-1])
        self.size = self.size if self.size in SIZES else SIZES[0]
        self.given = self._given_filters(typed)
        self.match = ANY if typed.get("am", "") == ANY else ALL
        self.has_hidden_columns = False
        """Whether a line was left out because the reader may not see its column (a search that somebody shared)."""
        self.problems: list[Problem] = []
        """What could not be read, and is left out."""
        self.lines = self._permitted(parse_conditions(typed)) if self.table.advanced else []
        self.filter_conditions = self._conditions()
        """(filter's name, condition) of the filters that were filled in."""
        self.advanced = self._advanced()
        self.known_ids: list[int] | None = None
        """The ids that were found, where these were counted just now: a long text is not looked through twice."""

    @cached_property
    def sort_column(self) -> Any:
        """The column that orders the rows; None where the list is ordered by what no column shows."""
        return self.table.column(self.sort, self.reader.rights)

    @property
    def linked_models(self) -> set[Any]:
        """Models beyond the list's own whose columns the advanced search or the order asks for."""
        rights = self.reader.rights
        columns = [self.table.column(line.field, rights) for line in self.lines]
        sort = self.sort_column
        compared = [column.comparison_for(self.reader) for column in columns if column is not None]
        return {
            getattr(expression, "class_", None) for expression in (*compared, *(sort.sort if sort is not None else ()))
        }

    for_file = False
    """Whether the rows go into a file, which others may read: whose a record is stands there in any case."""

    @cached_property
    def columns(self) -> tuple[Any, ...]:
        """Those that the reader has chosen, else the list's usual ones."""
        return chosen_columns(self.table, self.reader, self.for_file)

    @property
    def is_incomplete(self) -> bool:
        """Whether a condition was left out, so that less is asked for than was typed."""
        return self.has_hidden_columns or bool(self.problems)

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        return self.conditions_without("")

    def conditions_without(self, name: str) -> list[ColumnElement[bool]]:
        """All conditions but the one of that filter."""
        return [
            *(condition for filter_, condition in self.filter_conditions if filter_ != name),
            *self.advanced,
            *self.where,
        ]

    def _sort(self, typed: ParameterSource) -> tuple[str, bool]:
        key = typed.get("sort", "")
        column = self.table.column(key, self.reader.rights)
        if column is None or not column.sortable:
            return self.table.default_sort, self.table.default_descending
        return key, typed.get("dir", "") == "desc"

    def _permitted(self, lines: list[Condition]) -> list[Condition]:
        offered = {c.key for c in self.table.available_columns(self.reader.rights)}
        hidden = {c.key for c in (*self.table.columns, *self.table.more)} - offered
        permitted = [line for line in lines if line.field not in hidden]
        self.has_hidden_columns = len(permitted) < len(lines)
        return permitted

    def _given_filters(self, typed: ParameterSource) -> dict[str, str]:
        names = [name for filter_ in self.table.filters for name in filter_.names]
        texts = {name: typed.get(name, "").strip()[:MAX_LENGTH] for name in names}
        return {name: text for name, text in texts.items() if text}

    def _conditions(self) -> list[tuple[str, ColumnElement[bool]]]:
        conditions = []
        for filter_ in self.table.filters:
            value = self.value(filter_)
            if value in ("", ("", "")):
                continue
            try:
                condition = filter_.condition(self.reader, _days(value) if filter_.kind == "period" else value)
            except DomainError as error:
                self.problems.append(Problem(filter_, error))
                continue
            if condition is not None:
                conditions.append((filter_.name, condition))
        return conditions

    def _advanced(self) -> list[ColumnElement[bool]]:
        """The advanced search's condition; a value that cannot be read is left out."""
        columns = {col.key: col for col in searchable(self.table, self.reader.rights)} if self.lines else {}
        conditions = []
        for line in self.lines:
            if line.field not in columns:
                continue
            try:
                conditions.append(condition_of(columns[line.field], line, self.reader))
            except DomainError as error:
                self.problems.append(Problem(line, error))
        return [combine_conditions(conditions, self.match)] if conditions else []

    def value(self, filter_: Filter) -> Any:
        texts = tuple(self.given.get(name, "") for name in filter_.names)
        return texts if filter_.kind == "period" else texts[0]

    @property
    def is_count_capped(self) -> bool:
        """Whether counting stops early: a search by text may have very many hits."""
        return bool(self.lines) or any(f.caps_count and self.value(f) for f in self.table.filters)

    @property
    def needs_scan(self) -> bool:
        """Whether all that is asked for stands in the rows' own texts, and each has to be looked at: no index helps."""
        filters = [f for f in self.table.filters if self.value(f) not in ("", ("", ""))]
        columns = [self.table.column(line.field, self.reader.rights) for line in self.lines]
        scans = [*(f.needs_scan for f in filters), *(self._is_own_text(column) for column in columns)]
        return bool(scans) and all(scans) and not self.where

    def _is_own_text(self, column: Any) -> bool:
        if column is None or column.type.kind not in TEXTS:
            return False
        compared = column.comparison_for(self.reader)
        return getattr(compared, "class_", None) is self.table.model and not is_in_index(compared)

    @property
    def cache_key(self) -> tuple[Any, ...]:
        """The same for searches that find the same rows."""
        return (
            self.table.key,
            *sorted(self.given.items()),
            *sorted(self.address_parts.items()),
            *self.lines,
            self.match,
        )

    @property
    def tabs(self) -> dict[str, str]:
        """What the chosen tabs ask; the search within them is cleared without leaving them."""
        return {f.name: self.given[f.name] for f in self.table.filters if f.kind == TAB and f.name in self.given}

    @property
    def is_searching(self) -> bool:
        return bool(self.given.keys() - self.tabs.keys() or self.lines)


def _days(value: tuple[str, str]) -> tuple[Any, Any]:
    return tuple(parse_day(text) if text else None for text in value)  # type: ignore[return-value]


def _number(text: str | None, default: int, maximum: int) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 9:
        return default
    return min(max(int(text), 1), maximum)
