"""Reads sent files in a process of its own, one after the other: the pages stay quick, and memory is given back.

The process is begun anew for each file (no fork: threads are running), takes the file's name and answers on its
standard output. When it is killed, or takes too long, the file is refused in words; when the server is killed,
its answer finds nobody, and it ends.
"""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from crm.i18n import N_
from crm.spreadsheets import ole
from crm.spreadsheets.errors import SpreadsheetError, WrongEncoding
from crm.spreadsheets.reading import ZIP, has_data, read_sheets
from crm.spreadsheets.rows import PackedRows, packed
from crm.spreadsheets.sheet import Sheet
from crm.spreadsheets.xlsx_package import is_light

SECONDS = 90
MEMORY = 300 * 1024 * 1024
TOO_HARD = N_("This file could not be read within the time and memory that one file may take. Please divide it.")
_LIGHT = 128 * 1024
_LIGHT_INSIDE = 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]
_turn = Lock()


def read_apart(path: Path, filename: str, encoding: str | None = None) -> list[Sheet]:
    """The sheets that hold something. Raises SpreadsheetError.

    What is small by its own words is read here: starting a process would take longer.
    """
    if _is_light(path):
        return [sheet for sheet in read_sheets(path, filename, encoding) if has_data(sheet)]
    with _turn:
        return _answer(_asked({"path": str(path), "filename": filename, "encoding": encoding}))


def _is_light(path: Path) -> bool:
    if path.stat().st_size > _LIGHT:
        return False
    with path.open("rb") as file:
        begin = file.read(8)
    if begin.startswith(ZIP):
        return is_light(path, _LIGHT_INSIDE)
    return not begin.startswith(ole.SIGNATURE)


def _asked(question: dict[str, Any]) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONSAFEPATH", None)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "crm.spreadsheets.apart"],
            input=json.dumps(question).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise SpreadsheetError(TOO_HARD) from late
    if done.returncode != 0 or not done.stdout:
        raise SpreadsheetError(TOO_HARD)
    return done.stdout


def _answer(found: bytes) -> list[Sheet]:
    told = pickle.loads(found)  # noqa: S301 - our own process wrote it
    if "refused" in told:
        message, values, encoding = told["refused"]
        raise (WrongEncoding if encoding else SpreadsheetError)(message, **values)
    return [Sheet(PackedRows(pieces, length), **rest) for pieces, length, rest in told["sheets"]]


def _told(question: dict[str, Any]) -> dict[str, Any]:
    """What the process answers: plain values, the rows packed while the next sheet is read."""
    found = []
    try:
        for sheet in read_sheets(Path(question["path"]), question["filename"], question["encoding"]):
            if has_data(sheet):
                rest = {key: value for key, value in vars(sheet).items() if key != "rows"}
                found.append((packed(sheet.rows), len(sheet.rows), rest))
    except SpreadsheetError as refused:
        return {"refused": (refused.message, refused.values, isinstance(refused, WrongEncoding))}
    return {"sheets": found}


def _be_modest() -> None:
    """Others go first, and the system itself ends what takes too much."""
    if os.name == "nt":
        return
    import resource

    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def main(arguments: Sequence[str] = ()) -> None:
    _be_modest()
    told = _told(json.load(sys.stdin.buffer))
    sys.stdout.buffer.write(pickle.dumps(told, pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
