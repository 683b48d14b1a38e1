"""A file without headings: its columns are named by place, guessed by their values, and the first row is data (I-9)."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.imports.placed_columns import heading_of, letter_of, place_of
from crm.models import Contact, Customer, ImportTemplate
from tests.conftest import Person
from tests.web.test_import_choices import value_of
from tests.web.test_import_file_first import assign, guesses, send_alone
from tests.web.test_import_sheets import book, names
from tests.web.test_imports import begin, checked, finish, send, xlsx

ROWS: list[list[Any]] = [
    ["甲有限公司", "02-2345-6789", "wang@example.com", "王小明", None],
    ["乙有限公司", "02-2345-6780", "li@example.com", "李大華", None],
]
THEIRS = {"欄 A": "", "欄 B": "phone", "欄 C": "email", "欄 D": ""}


def as_csv(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


@pytest.fixture
def admin(as_user: Callable[[str], Person]) -> Person:
    return as_user("admin")


def without_headings(person: Person, app: CRM, data: bytes, name: str = "名單.xlsx") -> tuple[str, str]:
    """The run of a sent file, and its page once 「這個檔案沒有標題列」 was chosen there."""
    run = checked(person, app, send_alone(person, data, name))
    assert person.post(f"{run}/choices", {"template": "none", "headings": "none"}).status_code == 303
    finish(app)
    return run, person.get(run).get_data(as_text=True)


def test_a_place_is_read_in_any_language() -> None:
    assert [letter_of(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    for place in (0, 25, 26, 701, 702):
        assert place_of(heading_of(place)) == place
    assert [place_of(text) for text in ("欄 B", "列B", "column b", "* 欄 B（必填）")] == [1] * 4
    assert [place_of(text) for text in ("欄", "欄位 A", "B", "公司", "Columns A")] == [None] * 5


@pytest.mark.parametrize(("make", "name"), [(xlsx, "名單.xlsx"), (as_csv, "名單.csv")])
def test_columns_are_named_by_place_and_the_first_row_is_data(
    make: Callable[..., bytes], name: str, app: CRM, admin: Person, session: Session
) -> None:
    run = checked(admin, app, send_alone(admin, make(ROWS), name))
    page = admin.get(run).get_data(as_text=True)
    assert "這個檔案沒有標題列" in page
    assert value_of(page, "headings") == "row"
    run, page = without_headings(admin, app, make(ROWS), name)
    assert guesses(page) == THEIRS
    assert "甲有限公司、乙有限公司" in page
    assert value_of(page, "headings") == "none"
    assert 'name="heading_row"' not in page
    assert (
        assign(admin, app, run, page, **{"欄 A": "name", "欄 D": "main_contact", "headings": "none"}).status_code == 303
    )
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page) == {**THEIRS, "欄 A": "name", "欄 D": "main_contact"}, "kept beside the preview"
    assert value_of(page, "headings") == "none"
    assert "導入成功" in begin(admin, app, run)
    assert names(session) == {"甲有限公司", "乙有限公司"}
    assert set(session.scalars(select(Customer.phone))) == {"02-2345-6789", "02-2345-6780"}
    assert set(session.scalars(select(Contact.name))) == {"王小明", "李大華"}


def test_it_can_be_taken_back_and_the_headings_are_there_again(app: CRM, admin: Person) -> None:
    run, page = without_headings(admin, app, xlsx([["公司", "電話"], ["甲公司", "02-2345-6789"]]))
    assert list(guesses(page)) == ["欄 A", "欄 B"]
    admin.post(f"{run}/choices", {"template": "none", "headings": "row"})
    finish(app)
    assert guesses(admin.get(run).get_data(as_text=True)) == {"公司": "name", "電話": "phone"}


def test_kept_as_a_template_it_reads_the_next_such_file(app: CRM, admin: Person, session: Session) -> None:
    run, page = without_headings(admin, app, xlsx(ROWS))
    chosen = {"欄 A": "name", "欄 D": "", "headings": "none", "template_name": "沒有標題"}
    assert assign(admin, app, run, page, **chosen).status_code == 303
    template = session.scalars(select(ImportTemplate).where(ImportTemplate.name == "沒有標題")).one()
    shown = admin.get(f"/imports/customers/templates/{template.id}").get_data(as_text=True)
    assert [value_of(shown, f"heading-{n}") for n in (1, 2, 3)] == ["欄 A", "欄 B", "欄 C"]
    begin(admin, app, run)
    run = checked(admin, app, send(admin, template, as_csv([["丙公司", "02-2345-6781", "c@example.com"]]), "二.csv"))
    page = admin.get(run).get_data(as_text=True)
    assert value_of(page, "headings") == "none"
    begin(admin, app, run)
    assert names(session) == {"甲有限公司", "乙有限公司", "丙公司"}
    blank = load_workbook(io.BytesIO(admin.get(f"/imports/customers/templates/{template.id}/download").data))
    sheet = blank.worksheets[0]
    sheet.append(["丁公司", "02-2345-6782", "d@example.com"])
    out = io.BytesIO()
    blank.save(out)
    begin(admin, app, checked(admin, app, send(admin, template, out.getvalue())))
    assert names(session) == {"甲有限公司", "乙有限公司", "丙公司", "丁公司"}, "the names of the places are no record"


def test_all_sheets_without_headings(app: CRM, admin: Person, session: Session) -> None:
    sheets = {"北": [["甲公司", "02-2345-6789"]], "南": [["乙公司", "07-234-5678", "x"], ["丙公司", None, None]]}
    run = checked(admin, app, send_alone(admin, book(sheets)))
    admin.post(f"{run}/choices", {"sheet": "all", "template": "none", "headings": "none"})
    finish(app)
    page = admin.get(run).get_data(as_text=True)
    assert list(guesses(page)) == ["欄 A", "欄 B", "欄 C"]
    assign(admin, app, run, page, **{"欄 A": "name", "sheet": "all", "headings": "none"})
    begin(admin, app, run)
    assert names(session) == {"甲公司", "乙公司", "丙公司"}


def test_wrong_rows_are_told_by_their_own_numbers_and_letters_and_come_back(
    app: CRM, admin: Person, session: Session
) -> None:
    rows = [["甲公司", "乾坤"], ["乙公司", "一般客戶"]]
    run, page = without_headings(admin, app, xlsx(rows))
    assign(admin, app, run, page, **{"欄 A": "name", "欄 B": "level_id", "headings": "none"})
    page = admin.get(run).get_data(as_text=True)
    assert "<td>1</td><td>欄 B（" in page
    marked = admin.get(f"{run}/errors").data
    sheet: Any = load_workbook(io.BytesIO(marked)).active
    told = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert told[0] == ["欄 A", "欄 B", "原因"]
    assert [row[0] for row in told[1:]] == ["甲公司"]
    sheet["B2"] = "一般客戶"
    out = io.BytesIO()
    sheet.parent.save(out)
    run, page = without_headings(admin, app, out.getvalue())
    assign(admin, app, run, page, **{"欄 A": "name", "欄 B": "level_id", "欄 C": "", "headings": "none"})
    begin(admin, app, run)
    assert names(session) == {"甲公司"}


def test_a_template_with_headings_does_not_fit(app: CRM, admin: Person, session: Session) -> None:
    run, page = without_headings(admin, app, xlsx(ROWS))
    plain = session.scalars(select(ImportTemplate).where(ImportTemplate.kind == "customers")).one()
    admin.post(f"{run}/choices", {"template": str(plain.id), "headings": "none"})
    finish(app)
    page = admin.get(run).get_data(as_text=True)
    assert 'id="f-headings-error"' in page
    assert "客戶名稱" in page


def test_vcards_have_no_such_choice(app: CRM, admin: Person) -> None:
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:王小明\r\nORG:甲公司\r\nTEL;TYPE=CELL:0912345678\r\nEND:VCARD\r\n"
    run = checked(admin, app, send_alone(admin, card.encode(), "一.vcf", "contacts"))
    assert 'name="headings"' not in admin.get(run).get_data(as_text=True)
