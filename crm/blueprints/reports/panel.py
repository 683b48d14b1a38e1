"""A kept report as a panel of the workbench (X-6, W-1)."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import url_for

from crm.blueprints.reports.addresses import report_url
from crm.blueprints.reports.views import main_figure
from crm.domain.reports import REPORTS
from crm.domain.reports.pictures import describe_chart, drawing_of
from crm.domain.reports.saved_reports import openable_reports, saved_query
from crm.domain.reports.sheet import sentence, sheet_of
from crm.entities.listing import Reader
from crm.models import SavedReport
from crm.web.panels import Panel, declare_personal_panels


def values(saved_report: SavedReport, reader: Reader) -> dict[str, Any]:
    """Its main figure and its picture, with the reader's rights of now."""
    query = saved_query(saved_report, reader)
    if query.problems:
        return {"sheet": None, "url": url_for("reports.kept", id=saved_report.id)}
    sheet = sheet_of(query)
    drawing = drawing_of(query).small()
    width, height = drawing.size
    return {
        "sheet": sheet,
        "main": main_figure(query, sheet),
        "sentence": sentence(query)[0],
        "url": report_url(query),
        "chart": {
            "url": report_url(query, "chart", [("small", "1")]),
            "alt": describe_chart(query, sheet, drawing),
            "width": width,
            "height": height,
        },
    }


def panel_key(saved_report: SavedReport) -> str:
    return f"report-{saved_report.id}"


def panels_of(reader: Reader) -> Iterator[Panel]:
    for saved_report in openable_reports(reader):
        yield Panel(
            key=panel_key(saved_report),
            title=saved_report.name,
            permission=REPORTS[saved_report.report].view,
            template="reports/_panel.html",
            values=partial(values, saved_report),
            refresh_on=("orders-changed", "receipts-changed", "customers-changed", "records-changed"),
            column=None,
            own=True,
        )


declare_personal_panels(panels_of)
