"""A file that was sent is read again in another way without being sent again (I-3, I-4)."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Customer, ImportRun, ImportTemplate
from crm.models.permissions import Permission
from crm.models.roles import RoleGrant
from tests.conftest import Person
from tests.factories import make_customer
from tests.spreadsheets.builders import xls_95
from tests.web.test_import_sheets import COVER, NORTH_SOUTH, book, choose, names, offered
from tests.web.test_imports import as_template, begin, checked, errors_on, make_template, send, xlsx

LIST = [["通訊錄", None], ["公司名稱", "電話"], ["甲公司", "02-2345-6789"], ["乙公司", "02-2345-6780"]]


@pytest.fixture
def wang(as_user: Callable[[str], Person]) -> Person:
    return as_user("wang")


@pytest.fixture
def template(wang: Person, session: Session) -> ImportTemplate:
    return make_template(wang, session, {"name": "客戶名稱", "phone": "電話"})


def value_of(page: str, name: str) -> str:
    """What the box or the drop-down of this name holds."""
    box = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    listed = re.search(rf'<select[^>]*name="{name}"[^>]*>(.*?)</select>', page, re.DOTALL)
    chosen = re.search(r'value="([^"]*)" selected', listed.group(1)) if listed else None
    return box.group(1) if box else chosen.group(1) if chosen else ""


def test_another_template(app: CRM, wang: Person, template: ImportTemplate, session: Session) -> None:
    other = make_template(wang, session, {"name": "公司名稱", "phone": "電話", "fax": "傳真"})
    run = checked(wang, app, send(wang, template, xlsx(LIST)))
    page = wang.get(run).get_data(as_text=True)
    assert "客戶名稱" in "".join(errors_on(wang.get(run)))
    assert 'id="f-template-error"' in page and value_of(page, "template") == str(template.id)
    page = choose(wang, app, run, template=str(other.id))
    assert value_of(page, "template") == str(other.id) and not errors_on(wang.get(run))
    begin(wang, app, run)
    assert names(session) == {"甲公司", "乙公司"}
    assert session.scalars(select(ImportRun.template_id)).one() == other.id


def test_a_template_that_was_changed_for_the_file(
    app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, xlsx(LIST)))
    lines = [("name", "公司名稱", ""), ("phone", "電話", "")]
    sent = as_template("改過的", lines, version=template.version)
    assert wang.post(f"/imports/customers/templates/{template.id}", sent).status_code == 303
    choose(wang, app, run)
    begin(wang, app, run)
    assert names(session) == {"甲公司", "乙公司"}


HEADED_TWICE = [
    ["客戶名稱", "電話"],
    ["說明", "x"],
    ["客戶名稱", "傳真", "電話"],
    ["甲", "02-1111-2222", "02-3333-4444"],
]


@pytest.mark.parametrize(
    ("row", "expected"),
    [("", {"說明", "客戶名稱", "甲"}), ("3", {"甲"}), ("３", {"甲"}), (" 1 ", {"說明", "客戶名稱", "甲"})],
)
def test_the_row_with_the_headings(
    row: str, expected: set[str], app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, xlsx(HEADED_TWICE)))
    choose(wang, app, run, heading_row=row)
    begin(wang, app, run)
    assert names(session) == expected


@pytest.mark.parametrize("row", ["0", "-1", "abc", "1.5", "99999999999", "第三列"])
def test_what_is_no_row_is_said_beside_the_box_and_stays(
    row: str, app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, xlsx(HEADED_TWICE)))
    answer = wang.post(f"{run}/choices", {"heading_row": row, "duplicates": "overwrite"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="f-heading_row-error"' in page and value_of(page, "heading_row") == row
    assert value_of(page, "duplicates") == "overwrite"
    assert session.scalars(select(ImportRun.choices)).one()["duplicates"] == "skip"


def test_a_row_without_the_headings_is_said_beside_the_box_and_can_be_mended(
    app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, xlsx(HEADED_TWICE)))
    page = choose(wang, app, run, heading_row="4")
    assert 'id="f-heading_row-error"' in page and "客戶名稱" in page
    choose(wang, app, run, heading_row="")
    begin(wang, app, run)
    assert len(names(session)) == 3


def test_the_row_of_the_headings_holds_for_each_sheet(
    app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    sheets = {name: [["客戶名稱", "電話"], *rows] for name, rows in NORTH_SOUTH.items()}
    run = checked(wang, app, send(wang, template, book(sheets)))
    choose(wang, app, run, sheet="all", heading_row="2")
    begin(wang, app, run)
    assert names(session) == {"北區甲公司", "南區甲公司", "南區乙公司"}


def test_how_duplicates_are_handled(app: CRM, wang: Person, template: ImportTemplate, session: Session) -> None:
    wang.post("/language", {"language": "zh_Hant"})
    owner = session.scalars(select(ImportTemplate.created_by_id).where(ImportTemplate.id == template.id)).one()
    from crm.models import User

    make_customer(session, session.get_one(User, owner), name="甲公司", phone=None)
    session.commit()
    run = checked(wang, app, send(wang, template, xlsx([["客戶名稱", "電話"], ["甲公司", "02-2345-6789"]])))
    assert "start" not in wang.get(run).get_data(as_text=True).partition('class="btn primary"')[2][:80]
    page = choose(wang, app, run, duplicates="fill")
    assert value_of(page, "duplicates") == "fill" and "data-guard" in page
    assert "更新空白欄位" in wang.get(f"{run}/start").get_data(as_text=True), "the question says what was chosen"
    begin(wang, app, run)
    assert session.scalars(select(Customer.phone)).all() == ["02-2345-6789"]


def test_all_rows_or_the_good_ones_and_texts_that_no_list_has(
    app: CRM, as_user: Callable[[str], Person], session: Session
) -> None:
    admin = as_user("admin")
    template = make_template(admin, session, {"name": "客戶名稱", "source_id": "來源"})
    data = xlsx([["客戶名稱", "來源"], ["甲公司", "抖音"], ["乙公司", None]])
    run = checked(admin, app, send(admin, template, data, wrong="all"))
    assert admin.get(f"{run}/start").status_code == 303
    page = choose(admin, app, run, unknown="add")
    assert value_of(page, "wrong") == "all" and value_of(page, "unknown") == "add"
    begin(admin, app, run)
    assert names(session) == {"甲公司", "乙公司"}


@pytest.mark.parametrize("chosen", ["utf-8", "big5"])
def test_the_encoding_of_a_text_file(
    chosen: str, app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    """Chosen wrongly it is said beside the drop-down, or the headings are missing; the file need not come again."""
    data = "客戶名稱,電話\n臺灣水泥,02-2531-7099\n".encode("gb18030" if chosen == "big5" else "cp950")
    run = checked(wang, app, send(wang, template, data, "a.csv", encoding=chosen))
    page = wang.get(run).get_data(as_text=True)
    assert errors_on(wang.get(run)) and value_of(page, "encoding") == chosen
    if chosen == "utf-8":
        assert 'id="f-encoding-error"' in page
    choose(wang, app, run, encoding="auto")
    begin(wang, app, run)
    assert names(session) == {"臺灣水泥"}


def test_the_encoding_of_an_old_workbook(app: CRM, wang: Person, session: Session) -> None:
    template = make_template(wang, session, {"name": "名", "phone": "T"})
    data = xls_95([["名", "T"], ["丰田", "02-2531-7099"]], "cp950", 950)
    run = checked(wang, app, send(wang, template, data, "a.xls", encoding="gb18030"))
    assert value_of(wang.get(run).get_data(as_text=True), "encoding") == "gb18030"
    choose(wang, app, run, encoding="big5")
    begin(wang, app, run)
    assert names(session) == {"丰田"}


def test_totals_can_be_kept(app: CRM, wang: Person, template: ImportTemplate, session: Session) -> None:
    run = checked(wang, app, send(wang, template, xlsx([["客戶名稱", "電話"], ["甲公司", None], ["合計", None]])))
    page = wang.get(run).get_data(as_text=True)
    assert set(offered(page, "totals")) == {"leave", "take"}
    page = choose(wang, app, run, totals="take")
    assert value_of(page, "totals") == "take"
    begin(wang, app, run)
    assert names(session) == {"甲公司", "合計"}


def test_a_workbook_has_no_encoding_and_a_file_without_totals_does_not_ask(
    app: CRM, wang: Person, template: ImportTemplate
) -> None:
    page = wang.get(checked(wang, app, send(wang, template, book(COVER)))).get_data(as_text=True)
    for name in ("encoding", "totals", "hidden"):
        assert offered(page, name) == {}
    assert offered(page, "duplicates") and offered(page, "template")


def test_what_is_not_theirs_cannot_be_chosen(
    app: CRM, wang: Person, template: ImportTemplate, session: Session, as_user: Callable[[str], Person]
) -> None:
    products = make_template(as_user("admin"), session, {"name": "客戶名稱"}, "products")
    session.execute(delete(RoleGrant).where(RoleGrant.permission == Permission.DICTIONARIES_SAVE))
    session.commit()
    run = checked(wang, app, send(wang, template, xlsx([["客戶名稱", "電話"], ["甲公司", None]])))
    for choice in (str(products.id), "0", "x", "99999"):
        answer = wang.post(f"{run}/choices", {"template": choice})
        assert answer.status_code == 422 and 'id="f-template-error"' in answer.get_data(as_text=True)
    page = choose(wang, app, run, unknown="add", duplicates="everything", sheet="7")
    choices = session.scalars(select(ImportRun.choices)).one()
    assert (choices["unknown"], choices["duplicates"], "sheet" in choices) == ("refuse", "skip", False)
    assert '<option value="add"' not in page


def test_a_deleted_template_stays_with_its_run(
    app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, xlsx([["客戶名稱", "電話"], ["甲公司", None]])))
    assert wang.post(f"/imports/customers/templates/{template.id}/delete").status_code == 303
    page = wang.get(run).get_data(as_text=True)
    assert value_of(page, "template") == str(template.id)
    choose(wang, app, run, template=str(template.id), duplicates="overwrite")
    begin(wang, app, run)
    assert names(session) == {"甲公司"}


def test_what_is_imported_cannot_be_chosen_anew(
    app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, xlsx([["客戶名稱", "電話"], ["甲公司", None]])))
    begin(wang, app, run)
    page = choose(wang, app, run, duplicates="overwrite", heading_row="1")
    assert session.scalars(select(ImportRun.state)).one() == "done"
    assert offered(page, "duplicates") == {}


def test_a_file_that_is_no_table_is_refused_at_once(app: CRM, wang: Person, template: ImportTemplate) -> None:
    for data, said in ((b"%PDF-1.7\n", "PDF"), (b"\x09\x04\x06\x00\x00\x04\x10\x00\x00\x00", "舊版 Excel")):
        answer = send(wang, template, data, "名單.xls")
        assert answer.status_code == 422 and said in "".join(errors_on(answer))
    assert list((Path(app.config["CRM_INSTANCE"]) / "uploads" / "imports").iterdir()) == []
