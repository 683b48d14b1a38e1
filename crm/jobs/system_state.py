"""How the installation fares, in figures: what the page 系統狀態 tells the administrator. Nothing is written."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from crm.domain.platform.backups import LONG_WITHOUT, RESERVE_BYTES, folder_for
from crm.domain.platform.mail import unsent_counts
from crm.domain.platform.settings import FirmSettings
from crm.installation.backup_files import Backup, backups_in
from crm.jobs.crashes import ERROR
from crm.jobs.last_runs import last_runs
from crm.jobs.places import place_of
from crm.jobs.registry import JOBS, Daily
from crm.models import JobRun, SystemLog
from crm.models.jobs import FAILED
from crm.models.mail import MailState

MIN_FREE = 1024**3
"""With less free disk somebody should act before it is full."""
LATE = timedelta(days=2)
"""A job of every day that did not run for so long: the program that runs them stands still."""
WAITS_LONG = timedelta(minutes=15)
ERRORS_OF = timedelta(hours=24)


@dataclass(frozen=True)
class SystemState:
    """Sizes in bytes. `errors` is of the last 24 hours, `unsent` (state → emails) of the last 7 days."""

    now: datetime
    version: str
    database_size: int
    is_sqlite: bool
    free: int
    backup: Backup | None
    runs: Mapping[str, JobRun]
    unsent: Mapping[str, int]
    mail_due_since: datetime | None
    errors: int

    @property
    def backup_days(self) -> int:
        """Whole days since the last backup; 0 where there is none."""
        return (self.now - self.backup.made_at) // timedelta(days=1) if self.backup is not None else 0

    @property
    def backup_is_old(self) -> bool:
        return self.backup_days >= LONG_WITHOUT

    @property
    def least_free(self) -> int:
        """What should be free: room for a backup while it is made and checked."""
        return max(MIN_FREE, 2 * self.database_size + RESERVE_BYTES)

    @property
    def is_short_of_room(self) -> bool:
        return self.free < self.least_free

    @property
    def failed_jobs(self) -> list[str]:
        return [key for key, run in self.runs.items() if run.state == FAILED]

    @property
    def jobs_stand_still(self) -> bool:
        """No job of every day ran for two days, though one did before."""
        runs = [self.runs[key] for key, job in JOBS.items() if key in self.runs and _is_of_every_day(key)]
        return bool(runs) and max(run.claimed_at for run in runs) < self.now - LATE

    @property
    def mail_stands_still(self) -> bool:
        return self.mail_due_since is not None and self.mail_due_since < self.now - WAITS_LONG

    @property
    def mail_failed(self) -> int:
        return self.unsent.get(MailState.FAILED, 0) + self.unsent.get(MailState.UNSURE, 0)

    @property
    def mail_waiting(self) -> int:
        return self.unsent.get(MailState.WAITING, 0) + self.unsent.get(MailState.SENDING, 0)


def _is_of_every_day(key: str) -> bool:
    return isinstance(JOBS[key].schedule, Daily) and JOBS[key].needed is None


def read_state(session: Session, engine: Engine, firm: FirmSettings, now: datetime) -> SystemState:
    """In three statements and a look at the disk, however much data there is."""
    place = place_of(engine)
    folder = folder_for(firm, place.root)
    unsent, due_since = unsent_counts(session, now)
    failures = select(func.count()).where(SystemLog.kind == ERROR, SystemLog.at >= now - ERRORS_OF)
    return SystemState(
        now=now,
        version=place.version,
        database_size=place.database.size(),
        is_sqlite=engine.dialect.name == "sqlite",
        free=min(shutil.disk_usage(path).free for path in (place.instance, _existing(folder))),
        backup=next(iter(backups_in(folder)), None),
        runs=last_runs(session),
        unsent=unsent,
        mail_due_since=due_since,
        errors=session.scalar(failures) or 0,
    )


def _existing(folder: Path) -> Path:
    """The folder, or the first above it that is there: the one of the backups is made with the first backup."""
    return next(path for path in (folder, *folder.parents) if path.exists())
