"""Running what is due: however many processes and restarts, each run once (hostile cases 63, 64, 66).

The claim, the work and its result are one transaction: a process that is killed in the middle leaves nothing,
and the next one does it all. Only a job of many rows does most of them before, in pieces (`Job.batch`).
"""

import json
import logging
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.platform.settings import read_settings
from crm.domain.platform.system_log_words import detail
from crm.entities.record_saving import Actor, system_actor
from crm.errors import DomainError, storable
from crm.i18n import N_
from crm.jobs.crashes import record_crash
from crm.jobs.database import BUSY, read_session, write_session
from crm.jobs.pacing import FIRST_BATCH, BatchPacer
from crm.jobs.registry import JOBS, Job, JobReport, schedule_of
from crm.models import JobRun, SystemLog
from crm.models.jobs import DONE, FAILED, RUNNING

log = logging.getLogger("crm.jobs")

CRASHED = N_("Something went wrong, and nothing was saved. Please tell your administrator this number: %(number)s")
LOGGED = "job"


def run_due(engine: Engine, now: datetime) -> list[str]:
    """Run the jobs whose hour has passed and that nobody ran yet; the keys of those that ran here."""
    with read_session(engine) as session:
        firm = read_settings(session)
        zone = firm.zone
        waiting = {key: schedule_of(job, firm).due(now, zone) for key, job in JOBS.items()}
        ran = {
            key
            for key, due in waiting.items()
            if session.scalar(select(JobRun.id).where(JobRun.job == key, JobRun.due == due)) is not None
        }
        actor = system_actor(now, zone)
        idle = {key for key, job in JOBS.items() if job.needed is not None and not job.needed(session, actor)}
    return [key for key, due in waiting.items() if key not in ran | idle and run_job(engine, JOBS[key], due, now)]


def run_job(engine: Engine, job: Job, due: str, now: datetime, by: Actor | None = None) -> bool:
    """Claim the run and do it; False where another process has it, or the database was busy (then it waits)."""
    try:
        with read_session(engine) as session:
            actor = by or system_actor(now, read_settings(session).zone)
        _run_batches(engine, job, actor)
        log_values = job.outside(engine, actor) if job.outside is not None else None
        with write_session(engine) as session:
            if not claim_run(session, job.key, due, now, actor.user_id or None):
                return False
            finish_run(session, job.key, due, now, log_values or done_by(job, session, actor), actor.user_id or None)
    except BUSY:
        log.warning("the job %s of %s waits: the database is busy", job.key, due)
        return False
    except DomainError as problem:
        _refused(engine, job, due, actor, problem)
    except Exception as error:
        number = record_crash(engine, error, f"job {job.key} {due}", by.user_id if by else None)
        _fail(engine, job, due, now, number)
    return True


def done_by(job: Job, session: Session, actor: Actor) -> JobReport:
    """What its verb did, in the transaction of the run."""
    assert job.verb is not None
    return job.verb(session, actor)


def _refused(engine: Engine, job: Job, due: str, actor: Actor, problem: DomainError) -> None:
    """What the job could not do stands in its run; it is tried again at its next hour."""
    with write_session(engine) as session:
        if claim_run(session, job.key, due, actor.now, actor.user_id or None):
            finish_run(session, job.key, due, actor.now, (problem.message, problem.values), state=FAILED)
            if job.failed is not None:
                job.failed(session, actor, problem)


def _run_batches(engine: Engine, job: Job, actor: Actor) -> None:
    """All but the last rows, so that the transaction of the run's own row is short too."""
    pace = BatchPacer()
    while job.batch is not None:
        with pace.batch(engine) as session:
            size = pace.size
            if job.batch(session, actor, size) < size:
                return


def is_long(session: Session, job: Job, actor: Actor) -> bool:
    """Whether running the job within a request would block others from saving: it then runs in the background."""
    return job.outside is not None or (job.count is not None and job.count(session, actor) > FIRST_BATCH)


def manual_run_name(actor: Actor) -> str:
    """The name of a run that a person asked for."""
    return f"hand {actor.now.isoformat()}"


def run_manually(session: Session, job: Job, actor: Actor) -> JobReport:
    """A person runs the job, in the transaction of their request."""
    due = manual_run_name(actor)
    claim_run(session, job.key, due, actor.now, actor.user_id)
    report = done_by(job, session, actor)
    finish_run(session, job.key, due, actor.now, report, actor.user_id)
    return report


def claim_run(session: Session, key: str, due: str, now: datetime, by_id: int | None = None) -> bool:
    """Write the run's row, which can be there only once; False where it is there."""
    try:
        with session.begin_nested():
            session.add(JobRun(job=key, due=due, state=RUNNING, claimed_at=now, by_id=by_id))
    except IntegrityError:
        return False
    return True


def finish_run(
    session: Session,
    key: str,
    due: str,
    now: datetime,
    job_report: JobReport,
    by_id: int | None = None,
    state: str = DONE,
) -> None:
    """Record in the run's row and in the system log what it did (A-9)."""
    message, values = job_report
    run = session.scalars(select(JobRun).where(JobRun.job == key, JobRun.due == due)).one()
    run.state, run.finished_at = state, now
    run.result = json.dumps([message, storable(values)], ensure_ascii=False)
    session.add(SystemLog(at=now, kind=LOGGED, name=key, user_id=by_id, detail=detail(message, **values)))
    session.flush()


def _fail(engine: Engine, job: Job, due: str, now: datetime, number: str) -> None:
    """A job that crashed is not run again that day; its error number stands in both logs."""
    with write_session(engine) as session:
        if claim_run(session, job.key, due, now):
            finish_run(session, job.key, due, now, (CRASHED, {"number": number}), state=FAILED)
