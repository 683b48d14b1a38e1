"""Making a backup, asked for by a person or by the clock (D-3)."""

from pathlib import Path

from sqlalchemy import Engine

from crm.domain.platform import backups as rules
from crm.domain.platform.backups import BackupDetails, make_backup
from crm.domain.platform.settings import read_settings
from crm.domain.platform.system_log_words import BACKUP_FAILED, MAX_LENGTH, SECOND_FOLDER, detail
from crm.entities.record_saving import Actor
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.installation import backup_files
from crm.installation.revisions import newest_revision
from crm.jobs.database import read_session, write_session
from crm.jobs.locks import WorkLock
from crm.jobs.long_tasks import LongWork, declare
from crm.jobs.places import place_of
from crm.jobs.progress import NO_RIGHT, RunningTask
from crm.models import Permission, SystemLog, User

LOGGED = "backup"
MADE = N_("The backup %(name)s is made and checked.")
MADE_BY = {
    backup_files.BY_HAND: N_("Made by hand, %(size)s MB."),
    backup_files.SCHEDULED: N_("Made as scheduled, %(size)s MB."),
    backup_files.BEFORE_RESTORE: N_("Made before a restore, %(size)s MB."),
}
NOT_COPIED = N_("The backup is made, but it could not be copied into the second folder %(folder)s: %(reason)s.")
BUSY = N_("Another backup or restore is going on. Please wait until it is done.")


def lock_of(instance: Path) -> WorkLock:
    """One backup or restore at a time, whichever process does it."""
    folder = instance / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    return WorkLock(folder / "backup.lock")


def back_up(engine: Engine, actor: Actor, reason: str, report: rules.Progress = lambda percent: None) -> rules.Outcome:
    """Make one now, outside of any transaction. Raises DomainError; success and failure stand in the system log."""
    lock = lock_of(place_of(engine).instance)
    if not lock.take():
        raise DomainError(BUSY)
    try:
        return back_up_locked(engine, actor, reason, report)
    finally:
        lock.release()


def back_up_locked(engine: Engine, actor: Actor, reason: str, report: rules.Progress) -> rules.Outcome:
    """The same for who has the lock already."""
    place = place_of(engine)
    with read_session(engine) as session:
        firm = read_settings(session)
        user = session.get(User, actor.user_id) if actor.user_id else None
        by = user.name if user is not None else ""
    details = BackupDetails(actor.now, by, reason, newest_revision(), place.version, firm.firm_name)
    try:
        outcome = make_backup(place.database, place.instance, firm, place.root, details, report)
    except DomainError as problem:
        note(engine, actor, BACKUP_FAILED, detail(problem.message, **problem.values))
        raise
    note(engine, actor, outcome.backup.name, detail(MADE_BY[reason], size=f"{outcome.backup.size / 2**20:.1f}"))
    if outcome.second_problem:
        values = {"folder": firm.backup_second, "reason": outcome.second_problem}
        note(engine, actor, SECOND_FOLDER, detail(NOT_COPIED, **values))
        with write_session(engine) as session:
            rules.tell_administrators(session, NOT_COPIED, values, actor, f"backup-second-{outcome.backup.name}")
    return outcome


def note(engine: Engine, actor: Actor, name: str, text: str) -> None:
    """A row of the system log (A-9)."""
    with write_session(engine) as session:
        session.add(
            SystemLog(
                at=actor.now,
                kind=LOGGED,
                name=name[:200],
                user_id=actor.user_id or None,
                address=actor.address[:60] or None,
                detail=text[:MAX_LENGTH],
            )
        )


def run_backup(running: RunningTask) -> None:
    """【備份】: begun anew after a stop."""
    with read_session(running.engine) as session:
        actor = running.actor(session)
    if not actor.rights.may(Permission.BACKUP_SAVE):
        raise NotAllowed(NO_RIGHT)
    outcome = back_up(running.engine, actor, backup_files.BY_HAND, lambda percent: running.report_progress(percent))
    running.done = running.total = 100
    running.result = {"name": outcome.backup.name, "second": outcome.second_problem}
    with running.step():
        running.finish()


BACKUP = declare(LongWork("backup", run_backup))
