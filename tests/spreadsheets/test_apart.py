"""Reading in a process of its own gives what reading here gives, and a killed one a sentence."""

from pathlib import Path

import pytest

from crm.spreadsheets import in_subprocess
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.reading import read_sheets
from crm.spreadsheets.unreadable import Unreadable
from tests.spreadsheets.builders import XLS, raw_xlsx, sheet_xml, workbook


@pytest.fixture
def everything_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_subprocess, "_LIGHT", 0)


def files(folder: Path) -> list[Path]:
    made = []
    for name, data in {
        "a.xlsx": workbook([["名稱", 1.5, None, True], *([f"第{n}", n] for n in range(450))]),
        "b.xlsx": raw_xlsx(sheet_xml('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>')),
        "c.xls": XLS.read_bytes(),
        "d.csv": "名稱,電話\r\n臺灣水泥,02\r\n".encode("cp950"),
    }.items():
        path = folder / name
        path.write_bytes(data)
        made.append(path)
    return made


@pytest.mark.usefixtures("everything_apart")
def test_the_same_sheets(tmp_path: Path) -> None:
    for path in files(tmp_path):
        found = in_subprocess.read_in_subprocess(path, path.name)
        here = [sheet for sheet in read_sheets(path, path.name) if sheet.rows]
        assert [[list(row) for row in sheet.rows] for sheet in found] == [list(sheet.rows) for sheet in here]
        assert [(s.sheet_name, s.hidden, s.encoding) for s in found] == [
            (s.sheet_name, s.hidden, s.encoding) for s in here
        ]
    rows = in_subprocess.read_in_subprocess(tmp_path / "a.xlsx", "a.xlsx")[0].rows
    assert (len(rows), rows[-1][0], rows[449][0], [row[0] for row in rows[1:3]]) == (
        451,
        "第449",
        "第448",
        ["第0", "第1"],
    )
    assert in_subprocess.read_in_subprocess(tmp_path / "b.xlsx", "b.xlsx")[0].rows[0][0] == Unreadable("#N/A")


@pytest.mark.usefixtures("everything_apart")
def test_a_refusal_comes_back_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a,b\n" + b"\n" * 1_000_000 + b"x,y\n")
    with pytest.raises(SpreadsheetError) as refused:
        in_subprocess.read_in_subprocess(path, "x.csv")
    assert refused.value.values == {"rows": 50_000}


@pytest.mark.usefixtures("everything_apart")
@pytest.mark.parametrize("limit", [("SECONDS", 0.001), ("MODULE", "crm.nothing")])
def test_a_process_that_ends_without_an_answer(
    limit: tuple[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    monkeypatch.setattr(in_subprocess, *limit)
    with pytest.raises(SpreadsheetError) as refused:
        in_subprocess.read_in_subprocess(path, "x.csv")
    assert refused.value.message == in_subprocess.TOO_HARD
