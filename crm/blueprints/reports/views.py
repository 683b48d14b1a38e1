"""A report's page, picture, print view and workbook (X-1)."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, abort, make_response, render_template, request, send_file, url_for

from crm.blueprints.reports.addresses import details_urls, report_url
from crm.blueprints.reports.details import table_of
from crm.blueprints.reports.form import controls
from crm.charts import areas
from crm.domain.reports import ReportQuery
from crm.domain.reports.declaration import Report
from crm.domain.reports.details import details_of
from crm.domain.reports.figures import figures
from crm.domain.reports.matrix import MatrixCell, cross_query, matrix
from crm.domain.reports.periods import CUSTOM
from crm.domain.reports.pictures import chart_image, describe_chart, drawing_of
from crm.domain.reports.saved_reports import openable_reports
from crm.domain.reports.sheet import Line, Sheet, applied_conditions, percent_change, place_of, sentence, sheet_of
from crm.domain.reports.workbook import write_report
from crm.entities.change_log import EXPORTED, PRINT
from crm.spreadsheets.writing import XLSX
from crm.web.access import may, rights
from crm.web.charts import answer, configured_font
from crm.web.current_reader import reader
from crm.web.firm_settings import settings
from crm.web.language import HTML_LANG, choose_language
from crm.web.log import write_operation_log
from crm.web.request_clock import now
from crm.web.respond import page
from crm.web.table import table_page
from crm.web.translation import gettext as _
from crm.web.widgets import number_cells


def asked_of(report: Report) -> ReportQuery:
    """What this request asks of the report."""
    return ReportQuery(report, reader(), request.args)


def show(report: Report) -> Any:
    query = asked_of(report)
    values: dict[str, Any] = {"title": _(report.label), "about": _(report.description), "form": controls(query)}
    values |= {"action": url_for(f"reports.{report.key}"), "custom": query.period == CUSTOM}
    if query.problems:
        return page("reports/show.html", sheet=None, **values)
    records = table_page(table_of(details_of(query))) if report.lists_records else None
    return page("reports/show.html", records=records, left_out=query.left_out, **values, **page_values(query))


def page_values(query: ReportQuery, linked: bool = True) -> dict[str, Any]:
    """Sentence, main figure, picture and table, with their links where they are `linked`."""
    sheet = sheet_of(query)
    drawing = drawing_of(query)
    details_url, main = details_urls(query) if linked else _no_url, query.main.key
    lines = [line_links(line, main, details_url) for line in sheet.lines]
    width, height = drawing.size
    return {
        "sheet": sheet,
        "lines": lines,
        "total": line_links(sheet.total, main, details_url),
        "sentence": " · ".join(sentence(query)),
        "main": main_figure(query, sheet),
        "chart": {
            "url": report_url(query, "chart"),
            "width": width,
            "height": height,
            "alt": describe_chart(query, sheet, drawing),
            "note": drawing.note,
            "areas": links_in_picture(sheet, lines, areas(drawing)),
        },
        "matrix": matrix_links(query) if query.report.matrix else None,
        "linked": linked,
        "details_url": details_url(()),
        "keep_url": report_url(query, "keep"),
        "kept": opened(query),
        "print_url": report_url(query, "print"),
        "export_url": report_url(query, "export") if may(query.report.export) else "",
    }


def _no_url(_group: Sequence[tuple[str, str]]) -> str:
    return ""


def opened(query: ReportQuery) -> dict[str, Any] | None:
    """The kept report that was opened: it can be put on the workbench, and whoever kept it can have it sent."""
    text, person = request.args.get("kept", ""), rights().user_id
    reports = openable_reports(query.reader) if text else []
    opened_report = next(
        (report for report in reports if str(report.id) == text and report.report == query.report.key), None
    )
    return None if opened_report is None else {"id": opened_report.id, "mine": opened_report.user_id == person}


def links_in_picture(sheet: Sheet, lines: list[dict[str, Any]], places: list[Any]) -> list[dict[str, Any]]:
    """Each bar leads to its details; with two 分類項目 the bars stand for several lines, and the table leads on."""
    if sheet.groups > 1 or len(places) > len(lines) or not places:
        return []
    lines_of_places = zip(places, lines, strict=False)
    return [
        {"coords": ",".join(map(str, area)), "url": line["details_url"], "name": line["name"]}
        for area, line in lines_of_places
    ]


def matrix_links(query: ReportQuery) -> dict[str, Any]:
    """The matrix with the address of the records behind each cell."""
    cells, asked_both = matrix(query), cross_query(query)

    details_url = details_urls(asked_both)

    def cell(square: MatrixCell | None) -> dict[str, Any]:
        url = details_url(square.group) if square else ""
        return {"text": f"{square.count:,}" if square else "", "url": url, "name": square.name if square else ""}

    rows = [(name, [cell(square) for square in squares]) for name, squares in cells.rows]
    return {"corner": cells.corner, "columns": cells.columns, "rows": rows}


def line_links(line: Line, main: str, details_url: Callable[[Sequence[tuple[str, str]]], str]) -> dict[str, Any]:
    """The line with the addresses of the records behind it and behind each of its figures; `main` is the one that the
    line itself leads to."""
    url = details_url(line.group) if line.linked else ""

    def url_of(measure_key: str) -> str:
        if not (url and measure_key):
            return ""
        return url if measure_key == main else f"{url}{'&' if '?' in url else '?'}of={measure_key}"

    cells = number_cells((cell.text, url_of(cell.of)) for cell in line.cells)
    return {"names": line.names, "name": line.name, "cells": cells, "details_url": url}


def main_figure(query: ReportQuery, sheet: Sheet) -> dict[str, Any]:
    """The whole of the first figure, large, with its change where it is compared."""
    changed = None
    if query.before is not None:
        total, key = figures(query).total, query.main.key
        changed = percent_change(total.values.get(key), total.before.get(key))
    return {
        "label": _(query.main.label),
        "text": sheet.total.cells[place_of(query, query.main)].text,
        "change": "" if changed is None else f"{'+' if changed > 0 else ''}{changed}%",
        "down": changed is not None and changed < 0,
    }


def chart(report: Report) -> Response:
    """The PNG of what the reader may see; a browser asks again whether it has changed."""
    query = asked_of(report)
    if query.problems:
        abort(404)
    return answer(chart_image(query, configured_font(), "small" in request.args))


def print_view(report: Report) -> Any:
    """For paper: the conditions, the picture and the table."""
    query = asked_of(report)
    values: dict[str, Any] = {
        "title": _(report.label),
        "back": report_url(query),
        "html_lang": HTML_LANG[choose_language()],
    }
    if query.problems:
        return make_response(render_template("reports/print.html", sheet=None, **values))
    write_operation_log(PRINT, report.key)
    return make_response(
        render_template(
            "reports/print.html", conditions=applied_conditions(query), **values, **page_values(query, linked=False)
        )
    )


def export(report: Report) -> Response:
    """導出Excel: the conditions, the figures and the picture; who exported what stands in the operation log."""
    query = asked_of(report)
    if query.problems:
        return show(report)  # type: ignore[no-any-return]
    out = io.BytesIO()
    rows = write_report(out, query, configured_font(), now().astimezone(settings().zone))
    changes: dict[str, list[Any]] = {"rows": [None, rows], "search": [None, query.address()[:500]]}
    write_operation_log(EXPORTED, report.key, changes=changes)
    out.seek(0)
    day = now().astimezone(settings().zone).strftime("%Y%m%d-%H%M")
    return send_file(out, XLSX, as_attachment=True, download_name=f"{_(report.label)}-{day}.xlsx")
