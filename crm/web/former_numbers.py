"""The old address of a record that went into another one leads to that one (C-4)."""

from typing import Any

from flask import request, url_for

from crm.domain.platform.merging import remaining_for
from crm.entities.registry import entities
from crm.extensions import db
from crm.web.access import actor

PAGES = frozenset({"show", "details", "edit", "history"})
"""Of a record; what asks a question about it leads nowhere else."""


def remaining_url() -> str:
    """The same page of the record that stayed, for whoever may see it; empty where this address never was one."""
    endpoint, number = request.endpoint or "", (request.view_args or {}).get("id")
    kind = _kind_of(endpoint)
    if request.method != "GET" or not kind or not isinstance(number, int):
        return ""
    remaining = remaining_for(db.session(), actor(), kind, number)
    if remaining is None:
        return ""
    values: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {}), "id": remaining}
    return url_for(endpoint, **values)


def _kind_of(endpoint: str) -> str:
    """Whose file, or tab of a file, an address shows."""
    blueprint, _dot, name = endpoint.partition(".")
    if name == "of_customer":
        return "customers"
    return blueprint if name in PAGES and blueprint in {kind.key for kind in entities()} else ""
