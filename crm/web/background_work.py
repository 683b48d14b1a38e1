"""The background of this process: imports, and long work that a person asked for."""

from threading import Event, Lock

from flask import Flask, after_this_request, current_app
from werkzeug.wrappers import Response

from crm.extensions import db
from crm.jobs.crashes import record_crash
from crm.jobs.long_tasks import run_task, unfinished
from crm.jobs.scheduling import start_scheduler, utc_now
from crm.jobs.worker_thread import WorkerThread
from crm.models import LongTask

PATIENCE = 2.0
"""So many seconds a request waits for the background.

Only one does at a time: with much in line, the others' requests would take the threads of the pages.
"""
_short_wait_lock = Lock()


def runner() -> WorkerThread:
    """One thread for everything, so that background work never crowds out the pages."""
    worker: WorkerThread | None = current_app.extensions.get("crm_runner")
    if worker is None:
        engine = db.engine
        new_worker = WorkerThread(lambda error: record_crash(engine, error, "background"))
        worker = current_app.extensions.setdefault("crm_runner", new_worker)
    return worker


def begin(task_id: int) -> Event:
    """Work on the task in the background, unless somebody does already; says when this process is over with it."""
    engine = db.engine
    waiting: dict[int, Event] = current_app.extensions.setdefault("crm_tasks", {})
    over = Event()
    known = waiting.setdefault(task_id, over)
    if known is not over:
        return known

    def work() -> None:
        try:
            run_task(engine, task_id, utc_now)
        finally:
            waiting.pop(task_id, None)
            over.set()

    runner().submit(work)
    return over


def run_inline(task: LongTask) -> None:
    """A small task is done by the request itself, outside of any transaction."""
    task_id = task.id
    db.session.rollback()
    run_task(db.engine, task_id, utc_now)


def run_with_short_wait(task: LongTask) -> None:
    """See that somebody works on the task, and wait a moment, so that hardly anybody sees its progress.

    What a stopped server left behind goes on so. The request's session reads anew after it.
    """
    over = begin(task.id)
    db.session.rollback()
    if _short_wait_lock.acquire(blocking=False):
        try:
            over.wait(PATIENCE)
        finally:
            _short_wait_lock.release()


def begin_after_this_request(task: LongTask) -> None:
    """As soon as the request's transaction, which wrote the task, is committed."""
    task_id = task.id

    @after_this_request
    def submit(response: Response) -> Response:
        if response.status_code < 400:
            begin(task_id)
        return response


def start_background(app: Flask) -> None:
    """When the server starts: what a stopped one left unfinished goes on, and the clock begins to look."""
    with app.app_context():
        for task_id in unfinished(db.engine):
            begin(task_id)
        app.extensions["crm_scheduler"] = start_scheduler(db.engine)
