"""The search of this request: it reports what it left out, and makes addresses (C-5)."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import flash, request, url_for
from sqlalchemy import ColumnElement

from crm.entities.listing import Filter, Query
from crm.entities.listing.conditions import ANY
from crm.entities.listing.query import SIZES
from crm.web.current_reader import reader
from crm.web.errors import error_text
from crm.web.table.declaration import Table
from crm.web.translation import gettext as _


class Search(Query[Table]):
    """One search of one list. The same object makes the conditions, the addresses and the cache key."""

    def __init__(
        self,
        table: Table,
        place: Mapping[str, Any] | None = None,
        args: Any = None,
        where: tuple[ColumnElement[bool], ...] = (),
    ) -> None:
        super().__init__(table, reader(), request.args if args is None else args, place, where)
        self._addresses: dict[str, str] = {}
        self._flash_problems()

    def _flash_problems(self) -> None:
        if self.has_hidden_columns:
            flash(_("A condition was ignored because you do not have access to its field."), "warning")
        for problem in self.problems:
            typed = problem.field
            field = typed if isinstance(typed, Filter) else self.table.column(typed.field, self.reader.rights)
            named = _(field.label) if field is not None else getattr(typed, "value", "")
            flash(_("%(field)s: %(problem)s", field=named, problem=error_text(problem.error)), "warning")

    def problem_of(self, filter_: Filter) -> str:
        """Why what was typed there could not be read."""
        return next((error_text(p.error) for p in self.problems if p.field is filter_), "") if self.problems else ""

    @property
    def clear_url(self) -> str:
        return self.base_url() + (f"?{urlencode(self.tabs)}" if self.tabs else "")

    def line_parts(self, without: int | None = None) -> list[tuple[str, str]]:
        """The advanced search as parts of an address, all lines or all but one."""
        lines = [line for number, line in enumerate(self.lines) if number != without]
        parts = [(name, value) for c in lines for name, value in (("af", c.field), ("ao", c.operator), ("av", c.value))]
        return [*parts, ("am", self.match)] if parts and self.match == ANY else parts

    def url(self, endpoint: str = "", without: int | None = None, **changes: Any) -> str:
        """The address of this search with changes; `None` leaves a part out, `without` a line."""
        parts = dict(self._encoded_parts)
        for name, value in changes.items():
            if value is None or (name == "page" and value == 1):
                parts.pop(name, None)
            else:
                parts[name] = urlencode({name: value})
        lines = self._encoded_lines if without is None else urlencode(self.line_parts(without))
        query = "&".join([*parts.values(), lines] if lines else parts.values())
        base = self.base_url(endpoint)
        return base + (f"{'&' if '?' in base else '?'}{query}" if query else "")

    @cached_property
    def _encoded_parts(self) -> dict[str, str]:
        """This search without its advanced lines, part by part: two dozen links of a page differ in one of them."""
        parts: dict[str, Any] = dict(self.given)
        if (self.sort, self.descending) != (self.table.default_sort, self.table.default_descending):
            parts["sort"] = self.sort
            if self.descending:
                parts["dir"] = "desc"
        if self.size != SIZES[0]:
            parts["size"] = self.size
        return {name: urlencode({name: value}) for name, value in parts.items() if value is not None}

    @cached_property
    def _encoded_lines(self) -> str:
        return urlencode(self.line_parts())

    def base_url(self, endpoint: str = "") -> str:
        """The address of the list without any search; two dozen links of a page begin with it."""
        endpoint = endpoint or self.table.endpoint
        if endpoint not in self._addresses:
            self._addresses[endpoint] = url_for(endpoint, **self.address_parts)
        return self._addresses[endpoint]
