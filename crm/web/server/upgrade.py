"""Bringing the database to this version at start: a backup first, and back to the old state where that fails."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, event, inspect, select, text

from crm.domain.platform.backups import problem_of
from crm.domain.platform.custom_fields import make_indexes
from crm.domain.platform.settings import read_settings
from crm.domain.platform.start_data import seed
from crm.extensions import db
from crm.installation.database_backup import CannotBackUp, PostgresDatabase
from crm.installation.database_copy import restore_backup
from crm.installation.database_file import DatabaseState, inspect_database, read_state
from crm.installation.folder import write_atomically
from crm.installation.lock import FolderLock
from crm.installation.migration_mark import MigrationMark, read_mark, remove_mark, write_mark
from crm.installation.revisions import MIGRATIONS, known_revisions, newest_revision
from crm.installation.startup_errors import CannotStart, database_error_reason, explain_errors
from crm.installation.upgrade_backups import back_up_before_upgrade, delete_old_backups, suffix_of, upgrade_backups_in
from crm.jobs.places import database_of
from crm.models import User
from crm.models.engine import read_only

ERROR_FILE = "upgrade-error.txt"


def upgrade_database(app: Flask) -> str:
    """Migrate to the newest version; says what was done. Beside a server it does so only where nothing is to do.

    Raises CannotStart, and then nothing was changed, or the old state is back.
    """
    folder, newest = _folder(app), newest_revision()
    current = known_state(app).revision
    if current == newest and read_mark(folder) is None:
        return f"The database is up to date ({current})."
    with FolderLock(folder) as lock:
        lock.acquire_exclusive()
        outcome = _recover_interrupted(app, folder)
        before = known_state(app)  # another start may have done it meanwhile
        if before.revision == newest:
            return outcome or f"The database is up to date ({newest})."
        return " ".join(filter(None, (outcome, _migrate(app, folder, before, newest))))


def migrate_up(migrations: str) -> None:
    from flask_migrate import upgrade  # Alembic is loaded where there is something to do alone

    upgrade(migrations)


def known_state(app: Flask) -> DatabaseState:
    """The database's state. Raises CannotStart for one that this program cannot work with."""
    file = database_file()
    if file is not None:
        state = inspect_database(file, upgrade_backups_in(_folder(app) / "backups"))
    else:
        with explain_errors(_where(None)), read_only(True), db.engine.connect() as connection:
            made = inspect(connection).has_table("alembic_version")
            revision = connection.scalar(text("SELECT version_num FROM alembic_version")) if made else None
            state = DatabaseState(revision, "")
    if state.revision is not None and state.revision not in known_revisions():
        raise CannotStart(
            f"The database was made by a newer version of this program ({state.revision}). Nothing was changed: start "
            "that version, or put a backup of this one's time in its place."
        )
    return state


def require_newest(app: Flask) -> None:
    """For whatever works on the database. Raises CannotStart where an upgrade is needed first, or was cut off."""
    if known_state(app).revision != newest_revision() or read_mark(_folder(app)) is not None:
        raise CannotStart(
            "The database is to be brought to this version first: give ./run, or: flask --app wsgi upgrade"
        )


def _recover_interrupted(app: Flask, folder: Path) -> str:
    """What a start that was cut off left: says so, and puts the old state back where it left neither old nor new."""
    mark, file = read_mark(folder), database_file()
    if mark is None:
        return ""
    state = known_state(app)
    if state.revision == mark.to:
        outcome = f"The last upgrade was cut off after its end: the database is the new one ({mark.to})."
    elif file is None or state == mark.before:  # a server took back what was not finished: it is one transaction
        outcome = f"The last upgrade was cut off: the old state is there ({state.revision or 'empty'})."
    else:
        _put_back(Path(mark.backup), file)
        outcome = f"The last upgrade was cut off: the old state ({mark.revision}) was put back from {mark.backup}."
    remove_mark(folder)
    return outcome


def _migrate(app: Flask, folder: Path, before: DatabaseState, newest: str) -> str:
    file = database_file()
    backup, database = None, database_of(db.engine)
    if before.revision:
        with explain_errors(_where(file)), _refusals_in_words():
            backup = back_up_before_upgrade(database, folder / "backups", datetime.now(UTC))
    write_mark(folder, MigrationMark(before.revision, before.schema, newest, str(backup or "")))
    try:
        with _commits() as committed:
            migrate_up(MIGRATIONS)
    except (Exception, SystemExit) as error:
        raise _failed(folder, file, before, backup, bool(committed), error) from error
    finally:
        db.engine.dispose()
    remove_mark(folder)
    if backup is not None:
        delete_old_backups(backup.parent, suffix_of(database))
    if not before.revision:
        return f"The database was made ({newest})."
    return f"The database was brought from {before.revision} to {newest}. The backup before it: {backup}"


@contextmanager
def _commits() -> Iterator[list[object]]:
    """What this program commits meanwhile: others' writes are no reason to put anything back."""
    committed: list[object] = []

    def note(connection: Connection) -> None:
        committed.append(connection)

    event.listen(db.engine, "commit", note)
    try:
        yield committed
    finally:
        event.remove(db.engine, "commit", note)


def _failed(
    folder: Path, file: Path | None, before: DatabaseState, backup: Path | None, committed: bool, error: BaseException
) -> CannotStart:
    """The sentence about a failed migration, once the old state is there for sure."""
    db.engine.dispose()
    with suppress(OSError):
        write_atomically(folder / ERROR_FILE, "".join(traceback.format_exception(error)))
    if backup is not None:
        with explain_errors(_where(file)):
            changed = committed or (file is not None and read_state(file) != before)
        if changed:
            _put_back(backup, file)
        else:
            backup.unlink()  # the database itself is that state
    remove_mark(folder)
    if isinstance(error, SystemExit):  # what Flask-Migrate makes of some errors
        error = error.__context__ or error
    reason = (
        database_error_reason(error, str(file or "")) if hasattr(error, "orig") else f"{type(error).__name__}: {error}"
    )
    return CannotStart(
        f"The upgrade failed. The old state is back ({before.revision or 'empty'}), nothing is lost, and the former "
        f"version can be started. What happened: {' '.join(reason.split())[:300]} (more in {folder / ERROR_FILE})"
    )


def _put_back(backup: Path, file: Path | None) -> None:
    db.engine.dispose()
    if not backup.is_file():
        raise CannotStart(f"The backup {backup} is missing, which the cut-off upgrade made. Put it there, start again.")
    with explain_errors(_where(file)), _refusals_in_words():
        if file is not None:
            restore_backup(backup, file)
            return
        database = database_of(db.engine)
        assert isinstance(database, PostgresDatabase)
        with read_only(False), db.engine.begin() as connection:
            database.restore_older(backup, connection.connection.driver_connection)


@contextmanager
def _refusals_in_words() -> Iterator[None]:
    """What the database server's programs refuse, as the page of backups says it."""
    try:
        yield
    except CannotBackUp as error:
        problem = problem_of(error)
        raise CannotStart(f"{problem.message % problem.values} Nothing was changed.") from error


def _where(file: Path | None) -> str:
    return str(file) if file is not None else "on the server"


def fill_start_values() -> None:
    """What a newer program begins with and an older firm has not: in a firm that is set up already; and the indexes of
    the firm's own fields, which a table that was written anew has lost."""
    session = db.session()
    if session.scalars(select(User.id).limit(1)).first() is not None:
        seed(session, read_settings(session).language, datetime.now(UTC))
    make_indexes(session)
    session.commit()


def database_file() -> Path | None:
    """SQLite's file; None on a database server."""
    url = db.engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _folder(app: Flask) -> Path:
    return Path(app.config["CRM_INSTANCE"])
