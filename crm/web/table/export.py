"""What the search found, as a workbook (導出Excel, C-5): at once, or above 5,000 rows in the background."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, send_file, url_for
from sqlalchemy import select

from crm.entities.change_log import EXPORTED
from crm.entities.listing.rows import count_up_to, workbook_rows
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.exports import EXPORT, file_name, is_available, log_values, sheets_of
from crm.jobs.long_tasks import request_task
from crm.models import LongTask
from crm.models.jobs import DONE, UNFINISHED
from crm.spreadsheets.writing import XLSX, write_workbook
from crm.web.access import actor, check_may
from crm.web.background_work import begin
from crm.web.language import choose_language
from crm.web.log import short_transaction, write_operation_log
from crm.web.long_work import Words, WorkDisplay, count_text, set_display
from crm.web.request_clock import now
from crm.web.respond import go
from crm.web.table.declaration import TABLES, Table
from crm.web.table.search_request import Search
from crm.web.translation import gettext as _

IN_REQUEST = 5000
"""More rows than this are written in the background, with their progress on a page."""


def table_export(table: Table, place: Mapping[str, Any] | None = None, made: str = "") -> Response:
    """The workbook of all rows that the search finds; who exported what stands in the operation log.

    `made` is the key of a list that was made for this question (`listing_for`).
    """
    assert table.export_permission is not None
    check_may(table.export_permission)
    search = Search(table, place)
    search.for_file = True
    address = urlencode(list(request.args.items(multi=True)))
    key = table.key if TABLES.get(table.key) is table else made
    if key and _is_long(search):
        return _in_background(key, search, address)
    return _at_once(search, address)


def _is_long(search: Search) -> bool:
    return count_up_to(search, IN_REQUEST + 1) > IN_REQUEST


def _at_once(search: Search, address: str) -> Response:

    title, out, rows = _(search.table.title), io.BytesIO(), list(workbook_rows(search))
    write_workbook(out, sheets_of(search, title, rows))
    name = file_name(title, actor())
    write_operation_log(EXPORTED, search.table.key, changes=log_values(len(rows), address))
    out.seek(0)
    return send_file(out, XLSX, as_attachment=True, download_name=name)


def _in_background(key: str, search: Search, address: str) -> Response:
    """Asked again while it is being made, it leads to the same one."""
    table = search.table
    assert table.export_permission is not None
    payload = {"list": key, "title": table.title, "right": table.export_permission.value, "search": address}
    payload |= {"language": choose_language(), "back": search.url()}
    with short_transaction():
        by = actor()
        own_exports = select(LongTask).where(LongTask.kind == EXPORT.key, LongTask.by_id == by.user_id)
        under_way = db.session.scalars(own_exports.where(LongTask.state.in_(UNFINISHED)))
        task = next((t for t in under_way if payload.items() <= t.payload.items()), None)
        task = task or request_task(db.session(), EXPORT.key, payload, by, count_up_to(search))
    begin(task.id)
    return go(url_for("tasks.show", id=task.id))


def _title(task: LongTask) -> str:
    title: str = task.payload["title"]
    return _(title)


def _outcome_messages(task: LongTask) -> Words:
    if task.state != DONE:
        return []
    if not is_available(task, now()):
        return [
            ("warning", _("The file was deleted because it was created more than a day ago. Please export it again."))
        ]
    return [("done", _("The workbook with %(count)s rows is ready.", count=f"{task.result['rows']:,}"))]


def _file_url(task: LongTask) -> str:
    return url_for("tasks.file", id=task.id) if task.state == DONE and is_available(task, now()) else ""


set_display(
    EXPORT,
    WorkDisplay(
        title=lambda task: _("Export: %(list)s", list=_title(task)),
        doing=N_("The workbook is being created."),
        back=lambda task: (task.payload["back"], _title(task)),
        progress=count_text,
        words=_outcome_messages,
        file_url=_file_url,
        file_note=N_("It can be downloaded for one day."),
    ),
)
