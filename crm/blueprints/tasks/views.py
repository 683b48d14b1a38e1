"""The page of a long task: how far it is, then what was done and what was left out."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm.blueprints.tasks import blueprint
from crm.domain.errors import DomainError
from crm.jobs.long_tasks import Outcome
from crm.models import LongTask
from crm.models.jobs import RUNNING, WAITING
from crm.web.access import one_or_404, rights, signed_in
from crm.web.background import begin
from crm.web.errors import say
from crm.web.respond import page
from crm.web.table.bulk import action_of, outcome_words

REFRESH_SECONDS = "2"


@blueprint.get("/tasks/<int:id>")
@signed_in
def show(id: int) -> Any:
    """Only the person who asked for it sees it. While it goes on, the page fetches itself again."""
    task: LongTask = one_or_404(select(LongTask).where(LongTask.id == id, LongTask.by_id == rights().user_id))
    busy = task.state in (WAITING, RUNNING)
    table, action = action_of(task.payload)
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
        # A task that a stopped server left behind goes on; one that is worked on is left alone.
        begin(task.id)
        answer.headers["Refresh"] = REFRESH_SECONDS
    return answer
