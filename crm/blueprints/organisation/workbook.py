"""導出組織, 空白模版下載, 導入組織 (A-4)."""

import io
from pathlib import Path
from typing import Any

from flask import current_app, flash, request, send_file, url_for
from werkzeug.datastructures import FileStorage

from crm.blueprints.organisation import blueprint
from crm.domain.accounts.password_links import can_email_links
from crm.domain.imports.options import TAKE, Options
from crm.domain.imports.runs import import_context, new_stored_name, shown_file_name
from crm.domain.imports.sent_files import folder_in
from crm.domain.organisation.people import invite_person
from crm.domain.organisation.workbook_export import blank_sheets, organisation_sheets
from crm.domain.organisation.workbook_import import Outcome, Refused, import_sheets, read_sheets
from crm.entities.change_log import EXPORTED, IMPORTED, log_action
from crm.errors import DomainError
from crm.extensions import db
from crm.jobs.exports import file_name
from crm.models import Permission
from crm.spreadsheets.in_subprocess import read_in_subprocess
from crm.spreadsheets.reading import check_size
from crm.spreadsheets.writing import XLSX, write_workbook
from crm.web.access import actor, own_transaction, requires
from crm.web.errors import error_text
from crm.web.firm_settings import settings
from crm.web.language import choose_language
from crm.web.log import short_transaction, write_operation_log
from crm.web.people_without_rights import warn_without_permissions
from crm.web.request_bodies import takes_files
from crm.web.respond import go, page
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number

MAX_SHOWN = 200
"""So many problems are told at once; the same one mostly stands in every row."""


@blueprint.get("/organisation/export")
@requires(Permission.ORGANISATION_SAVE)
def export() -> Any:
    """What is ticked, with all below it; without a tick everything."""
    units, people = (_numbers(request.args.getlist(name)) for name in ("units", "people"))
    sheets = organisation_sheets(db.session(), actor(), choose_language(), units, people)
    title = _("Organisation")
    count = sum(len(list(sheet.rows)) for sheet in sheets)
    answer = _workbook(sheets, file_name(title, actor()))
    write_operation_log(EXPORTED, "organisation", changes={"rows": [None, count]})
    return answer


@blueprint.get("/organisation/template")
@requires(Permission.ORGANISATION_SAVE)
def template() -> Any:
    return _workbook(blank_sheets(choose_language()), f"{_('Organisation template')}.xlsx")


def _workbook(sheets: Any, name: str) -> Any:
    out = io.BytesIO()
    write_workbook(out, sheets)
    out.seek(0)
    return send_file(out, XLSX, as_attachment=True, download_name=name)


@blueprint.get("/organisation/import")
@requires(Permission.ORGANISATION_SAVE)
def ask_import() -> Any:
    return _show()


@blueprint.post("/organisation/import")
@requires(Permission.ORGANISATION_SAVE)
@own_transaction
@takes_files
def import_file() -> Any:
    """All of the file, or nothing and every reason why."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _show(error=_("Please choose a file."))
    try:
        done = _import(sent)
    except DomainError as problem:
        return _show(error=error_text(problem))
    except Refused as refused:
        return _show(problems=refused.problems)
    _flash_outcome(done)
    return go(url_for("organisation.index"))


def _import(sent: FileStorage) -> Outcome:
    name = shown_file_name(sent.filename or "")
    path = folder_in(Path(current_app.config["CRM_INSTANCE"])) / new_stored_name()
    try:
        sent.save(path)
        check_size(path)
        sheets = read_in_subprocess(path, name)
    finally:
        path.unlink(missing_ok=True)
    read = read_sheets(sheets, import_context(db.session(), Options(totals=TAKE), actor()), choose_language())
    with short_transaction():
        done = import_sheets(db.session(), read, actor())
        for person in done.people if request.form.get("invite") else ():
            invite_person(db.session(), person, url_for("auth.new_password", link=""), actor())
        changes = {"imported": [None, len(done.people) + done.units], "updated": [None, done.changed]}
        log_action(db.session(), actor(), IMPORTED, "organisation", name=name, changes=changes)
    return done


def _flash_outcome(done: Outcome) -> None:
    text = _("%(units)s companies and departments and %(people)s people added, %(changed)s rows changed.")
    flash(text % {"units": done.units, "people": len(done.people), "changed": done.changed}, "done")
    if done.unread:
        flash(_("These columns were not read: %(names)s", names=_(", ").join(done.unread[:10])), "warning")
    if done.people and not request.form.get("invite"):
        flash(_("The new people cannot sign in yet: give each an invitation or a slip, on their page."), "warning")
    warn_without_permissions(done.people[:5])


def _show(error: str = "", problems: Any = ()) -> Any:
    rows = [
        (problem.sheet, problem.row, problem.heading, problem.value, error_text(problem.error))
        for problem in problems[:MAX_SHOWN]
    ]
    return page(
        "organisation/import.html",
        422 if error or problems else 200,
        error=error,
        problems=rows,
        count=len(problems),
        by_email=can_email_links(settings()),
    )


def _numbers(texts: list[str]) -> set[int]:
    return {int(text) for text in texts[:1000] if is_record_number(text)}
