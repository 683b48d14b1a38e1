"""A scheduled job that a person starts: with much to do it becomes a long task like any other."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.errors import NotAllowed, storable
from crm.jobs.database import read_session
from crm.jobs.due_jobs import claim_run, done_by, finish_run, manual_run_name
from crm.jobs.long_tasks import LongWork, declare, request_task
from crm.jobs.progress import NO_RIGHT, RunningTask
from crm.jobs.registry import JOBS, Job
from crm.models import LongTask, Permission
from crm.models.permissions import Right


def request_run(session: Session, job: Job, actor: Actor, right: Right, back: str) -> LongTask:
    """`right` is what allows it, looked at again when it is done; `back` is the page that one came from."""
    payload: dict[str, Any] = {"job": job.key, "right": str(right), "back": back}
    return request_task(session, MANUAL_RUN.key, payload, actor, job.count(session, actor) if job.count else 0)


def run(running: RunningTask) -> None:
    """Run all but the last rows in batches; the last step also writes the run's row, as the scheduler does."""
    job = JOBS[running.payload["job"]]
    with read_session(running.engine) as session:
        actor = replace(running.actor(session), now=running.asked_at)
    if not actor.rights.may(Permission(running.payload["right"])):
        raise NotAllowed(NO_RIGHT)
    report = job.outside(running.engine, actor) if job.outside is not None else None
    has_more = job.batch is not None
    while has_more and job.batch is not None:
        with running.step() as session:
            size = running.size
            taken = job.batch(session, actor, size)
            running.done += taken
            has_more = taken >= size
    with running.step() as session:
        due = manual_run_name(actor)
        if claim_run(session, job.key, due, actor.now, actor.user_id):
            message, values = report or done_by(job, session, actor)
            finish_run(session, job.key, due, running.clock(), (message, values), actor.user_id)
            running.result = {"told": [message, storable(values)]}
        running.done = running.total = max(running.done, running.total)
        running.finish()


MANUAL_RUN = declare(LongWork("job", run))
