"""A firm's database of an older version, and another process that upgrades it and dies at a named point."""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.jobs.process import WARM

FIRM = '"老店"'


def make_older(folder: Path, revision: str) -> None:
    from flask_migrate import upgrade

    from crm.extensions import db
    from crm.installation.revisions import MIGRATIONS
    from crm.models.engine import set_read_only
    from tests.conftest import make_app

    app = make_app(folder)
    with app.app_context():
        set_read_only(False)
        upgrade(MIGRATIONS, revision)
        db.session.remove()
        db.engine.dispose()
    save(folder, FIRM)


def save(folder: Path, name: str) -> None:
    with opened(folder) as connection:
        connection.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('firm_name', ?)", (name,))


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "crm.sqlite3", isolation_level=None)) as connection:
        yield connection


def told(folder: Path) -> tuple[str, str, str]:
    """Version, the firm's name, and whether the file is sound."""
    with opened(folder) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        (name,) = connection.execute("SELECT value FROM settings WHERE key = 'firm_name'").fetchone()
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
    return revision, name, sound


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def half_and_die(*_: Any) -> None:
    half()
    die()


def half(*_: Any) -> None:
    """A migration that keeps a part of what it does, as one on another database might."""
    from crm.extensions import db

    with db.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE customers ADD COLUMN half INTEGER")
        connection.exec_driver_sql("UPDATE settings SET value = '\"verdorben\"' WHERE key = 'firm_name'")
        connection.commit()


def dying(real: Callable[..., Any], after: bool) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if after:
            real(*args, **kwargs)
        return die()

    return call


def upgrade_and_die(folder: str, point: str) -> None:
    from crm.extensions import db
    from crm.installation import database_backup, database_copy, upgrade_backups
    from crm.models.engine import set_read_only
    from crm.web.server import upgrade
    from tests.conftest import make_app

    when, name = point.split()
    module: Any = next(one for one in (upgrade, upgrade_backups, database_backup) if hasattr(one, name))
    if point == "within restore_backup":
        upgrade.migrate_up = half_and_raise
        database_copy.open_connection = dying_in_the_copy(database_copy.open_connection)
    elif point == "half migrate_up":
        upgrade.migrate_up = half_and_die
    elif point == "within migrate_up":
        upgrade.migrate_up = migrate_and_die
    else:
        setattr(module, name, dying(getattr(module, name), when == "after"))
    app = make_app(Path(folder))
    with app.app_context():
        set_read_only(False)
        upgrade.upgrade_database(app)
        db.engine.dispose()


def half_and_raise(*_: Any) -> None:
    half()
    raise RuntimeError("no further")


def migrate_and_die(*args: Any) -> None:
    """In the middle of the statements of the real migrations."""
    from flask_migrate import upgrade
    from sqlalchemy import event

    from crm.extensions import db

    count = 0

    @event.listens_for(db.engine, "after_cursor_execute")
    def _counted(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == 4:
            die()

    upgrade(*args)


def dying_in_the_copy(real: Any) -> Any:
    """The putting back is cut off when the copy is written and not yet committed."""

    @contextmanager
    def connected(file: Path, mode: str = "rw") -> Iterator[Any]:
        with real(file, mode) as connection:
            yield Dying(connection) if mode == "ro" else connection

    return connected


class Dying:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def backup(self, to: sqlite3.Connection) -> None:
        self.connection.backup(to, pages=20, progress=die)


def kill_at(folder: Path, point: str) -> None:
    process = WARM.Process(target=upgrade_and_die, args=(str(folder), point))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, process.exitcode
