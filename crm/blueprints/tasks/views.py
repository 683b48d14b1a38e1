"""The page of a long task: how far it is, then what was done and what was left out."""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm.blueprints.tasks import blueprint
from crm.errors import DomainError
from crm.extensions import db
from crm.jobs.long_tasks import Outcome
from crm.models import LongTask
from crm.models.jobs import DONE, RUNNING, WAITING
from crm.web.access import one_or_404, rights, signed_in
from crm.web.background import begin
from crm.web.errors import say
from crm.web.respond import go, page
from crm.web.table.bulk import action_of, outcome_words

REFRESH_SECONDS = "2"
PATIENCE = 2.0


@blueprint.get("/tasks/<int:id>")
@signed_in
def show(id: int) -> Any:
    """Only the person who asked for it sees it. While it goes on, the page fetches itself again."""
    task = own_task_or_404(id)
    if is_busy(task):
        # A task that a stopped server left behind goes on; one that is worked on is left alone.
        task = patiently(task)
    busy = is_busy(task)
    table, action = action_of(task.payload)
    if not busy and task.state == DONE and request.args.get("then") == "list":
        for category, text in outcome_words(action, Outcome.of(task.result)):
            flash(text, category)
        return go(task.payload.get("back") or url_for(table.endpoint))
    percent = 100 * task.done // max(task.total, 1)
    problem = task.result.get("problem")
    answer = page(
        "tasks/show.html",
        title=_(action.label),
        task=task,
        busy=busy,
        percent=percent,
        words=[] if busy else outcome_words(action, Outcome.of(task.result)),
        problem=say(DomainError(problem[0], **problem[1])) if problem else "",
        back=task.payload.get("back") or url_for(table.endpoint),
        back_label=_(table.title),
    )
    if busy:
        answer.headers["Refresh"] = REFRESH_SECONDS
    return answer


def own_task_or_404(id: int) -> LongTask:
    found: LongTask = one_or_404(select(LongTask).where(LongTask.id == id, LongTask.by_id == rights().user_id))
    return found


def is_busy(task: LongTask) -> bool:
    return task.state in (WAITING, RUNNING)


def patiently(task: LongTask) -> LongTask:
    """Look again after a moment, so that hardly anybody sees the progress of a small change."""
    task_id = task.id
    over = begin(task_id)
    db.session.rollback()
    over.wait(PATIENCE)
    return own_task_or_404(task_id)
