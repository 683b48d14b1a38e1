"""What the search found, as a workbook (導出Excel)."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, request, send_file
from flask_babel import gettext as _
from sqlalchemy import select

from crm.entities.change_log import EXPORTED
from crm.extensions import db
from crm.web.access import check_may
from crm.web.clock import now
from crm.web.firm import field_context, settings
from crm.web.log import operation_now
from crm.web.table.declaration import Table
from crm.web.table.kept import chosen_columns
from crm.web.table.page import ordered, selected, visible_ids
from crm.web.table.search import Search

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_export(table: Table, place: Mapping[str, Any] | None = None) -> Response:
    """The workbook of all rows that the search finds; who exported what stands in the system log."""
    from crm.spreadsheets.writing import write_workbook

    assert table.export_permission is not None
    check_may(table.export_permission)
    search = Search(table, place)
    out = io.BytesIO()
    headings = [_(column.label) for column in chosen_columns(table) if column.exported]
    rows = list(export_rows(table, search))
    write_workbook(out, [(_(table.title), headings, rows)])
    asked = {"rows": [None, len(rows)], "search": [None, request.query_string.decode("ascii", "replace")[:500]]}
    operation_now(EXPORTED, table.key, name=_(table.title), changes=asked)
    out.seek(0)
    day = now().astimezone(settings().zone).strftime("%Y%m%d-%H%M")
    return send_file(out, XLSX, as_attachment=True, download_name=f"{_(table.title)}-{day}.xlsx")


def export_rows(table: Table, search: Search) -> Iterator[list[Any]]:
    ids = visible_ids(table, search).subquery()
    expressions, parts = selected(table)
    wanted = select(table.model.id, *expressions).join(ids, ids.c.id == table.model.id)
    wanted = ordered(table, search, table.joined(wanted))
    context = field_context()
    for row in db.session.execute(wanted):
        yield [column.cell(row[part], context) for column, part in parts if column.exported]
