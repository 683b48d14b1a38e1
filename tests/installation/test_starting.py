"""What keeps the program from starting is one sentence that says what to do, and nothing was touched."""

import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from crm import cli, create_app
from crm.extensions import db
from crm.installation import folder as folders
from crm.installation import revisions
from crm.installation.lock import FolderLock
from crm.installation.startup_errors import CannotStart
from crm.web.server import startup
from tests.conventions.places import ROOT
from tests.postgres import sqlite_only
from tests.sampling import mostly_long

pytestmark = sqlite_only("its file in the instance folder")


@pytest.fixture
def instance(app: Flask) -> Path:
    """The small firm's folder, of which `app` is the program."""
    return Path(app.config["CRM_INSTANCE"])


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of serving: the hosts that would have been served."""
    hosts: list[str] = []

    def serve(app: Flask, host: str, port: int, sockets: list[socket.socket], lock: FolderLock) -> None:
        hosts.append(host)
        for opened in sockets:
            opened.close()

    monkeypatch.setattr(startup, "serve_app", serve)
    return hosts


def run(app: Flask, *arguments: str) -> Result:
    from crm.models.engine import set_read_only

    set_read_only(False)
    result = app.test_cli_runner().invoke(args=list(arguments))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return result


def sentence(result: Result) -> str:
    """The one line that a failed command says."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    (line,) = result.output.strip().splitlines()
    assert line.startswith("Error: ")
    return line


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock" and not path.name.endswith(("-wal", "-shm"))
    }


@pytest.fixture
def port() -> Iterator[int]:
    """One that another program has."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_start_upgrades_and_serves(app: Flask, served: list[str]) -> None:
    result = run(app, "start", "--host", "127.0.0.1", "--port", "0")
    assert result.exit_code == 0, result.output
    assert "up to date" in result.output
    assert served == ["127.0.0.1"]


def test_a_port_in_use_is_found_before_the_upgrade(app: Flask, instance: Path, served: list[str], port: int) -> None:
    with closing(sqlite3.connect(instance / "crm.sqlite3", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    before = content(instance)
    for command in ("start", "serve"):
        said = sentence(run(app, command, "--host", "127.0.0.1", "--port", str(port)))
        assert f"Port {port} is used by another program" in said
        assert "--port" in said
    assert content(instance) == before
    assert served == []


def test_a_migration_has_the_next_number(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    monkeypatch.setattr(revisions, "MIGRATIONS", str(copied))
    newest = revisions.newest_revision()
    assert run(app, "migration", "hobbies").exit_code == 0
    made = copied / "versions" / f"{int(newest) + 1:04}_hobbies.py"
    assert f"down_revision = '{newest}'" in made.read_text(encoding="utf-8")


def test_a_second_start_says_where_the_first_one_is(app: Flask, instance: Path, served: list[str], port: int) -> None:
    with FolderLock(instance) as first:
        first.acquire_shared()
        first.write_address(f"http://127.0.0.1:{port}/")
        said = sentence(run(app, "start", "--host", "127.0.0.1", "--port", str(port)))
    assert f"already running at http://127.0.0.1:{port}/" in said


@pytest.mark.parametrize(
    ("host", "number", "part"),
    [
        ("nowhere.invalid", "0", "address 'nowhere.invalid' is unknown"),
        ("192.0.2.7", "0", "has not the address 192.0.2.7"),
        ("127.0.0.1", "70000", "no port 70000"),
    ],
)
def test_addresses_that_cannot_be_served(app: Flask, served: list[str], host: str, number: str, part: str) -> None:
    assert part in sentence(run(app, "serve", "--host", host, "--port", number))


def spoil(file: Path, text: bytes) -> None:
    for path in file.parent.glob("crm.sqlite3*"):
        path.unlink()
    file.write_bytes(text)


@pytest.mark.parametrize("command", mostly_long(["upgrade", "serve", "start", "demo"], ["start"]))
@pytest.mark.parametrize(
    ("damage", "part"),
    [
        (lambda whole: b"Dear diary, " * 500, "no database of this program"),
        (lambda whole: b"\0" * 8192, "no database of this program"),
        (lambda whole: whole[: len(whole) // 2], "damaged"),
        (lambda whole: whole[: 30 * 4096] + b"\x0d" * 20 * 4096 + whole[50 * 4096 :], "damaged"),
    ],
    ids=["text", "zeros", "cut", "overwritten"],
)
def test_what_is_no_sound_database(
    app: Flask, instance: Path, served: list[str], command: str, damage: Any, part: str
) -> None:
    file = instance / "crm.sqlite3"
    with app.app_context():
        db.engine.dispose()
    spoil(file, damage(file.read_bytes()))
    before = content(instance)
    said = sentence(run(app, command, *(["--port", "0"] if command in ("serve", "start") else [])))
    assert part in said
    assert "backup" in said
    assert content(instance) == before
    assert served == []


def test_another_programs_database_is_left_alone(app: Flask, instance: Path) -> None:
    spoil(instance / "crm.sqlite3", b"")
    with closing(sqlite3.connect(instance / "crm.sqlite3")) as connection:
        connection.execute("CREATE TABLE songs (name)")
    before = content(instance)
    assert "of another program" in sentence(run(app, "upgrade"))
    assert content(instance) == before


@pytest.mark.parametrize("left", ["nothing", "an empty file", "an empty database"])
def test_an_empty_database_beside_backups_is_no_new_firm(app: Flask, instance: Path, left: str) -> None:
    file = instance / "crm.sqlite3"
    spoil(file, b"")
    if left == "nothing":
        file.unlink()
    if left == "an empty database":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE a (b)")
            connection.execute("DROP TABLE a")
    (instance / "backups").mkdir()
    newest = instance / "backups" / "before-upgrade-20260102-000000-000000.sqlite3"
    for name in (newest.name, newest.name.replace("0102", "0101")):
        (instance / "backups" / name).write_bytes(b"x")
    before = content(instance)
    for command in ("upgrade", "serve", "start"):
        said = sentence(run(app, command, *(["--port", "0"] if command != "upgrade" else [])))
        assert str(newest) in said
    assert content(instance) == before


def test_a_locked_database(app: Flask, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.installation.database_file.PATIENCE", 0.1)
    with closing(sqlite3.connect(instance / "crm.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for command in ("upgrade", "serve", "start"):
            said = sentence(run(app, command, *(["--port", "0"] if command != "upgrade" else [])))
            assert "locked by another program" in said
            assert "start again" in said


def test_a_full_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda _path: SimpleNamespace(free=0))
    for command in ("upgrade", "serve", "start"):
        assert "disk is full" in sentence(run(app, command))


@pytest.mark.parametrize("code", [13, 28, 30])
def test_a_folder_that_cannot_be_written(app: Flask, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """No right to it, a full disk, a read-only disk."""

    def refuse(lock: FolderLock) -> None:
        raise OSError(code, os.strerror(code), str(lock.folder / "lock"))

    monkeypatch.setattr(FolderLock, "_open", refuse)
    said = sentence(run(app, "serve", "--port", "0"))
    assert {13: "no right", 28: "disk is full", 30: "read-only"}[code] in said


def made(instance: Path, text: bytes | None = None) -> str:
    """What starting with such a config.toml says."""
    instance.mkdir(exist_ok=True)
    if text is not None:
        (instance / "config.toml").write_bytes(text)
    with pytest.raises(CannotStart) as caught:
        create_app({"CRM_INSTANCE": str(instance)})
    assert "\n" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (b"CRM_PORT 8000", "line 1"),
        (b'CRM_HOST = "a', "config.toml cannot be read"),
        (b'CRM_PROT = "8001"', "did you mean CRM_PORT?"),
        (b'port = "8001"', "did you mean CRM_PORT?"),
        (b'CRM_INSTANCE = "D:/crm"', "environment variable only"),
        (b'CRM_FONT = "C:\\Windows\\Fonts\\msjh.ttc"', "a Windows path in single quotes"),
        (b"[CRM_HOST]", "CRM_HOST"),
        (b'CRM_PORT = "eighty"', "1 to 65535"),
        (b"CRM_PORT = 0", "1 to 65535"),
        (b"CRM_PORT = 65536", "1 to 65535"),
        (b"CRM_PORT = true", "1 to 65535"),
        (b"CRM_PORT = 80.5", "1 to 65535"),
        (b"CRM_PROXIES = -1", "CRM_PROXIES"),
        (b"CRM_HOST = 127", "quotation marks"),
        (b'CRM_HTTPS = "maybe"', "1 or 0"),
        (b'CRM_LOGIN_CAPTCHA = "sometimes"', "after_failures"),
        (b'CRM_FONT = "/nowhere.ttf"', "no such file"),
        (b'CRM_DATABASE_URL = "my database"', "postgresql+psycopg://"),
        (b'CRM_DATABASE_URL = "mysql://u:geheim@h/d"', "postgresql+psycopg://"),
        (b'CRM_DATABASE_URL = "sqlite://"', "postgresql+psycopg://"),
        ('CRM_DEMO_PASSWORD = "密碼"'.encode("big5"), "save it as UTF-8"),
        ('CRM_PORT = "8001"'.encode("utf-16"), "save it as UTF-8"),
    ],
)
def test_a_bad_settings_file(tmp_path: Path, text: bytes, part: str) -> None:
    said = made(tmp_path / "instance", text)
    assert part in said
    assert "geheim" not in said
    assert {path.name for path in (tmp_path / "instance").iterdir()} == {"config.toml"}


def test_good_settings_in_their_ways_of_writing(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'\xef\xbb\xbfCRM_PORT = 8123\r\nCRM_HTTPS = true\r\nCRM_PROXIES = "1"\r\n')
    app = create_app({"CRM_INSTANCE": str(tmp_path)})
    assert (app.config["CRM_PORT"], app.config["CRM_HTTPS"], app.config["CRM_PROXIES"]) == ("8123", "1", "1")
    assert app.config["SESSION_COOKIE_SECURE"]


def test_a_bad_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PORT", "80a")
    assert "CRM_PORT in the environment is '80a'" in made(tmp_path)


@pytest.mark.parametrize("text", [b"", b" \n", b"\xff\xfe\x00", b"\0" * 64])
def test_a_key_that_is_none(tmp_path: Path, text: bytes) -> None:
    """As a full disk or a power cut leaves it. Nobody's sessions are signed with it."""
    (tmp_path / "secret_key").write_bytes(text)
    said = made(tmp_path)
    assert "secret_key" in said
    assert "delete it" in said
    assert (tmp_path / "secret_key").read_bytes() == text


def test_a_key_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    assert "secret_key cannot be read" in made(tmp_path)


def test_the_key_is_written_whole_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.os, "fsync", full)
    assert "the disk is full" in made(tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    app = create_app({"CRM_INSTANCE": str(tmp_path)})
    assert app.config["SECRET_KEY"] == (tmp_path / "secret_key").read_text()
    assert len(app.config["SECRET_KEY"]) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_quicker_process_keeps_its_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("theirs")
    folders.write_once(tmp_path / "secret_key", "ours")
    assert (tmp_path / "secret_key").read_text() == "theirs"


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("")
    with pytest.raises(CannotStart, match="cannot be made"):
        create_app({"CRM_INSTANCE": str(tmp_path / "instance")})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_what_others_could_read_they_can_read_no_more(app: Flask, instance: Path) -> None:
    (instance / "uploads" / "old").mkdir(parents=True)
    (instance / "uploads" / "old" / "list.xlsx").touch()
    (instance / "config.toml").touch()
    for path in (instance, *instance.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert run(app, "upgrade").exit_code == 0
    modes = {stat.S_IMODE(path.stat().st_mode) for path in instance.rglob("*") if path.is_file()}
    folders_ = {stat.S_IMODE(path.stat().st_mode) for path in (instance, *instance.rglob("*")) if path.is_dir()}
    assert (modes, folders_) == ({0o600}, {0o700})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_folder_that_everybody_shares_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    (tmp_path / "theirs").touch()
    (tmp_path / "theirs").chmod(0o644)
    (tmp_path / "ours").touch()
    (tmp_path / "ours").chmod(0o644)
    folders.make_private(tmp_path, tmp_path / "ours")
    assert [stat.S_IMODE(p.stat().st_mode) for p in (tmp_path, tmp_path / "theirs", tmp_path / "ours")] == [
        0o1777,
        0o644,
        0o600,
    ]


def test_filling_an_empty_folder_brings_the_database_up_by_itself(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    environment = {**os.environ, "CRM_INSTANCE": str(folder), "CRM_DATABASE_URL": ""}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "bench", "seed", "--customers", "20", "--people", "2"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(folder / "crm.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM customers").fetchone() == (20,)
        assert database.execute("SELECT count(*) > 0 FROM dictionary_items").fetchone() == (1,)


def test_a_copy_without_tests_says_that_the_bench_is_not_there(
    app: Flask, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "BENCH", instance / "nowhere")
    for command in ("seed", "run"):
        done = run(app, "bench", command)
        assert (done.exit_code, done.output) == (
            1,
            "Error: The bench is not here: it lies in tests/bench, and this copy comes without tests.\n",
        )


def test_a_command_of_its_own_says_one_line_and_makes_private_files(tmp_path: Path) -> None:
    """A real process, as ./run begins it."""

    def upgrade(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "upgrade"]
        environment = {**os.environ, "CRM_INSTANCE": str(tmp_path / "instance"), "CRM_DATABASE_URL": "", **more}
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, umask=0o022)

    done = upgrade(CRM_PORT="none")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip().count("\n") == 0
    assert "CRM_PORT in the environment is 'none'" in done.stderr
    done = upgrade()
    assert done.returncode == 0, done.stderr
    if os.name != "nt":
        found = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (tmp_path / "instance").rglob("*")}
        assert found == {0}
