"""導出全部資料: everything of the firm as workbooks and files, for whoever leaves the product."""

from typing import Any

from flask import url_for
from sqlalchemy import select

from crm.blueprints.backups import blueprint
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.exports import is_available
from crm.jobs.long_tasks import request_task
from crm.jobs.open_files import OPEN_FILES, RIGHT
from crm.models import LongTask
from crm.models.jobs import DONE, UNFINISHED
from crm.web.access import actor, requires
from crm.web.background_work import begin_after_this_request
from crm.web.firm_settings import settings
from crm.web.language import choose_language
from crm.web.long_work import Words, WorkDisplay, count_text, set_display
from crm.web.menu import menu_of
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/backup/everything")
@menu_of("backup")
@requires(RIGHT)
def ask_everything() -> Any:
    return page("backups/everything.html")


@blueprint.post("/backup/everything")
@menu_of("backup")
@requires(RIGHT)
def export_everything() -> Any:
    """Asked again while it is being made, it leads to the same one."""
    by = actor()
    own_tasks = select(LongTask).where(LongTask.kind == OPEN_FILES.key, LongTask.by_id == by.user_id)
    task = db.session.scalars(own_tasks.where(LongTask.state.in_(UNFINISHED))).first()
    if task is None:
        payload = {"right": RIGHT.value, "language": choose_language(), "firm": settings().firm_name}
        task = request_task(db.session(), OPEN_FILES.key, payload, by)
        begin_after_this_request(task)
    return go(url_for("tasks.show", id=task.id))


def _outcome_messages(task: LongTask) -> Words:
    if task.state != DONE:
        return []
    if not is_available(task, now()):
        return [
            ("warning", _("The file was deleted because it was created more than a day ago. Please export it again."))
        ]
    rows, files = f"{task.result['rows']:,}", f"{task.result['files']:,}"
    words = [("done", _("The file with %(rows)s rows and %(files)s attachments is ready.", rows=rows, files=files))]
    if task.result["missing"]:
        names = ", ".join(task.result["missing"])
        words.append(("warning", _("These attachments are missing on the server's disk: %(names)s", names=names)))
    return words


def _file_url(task: LongTask) -> str:
    return url_for("tasks.file", id=task.id) if task.state == DONE and is_available(task, now()) else ""


set_display(
    OPEN_FILES,
    WorkDisplay(
        title=lambda _task: _("Export all data"),
        doing=N_("The file is being created. You can go on working."),
        back=lambda _task: (url_for("backups.index"), _("Data backup")),
        progress=count_text,
        words=_outcome_messages,
        file_url=_file_url,
        file_note=N_("It can be downloaded for one day."),
        back_text=N_("Back"),
    ),
)
