"""Tabs above a list: one for each state, with how many the search finds there (SO-2, RV-1)."""

from collections.abc import Sequence
from typing import Any

from crm.entities.listing import Filter
from crm.entities.listing.rows import counts_by_value
from crm.web.table.search_request import Search
from crm.web.translation import gettext as _


def list_tabs(search: Search, tab: Filter, choices: Sequence[tuple[str, str]], column: Any) -> list[dict[str, Any]]:
    """The tabs of the filter `tab` (of kind "tab"): (its value, label), "" for all of them.

    `column` holds the values, whose rows are counted in one statement under the rest of the search.
    """
    counts = counts_by_value(search, tab.name, column)
    current = search.value(tab)
    return [
        {
            "label": _(label),
            "url": search.url(**_changes(tab, value)),
            "current": value == current,
            "count": counts.get(value, 0) if value else sum(counts.values()),
        }
        for value, label in choices
    ]


def _changes(tab: Filter, value: str) -> dict[str, Any]:
    return {tab.name: value or None}
