"""Deciding on several documents from a panel of the workbench, without leaving it (W-2)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import url_for

from crm.blueprints.approvals import blueprint
from crm.web.access import requires
from crm.web.approval_actions import bulk_actions
from crm.web.approvals import KINDS, Kind
from crm.web.menu import menu_of
from crm.web.table import bulk_page
from crm.web.table.declaration import TABLES


def view_of(kind: Kind) -> Callable[..., Any]:
    def view() -> Any:
        """Asks in a box or on a page, then decides; the event refreshes whatever shows these documents."""
        decided = replace(TABLES[kind.key], bulk=bulk_actions(kind.key, deciding=True))
        return bulk_page(decided, url_for("workbench.show"))

    return menu_of("")(requires(kind.workflow.approve)(view))


for known in KINDS.values():
    blueprint.add_url_rule(f"/{known.key}/decisions", f"{known.key}_decide", view_of(known), methods=["POST"])
