"""List, board and funnel: three ways to look at the same search."""

from typing import Any

from flask import request, url_for

from crm.i18n import N_
from crm.web.translation import gettext as _

WAYS = (("index", N_("List")), ("board", N_("Board")), ("funnel", N_("Funnel")))
SHARED = ("q", "owner", "customer", "expected_from", "expected_to")


def view_tabs(current: str) -> list[dict[str, Any]]:
    """The tabs; what all three search by goes along."""
    shared: dict[str, Any] = {name: request.args[name] for name in SHARED if request.args.get(name)}
    return [
        {"label": _(label), "url": url_for(f"opportunities.{key}", **shared), "current": key == current}
        for key, label in WAYS
    ]
