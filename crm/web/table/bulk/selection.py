"""Which rows a request means: the ticked ones, or all that a search finds."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import request, url_for

from crm.entities.listing import Parameters
from crm.entities.listing.rows import found_ids
from crm.web.table.declaration import TABLES, Table
from crm.web.table.search_request import Search
from crm.web.urls import is_record_number


def selected_ids() -> list[int]:
    ids = [int(v) for v in request.form.getlist("ids") if is_record_number(v)]
    return list(dict.fromkeys(ids))


def submitted_versions(ids: Sequence[int]) -> dict[int, int]:
    """Record's id → the version of it that the person saw."""
    sent = ((record_id, request.form.get(f"version-{record_id}", "")) for record_id in ids)
    return {record_id: int(v) for record_id, v in sent if is_record_number(v)}


def allows_all(table: Table) -> bool:
    """Whether everything that a search finds can be taken; not for the tabs of a file."""
    return TABLES.get(table.key) is table


def found_by_search(table: Table, back: str) -> list[int]:
    """The ids of all rows that the search in the list's address finds."""
    parts = urlsplit(back)
    if parts.path != url_for(table.endpoint):
        return []
    return found_ids(Search(table, args=Parameters.of(parts.query)))
