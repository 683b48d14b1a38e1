"""PostgreSQL's own programs: absent, too old or broken ones are refused in words, and nothing is changed (D-4)."""

import io
from pathlib import Path
from typing import Any

import pytest

from crm.domain.platform.backups import explain_errors
from crm.errors import DomainError
from crm.installation import database_backup
from crm.installation.database_backup import PostgresDatabase


class Server:
    """A connection to a server that says its version, and nothing else."""

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, statement: str) -> "Server":
        assert statement == "SHOW server_version_num"
        return self

    def fetchone(self) -> tuple[str]:
        return ("150004",)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one folder in which programs are found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = database_backup.Path
    monkeypatch.setattr(
        database_backup,
        "Path",
        lambda *parts: found(tmp_path, "none") if parts[0] == "/usr/lib/postgresql" else found(*parts),
    )
    return tmp_path


def refused(tmp_path: Path, tool: str = "pg_restore") -> str:
    with pytest.raises(DomainError) as problem, explain_errors(tmp_path):
        PostgresDatabase({}, Server)._tool(tool)
    return str(problem.value.message % problem.value.values)


def put(folder: Path, says: str, mode: int = 0o755) -> None:
    tool = folder / "pg_restore"
    tool.write_text(f"#!/bin/sh\necho '{says}'\n")
    tool.chmod(mode)


def test_without_them_it_says_what_to_install(only: Path) -> None:
    assert "pg_restore is missing" in refused(only)


def test_older_ones_are_refused_with_both_versions(only: Path) -> None:
    put(only, "pg_restore (PostgreSQL) 13.4")
    assert "13" in (told := refused(only)) and "15" in told


def test_one_that_cannot_be_run_is_as_good_as_none(only: Path) -> None:
    (only / "pg_restore").write_bytes(b"\x7fELF nothing")
    (only / "pg_restore").chmod(0o755)
    assert "pg_restore is missing" in refused(only)


class Cursor:
    """Notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def execute(self, text: str) -> None:
        self.sent.append(text)

    def copy(self, statement: str) -> "Cursor":
        self.sent.append(statement)
        return self

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, data: bytes) -> None:
        self.sent.append(data)


def test_a_script_goes_in_as_it_is_and_rows_that_look_like_statements_stay_rows() -> None:
    rows = b"1\tCOPY x FROM stdin;\n2\t\\\\.\n3\t-- no remark\n"
    script = b"--\n-- remark\n\n\\restrict abc\nSET lock_timeout = 0;\nCREATE TABLE a (b text,\n c text);\n"
    script += b"COPY public.a (b, c) FROM stdin;\n" + rows + b"\\.\n\nCREATE INDEX d ON a (b);\n\\unrestrict abc\n"
    cursor = Cursor()
    database_backup._run_script(cursor, io.BytesIO(script))
    created, copied, data, index = cursor.sent
    assert created.strip() == "CREATE TABLE a (b text,\n c text);"
    assert copied.strip() == "COPY public.a (b, c) FROM stdin;"
    assert data == rows
    assert index.strip() == "CREATE INDEX d ON a (b);"
