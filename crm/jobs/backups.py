"""Backup and restore as long work: asked for by a person, or by the clock (D-3, D-4)."""

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, func, insert, select, text, update

from crm.config import ROOT
from crm.domain.platform import backups as rules
from crm.domain.platform.backups import ATTACHMENTS, Made, explain_errors, make_backup
from crm.domain.platform.log_seals import begin_restored_chapter
from crm.domain.platform.settings import read_settings
from crm.domain.platform.system_log_words import BACKUP_FAILED, LONGEST, SECOND_FOLDER, detail
from crm.domain.platform.system_log_words import RESTORED as RESTORED_DATA
from crm.entities.change_log import RESTORED, log_row
from crm.entities.record_saving import Actor
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.installation import backup_files, restore_gate
from crm.installation.archive import ATTACHMENTS as MEMBERS
from crm.installation.archive import check_archive, extract, put_attachments, read_manifest, size_unpacked
from crm.installation.database_backup import PostgresDatabase, SQLiteDatabase
from crm.installation.database_copy import ForeignDatabase, check_ours, shape_of
from crm.installation.database_file import open_connection
from crm.installation.encryption import decrypt
from crm.installation.revisions import known_revisions, newest_revision
from crm.jobs.database import read_session, write_session
from crm.jobs.locks import WorkLock
from crm.jobs.long_tasks import LongWork, declare
from crm.jobs.places import Place, place_of
from crm.jobs.progress import NO_RIGHT, RunningTask
from crm.models import (
    JobRun,
    LoginSession,
    LongTask,
    OperationLog,
    Permission,
    SavedReport,
    SystemLog,
    User,
)
from crm.models.base import Base
from crm.models.bounded_cache import clear_all_caches
from crm.models.encrypted import key_of
from crm.models.engine import prepare_engine, read_only
from crm.models.jobs import FAILED, RUNNING, UNFINISHED
from crm.models.mail import FAILED as NOT_SENT
from crm.models.mail import SENDING
from crm.models.mail import WAITING as TO_BE_SENT

LOGGED = "backup"
MADE = N_("The backup %(name)s is made and checked.")
MADE_BY = {
    backup_files.BY_HAND: N_("Made by hand, %(size)s MB."),
    backup_files.SCHEDULED: N_("Made as scheduled, %(size)s MB."),
    backup_files.BEFORE_RESTORE: N_("Made before a restore, %(size)s MB."),
}
DATA_OF = N_("The data of %(at)s from %(backup)s were restored. The data before that are in %(safety)s.")
NOT_COPIED = N_("The backup is made, but it could not be copied into the second folder %(folder)s: %(reason)s.")
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
BUSY = N_("Another backup or restore is going on. Please wait until it is done.")
OVERTAKEN = N_("The data were restored from a backup meanwhile, so this was not done.")
NOT_SENT_AGAIN = "restored: it may have been sent before"


def lock_of(instance: Path) -> WorkLock:
    """One backup or restore at a time, whichever process does it."""
    folder = instance / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    return WorkLock(folder / "backup.lock")


# Backup


def back_up(engine: Engine, actor: Actor, reason: str, told: rules.Told = lambda percent: None) -> rules.Outcome:
    """Make one now, outside of any transaction. Raises DomainError; the system log hears of both."""
    lock = lock_of(place_of(engine).instance)
    if not lock.take():
        raise DomainError(BUSY)
    try:
        return _back_up(engine, actor, reason, told)
    finally:
        lock.release()


def _back_up(engine: Engine, actor: Actor, reason: str, told: rules.Told) -> rules.Outcome:
    place = place_of(engine)
    with read_session(engine) as session:
        firm = read_settings(session)
        user = session.get(User, actor.user_id) if actor.user_id else None
        by = user.name if user is not None else ""
    made = Made(actor.now, by, reason, newest_revision(), place.version, firm.firm_name)
    try:
        outcome = make_backup(place.database, place.instance, firm, place.root, made, told)
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


def note(engine: Engine, actor: Actor, name: str, told: str) -> None:
    """A row of the system log (A-9)."""
    with write_session(engine) as session:
        session.add(
            SystemLog(
                at=actor.now,
                kind=LOGGED,
                name=name[:200],
                user_id=actor.user_id or None,
                address=actor.address[:60] or None,
                detail=told[:LONGEST],
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


# Restore


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
    def told(percent: int) -> None:
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
    rules.look_for_room(place.instance, 2 * size_unpacked(manifest) + 3 * place.database.size())
    staged = work / "staged"
    staged.mkdir(mode=0o700)
    extract(archive, staged, lambda done: told(5 + 25 * done // max(size_unpacked(manifest), 1)))
    file = staged / manifest.database
    if isinstance(place.database, SQLiteDatabase):
        _check_staged(file, manifest.revision, place.database, work)
    elif manifest.revision != newest_revision():
        raise DomainError(OLDER, revision=manifest.revision)
    told(45)
    with restore_gate.closed(place.instance):
        place.database.drain()
        safety = _back_up(engine, actor, backup_files.BEFORE_RESTORE, lambda percent: told(45 + percent * 40 // 100))
        carried = _carried(engine, actor, token_hash, running, backup, safety.backup.name)
        if (staged / MEMBERS).is_dir():
            put_attachments(staged / MEMBERS, place.instance / ATTACHMENTS)
        if isinstance(place.database, SQLiteDatabase):
            _settle_staged(file, place.instance, engine, carried)
            place.database.replace(file)
        elif isinstance(place.database, PostgresDatabase):
            with read_only(False), engine.begin() as connection:
                place.database.replace(file, connection.connection.driver_connection)
                settle(connection, carried)
        engine.dispose()
        clear_all_caches()
    return {"safety": safety.backup.name, "name": name}


def _check_staged(file: Path, revision: str, live: SQLiteDatabase, work: Path) -> None:
    """It is ours, whole, of this version, and of the same tables. Raises DomainError (hostile case 58)."""
    if _revision_of(file) != revision:
        raise DomainError(rules.NO_BACKUP)
    if revision != newest_revision():
        migrate(file, work)
    if shape_of(file) != live.shape():
        raise DomainError(rules.NO_BACKUP)


def _revision_of(file: Path) -> str:
    """Raises DomainError for a file that is not ours, or damaged: it is not the live database that is damaged."""
    try:
        return check_ours(file)
    except (ForeignDatabase, sqlite3.DatabaseError) as error:
        raise DomainError(rules.NO_BACKUP) from error


def migrate(file: Path, work: Path) -> None:
    """Bring the copy of an older version to this one, in a folder and a process of its own. Raises DomainError."""
    folder = work / "older"
    folder.mkdir(mode=0o700)
    moved = folder / "crm.sqlite3"
    file.replace(moved)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CRM_")}
    environment.update(CRM_INSTANCE=str(folder), PYTHONUTF8="1")
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "upgrade"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise DomainError(NOT_MIGRATED, reason=(reason[-1] if reason else str(done.returncode))[:300])
    staged = SQLiteDatabase(moved)
    staged.copy(file, lambda percent: None)  # without what stands in its log only


@dataclass(frozen=True)
class Carried:
    """What goes over into the restored database: who restored it and stays signed in, and what already happened."""

    now: datetime
    actor: Actor
    login_key: str
    session: Mapping[str, Any] | None
    task: Mapping[str, Any] | None
    runs: list[Mapping[str, Any]]
    emailed: dict[int, datetime]
    backup: str
    made_at: str
    safety: str


def _carried(
    engine: Engine, actor: Actor, token_hash: str, running: RunningTask | None, backup: Any, safety: str
) -> Carried:
    with read_only(True), engine.connect() as connection:

        def rows(table: Any, *where: Any) -> list[Mapping[str, Any]]:
            return [dict(row) for row in connection.execute(select(table).where(*where)).mappings()]

        users: Any = User.__table__
        user = rows(users, users.c.id == actor.user_id) if actor.user_id else []
        sessions: Any = LoginSession.__table__
        session = rows(sessions, sessions.c.token_hash == token_hash) if token_hash else []
        tasks: Any = LongTask.__table__
        task = rows(tasks, tasks.c.id == running.id) if running is not None else []
        runs: Any = JobRun.__table__
        reports: Any = SavedReport.__table__
        emailed = {row["id"]: row["emailed_for"] for row in rows(reports) if row["emailed_for"]}
        return Carried(
            actor.now,
            actor,
            user[0]["login_key"] if user else "",
            session[0] if session else None,
            {**task[0], "done": running.done} if task and running is not None else None,
            rows(runs),
            emailed,
            backup.name,
            backup.made_at.isoformat(),
            safety,
        )


def _settle_staged(file: Path, instance: Path, engine: Engine, carried: Carried) -> None:
    """In the copy, so that it comes in with the rest, wholly or not at all."""
    staged = create_engine(f"sqlite:///{file}")
    prepare_engine(staged, str(instance), key_of(engine))
    try:
        with read_only(False), staged.begin() as connection:
            settle(connection, carried)
    finally:
        staged.dispose()
    with open_connection(file) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")  # one file that is everything


def settle(connection: Connection, carried: Carried) -> None:
    """Everybody else is signed out; nothing that was done or sent since is done or sent again; the logs say it."""
    tables: Any = Base.metadata.tables
    sessions, users, tasks = tables["login_sessions"], tables["users"], tables["long_tasks"]
    now = carried.now
    connection.execute(update(sessions).where(sessions.c.ended_at.is_(None)).values(ended_at=now))
    links = tables["password_links"]
    connection.execute(update(links).where(links.c.ended_at.is_(None)).values(ended_at=now))
    known = connection.execute(
        select(users.c.id).where(
            users.c.id == carried.actor.user_id, users.c.login_key == carried.login_key, users.c.deleted_at.is_(None)
        )
    ).first()
    if known is not None and carried.session is not None:
        kept = {key: value for key, value in carried.session.items() if key != "id"}
        connection.execute(sessions.delete().where(sessions.c.token_hash == kept["token_hash"]))
        connection.execute(insert(sessions).values(**kept))
    problem = {"problem": [OVERTAKEN, {}]}
    connection.execute(
        update(tasks).where(tasks.c.state.in_(UNFINISHED)).values(state=FAILED, finished_at=now, result=problem)
    )
    if known is not None and carried.task is not None:
        connection.execute(tasks.delete().where(tasks.c.id == carried.task["id"]))
        told = {"safety": carried.safety, "name": carried.backup}
        values = {**carried.task, "payload": {**carried.task["payload"], "restored": True}, "result": told}
        connection.execute(insert(tasks).values(**{**values, "state": RUNNING}))
        _move_sequence(connection, "long_tasks")
    _carry_runs(connection, carried, tables)
    _log(connection, carried, known is not None, tables)
    begin_restored_chapter(connection, now)


def _carry_runs(connection: Connection, carried: Carried, tables: Any) -> None:
    """What the clock ran, and what was sent since the backup, is not run and sent again."""
    runs, mail, reports = tables["job_runs"], tables["mail_messages"], tables["saved_reports"]
    there = {(job, due) for job, due in connection.execute(select(runs.c.job, runs.c.due))}
    people = set(connection.execute(select(tables["users"].c.id)).scalars())
    missing = [
        {**{k: v for k, v in run.items() if k != "id"}, "by_id": run["by_id"] if run["by_id"] in people else None}
        for run in carried.runs
        if (run["job"], run["due"]) not in there
    ]
    if missing:
        connection.execute(insert(runs), missing)
    connection.execute(
        update(mail).where(mail.c.state.in_((TO_BE_SENT, SENDING))).values(state=NOT_SENT, error=NOT_SENT_AGAIN)
    )
    for id_, moment in carried.emailed.items():
        connection.execute(
            update(reports)
            .where(reports.c.id == id_, func.coalesce(reports.c.emailed_for < moment, True))
            .values(emailed_for=moment)
        )


def _log(connection: Connection, carried: Carried, known: bool, tables: Any) -> None:
    actor = carried.actor
    told = detail(
        DATA_OF, backup=carried.backup, at=f"{carried.made_at[:16].replace('T', ' ')} UTC", safety=carried.safety
    )
    connection.execute(
        insert(tables["system_log"]).values(
            at=carried.now,
            kind=LOGGED,
            name=RESTORED_DATA,
            user_id=actor.user_id if known and actor.user_id else None,
            address=actor.address[:60] or None,
            detail=told[:LONGEST],
        )
    )
    row = log_row(actor, RESTORED, "restore", None, carried.backup, {"safety": [None, carried.safety]})
    connection.execute(insert(OperationLog), [{**row, "user_id": row["user_id"] if known else None}])


def _move_sequence(connection: Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
        )


RESTORE = declare(LongWork("restore", run_restore, may_cancel=lambda task: False))


# Files that come from outside, or are looked at again


def check(engine: Engine, path: Path, actor: Actor, password: str = "") -> backup_files.Backup:
    """Look at every bit of a backup and at its database. Raises DomainError; what was found is written down."""
    place = place_of(engine)
    work = place.instance / f"checking-{secrets.token_hex(4)}.part"
    work.mkdir(mode=0o700)
    try:
        with explain_errors(path.parent):
            archive = backup_files.unpacked_zip(path, work, password)
            manifest = check_archive(archive)
            rules.look_for_room(place.instance, size_unpacked(manifest))
            extract(archive, work / "again")
            if manifest.revision not in known_revisions():
                raise DomainError(rules.NEWER)
            if isinstance(place.database, SQLiteDatabase) and manifest.database == place.database.member:
                _revision_of(work / "again" / manifest.database)
            facts = backup_files.told_by(manifest)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return backup_files.note_checked(path, facts, actor.now)
