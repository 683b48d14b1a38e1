"""詳細信息: the records behind a figure, in the list of their kind (X-3, X-3a)."""

from dataclasses import replace
from typing import Any

from flask import abort, request

from crm.blueprints.reports.addresses import report_url
from crm.blueprints.reports.changes import CHANGES
from crm.blueprints.reports.lines import lines_for
from crm.domain.reports import REPORTS, ReportQuery
from crm.domain.reports.declaration import Report
from crm.domain.reports.details import Details, details_of
from crm.domain.reports.sheet import sentence
from crm.entities.listing import TAB, Filter, Reader
from crm.entities.listing.declaration import MAKERS
from crm.entities.listing.parameters import ParameterSource
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.jobs.progress import NO_RIGHT
from crm.web.access import may
from crm.web.current_reader import reader
from crm.web.respond import page
from crm.web.table import table_export, table_page
from crm.web.table.declaration import TABLES, Table
from crm.web.translation import gettext as _


def details_or_404(report: Report) -> Details:
    """A question that cannot be read has no records behind it."""
    query = ReportQuery(report, reader(), request.args)
    try:
        details = details_of(query)
    except DomainError:
        abort(404)
    if query.problems:
        abort(404)
    return details


def table_of(details: Details) -> Table:
    """The list of that kind, of these records alone. The report's conditions are kept by sorting and paging."""
    report = details.query.report
    table = (
        CHANGES if details.source.listing == CHANGES.key else TABLES.get(details.source.listing) or lines_for(report)
    )
    parameters = [*details.query.parts(), *(name for name, _value in details.parts)]
    return replace(
        _showing(table, details.measure.key),
        # Counts are kept by key and reach: those of one report are not another's.
        key=f"details-{report.key}",
        permission=report.view,
        help="",
        rows=details.rows,
        counted=details.counted,
        filters=tuple(Filter(name, "", lambda reader, text: None, TAB) for name in parameters),
        advanced=False,
        bulk=(),
        row_endpoint=table.row_endpoint if details.query.reader.rights.may(table.permission) else "",
        endpoint=f"reports.{report.key}_details",
        export_endpoint=f"reports.{report.key}_details_export" if table.export_permission else "",
        empty_text=N_("Nothing was found for these conditions."),
        event="",
    )


def _showing(table: Table, key: str) -> Table:
    """The figure that is asked about is a column, though the list of that kind leaves it to be chosen."""
    measured = tuple(column for column in table.more if column.key == key)
    return replace(table, columns=(*table.columns, *measured), more=tuple(c for c in table.more if c not in measured))


def show(report: Report) -> Any:
    details = details_or_404(report)
    query = details.query
    title = " · ".join([_(report.label), *details.names])
    return page(
        "reports/details.html",
        title=title,
        table=table_page(table_of(details), title=title),
        sentence=" · ".join(sentence(query)),
        report=_(report.label),
        back=report_url(query),
    )


def export(report: Report) -> Any:
    """The same list as a workbook, for whoever may export that kind of record."""
    table = table_of(details_or_404(report))
    if table.export_permission is None or not may(table.export_permission):
        abort(403)
    return table_export(table, made=f"details:{report.key}")


def rebuilt_table(report: str, reader: Reader, typed: ParameterSource) -> Table:
    """The same list in the background, for whoever may still see the report."""
    details = details_of(ReportQuery(REPORTS[report], reader, typed))
    if details.query.problems or not reader.rights.may(details.query.report.view):
        raise NotAllowed(NO_RIGHT)
    return table_of(details)


MAKERS["details"] = rebuilt_table
