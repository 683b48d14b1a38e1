"""Guesses look at the values, and the result says what helps for a group of errors (I-4, I-9)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import ImportTemplate
from tests.conftest import Person
from tests.web.test_import_choices import value_of
from tests.web.test_import_file_first import assign, guesses, send_alone
from tests.web.test_imports import as_template, begin, checked, finish, xlsx

CODED: list[list[Any]] = [
    ["公司名稱", "產業別", "總機電話", "過戶電話", "傳真"],
    ["甲公司", "01", "02-2531-7099", "02-6636-5566", "02-2531-6529"],
    ["乙公司", "02", "02-2733-8000", "02-7753-1699", ""],
]


@pytest.fixture
def admin(as_user: Callable[[str], Person]) -> Person:
    return as_user("admin")


def guessed(person: Person, app: CRM, rows: list[list[Any]], kind: str = "customers") -> dict[str, str]:
    run = checked(person, app, send_alone(person, xlsx(rows), kind=kind))
    return guesses(person.get(run).get_data(as_text=True))


def test_another_programs_codes_are_not_our_choices(app: CRM, admin: Person) -> None:
    run = checked(admin, app, send_alone(admin, xlsx(CODED)))
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page)["產業別"] == ""
    assign(admin, app, run, page)
    assert "導入成功" in begin(admin, app, run)


@pytest.mark.parametrize("values", [("製造業", "01"), ("農業", "漁業"), ("", "無"), ("Manufacturing", "02")])
def test_words_and_what_the_dictionary_knows_stay_a_guess(values: tuple[str, str], app: CRM, admin: Person) -> None:
    rows = [["公司名稱", "產業別"], ["甲公司", values[0]], ["乙公司", values[1]]]
    assert guessed(admin, app, rows)["產業別"] == "industry_id"


def test_what_was_decided_before_is_not_doubted(app: CRM, admin: Person) -> None:
    run = checked(admin, app, send_alone(admin, xlsx(CODED)))
    assign(admin, app, run, admin.get(run).get_data(as_text=True), 產業別="industry_id")
    assert guessed(admin, app, CODED)["產業別"] == "industry_id"


def test_a_landline_without_a_contacts_name_is_nobodys_mobile(app: CRM, admin: Person) -> None:
    found = guessed(admin, app, CODED)
    assert (found["總機電話"], found["傳真"], found["過戶電話"]) == ("phone", "fax", "")
    named = [["公司名稱", "窗口", "電話", "過戶電話", "私人號碼"]]
    named += [["甲公司", "林小姐", "02-2531-7099", "02-6636-5566", "0912-345-678"]]
    found = guessed(admin, app, named)
    assert (found["過戶電話"], found["私人號碼"]) == ("", "main_mobile")
    assert guessed(admin, app, [["客戶", "手機"], ["林小姐", "0912-345-678"]]) == {"客戶": "name", "手機": "phone"}


def choose_at_once(person: Person, app: CRM, run: str, name: str, value: str) -> str:
    """A button below 【如何處理】: the page of the new check."""
    person.post(f"{run}/choices", {"others": "keep", name: value})
    finish(app)
    return person.get(run).get_data(as_text=True)


def test_the_result_says_what_helps_when_a_column_is_not_in_the_dictionary(app: CRM, admin: Person) -> None:
    run = checked(admin, app, send_alone(admin, xlsx(CODED)))
    assign(admin, app, run, admin.get(run).get_data(as_text=True), 產業別="industry_id")
    page = admin.get(run).get_data(as_text=True)
    assert "「產業別」有 2 列的值不在字典中" in page
    helps = page.partition("如何處理")[2].partition("</ul>")[0]
    assert re.findall(r'name="([^"]*)" value="([^"]*)" aria-label', helps) == [("unknown", "add"), ("column-2", "")]
    choose_at_once(admin, app, run, "column-2", "")
    page = admin.get(run).get_data(as_text=True)
    assert "產業別" in page.partition("不會導入這些欄")[2] and 'aria-label="錯誤列"' not in page
    assert "導入成功" in begin(admin, app, run)


def test_who_may_not_add_to_dictionaries_is_only_offered_to_leave_the_column(
    app: CRM, as_user: Callable[[str], Person]
) -> None:
    wang = as_user("wang")
    run = checked(wang, app, send_alone(wang, xlsx(CODED)))
    assign(wang, app, run, wang.get(run).get_data(as_text=True), 產業別="industry_id")
    page = wang.get(run).get_data(as_text=True)
    helps = page.partition("如何處理")[2].partition("</ul>")[0]
    assert 'name="column-2"' in helps and 'value="add"' not in helps


def test_what_helps_is_done_with_one_press_and_leaves_the_other_choices_alone(app: CRM, admin: Person) -> None:
    run = checked(admin, app, send_alone(admin, xlsx(CODED)))
    assign(
        admin, app, run, admin.get(run).get_data(as_text=True), 產業別="industry_id", 傳真="", duplicates="overwrite"
    )
    page = choose_at_once(admin, app, run, "unknown", "add")
    assert "以下內容將新增到字典" in page and "如何處理" not in page
    assert guesses(page)["產業別"] == "industry_id" and guesses(page)["傳真"] == ""
    assert value_of(page, "duplicates") == "overwrite"
    assert "導入成功" in begin(admin, app, run)


def test_built_in_templates_are_called_in_the_readers_language(app: CRM, admin: Person, session: Session) -> None:
    template = session.scalars(select(ImportTemplate).where(ImportTemplate.kind == "customers")).one()
    admin.post("/language", {"language": "en"})
    url = f"/imports/customers/templates/{template.id}"
    for page in ("/imports/customers/templates", url, f"{url}/file", f"{url}/delete"):
        text = admin.get(page).get_data(as_text=True)
        assert "Customers (default)" in text and "客戶資料" not in text
    lines = [("name", "Company", "")]
    for typed, kept in (("Customers (default)", "客戶資料（默認）"), ("Our customers", "Our customers")):
        session.refresh(template)
        answer = admin.post(url, as_template(typed, lines, version=template.version))
        assert answer.status_code == 303
        session.refresh(template)
        assert template.name == kept
    admin.post("/language", {"language": "zh_Hant"})
    assert "Our customers" in admin.get("/imports/customers/templates").get_data(as_text=True)
