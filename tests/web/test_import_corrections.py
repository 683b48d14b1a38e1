"""Wrong rows are corrected in the marked file and come in; known records are named, and decided one by one (I-4)."""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Customer, ImportRun
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_customer
from tests.web.test_imports import begin, checked, make_template, send, xlsx

COLUMNS = {"name": "客戶名稱", "phone": "電話", "source_id": "來源", "founded_on": "成立"}


def rows_of(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    table = page.split(f'aria-label="{heading}"')[1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1], re.S)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.S)] for row in rows]


def test_the_marked_file_is_corrected_and_imported_as_it_is(
    app: CRM, as_user: Callable[[str], Person], session: Session
) -> None:
    wang = as_user("wang")
    template = make_template(wang, session, COLUMNS)
    good = [[f"好的{number}號公司", f"02-2700{number}234", "轉介紹", "2020-01-05"] for number in range(5)]
    bad: list[Sequence[Any]] = [
        ["甲公司", "02-27001111", "沒有的來源", "2020-01-05"],
        ["乙公司", "02-27002222", "也沒有", "2020-01-06"],
        [None, "02-27003333", "轉介紹", "2020-01-07"],
    ]
    run = checked(wang, app, send(wang, template, xlsx([["二〇二六"], list(COLUMNS.values()), *good, *bad])))
    page = wang.get(run).get_data(as_text=True)
    begin(wang, app, run)
    found = rows_of(page, "錯誤列")
    assert {row[0] for row in found} == {"8", "9", "10"}
    book = load_workbook(io.BytesIO(wang.get(f"{run}/errors").data))
    sheet = book.active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][-1] == "原因"
    marked = {
        (cell.row, cell.column)
        for row in sheet.iter_rows(min_row=2)
        for cell in row
        if cell.fill.fill_type and cell.fill.fgColor.rgb != "00000000"
    }
    assert marked == {(2, 3), (3, 3), (4, 1)}
    for row, column in marked:
        sheet.cell(row, column, "轉介紹" if column == 3 else "丙公司")
    out = io.BytesIO()
    book.save(out)
    again = checked(wang, app, send(wang, template, out.getvalue(), name="改好.xlsx"))
    session.expire_all()
    counts = session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first().counts  # type: ignore[union-attr]
    assert (counts["new"], counts["wrong"], counts["warnings"]) == (3, 0, 0)
    assert "原因" not in wang.get(again).get_data(as_text=True)
    begin(wang, app, again)
    session.expire_all()
    by_name = {c.name: c for c in session.scalars(select(Customer))}
    assert len(by_name) == 8
    assert (by_name["甲公司"].phone, str(by_name["甲公司"].founded_on)) == ("02-27001111", "2020-01-05")
    assert by_name["丙公司"].phone == "02-27003333"


def test_known_customers_are_named_with_their_owner_and_decided_one_by_one(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    for number in range(3):
        make_customer(session, cast.wang, name=f"已知{number}號公司", phone=f"02-2700000{number}")
    make_customer(session, cast.li, name="別人的公司")
    session.commit()
    wang = as_user("wang")
    template = make_template(wang, session, {"name": "客戶名稱", "phone": "電話", "notes": "備註"})
    rows = [["客戶名稱", "電話", "備註"]]
    rows += [[f"已知{number}號公司", f"04-2200000{number}", f"備註{number}"] for number in range(3)]
    run = checked(wang, app, send(wang, template, xlsx([*rows, ["別人的公司", "04-22009999", ""]])))
    page = wang.get(run).get_data(as_text=True)
    known = rows_of(page, "已有的資料")
    assert [row[:4] for row in known] == [
        *([str(n + 2), f"已知{n}號公司", f"已知{n}號公司", "王小明"] for n in range(3)),
        ["5", "別人的公司", "別人的公司", cast.li.name],
    ]
    assert "duplicate-4" not in page
    sent = {"template": str(template.id), "duplicates": "skip", "duplicate-1": "overwrite", "duplicate-2": "fill"}
    run = checked(wang, app, wang.post(f"{run}/choices", {**sent, "duplicate-4": "overwrite"}))
    page = wang.get(run).get_data(as_text=True)
    assert re.search(r'name="duplicate-1">.*?value="overwrite" selected', page, re.S)
    begin(wang, app, run)
    session.expire_all()
    found = {c.name: (c.phone, c.notes) for c in session.scalars(select(Customer))}
    assert found == {
        "已知0號公司": ("04-22000000", "備註0"),
        "已知1號公司": ("02-27000001", "備註1"),
        "已知2號公司": ("02-27000002", None),
        "別人的公司": (None, None),
    }
