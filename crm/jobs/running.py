"""Running what is due: however many processes and restarts, each run once (hostile cases 63, 64, 66).

The claim, the work and its result are one transaction: a process that is killed in the middle leaves nothing,
and the next one does it all.
"""

import json
import logging
import secrets
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.settings import read_settings
from crm.entities.saving import Acting, by_the_firm
from crm.errors import storable
from crm.i18n import N_
from crm.jobs.database import BUSY, reading, writing
from crm.jobs.registry import JOBS, Job, Told
from crm.models import JobRun, SystemLog
from crm.models.jobs import DONE, FAILED, RUNNING

log = logging.getLogger("crm.jobs")

CRASHED = N_("Something went wrong, and nothing was saved. Please tell your administrator this number: %(number)s")
LOGGED = "job"


def run_due(engine: Engine, now: datetime) -> list[str]:
    """Run the jobs whose hour has passed and that nobody ran yet; the keys of those that ran here."""
    with reading(engine) as session:
        zone = read_settings(session).zone
        waiting = {key: job.schedule.due(now, zone) for key, job in JOBS.items()}
        ran = {
            key
            for key, due in waiting.items()
            if session.scalar(select(JobRun.id).where(JobRun.job == key, JobRun.due == due)) is not None
        }
        acting = by_the_firm(now, zone)
        idle = {key for key, job in JOBS.items() if job.needed is not None and not job.needed(session, acting)}
    return [key for key, due in waiting.items() if key not in ran | idle and run_job(engine, JOBS[key], due, now)]


def run_job(engine: Engine, job: Job, due: str, now: datetime) -> bool:
    """Claim the run and do it; False where another process has it, or the database was busy (then it waits)."""
    try:
        with writing(engine) as session:
            if not claim(session, job.key, due, now):
                return False
            acting = by_the_firm(now, read_settings(session).zone)
            finish(session, job.key, due, now, job.verb(session, acting))
    except BUSY:
        log.warning("the job %s of %s waits: the database is busy", job.key, due)
        return False
    except Exception as error:
        number = secrets.token_hex(4).upper()
        log.exception("the job %s of %s failed, error %s", job.key, due, number, exc_info=error)
        _fail(engine, job, due, now, number)
    return True


def run_by_hand(session: Session, job: Job, acting: Acting) -> Told:
    """A person runs the job, in the transaction of their request."""
    due = f"hand {acting.now.isoformat()}"
    claim(session, job.key, due, acting.now, acting.user_id)
    told = job.verb(session, acting)
    finish(session, job.key, due, acting.now, told, acting.user_id)
    return told


def claim(session: Session, key: str, due: str, now: datetime, by_id: int | None = None) -> bool:
    """Write the run's row, which can be there only once; False where it is there."""
    try:
        with session.begin_nested():
            session.add(JobRun(job=key, due=due, state=RUNNING, claimed_at=now, by_id=by_id))
    except IntegrityError:
        return False
    return True


def finish(
    session: Session, key: str, due: str, now: datetime, told: Told, by_id: int | None = None, state: str = DONE
) -> None:
    """What the run did stands in its row and in the system log (A-9)."""
    message, values = told
    run = session.scalars(select(JobRun).where(JobRun.job == key, JobRun.due == due)).one()
    run.state, run.finished_at = state, now
    run.result = json.dumps([message, storable(values)], ensure_ascii=False)
    session.add(SystemLog(at=now, kind=LOGGED, name=key, user_id=by_id, detail=f"{due} {state}: {message % values}"))
    session.flush()


def _fail(engine: Engine, job: Job, due: str, now: datetime, number: str) -> None:
    """A job that crashed is not tried again all day; its number stands in both logs."""
    with writing(engine) as session:
        if claim(session, job.key, due, now):
            finish(session, job.key, due, now, (CRASHED, {"number": number}), state=FAILED)
