"""Tabs above a list: one for each state, with how many the search finds there (SO-2, RV-1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func

from crm.extensions import db
from crm.models.generations import keep
from crm.web.access import rights
from crm.web.table.declaration import Filter, Table
from crm.web.table.page import COUNT_SECONDS, whose
from crm.web.table.search import Search


def list_tabs(
    table: Table, search: Search, tab: Filter, choices: Sequence[tuple[str, str]], column: Any
) -> list[dict[str, Any]]:
    """The tabs of the filter `tab` (of kind "tab"): (its value, label), "" for all of them.

    `column` holds the values, whose rows are counted in one statement under the rest of the search.
    """
    counts = _counts(table, search, tab, column)
    current = search.value(tab)
    return [
        {
            "label": _(label),
            "url": search.url(**{tab.name: value or None}),
            "current": value == current,
            "count": counts.get(value, 0) if value else sum(counts.values()),
        }
        for value, label in choices
    ]


def _counts(table: Table, search: Search, tab: Filter, column: Any) -> Mapping[str, int]:
    def make() -> dict[str, int]:
        wanted = table.rows(rights()).where(*search.conditions_without(tab.name))
        grouped = wanted.with_only_columns(column, func.count(), maintain_column_froms=True).group_by(column)
        return {str(value): number for value, number in db.session.execute(grouped)}

    found: dict[str, int] = keep(("tabs", tab.name, *whose(table, search)), table.depends, make, COUNT_SECONDS)
    return found
