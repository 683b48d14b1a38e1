"""What the search found, as a workbook (導出Excel)."""

import io
from collections.abc import Mapping
from typing import Any

from flask import Response, request, send_file
from flask_babel import gettext as _

from crm.entities.change_log import EXPORTED
from crm.entities.listing.rows import workbook_columns, workbook_rows
from crm.web.access import check_may
from crm.web.clock import now
from crm.web.firm import settings
from crm.web.log import operation_now
from crm.web.table.declaration import Table
from crm.web.table.search import Search

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_export(table: Table, place: Mapping[str, Any] | None = None) -> Response:
    """The workbook of all rows that the search finds; who exported what stands in the system log."""
    from crm.spreadsheets.writing import write_workbook

    assert table.export_permission is not None
    check_may(table.export_permission)
    search = Search(table, place)
    out = io.BytesIO()
    rows = list(workbook_rows(search))
    write_workbook(out, [(_(table.title), workbook_columns(search), rows)])
    asked = {"rows": [None, len(rows)], "search": [None, request.query_string.decode("ascii", "replace")[:500]]}
    operation_now(EXPORTED, table.key, name=_(table.title), changes=asked)
    out.seek(0)
    day = now().astimezone(settings().zone).strftime("%Y%m%d-%H%M")
    return send_file(out, XLSX, as_attachment=True, download_name=f"{_(table.title)}-{day}.xlsx")
