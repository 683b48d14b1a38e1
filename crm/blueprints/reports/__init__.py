"""報表與分析: one set of addresses for all reports (X-1)."""

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from flask import Blueprint

from crm.blueprints.reports import details, saving, views
from crm.blueprints.reports import panel as panel
from crm.blueprints.reports import team_panels as team_panels
from crm.domain.reports import REPORTS
from crm.domain.reports.declaration import Report
from crm.web.access import requires

_ADDRESSES: tuple[tuple[str, str, Callable[[Report], Any], str], ...] = (
    ("", "", views.show, "view"),
    ("/chart.png", "chart", views.chart, "view"),
    ("/print", "print", views.print_view, "view"),
    ("/export", "export", views.export, "export"),
    ("/keep", "keep", saving.ask_name, "view"),
    ("/details", "details", details.show, "view"),
    ("/details/export", "details_export", details.export, "view"),
)


def make_blueprint() -> Blueprint:
    """Each report under an address and a right of its own: `reports.customer_classes`, `…_chart`, `…_details`."""
    blueprint = Blueprint("reports", __name__)
    for report in REPORTS.values():
        for rule, name, view, right in _ADDRESSES:
            bound = update_wrapper(partial(view, report), view)
            endpoint = f"{report.key}_{name}" if name else report.key
            address = f"/reports/{report.key.replace('_', '-')}{rule}"
            blueprint.add_url_rule(address, endpoint, requires(getattr(report, right))(bound))
        keep = update_wrapper(partial(saving.save, report), saving.save)
        address = f"/reports/{report.key.replace('_', '-')}/keep"
        blueprint.add_url_rule(address, f"{report.key}_kept", requires(report.view)(keep), methods=["POST"])
    saving.register(blueprint)
    return blueprint
