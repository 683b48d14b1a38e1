"""An upgrade that fails or is cut off: the old state or the new one, nobody's work lost, and it is said."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from crm.extensions import db
from crm.installation import database_copy, upgrade_backups
from crm.installation.lock import FolderLock
from crm.installation.revisions import newest_revision
from crm.installation.startup_errors import CannotStart
from crm.models.engine import set_read_only
from crm.web.server import upgrade
from crm.web.server.upgrade import require_newest, upgrade_database
from tests.conftest import make_app
from tests.installation.older import FIRM, half, half_and_raise, kill_at, make_older, opened, save, told
from tests.postgres import sqlite_only

pytestmark = sqlite_only("its files, backups and locks")
OLD = ("0005", FIRM, "ok")


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("older")
    make_older(folder, "0005")
    return folder


@pytest.fixture(scope="module")
def one_program(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Made once, as starting it takes longer than a whole test."""
    return make_app(tmp_path_factory.mktemp("one") / "instance")


@pytest.fixture
def folder(older: Path, one_program: Flask) -> Path:
    folder = Path(one_program.config["CRM_INSTANCE"])
    shutil.rmtree(folder)
    return Path(shutil.copytree(older, folder))


@pytest.fixture
def program(folder: Path, one_program: Flask) -> Iterator[Flask]:
    with one_program.app_context():
        set_read_only(False)
        yield one_program
        db.session.remove()
        db.engine.dispose()


def refused(program: Flask) -> str:
    with pytest.raises(CannotStart) as caught:
        upgrade_database(program)
    return caught.value.message


LONG = pytest.mark.long
NEW = (newest_revision(), FIRM, "ok")


def backups(folder: Path) -> list[Path]:
    return sorted((folder / "backups").glob("*")) if (folder / "backups").exists() else []


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("before back_up_before_upgrade", marks=LONG),
        pytest.param("after copy_checked", marks=LONG),
        pytest.param("after write_mark", marks=LONG),
        "within migrate_up",
        "half migrate_up",
        pytest.param("after migrate_up", marks=LONG),
        pytest.param("before remove_mark", marks=LONG),
        "within restore_backup",
        pytest.param("before restore_backup", marks=LONG),
        pytest.param("after remove_mark", marks=LONG),
    ],
)
def test_killed_at_any_point_the_next_start_finds_the_old_or_the_new_state(
    program: Flask, folder: Path, point: str
) -> None:
    if point == "before restore_backup":  # only a start that finds half of an upgrade puts anything back
        kill_at(folder, "half migrate_up")
    kill_at(folder, point)
    cut_off = (folder / "upgrading.json").exists()
    said = upgrade_database(program)
    assert told(folder) == NEW
    assert ("cut off" in said) == cut_off
    assert not (folder / "upgrading.json").exists()
    assert "up to date" in upgrade_database(program)
    assert [b for b in backups(folder) if not b.name.endswith(".sqlite3")] == []
    with opened(folder) as connection:
        assert "half" not in [row[1] for row in connection.execute("PRAGMA table_info(customers)")]


def fail(*_: Any) -> None:
    raise RuntimeError("no such luck")


def test_a_migration_that_rolls_back_puts_nothing_back(
    program: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others wrote meanwhile stays, and no backup is left of a state that is there anyway."""

    def fail_beside_a_writer(*_: Any) -> None:
        save(folder, '"eben geändert"')
        raise RuntimeError("no such luck")

    monkeypatch.setattr(upgrade, "migrate_up", fail_beside_a_writer)
    said = refused(program)
    assert told(folder) == ("0005", '"eben geändert"', "ok")
    assert "old state is back" in said
    assert "no such luck" in said
    assert backups(folder) == []
    monkeypatch.undo()
    upgrade_database(program)
    assert told(folder)[1] == '"eben geändert"'


@pytest.mark.parametrize("failing", [half_and_raise, lambda *_: (half(), fail())])
def test_what_a_failed_migration_kept_is_put_back(
    program: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch, failing: Any
) -> None:
    monkeypatch.setattr(upgrade, "migrate_up", failing)
    assert "old state is back" in refused(program)
    assert told(folder) == OLD
    monkeypatch.undo()
    upgrade_database(program)
    assert told(folder) == NEW


@pytest.mark.parametrize("revision", ["0999", "9999", "x"])
def test_a_database_of_a_newer_version_is_not_touched(program: Flask, folder: Path, revision: str) -> None:
    with opened(folder) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.execute("PRAGMA journal_mode=DELETE")
    before = (folder / "crm.sqlite3").read_bytes()
    said = refused(program)
    with pytest.raises(CannotStart) as caught:
        require_newest(program)
    for message in (said, caught.value.message):
        assert "newer version" in message
        assert revision in message
    assert (folder / "crm.sqlite3").read_bytes() == before
    assert backups(folder) == []


def test_no_upgrade_beside_a_server(program: Flask, folder: Path) -> None:
    with FolderLock(folder) as server:
        server.acquire_shared()
        server.write_address("http://10.0.0.7:8000/")
        said = refused(program)
    assert "already running at http://10.0.0.7:8000/" in said
    assert told(folder) == OLD
    assert backups(folder) == []
    assert "brought from 0005" in upgrade_database(program)


def test_beside_a_server_an_upgrade_without_work_is_harmless(program: Flask, folder: Path) -> None:
    upgrade_database(program)
    with FolderLock(folder) as server, FolderLock(folder) as other:
        server.acquire_shared()
        other.acquire_shared()
        assert "up to date" in upgrade_database(program)


def test_nobody_serves_during_an_upgrade(program: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def migrate(*args: Any) -> None:
        with pytest.raises(CannotStart) as caught, FolderLock(folder) as server:
            server.acquire_shared()
        seen.append(caught.value.message)

    monkeypatch.setattr(upgrade, "migrate_up", migrate)
    upgrade_database(program)
    assert "brought up to date by another start" in seen[0]


def test_an_older_database_is_not_served(program: Flask, folder: Path) -> None:
    with pytest.raises(CannotStart, match="to be brought to this version"):
        require_newest(program)


@pytest.mark.parametrize("megabytes", [0, 10])
def test_without_room_nothing_is_begun(
    program: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int
) -> None:
    monkeypatch.setattr(upgrade_backups.shutil, "disk_usage", lambda _path: SimpleNamespace(free=megabytes * 1024**2))
    said = refused(program)
    assert "too full" in said
    assert f"{megabytes} MB are free" in said
    assert told(folder) == OLD
    assert backups(folder) == []


def test_what_a_daily_backup_left_when_the_power_went_is_no_obstacle(program: Flask, folder: Path) -> None:
    """It is put together in a folder, of which nothing says that it is unfinished but its name."""
    left = folder / "backups" / "shuke-20261129-230337.part"
    left.mkdir(parents=True)
    (left / "copy").write_bytes(b"half")
    upgrade_database(program)
    assert told(folder) == NEW
    assert [backup.name[:15] for backup in backups(folder)] == ["before-upgrade-"]


def test_a_backup_that_is_not_whole_is_none(program: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = database_copy.contents_of
    monkeypatch.setattr(database_copy, "contents_of", lambda connection: {"lost": [id(connection)], **real(connection)})
    assert "not the same rows" in refused(program)
    assert backups(folder) == []
    assert told(folder) == OLD


def test_a_damaged_database_is_not_upgraded(program: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that is too large to be looked through at each start."""
    monkeypatch.setattr("crm.installation.database_file.QUICK_LOOK_BYTES", 0)
    file = folder / "crm.sqlite3"
    content = bytearray(file.read_bytes())
    content[40 * 4096 : 60 * 4096] = b"\x0d" * 20 * 4096
    file.write_bytes(content)
    assert "damaged" in refused(program)
    assert file.read_bytes() == bytes(content)
    assert backups(folder) == []


def test_the_backup_is_one_sound_file_with_everything(program: Flask, folder: Path) -> None:
    said = upgrade_database(program)
    (backup,) = backups(folder)
    assert str(backup) in said
    with sqlite3.connect(backup) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0005",)
        assert connection.execute("SELECT value FROM settings").fetchall() == [(FIRM,)]
    connection.close()


def test_the_last_few_backups_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"before-upgrade-2026010{n}-000000-000000.sqlite3" for n in range(1, 9)]
    for name in names:
        (tmp_path / name).write_bytes(b"x" * 100)
    (tmp_path / "mine.sqlite3").touch()
    upgrade_backups.delete_old_backups(tmp_path)
    assert [f.name for f in upgrade_backups.upgrade_backups_in(tmp_path)] == names[-5:]
    monkeypatch.setattr(upgrade_backups, "MAX_BYTES", 250)
    upgrade_backups.delete_old_backups(tmp_path)
    assert [f.name for f in upgrade_backups.upgrade_backups_in(tmp_path)] == names[-2:]
    monkeypatch.setattr(upgrade_backups, "MAX_BYTES", 1)
    upgrade_backups.delete_old_backups(tmp_path)
    assert [f.name for f in upgrade_backups.upgrade_backups_in(tmp_path)] == names[-1:]
    assert (tmp_path / "mine.sqlite3").exists()
