"""Migrating the database at start: a backup first, and back to it where a migration fails."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade as migrate_up
from sqlalchemy import select

from crm.config import ROOT
from crm.domain.seed import seed
from crm.domain.settings import read_settings
from crm.extensions import db, migrate
from crm.models import User

MIGRATIONS = str(ROOT / "migrations")


def upgrade_database(app: Flask) -> str:
    """Migrate to the newest version; says in one line what was done."""
    file = database_file(app)
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(migrate.get_config(MIGRATIONS)).get_current_head()
    if current == newest:
        return f"The database is up to date ({current})."
    backup = back_up(app, file) if current and file and file.exists() else None
    try:
        migrate_up(MIGRATIONS)
    except BaseException:
        if backup and file:
            db.engine.dispose()
            put_back(backup, file)
        raise
    if not current:
        return f"The database was made ({newest})."
    kept = f"The backup before it: {backup}" if backup else "Its backups are the database server's own."
    return f"The database was brought from {current} to {newest}. {kept}"


def fill_start_values() -> None:
    """What a newer program begins with and an older firm has not: in a firm that is set up already."""
    session = db.session()
    if session.scalars(select(User.id).limit(1)).first() is not None:
        seed(session, read_settings(session).language, datetime.now(UTC))
    session.commit()


def database_file(app: Flask) -> Path | None:
    url = db.engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def back_up(app: Flask, file: Path) -> Path:
    folder = Path(app.config["CRM_INSTANCE"]) / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"before-upgrade-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.sqlite3"
    copy_database(file, target)
    return target


def put_back(backup: Path, file: Path) -> None:
    copy_database(backup, file)


def copy_database(source: Path, target: Path) -> None:
    """By SQLite's own backup: a file copied over one with a write-ahead log gives wrong rows."""
    from_: Any = sqlite3.connect(source)
    to: Any = sqlite3.connect(target)
    try:
        from_.backup(to)
    finally:
        from_.close()
        to.close()
