"""An upgrade on PostgreSQL: a dump first, one transaction, the old state where it fails; nothing is begun without."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from crm.extensions import db
from crm.installation import database_backup, upgrade_backups
from crm.installation.database_backup import PostgresDatabase
from crm.installation.migration_mark import MigrationMark, write_mark
from crm.installation.revisions import MIGRATIONS, newest_revision
from crm.installation.startup_errors import CannotStart
from crm.jobs.places import database_of
from crm.models.engine import set_read_only
from crm.web.server import upgrade
from crm.web.server.upgrade import upgrade_database
from tests.conftest import make_app
from tests.installation.older import FIRM
from tests.instances import instance_folder_of
from tests.postgres import drop_for, postgres_only, renew_for

pytestmark = postgres_only("its dump, and its transaction")
OLD = ("0005", FIRM)
NEW = (newest_revision(), FIRM)


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    from flask_migrate import upgrade as migrate

    folder = tmp_path_factory.mktemp("older") / "instance"
    app = make_app(folder)
    with app.app_context():
        set_read_only(False)
        migrate(MIGRATIONS, "0005")
        with db.engine.begin() as connection:
            connection.execute(text("INSERT INTO settings (key, value) VALUES ('firm_name', :name)"), {"name": FIRM})
        db.engine.dispose()
    yield folder
    drop_for(folder)


@pytest.fixture
def program(older: Path, tmp_path: Path) -> Iterator[Flask]:
    folder = Path(shutil.copytree(older, tmp_path / "instance"))
    renew_for(folder)
    app = make_app(folder)
    with app.app_context():
        set_read_only(False)
        yield app
        db.session.remove()
        db.engine.dispose()
    drop_for(folder)


def kept(program: Flask) -> list[Path]:
    return sorted((instance_folder_of(program) / "backups").glob("*"))


def told() -> tuple[str, str]:
    with db.engine.connect() as connection:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version, connection.scalar(text("SELECT CAST(value AS text) FROM settings WHERE key = 'firm_name'"))


def columns() -> set[str]:
    asked = text("SELECT column_name FROM information_schema.columns WHERE table_name = 'customers'")
    with db.engine.connect() as connection:
        return set(connection.scalars(asked))


def refused(program: Flask) -> str:
    with pytest.raises(CannotStart) as caught:
        upgrade_database(program)
    return caught.value.message


def test_a_dump_of_the_old_state_is_made_first(program: Flask) -> None:
    said = upgrade_database(program)
    assert told() == NEW
    (dump,) = kept(program)
    assert str(dump) in said
    database = database_of(db.engine)
    assert isinstance(database, PostgresDatabase)
    listed = subprocess.run([database._tool("pg_restore"), "--list", str(dump)], capture_output=True, text=True)
    assert "TABLE DATA public settings" in listed.stdout
    assert "up to date" in upgrade_database(program)
    assert kept(program) == [dump]


def fail(*_: Any) -> None:
    raise RuntimeError("no such luck")


def test_a_migration_that_fails_at_its_end_leaves_the_old_state(
    program: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All real migrations ran by then: none of them commits by itself."""
    from alembic.runtime.migration import MigrationContext

    real, before = MigrationContext.run_migrations, columns()

    def all_and_fail(self: Any, **values: Any) -> None:
        real(self, **values)
        fail()

    monkeypatch.setattr(MigrationContext, "run_migrations", all_and_fail)
    said = refused(program)
    assert "old state is back (0005)" in said
    assert "no such luck" in said
    assert (told(), columns()) == (OLD, before)
    assert kept(program) == []
    monkeypatch.undo()
    upgrade_database(program)
    assert told() == NEW


def half_and_fail(*_: Any) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE customers ADD COLUMN half INTEGER"))
        connection.execute(text("CREATE TABLE halves (id INTEGER PRIMARY KEY)"))
        connection.execute(text("UPDATE settings SET value = '\"verdorben\"' WHERE key = 'firm_name'"))
    fail()


def test_what_a_failed_migration_kept_is_put_back(program: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = columns()
    monkeypatch.setattr(upgrade, "migrate_up", half_and_fail)
    assert "old state is back" in refused(program)
    assert (told(), columns()) == (OLD, before)
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('halves')")) is None
    monkeypatch.undo()
    upgrade_database(program)
    assert told() == NEW


def test_after_a_cut_the_server_has_the_old_state(program: Flask) -> None:
    write_mark(instance_folder_of(program), MigrationMark("0005", "", newest_revision(), "gone.pgdump"))
    said = upgrade_database(program)
    assert "cut off: the old state is there (0005)" in said
    assert "brought from 0005" in said
    assert told() == NEW


def test_without_room_for_the_dump_nothing_is_begun(program: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade_backups.shutil, "disk_usage", lambda _path: SimpleNamespace(free=10 * 1024**2))
    said = refused(program)
    assert "too full" in said
    assert "10 MB are free" in said
    assert told() == OLD
    assert kept(program) == []


@pytest.mark.parametrize(("version", "words"), [(None, "pg_dump is missing"), (9, "pg_dump is of version 9")])
def test_without_its_programs_nothing_is_begun(
    program: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: int | None, words: str
) -> None:
    only, found = tmp_path / "bin", database_backup.Path
    only.mkdir()
    for tool in ("pg_dump", "pg_restore") if version else ():
        (only / tool).write_text(f"#!/bin/sh\necho '{tool} (PostgreSQL) {version}.4'\n")
        (only / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(only))
    monkeypatch.setattr(
        database_backup,
        "Path",
        lambda *parts: found(tmp_path, "none") if parts[0] == "/usr/lib/postgresql" else found(*parts),
    )
    said = refused(program)
    assert words in said
    assert "Nothing was changed." in said
    assert told() == OLD
    assert kept(program) == []
    assert not (instance_folder_of(program) / "upgrading.json").exists()
