"""The background of this process: imports, and long work that a person asked for."""

from pathlib import Path
from threading import Event

from flask import Flask, after_this_request, current_app
from werkzeug.wrappers import Response

from crm.entities.saving import Acting
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.long_tasks import unfinished, work_on
from crm.jobs.registry import Job, Told
from crm.jobs.runner import Runner
from crm.jobs.running import hand_name, is_long, run_by_hand, run_job
from crm.jobs.scheduling import start_scheduler, utc_now
from crm.models import LongTask


def runner() -> Runner:
    """One thread for everything, so that background work never crowds out the pages."""
    found: Runner = current_app.extensions.setdefault("crm_runner", Runner())
    return found


def begin(task_id: int) -> Event:
    """Work on the task in the background, unless somebody does already; says when this process is over with it."""
    engine, folder = db.engine, locks_folder()
    waiting: dict[int, Event] = current_app.extensions.setdefault("crm_tasks", {})
    over = Event()
    known = waiting.setdefault(task_id, over)
    if known is not over:
        return known

    def work() -> None:
        try:
            work_on(engine, folder, task_id, utc_now)
        finally:
            waiting.pop(task_id, None)
            over.set()

    runner().submit(work)
    return over


def begin_after_this_request(task: LongTask) -> None:
    """As soon as the request's transaction, which wrote the task, is committed."""
    task_id = task.id

    @after_this_request
    def submit(response: Response) -> Response:
        if response.status_code < 400:
            begin(task_id)
        return response


def run_now(job: Job, acting: Acting) -> Told:
    """【立即執行】: in this request, or where that takes long in the background; what to tell the person."""
    if not is_long(db.session(), job, acting):
        return run_by_hand(db.session(), job, acting)
    engine = db.engine

    @after_this_request
    def submit(response: Response) -> Response:
        if response.status_code < 400:
            runner().submit(lambda: run_job(engine, job, hand_name(acting), acting.now, acting))
        return response

    return N_("There is much to do, so it is done in the background. Scheduled jobs will show the result."), {}


def locks_folder() -> Path:
    folder = Path(current_app.config["CRM_INSTANCE"]) / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def start_background(app: Flask) -> None:
    """When the server starts: what a stopped one left unfinished goes on, and the clock begins to look."""
    with app.app_context():
        for task_id in unfinished(db.engine):
            begin(task_id)
        app.extensions["crm_scheduler"] = start_scheduler(db.engine)
