"""The scheduled jobs: each is declared here and calls a verb of the domain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from crm.domain.customers.idle_customers import count_due, recycle_batch, recycle_idle
from crm.domain.imports.sent_files import delete_expired, expired_uploads
from crm.domain.imports.undo_data import delete_expired_writes, has_expired_writes
from crm.domain.platform.attachments import drop_deleted, has_deleted
from crm.domain.platform.log_seals import LOGS, OWN_JOB, has_unsealed, note_heads, prune, seal_entries
from crm.domain.platform.log_seals import count_old as count_old_entries
from crm.domain.platform.purging import count_old, purge_old
from crm.domain.platform.retention import delete_expired_entries, has_expired_entries
from crm.domain.platform.settings import FirmSettings, read_settings
from crm.domain.platform.stored_files import drop_orphans, drop_unused, has_unused_files
from crm.domain.reports.saved_reports import due_reports, queue_due_reports
from crm.domain.sales.stand_ins import has_unsettled, settle_stand_ins
from crm.domain.schedule.reminders import count_sent_at, send_reminders, unsent_reminders
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.i18n import N_
from crm.jobs.daily_backup import backup_failed, backup_is_missing, scheduled_backup, tell_of_missing
from crm.jobs.exports import expired_exports
from crm.models import JobRun
from crm.models.engine import instance_folder_of
from crm.models.jobs import DONE

JobReport = tuple[str, Mapping[str, Any]]
"""A message id and its values: what a run did."""
MAX_SEALED = 1000
"""So many entries of a log at once."""
MAX_DELAY = timedelta(days=2)
"""Notices about older runs help nobody."""


@dataclass(frozen=True)
class Daily:
    """Once a day, from that hour of the firm's zone on."""

    hour: int
    minute: int = 0

    def due(self, now: datetime, zone: ZoneInfo) -> str:
        """The name of the run whose hour passed last: its day."""
        local = now.astimezone(zone)
        passed = (local.hour, local.minute) >= (self.hour, self.minute)
        return (local.date() if passed else local.date() - timedelta(days=1)).isoformat()

    def next_day(self, now: datetime, zone: ZoneInfo) -> date:
        """The day of the run that comes next, where the last one was made."""
        return date.fromisoformat(self.due(now, zone)) + timedelta(days=1)

    def next(self, now: datetime, zone: ZoneInfo) -> datetime:
        """When it runs next, where the last run was made."""
        day = self.next_day(now, zone)
        return datetime(day.year, day.month, day.day, self.hour, self.minute, tzinfo=zone)


@dataclass(frozen=True)
class EveryMinutes:
    """Every so many minutes, where there is something to do; missed times are made up by the next run."""

    minutes: int = 1

    def due(self, now: datetime, zone: ZoneInfo) -> str:
        """The name of the run whose minute passed last, in UTC."""
        return self._begin(now).strftime("%Y-%m-%dT%H:%M")

    def next(self, now: datetime, zone: ZoneInfo) -> datetime:
        return self._begin(now) + timedelta(minutes=self.minutes)

    def _begin(self, now: datetime) -> datetime:
        seconds = int(now.timestamp()) // (60 * self.minutes) * 60 * self.minutes
        return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True)
class Job:
    """`verb` does the work in the transaction that claimed the run, and says what it did.

    Where there can be much of it, `batch` does most before, in short transactions with pauses between them: at most so
    many rows; it returns how many, and `count` says how many are due. What it did stays done when the server stops,
    and the next check goes on.

    `needed` checks, reading only, whether there is something to do; otherwise no run is recorded.

    `outside` does work that takes long without holding a transaction, before the run is claimed (a backup); it checks
    itself that it is done once. What it cannot do (a DomainError) ends the run, and `failed` tells people.
    """

    key: str
    label: str
    schedule: Daily | EveryMinutes | Callable[[FirmSettings], Daily]
    verb: Callable[[Session, Actor], JobReport] | None = None
    needed: Callable[[Session, Actor], bool] | None = None
    outside: Callable[[Engine, Actor], JobReport] | None = None
    failed: Callable[[Session, Actor, DomainError], None] | None = None
    batch: Callable[[Session, Actor, int], int] | None = None
    count: Callable[[Session, Actor], int] | None = None
    about: str = ""


def schedule_of(job: Job, firm: FirmSettings) -> Daily | EveryMinutes:
    """When the job runs; some the firm decides."""
    return job.schedule if isinstance(job.schedule, Daily | EveryMinutes) else job.schedule(firm)


def recycle(session: Session, actor: Actor) -> JobReport:
    """Recycle idle customers; the report includes earlier batches of a run that was stopped."""
    last = session.scalars(
        select(JobRun.claimed_at)
        .where(JobRun.job == "recycling", JobRun.state == DONE, JobRun.claimed_at < actor.now)
        .order_by(JobRun.claimed_at.desc())
        .limit(1)
    ).first()
    since = max(last + timedelta(microseconds=1), actor.now - MAX_DELAY) if last else actor.now
    done = recycle_idle(session, actor, since)
    return N_("%(recycled)s customers recycled, owners warned of %(warned)s."), vars(done)


def delete_old_imports(session: Session, actor: Actor) -> JobReport:
    delete_expired_writes(session, actor.now)
    return N_("%(files)s old import files deleted."), {"files": delete_expired(session, actor)}


def delete_old_exports(session: Session, actor: Actor) -> JobReport:
    files = expired_exports(instance_folder_of(session), actor.now)
    for file in files:
        file.unlink(missing_ok=True)
    return N_("%(files)s export files deleted."), {"files": len(files)}


def tidy_attachments(session: Session, actor: Actor) -> JobReport:
    """The database first: what it forgets now is an orphan of the next run."""
    files = drop_orphans(session, actor.now)
    drop_deleted(session, actor)
    drop_unused(session, actor.now)
    return N_("%(files)s files of deleted attachments thrown away."), {"files": files}


def send_due_reminders(session: Session, actor: Actor) -> JobReport:
    send_reminders(session, actor)
    return N_("%(count)s reminders sent."), {"count": count_sent_at(session, actor.now)}


def backup_time(firm: FirmSettings) -> Daily:
    hour, minute = firm.backup_time.split(":")
    return Daily(int(hour), int(minute))


def queue_report_emails(session: Session, actor: Actor) -> JobReport:
    return N_("%(count)s reports still to be emailed."), {"count": queue_due_reports(session, actor)}


def empty_bin(session: Session, actor: Actor) -> JobReport:
    """The report includes what earlier batches of this run removed."""
    return N_("%(count)s old entries permanently deleted from the recycle bin."), {"count": purge_old(session, actor)}


def delete_old_entries(session: Session, actor: Actor) -> JobReport:
    thrown = delete_expired_entries(session, actor.now)
    return N_("%(forms)s submitted forms and %(tasks)s finished tasks deleted."), vars(thrown)


def seal_logs(session: Session, actor: Actor, limit: int = MAX_SEALED) -> int:
    """Of both logs together; how many entries."""
    connection = session.connection()
    return max(seal_entries(connection, log, actor.now, limit) for log in LOGS)


def seal_last(session: Session, actor: Actor) -> JobReport:
    """What earlier batches of this run sealed is noted with it: the noted seal never runs ahead of the database."""
    note_heads(session.connection(), instance_folder_of(session))
    return N_("The logs are sealed."), {"entries": seal_logs(session, actor)}


def _log_end(session: Session, actor: Actor) -> datetime:
    return actor.now - timedelta(days=read_settings(session).log_days)


def prune_logs(session: Session, actor: Actor, limit: int = MAX_SEALED) -> int:
    """Returns at least `limit` while there may be more to delete: entries are deleted by whole seals, of any size."""
    connection, before = session.connection(), _log_end(session, actor)
    deleted = sum(prune(connection, log, before, actor.now, limit) for log in LOGS)
    return max(deleted, limit) if deleted else 0


def prune_last(session: Session, actor: Actor) -> JobReport:
    return N_("Old log entries deleted."), {"entries": prune_logs(session, actor)}


def begin_and_end_stand_ins(session: Session, actor: Actor) -> JobReport:
    return N_("Stand-ins begun or ended: %(count)s"), {"count": settle_stand_ins(session, actor)}


JOBS = {
    job.key: job
    for job in (
        Job(
            "recycling",
            N_("Recycling of idle customers"),
            Daily(2),
            recycle,
            batch=recycle_batch,
            count=count_due,
            about=N_(
                "Recycles customers whose owner has not contacted them for a long time, and warns the owners "
                "beforehand."
            ),
        ),
        Job(
            "reminders",
            N_("Reminders"),
            EveryMinutes(1),
            send_due_reminders,
            batch=send_reminders,
            needed=lambda session, actor: bool(unsent_reminders(session, actor.now)),
            about=N_("Reminds people of their schedule and of the customers they planned to contact."),
        ),
        Job(
            "report_emails",
            N_("Reports by email"),
            EveryMinutes(1),
            queue_report_emails,
            needed=lambda session, actor: any(True for _due in due_reports(session, actor.now)),
            about=N_("Sends saved reports to their recipients, with each recipient's own permissions."),
        ),
        Job(
            "backup",
            N_("Data backup"),
            backup_time,
            needed=lambda session, actor: read_settings(session).backup_on,
            outside=scheduled_backup,
            failed=backup_failed,
            about=N_("Makes a backup of all data at the hour that is set for it."),
        ),
        Job(
            "backup_missing",
            N_("Watch over backups"),
            Daily(9),
            tell_of_missing,
            needed=backup_is_missing,
            about=N_("Tells the administrators where no backup was made for two days."),
        ),
        Job(
            "import_files",
            N_("Old import files"),
            Daily(3),
            delete_old_imports,
            needed=lambda session, actor: (
                bool(expired_uploads(session, actor)) or has_expired_writes(session, actor.now)
            ),
            about=N_("Deletes files uploaded for import more than 30 days ago, and what is kept to undo imports."),
        ),
        Job(
            "attachments",
            N_("Old attachments"),
            Daily(3, 30),
            tidy_attachments,
            needed=lambda session, actor: has_deleted(session, actor) or has_unused_files(session, actor.now),
            about=N_("Throws away the files of attachments that were deleted more than 30 days ago."),
        ),
        Job(
            "exports",
            N_("Old exports"),
            EveryMinutes(30),
            delete_old_exports,
            needed=lambda session, actor: bool(expired_exports(instance_folder_of(session), actor.now)),
            about=N_("Deletes the workbooks of large exports after a day."),
        ),
        Job(
            "recycle_bin",
            N_("Emptying the recycle bin"),
            Daily(4, 30),
            empty_bin,
            needed=lambda session, actor: count_old(session, actor) > 0,
            batch=purge_old,
            count=count_old,
            about=N_("Permanently deletes what was deleted more than 30 days ago."),
        ),
        Job(
            "stand_ins",
            N_("Stand-ins for approvals"),
            Daily(0, 5),
            begin_and_end_stand_ins,
            needed=has_unsettled,
            about=N_("Begins and ends the times in which somebody decides in another person's place."),
        ),
        Job(
            "old_entries",
            N_("Old entries"),
            Daily(4),
            delete_old_entries,
            needed=lambda session, actor: has_expired_entries(session, actor.now),
            about=N_(
                "Deletes records of forms submitted more than 2 days ago and tasks finished more than 30 days ago."
            ),
        ),
        Job(
            OWN_JOB,
            N_("Sealing the logs"),
            EveryMinutes(30),
            seal_last,
            needed=lambda session, actor: has_unsealed(session.connection()),
            batch=seal_logs,
            about=N_("Signs the new entries of both logs, so that nobody can change or remove one unnoticed."),
        ),
        Job(
            "old_logs",
            N_("Old log entries"),
            Daily(4, 15),
            prune_last,
            needed=lambda session, actor: count_old_entries(session.connection(), _log_end(session, actor)) > 0,
            batch=prune_logs,
            count=lambda session, actor: count_old_entries(session.connection(), _log_end(session, actor)),
            about=N_("Deletes log entries that are older than set in the system settings."),
        ),
    )
}
