"""The clock of the serving process: it looks every minute whether a job is due.

Looking, instead of setting an alarm for 02:00, also finds what came due while the machine slept or was off, and
follows the firm's zone when it is changed.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from crm.jobs.database import BUSY
from crm.jobs.post import post_waiting
from crm.jobs.running import run_due

log = logging.getLogger("crm.jobs")

LOOK_SECONDS = 60
POST_SECONDS = 20
LATEST_SECONDS = 3600


def utc_now() -> datetime:
    return datetime.now(UTC)


def start_scheduler(engine: Engine, clock: Callable[[], datetime] = utc_now) -> BackgroundScheduler:
    """Look now and every minute, in a thread that ends with the process."""
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        look,
        "interval",
        args=(engine, clock),
        seconds=LOOK_SECONDS,
        next_run_time=utc_now(),
        misfire_grace_time=LATEST_SECONDS,
        coalesce=True,
        max_instances=1,
    )
    # Apart from the jobs: a mail server that does not answer keeps nobody else waiting.
    scheduler.add_job(
        post,
        "interval",
        args=(engine, clock),
        seconds=POST_SECONDS,
        misfire_grace_time=LATEST_SECONDS,
        coalesce=True,
        max_instances=1,
    )
    scheduler.start()
    return scheduler


def post(engine: Engine, clock: Callable[[], datetime]) -> None:
    try:
        post_waiting(engine, clock)
    except BUSY:
        log.warning("letters wait: the database is busy or being restored")


def look(engine: Engine, clock: Callable[[], datetime]) -> None:
    try:
        run_due(engine, clock())
    except BUSY:
        log.warning("the jobs wait: the database is busy or being restored")
