"""A file with several sheets, or with hidden rows: said, and chosen by its person (I-3, I-5)."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Customer, ImportRun, ImportTemplate
from crm.web import background_work
from tests.conftest import Person
from tests.web.test_imports import begin, checked, finish, make_template, send

Sheets = dict[str, list[list[object]]]
NORTH_SOUTH: Sheets = {
    "北區": [["客戶名稱", "電話"], ["北區甲公司", "02-7000-1111"]],
    "南區": [["電話", "備註", "客戶名稱"], ["07-7000-1111", "x", "南區甲公司"], ["07-7000-2222", "y", "南區乙公司"]],
}
COVER: Sheets = {"填寫說明": [["請在「資料」頁填寫"]], "資料": [["客戶名稱", "電話"], ["甲公司", "02-7111-2222"]]}


def book(sheets: Sheets, change: Callable[[Workbook], object] = lambda book: None) -> bytes:
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture
def wang(as_user: Callable[[str], Person]) -> Person:
    return as_user("wang")


@pytest.fixture
def template(wang: Person, session: Session) -> ImportTemplate:
    return make_template(wang, session, {"name": "客戶名稱", "phone": "電話"})


def offered(page: str, name: str = "sheet") -> dict[str, str]:
    found = re.search(rf'<select[^>]*name="{name}"[^>]*>(.*?)</select>', page, re.DOTALL)
    return dict(re.findall(r'<option value="(\w+)"[^>]*>([^<]*)', found.group(1))) if found else {}


def choose(wang: Person, app: CRM, run: str, **choice: str) -> str:
    assert wang.post(f"{run}/choices", choice).status_code == 303
    finish(app)
    return wang.get(run).get_data(as_text=True)


def names(session: Session) -> set[str]:
    session.expire_all()
    return set(session.scalars(select(Customer.name)))


@pytest.mark.parametrize("sheets", [NORTH_SOUTH, COVER], ids=["two", "cover"])
def test_the_sheet_is_asked_for_with_the_rows_of_each(
    sheets: Sheets, app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, book(sheets)))
    page = wang.get(run).get_data(as_text=True)
    labels = list(offered(page).values())
    assert len(labels) == 3
    for label, (name, rows) in zip(labels, sheets.items(), strict=False):
        assert name in label
        assert str(len(rows)) in label
    assert wang.get(f"{run}/start").status_code == 303
    assert session.scalars(select(ImportRun.state)).one() == "choosing"


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("0", {"北區甲公司"}),
        ("1", {"南區甲公司", "南區乙公司"}),
        ("all", {"北區甲公司", "南區甲公司", "南區乙公司"}),
    ],
)
def test_what_was_chosen_is_imported(
    choice: str, expected: set[str], app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, book(NORTH_SOUTH), duplicates="overwrite"))
    page = choose(wang, app, run, sheet=choice)
    assert f'value="{choice}" selected' in page
    assert ("<strong>備註</strong>" in page) == (choice != "0"), "a column that fills no field is named"
    begin(wang, app, run)
    assert names(session) == expected
    found = session.scalars(select(Customer).where(Customer.name.in_(["南區甲公司", "北區甲公司"])))
    assert {c.name[:2]: (c.phone or "")[:2] for c in found}.items() <= {"南區": "07", "北區": "02"}.items()
    assert session.scalars(select(ImportRun.choices)).one()["duplicates"] == "overwrite"


def test_the_sheet_with_the_headings_is_proposed_and_a_wrong_choice_can_be_mended(
    app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    run = checked(wang, app, send(wang, template, book(COVER)))
    assert 'value="1" selected' in wang.get(run).get_data(as_text=True)
    page = choose(wang, app, run, sheet="0")
    assert "客戶名稱" in page and offered(page)
    assert session.scalars(select(ImportRun.state)).one() == "choosing"
    page = choose(wang, app, run, sheet="all")
    assert "填寫說明" in page
    begin(wang, app, run)
    assert names(session) == {"甲公司"}


def test_a_wrong_row_is_named_with_its_sheet(app: CRM, wang: Person, template: ImportTemplate) -> None:
    sheets = {**NORTH_SOUTH, "東區": [["標題"], ["客戶名稱", "電話"], ["東", "#N/A"], [None, "1234567"]]}
    run = checked(wang, app, send(wang, template, book(sheets)))
    page = choose(wang, app, run, sheet="all")
    assert "東區 3" in page and "東區 4" in page


def test_a_hidden_sheet_is_not_asked_for_unless_it_could_be_meant(
    app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    def hide(made: Workbook) -> None:
        made.worksheets[1].sheet_state = "hidden"

    data = book({"資料": COVER["資料"], "選項": [["是"], ["否"]]}, hide)
    run = checked(wang, app, send(wang, template, data))
    page = wang.get(run).get_data(as_text=True)
    assert session.scalars(select(ImportRun.state)).one() == "checked"
    assert "選項" in page
    again = checked(wang, app, send(wang, template, book(NORTH_SOUTH, hide)))
    assert len(offered(wang.get(again).get_data(as_text=True))) == 3


@pytest.mark.parametrize(("choice", "count"), [(None, 4), ("take", 4), ("leave", 2)])
def test_hidden_rows_are_said_and_taken_or_left(
    choice: str | None, count: int, app: CRM, wang: Person, template: ImportTemplate, session: Session
) -> None:
    def hide(made: Workbook) -> None:
        for row in (3, 4):
            made.worksheets[0].row_dimensions[row].hidden = True

    data = book({"資料": [["客戶名稱", "電話"], *([f"第{n}公司", f"02-5555-100{n}"] for n in range(4))]}, hide)
    run = checked(wang, app, send(wang, template, data))
    page = wang.get(run).get_data(as_text=True)
    assert set(offered(page, "hidden")) == {"take", "leave"}
    if choice is not None:
        page = choose(wang, app, run, hidden=choice)
        assert f'value="{choice}" selected' in page
    begin(wang, app, run)
    assert len(names(session)) == count


def test_hidden_columns_are_named(app: CRM, wang: Person, template: ImportTemplate, session: Session) -> None:
    def hide(made: Workbook) -> None:
        made.worksheets[0].column_dimensions["B"].hidden = True

    run = checked(wang, app, send(wang, template, book({"資料": COVER["資料"]}, hide), hidden="leave"))
    page = wang.get(run).get_data(as_text=True)
    assert offered(page, "hidden")
    begin(wang, app, run)
    assert session.scalars(select(Customer.phone)).all() == [None]


def test_others_cannot_choose_for_me(
    app: CRM, wang: Person, template: ImportTemplate, as_user: Callable[[str], Person]
) -> None:
    run = checked(wang, app, send(wang, template, book(NORTH_SOUTH)))
    for other in ("li", "admin"):
        assert as_user(other).post(f"{run}/choices", {"sheet": "0"}).status_code == 404


def test_a_file_waits_in_line_and_says_so(
    app: CRM, wang: Person, template: ImportTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_work, "PATIENCE", 0.0)
    wang.get("/imports/customers")
    app.extensions["crm_runner"] = runner = (
        app.extensions.get("crm_runner")
        or __import__("crm.jobs.worker_thread", fromlist=["WorkerThread"]).WorkerThread()
    )
    go_on = Event()
    runner.submit(lambda: go_on.wait(20) and None)
    answer = send(wang, template, book(COVER))
    assert answer.status_code == 303
    page = wang.get(answer.headers["Location"])
    assert "Refresh" in page.headers
    assert "排隊" in page.get_data(as_text=True)
    go_on.set()
    finish(app)
    assert offered(wang.get(answer.headers["Location"]).get_data(as_text=True))


TRIALS = Path(__file__).parents[3] / "shared" / "data" / "trials"


@pytest.mark.skipif(not TRIALS.exists(), reason="no trial files beside the project")
@pytest.mark.parametrize(
    ("name", "warnings", "wrong", "new"),
    [("err", 1, 0, 2), ("formula_nocache", 0, 1, 1), ("hidden", 0, 0, 5), ("backslash", 0, 0, None)],
)
def test_the_trial_files(
    name: str,
    warnings: int,
    wrong: int,
    new: int | None,
    app: CRM,
    wang: Person,
    template: ImportTemplate,
    session: Session,
) -> None:
    checked(wang, app, send(wang, template, (TRIALS / f"{name}.xlsx").read_bytes()))
    run = session.scalars(select(ImportRun)).one()
    assert (run.state, run.counts["warnings"], run.counts["wrong"]) == ("checked", warnings, wrong)
    assert new is None or run.counts["new"] == new
