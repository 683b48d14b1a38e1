"""The scheduler of the serving process: it checks every minute whether a job is due.

Polling, instead of planning a run for 02:00, also finds what came due while the machine slept or was off, and
follows the firm's time zone when it is changed. The interval is measured by the monotonic clock: APScheduler plans its
next run by the system clock, and after that was set back it would wait until the old time has come again. So
APScheduler is only told what to run now: outside the threads that serve pages, and one check at a time.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from threading import Event, Thread

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from crm.jobs.database import BUSY
from crm.jobs.due_jobs import run_due
from crm.jobs.mail_delivery import send_due_emails

log = logging.getLogger("crm.jobs")

TICK_SECONDS = 20
JOB_TICKS, MAIL_TICKS = 3, 1

Clock = Callable[[], datetime]
Wait = Callable[[float], object]
"""Waits for so many seconds, whatever happens to the system clock."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def start_scheduler(engine: Engine, clock: Clock = utc_now, wait: Wait | None = None) -> BackgroundScheduler:
    """Check now and every minute, in threads that end with the process."""
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.start()
    ticking = (scheduler, engine, clock, wait or Event().wait)
    Thread(target=_tick, args=ticking, name="crm-clock", daemon=True).start()
    return scheduler


def _tick(scheduler: BackgroundScheduler, engine: Engine, clock: Clock, wait: Wait) -> None:
    # Emails apart from the jobs: a mail server that does not answer keeps nobody else waiting.
    checks = ((run_due_jobs, JOB_TICKS), (send_queued_mail, MAIL_TICKS))
    for tick in count():
        for check, ticks in checks:
            if tick % ticks == 0 and scheduler.running:
                _run_now(scheduler, check, (engine, clock))
        wait(TICK_SECONDS)
        if not scheduler.running:
            return


def _run_now(scheduler: BackgroundScheduler, check: Callable[..., None], args: tuple[Engine, Clock]) -> None:
    """Run it once, now. One that could not begin yet is replaced, so that they do not pile up."""
    scheduler.add_job(
        check, args=args, id=check.__name__, replace_existing=True, misfire_grace_time=None, max_instances=1
    )


def send_queued_mail(engine: Engine, clock: Clock) -> None:
    try:
        send_due_emails(engine, clock)
    except BUSY:
        log.warning("emails wait: the database is busy or being restored")


def run_due_jobs(engine: Engine, clock: Clock) -> None:
    try:
        run_due(engine, clock())
    except BUSY:
        log.warning("the jobs wait: the database is busy or being restored")
