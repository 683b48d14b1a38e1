"""【立即執行】: a scheduled job done now, in this request or, where that takes long, in the background."""

from flask import flash, url_for
from werkzeug.wrappers import Response

from crm.extensions import db
from crm.i18n import N_
from crm.jobs.due_jobs import is_long, run_manually
from crm.jobs.manual_runs import MANUAL_RUN, request_run
from crm.jobs.registry import JOBS, Job
from crm.models import LongTask
from crm.models.permissions import Right
from crm.web.access import actor
from crm.web.background_work import begin_after_this_request
from crm.web.long_work import Words, WorkDisplay, count_text, set_display
from crm.web.respond import go
from crm.web.translation import gettext as _


def run_now(job: Job, right: Right, back: str) -> Response:
    """To `back` with what it did, or to the page of its progress. `right` is what the person does it by."""
    session, by = db.session(), actor()
    if is_long(session, job, by):
        task = request_run(session, job, by, right, back)
        begin_after_this_request(task)
        return go(url_for("tasks.show", id=task.id))
    message, values = run_manually(session, job, by)
    flash(f"{_(job.label)}： {_(message, **values)}", "done")
    return go(back)


def _label(task: LongTask) -> str:
    job = JOBS[task.payload["job"]]
    return _(job.label)


def _outcome_messages(task: LongTask) -> Words:
    if "told" not in task.result:
        return []
    message, values = task.result["told"]
    return [("done", _(message, **values))]


set_display(
    MANUAL_RUN,
    WorkDisplay(
        title=_label,
        doing=N_("The job is running."),
        back=lambda task: (task.payload["back"], _label(task)),
        progress=count_text,
        words=_outcome_messages,
        back_text=N_("Back"),
    ),
)
