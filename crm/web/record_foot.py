"""What stands below every record for whoever looks after rights: the way to why somebody sees it, or not (A-6)."""

from flask import Flask, g, request, url_for

from crm.models import Permission
from crm.web.access import may

PAGES = ("show", "edit", "update", "history")
"""The pages of a record that have it, by the ends of their endpoints."""


def explanation_url() -> str:
    """The address of the explanation of the record that this page shows; empty on any other page."""
    kind, record_id = g.get("shown_record", ("", 0))
    shown = {f"{kind}.{page}" for page in PAGES}
    if (
        request.endpoint not in shown
        or (request.view_args or {}).get("id") != record_id
        or not may(Permission.GRANTS_VIEW)
    ):
        return ""
    return url_for("grants.why", kind=kind, id=record_id)


def set_up_record_foot(app: Flask) -> None:
    app.jinja_env.globals["explanation_url"] = explanation_url
