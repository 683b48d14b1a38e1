"""The page of a long task: how far it is, then what was done and what was left out; its file, and giving it up."""

from pathlib import Path
from typing import Any

from flask import abort, current_app, flash, request, send_file, url_for
from sqlalchemy import select

from crm.blueprints.tasks import blueprint
from crm.extensions import db
from crm.jobs import long_tasks
from crm.jobs.exports import export_path, is_available
from crm.models import LongTask
from crm.models.jobs import DONE
from crm.models.permissions import right
from crm.spreadsheets.writing import XLSX
from crm.web.access import check_may, one_or_404, rights, signed_in
from crm.web.background_work import run_with_short_wait
from crm.web.long_work import display_of, problem_of, progress_of, refreshing, result_text
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/tasks/<int:id>")
@signed_in
def show(id: int) -> Any:
    """Only the person who asked for it sees it. While it goes on, the page fetches itself again."""
    task = own_task_or_404(id)
    if task.is_busy:
        # A task that a stopped server left behind goes on; one that is worked on is left alone.
        run_with_short_wait(task)
        task = own_task_or_404(id)
    look = display_of(task)
    back, back_label = look.back(task)
    if not task.is_busy and look.target_url(task):
        return go(look.target_url(task))
    if task.state == DONE and request.args.get("then") == "list":
        for category, text in result_text(task):
            flash(text, category)
        return go(back)
    answer = page(
        "tasks/show.html",
        title=look.title(task),
        progress=progress_of(task, request.full_path.rstrip("?")) if task.is_busy else None,
        words=[] if task.is_busy else result_text(task),
        problem=problem_of(task),
        file_url=look.file_url(task),
        file_note=_(look.file_note) if look.file_note else "",
        back=back,
        back_label=back_label,
        back_text=_(look.back_text),
    )
    return refreshing(answer) if task.is_busy else answer


@blueprint.post("/tasks/<int:id>/cancel")
@signed_in
def cancel(id: int) -> Any:
    """What is done stays done; the page says how much."""
    long_tasks.cancel(db.session(), own_task_or_404(id), now())
    return go(url_for("tasks.show", id=id))


@blueprint.get("/tasks/<int:id>/file")
@signed_in
def file(id: int) -> Any:
    """The file that the task made: for the person who asked, as long as they may export such records."""
    task = own_task_or_404(id)
    path = export_path(task, Path(current_app.config["CRM_INSTANCE"]))
    if path is None:
        abort(404)
    check_may(right(task.payload["right"]))
    if not is_available(task, now()) or not path.exists():
        return go(url_for("tasks.show", id=id))
    media_type = XLSX if path.suffix == ".xlsx" else "application/zip"
    return send_file(path, media_type, as_attachment=True, download_name=task.result["name"])


def own_task_or_404(id: int) -> LongTask:
    task: LongTask = one_or_404(select(LongTask).where(LongTask.id == id, LongTask.by_id == rights().user_id))
    return task
