"""Damaged files, made from good ones by changing bytes: understood or refused in words, soon (hostile case 42).

A thousand of them with --long.
"""

import csv
import io
import resource
from random import Random
from time import process_time

import pytest
from openpyxl import Workbook

from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.reading import read_sheets
from tests.spreadsheets.builders import saved, xls_95, xls_97

ROWS = [["客戶名稱", "電話", "地址"], *([f"第{n}號公司", f"02-2700-{n:04d}", "台北市大安區"] for n in range(40))]
SECONDS, KILOBYTES = 2.0, 300 * 1024


def good_files() -> dict[str, bytes]:
    book = Workbook()
    for row in ROWS:
        book.active.append(row)  # type: ignore[union-attr]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(ROWS)
    return {
        "a.xlsx": saved(book),
        "b.xls": xls_97(ROWS),
        "c.xls": xls_95(ROWS, "cp950", 950),
        "d.csv": text.getvalue().encode("utf-8"),
        "e.csv": text.getvalue().encode("cp950"),
        "f.csv": text.getvalue().encode("utf-16"),
    }


def damaged(data: bytes, random: Random) -> bytes:
    """Some bytes changed, and sometimes the end cut off."""
    found = bytearray(data)
    for _ in range(random.choice((1, 2, 5, 20, 100))):
        found[random.randrange(len(found))] = random.randrange(256)
    return bytes(found[: random.randrange(10, len(found))] if random.random() < 0.2 else found)


@pytest.mark.parametrize(
    ("seed", "rounds"), [(1, 20), pytest.param(2, 170, marks=pytest.mark.long)], ids=["some", "a thousand"]
)
def test_damaged_files_are_understood_or_refused(seed: int, rounds: int) -> None:
    random, before = Random(seed), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, data in good_files().items():
        for _ in range(rounds):
            file = damaged(data, random)
            began = process_time()
            try:
                for sheet in read_sheets(file, name):
                    len(sheet.rows)
            except SpreadsheetError:
                pass
            assert process_time() - began < SECONDS, (name, seed)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < KILOBYTES
