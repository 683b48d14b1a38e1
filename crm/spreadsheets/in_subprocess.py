"""Reads sent files in a process of its own, one after the other: the pages stay quick, and memory is given back.

The process is begun anew for each file and takes the file's name. When it is killed, or takes too long, the file is
refused in words; when the server is killed, its answer finds nobody, and it ends.
"""

import json
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from crm.i18n import N_
from crm.processes import be_modest, begin, take_at_most
from crm.spreadsheets import ole
from crm.spreadsheets.errors import SpreadsheetError, WrongEncoding
from crm.spreadsheets.packed_rows import PackedRows, packed
from crm.spreadsheets.reading import ZIP, has_data, read_sheets
from crm.spreadsheets.sheet import Sheet
from crm.spreadsheets.xlsx_package import unpacks_within

SECONDS = 90
MEMORY = 300 * 1024 * 1024
TOO_HARD = N_("Reading this file takes too much time or memory. Please split it.")
_LIGHT = 128 * 1024
_LIGHT_INSIDE = 1024 * 1024
MODULE = "crm.spreadsheets.in_subprocess"
_turn = Lock()


def read_in_subprocess(path: Path, filename: str, encoding: str | None = None) -> list[Sheet]:
    """The sheets that hold something. Raises SpreadsheetError.

    What is small by its own words is read here: starting a process would take longer.
    """
    if _is_light(path):
        return [sheet for sheet in read_sheets(path, filename, encoding) if has_data(sheet)]
    with _turn:
        return _answer(_run_process({"path": str(path), "filename": filename, "encoding": encoding}))


def _is_light(path: Path) -> bool:
    if path.stat().st_size > _LIGHT:
        return False
    with path.open("rb") as file:
        first_bytes = file.read(8)
    if first_bytes.startswith(ZIP):
        return unpacks_within(path, _LIGHT_INSIDE)
    return not first_bytes.startswith(ole.SIGNATURE)


def _run_process(question: dict[str, Any]) -> bytes:
    with begin(MODULE) as process:
        try:
            answer, _errors = process.communicate(json.dumps(question).encode(), timeout=SECONDS)
        except subprocess.TimeoutExpired as late:
            process.kill()
            raise SpreadsheetError(TOO_HARD) from late
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0 or not answer:
        raise SpreadsheetError(TOO_HARD)
    return answer


def _answer(answer: bytes) -> list[Sheet]:
    result = pickle.loads(answer)  # noqa: S301 - our own process wrote it
    if "refused" in result:
        message, values, encoding = result["refused"]
        raise (WrongEncoding if encoding else SpreadsheetError)(message, **values)
    return [Sheet(PackedRows(pieces, length), **attributes) for pieces, length, attributes in result["sheets"]]


def _read_and_pack(question: dict[str, Any]) -> dict[str, Any]:
    """What the process answers: plain values, the rows packed while the next sheet is read."""
    sheets = []
    try:
        for sheet in read_sheets(Path(question["path"]), question["filename"], question["encoding"]):
            if has_data(sheet):
                attributes = {key: value for key, value in vars(sheet).items() if key != "rows"}
                sheets.append((packed(sheet.rows), len(sheet.rows), attributes))
    except SpreadsheetError as refused:
        return {"refused": (refused.message, refused.values, isinstance(refused, WrongEncoding))}
    return {"sheets": sheets}


def main(arguments: Sequence[str] = ()) -> None:
    be_modest(MEMORY)
    take_at_most(SECONDS)
    result = _read_and_pack(json.load(sys.stdin.buffer))
    sys.stdout.buffer.write(pickle.dumps(result, pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
