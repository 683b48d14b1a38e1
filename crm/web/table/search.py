"""What a person searches for: read from the address, written into addresses, made into conditions."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from crm.errors import DomainError
from crm.fields.types import parse_day
from crm.web.errors import say
from crm.web.table.conditions import ALL, ANY, Condition, combined, typed_conditions
from crm.web.table.declaration import SIZES, TAB, Filter, Table

LONGEST = 100


class Search:
    """One search of one list. The same object makes the conditions, the addresses and the cache key."""

    def __init__(self, table: Table, place: Mapping[str, Any] | None = None, args: Any = None) -> None:
        self.table = table
        self.place = dict(place or {})
        self._addresses: dict[str, str] = {}
        args = request.args if args is None else args
        self.sort, self.descending = self._sort(args)
        self.page = _number(args.get("page"), 1, 1_000_000)
        self.size = _number(args.get("size"), SIZES[0], 10 * SIZES[-1])
        self.size = self.size if self.size in SIZES else SIZES[0]
        self.given = self._given(args)
        self.match = ANY if args.get("am") == ANY else ALL
        self.refused = False
        """Whether a condition was left out, so that less is asked for than was typed."""
        self.lines = self._permitted(typed_conditions(args)) if table.advanced else []
        self.problems: dict[str, str] = {}
        """Filter's name → why what was typed there could not be read."""
        self.found = self._conditions()
        """(filter's name, condition) of what was typed."""
        self.advanced = self._advanced()

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        return self.conditions_without("")

    def conditions_without(self, name: str) -> list[ColumnElement[bool]]:
        """All conditions but the one of that filter."""
        return [*(condition for filter_, condition in self.found if filter_ != name), *self.advanced]

    def _sort(self, args: Any) -> tuple[str, bool]:
        key = args.get("sort", "")
        found = self.table.column(key)
        if found is None or not found.sort:
            return self.table.default_sort, self.table.default_descending
        return key, args.get("dir") == "desc"

    def _permitted(self, lines: list[Condition]) -> list[Condition]:
        """Without the conditions on columns that this person may not see (a search that somebody shared)."""
        barred = {c.key for c in (*self.table.columns, *self.table.more)} - {c.key for c in self.table.offered()}
        found = [line for line in lines if line.field not in barred]
        if len(found) < len(lines):
            flash(_("A condition was left out, because you may not see what it asks for."), "warning")
            self.refused = True
        return found

    def _given(self, args: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for filter_ in self.table.filters:
            for name in _names(filter_):
                text = (args.get(name) or "").strip()[:LONGEST]
                if text:
                    found[name] = text
        return found

    def _conditions(self) -> list[tuple[str, ColumnElement[bool]]]:
        found = []
        for filter_ in self.table.filters:
            value = self.value(filter_)
            if value in ("", ("", "")):
                continue
            try:
                condition = filter_.condition(_days(value) if filter_.kind == "period" else value)
            except DomainError as problem:
                self.problems[filter_.name] = say(problem)
                flash(_("%(field)s: %(problem)s", field=_(filter_.label), problem=say(problem)), "warning")
                self.refused = True
                continue
            if condition is not None:
                found.append((filter_.name, condition))
        return found

    def _advanced(self) -> list[ColumnElement[bool]]:
        """The advanced search's condition; a value that cannot be read is told and left out."""
        good = []
        for line in self.lines:
            try:
                combined(self.table, [line], self.match)
                good.append(line)
            except DomainError as problem:
                flash(_("%(field)s: %(problem)s", field=line.value, problem=say(problem)), "warning")
                self.refused = True
        found = combined(self.table, good, self.match)
        return [] if found is None else [found]

    def value(self, filter_: Filter) -> Any:
        if filter_.kind == "period":
            return tuple(self.given.get(name, "") for name in _names(filter_))
        return self.given.get(filter_.name, "")

    @property
    def capped(self) -> bool:
        """Whether counting stops early: what is searched by text may have very many hits."""
        return bool(self.lines) or any(f.capped and self.value(f) for f in self.table.filters)

    @property
    def identity(self) -> tuple[Any, ...]:
        """The same for searches that find the same rows."""
        return (self.table.key, *sorted(self.given.items()), *sorted(self.place.items()), *self.lines, self.match)

    @property
    def tabs(self) -> dict[str, str]:
        """What the chosen tabs add to an address; the search within them is cleared without leaving them."""
        return {f.name: self.given[f.name] for f in self.table.filters if f.kind == TAB and f.name in self.given}

    @property
    def searching(self) -> bool:
        return bool(self.given.keys() - self.tabs.keys() or self.lines)

    @property
    def clear_url(self) -> str:
        return self.base_url() + (f"?{urlencode(self.tabs)}" if self.tabs else "")

    def line_parts(self, without: int | None = None) -> list[tuple[str, str]]:
        """The advanced search as parts of an address, all lines or all but one."""
        kept = [line for number, line in enumerate(self.lines) if number != without]
        parts = [(name, value) for c in kept for name, value in (("af", c.field), ("ao", c.operator), ("av", c.value))]
        return [*parts, ("am", self.match)] if parts and self.match == ANY else parts

    def url(self, endpoint: str = "", without: int | None = None, **changes: Any) -> str:
        """The address of this search with changes; `None` leaves a part out, `without` a line."""
        parts: dict[str, Any] = dict(self.given)
        if (self.sort, self.descending) != (self.table.default_sort, self.table.default_descending):
            parts["sort"] = self.sort
            if self.descending:
                parts["dir"] = "desc"
        if self.size != SIZES[0]:
            parts["size"] = self.size
        parts.update(changes)
        if parts.get("page") == 1:
            del parts["page"]
        kept = [(k, v) for k, v in parts.items() if v is not None]
        query = urlencode([*kept, *self.line_parts(without)])
        return self.base_url(endpoint) + (f"?{query}" if query else "")

    def base_url(self, endpoint: str = "") -> str:
        """The address of the list without any search; two dozen links of a page begin with it."""
        endpoint = endpoint or self.table.endpoint
        if endpoint not in self._addresses:
            self._addresses[endpoint] = url_for(endpoint, **self.place)
        return self._addresses[endpoint]


def _names(filter_: Filter) -> tuple[str, ...]:
    return (f"{filter_.name}_from", f"{filter_.name}_to") if filter_.kind == "period" else (filter_.name,)


def _days(value: tuple[str, str]) -> tuple[Any, Any]:
    return tuple(parse_day(text) if text else None for text in value)  # type: ignore[return-value]


def _number(text: str | None, default: int, most: int) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 9:
        return default
    return min(max(int(text), 1), most)
