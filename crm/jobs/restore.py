"""Restoring a backup: a safety backup, then all of it or nothing (D-4)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine

from crm.config import ROOT
from crm.domain.platform import backups as rules
from crm.domain.platform.backups import ATTACHMENTS, explain_errors
from crm.domain.platform.settings import read_settings
from crm.entities.record_saving import Actor
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.installation import backup_files, restore_gate
from crm.installation.archive import ATTACHMENTS as MEMBERS
from crm.installation.archive import check_archive, extract, put_attachments, read_manifest, size_unpacked
from crm.installation.database_backup import PostgresDatabase, SQLiteDatabase
from crm.installation.database_copy import shape_of
from crm.installation.database_file import open_connection
from crm.installation.encryption import decrypt
from crm.installation.revisions import known_revisions, newest_revision
from crm.jobs.backup_check import database_revision
from crm.jobs.backups import BUSY, back_up_locked, lock_of
from crm.jobs.carried_over import Carried, carry_over, read_carried
from crm.jobs.database import read_session
from crm.jobs.long_tasks import LongWork, declare
from crm.jobs.places import Place, place_of
from crm.jobs.progress import NO_RIGHT, RunningTask
from crm.models import Permission
from crm.models.bounded_cache import clear_all_caches
from crm.models.encrypted import key_of
from crm.models.engine import prepare_engine, read_only

STOPPED = N_("The server was stopped before the data were restored. Nothing was changed: please start it again.")
GONE = N_("This backup is not there any more.")
OTHER_SERVER = N_("This backup is of another kind of database (%(kind)s), and cannot be restored here.")
OLDER = N_(
    "This backup was made by an older version of this program (%(revision)s). On PostgreSQL it can only be restored by "
    "that version, and upgraded afterwards."
)
NOT_MIGRATED = N_(
    "This backup of an older version could not be brought to this version: %(reason)s. Nothing was changed."
)


def run_restore(running: RunningTask) -> None:
    """【還原】: a safety backup, then all or nothing; what comes after stands in the restored database."""
    if running.payload.get("restored"):  # the server was stopped after it, before it could say so
        with running.step():
            running.finish()
        return
    if running.is_resumed:
        raise DomainError(STOPPED)
    with read_session(running.engine) as session:
        actor = running.actor(session)
    if not actor.rights.may(Permission.RESTORE_SAVE):
        raise NotAllowed(NO_RIGHT)
    running.result = restore(
        running.engine,
        running.payload["name"],
        actor,
        running.payload.get("session", ""),
        running,
        _password(running),
    )
    with running.step():
        running.finish()


def _password(running: RunningTask) -> str:
    """The one that was typed for an encrypted backup; it stands encrypted in the task."""
    sealed = running.payload.get("password")
    return (decrypt(sealed, key_of(running.engine)) or "") if sealed else ""


def restore(
    engine: Engine,
    name: str,
    actor: Actor,
    token_hash: str = "",
    running: RunningTask | None = None,
    password: str = "",
) -> dict[str, Any]:
    """Replace everything by the backup of that name. Raises DomainError, and then nothing is changed.

    `token_hash` is the session that stays signed in. Says what the safety backup is called and what was restored.
    """
    place = place_of(engine)
    lock = lock_of(place.instance)
    if not lock.take():
        raise DomainError(BUSY)
    work = place.instance / "restoring.part"
    try:
        shutil.rmtree(work, ignore_errors=True)
        with explain_errors(work):
            work.mkdir(mode=0o700)
            return _restore(engine, place, name, actor, token_hash, running, password, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        lock.release()


def _restore(
    engine: Engine,
    place: Place,
    name: str,
    actor: Actor,
    token_hash: str,
    running: RunningTask | None,
    password: str,
    work: Path,
) -> dict[str, Any]:
    def report(percent: int) -> None:
        if running is not None:
            running.report_progress(percent)

    with read_session(engine) as session:
        firm = read_settings(session)
    backup = backup_files.find(rules.folder_for(firm, place.root), name)
    if backup is None:
        raise DomainError(GONE)
    archive = backup_files.unpacked_zip(backup.path, work, password or rules.password_of(firm))
    check_archive(archive)
    manifest = read_manifest(archive)
    if manifest.database != place.database.member:
        raise DomainError(OTHER_SERVER, kind=manifest.database.rpartition(".")[2])
    if manifest.revision not in known_revisions():
        raise DomainError(rules.NEWER)
    rules.check_disk_space(place.instance, 2 * size_unpacked(manifest) + 3 * place.database.size())
    staged = work / "staged"
    staged.mkdir(mode=0o700)
    extract(archive, staged, lambda done: report(5 + 25 * done // max(size_unpacked(manifest), 1)))
    file = staged / manifest.database
    if isinstance(place.database, SQLiteDatabase):
        _check_staged(file, manifest.revision, place.database, work)
    elif manifest.revision != newest_revision():
        raise DomainError(OLDER, revision=manifest.revision)
    report(45)
    with restore_gate.closed(place.instance):
        place.database.drain()
        safety = back_up_locked(
            engine, actor, backup_files.BEFORE_RESTORE, lambda percent: report(45 + percent * 40 // 100)
        )
        carried = read_carried(engine, actor, token_hash, running, backup, safety.backup.name)
        if (staged / MEMBERS).is_dir():
            put_attachments(staged / MEMBERS, place.instance / ATTACHMENTS)
        if isinstance(place.database, SQLiteDatabase):
            _carry_into_staged(file, place.instance, engine, carried)
            place.database.replace(file)
        elif isinstance(place.database, PostgresDatabase):
            with read_only(False), engine.begin() as connection:
                place.database.replace(file, connection.connection.driver_connection)
                carry_over(connection, carried)
        engine.dispose()
        clear_all_caches()
    return {"safety": safety.backup.name, "name": name}


def _check_staged(file: Path, revision: str, live: SQLiteDatabase, work: Path) -> None:
    """It is ours, whole, of this version, and of the same tables. Raises DomainError (hostile case 58)."""
    if database_revision(file) != revision:
        raise DomainError(rules.NO_BACKUP)
    if revision != newest_revision():
        migrate(file, work)
    if shape_of(file) != live.shape():
        raise DomainError(rules.NO_BACKUP)


def migrate(file: Path, work: Path) -> None:
    """Bring the copy of an older version to this one, in a folder and a process of its own. Raises DomainError."""
    folder = work / "older"
    folder.mkdir(mode=0o700)
    database_file = folder / "crm.sqlite3"
    file.replace(database_file)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CRM_")}
    environment.update(CRM_INSTANCE=str(folder), PYTHONUTF8="1")
    upgrade = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "upgrade"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if upgrade.returncode:
        lines = upgrade.stderr.decode(errors="replace").strip().splitlines()
        raise DomainError(NOT_MIGRATED, reason=(lines[-1] if lines else str(upgrade.returncode))[:300])
    staged = SQLiteDatabase(database_file)
    staged.copy(file, lambda percent: None)  # without what stands in its log only


def _carry_into_staged(file: Path, instance: Path, engine: Engine, carried: Carried) -> None:
    """In the copy, so that it comes in with the rest, wholly or not at all."""
    staged = create_engine(f"sqlite:///{file}")
    prepare_engine(staged, str(instance), key_of(engine))
    try:
        with read_only(False), staged.begin() as connection:
            carry_over(connection, carried)
    finally:
        staged.dispose()
    with open_connection(file) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")  # one file that is everything


RESTORE = declare(LongWork("restore", run_restore, may_cancel=lambda task: False))
