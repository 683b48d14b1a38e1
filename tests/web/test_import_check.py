"""What the check of a file says: equal errors once, by heading and label; totals; texts that no list has (I-4, I-5)."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Contact, Customer, CustomerLevel, DictionaryItem
from crm.models.permissions import Permission
from crm.models.roles import RoleGrant
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_customer
from tests.web.test_imports import as_template, begin, checked, errors_on, make_template, send, xlsx

AsUser = Callable[[str], Person]


@pytest.fixture
def admin(as_user: AsUser) -> Person:
    return as_user("admin")


def lines(page: str) -> list[list[str]]:
    """The cells of the tables of errors and warnings: rows, field, value, reason."""
    found = []
    tables = "".join(re.findall(r'<table class="list w4">(.*?)</table>', page, re.DOTALL))
    for row in re.findall(r"<tr>(.*?)</tr>", tables, re.DOTALL):
        cells = [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        if len(cells) == 4:
            found.append(cells)
    return found


def check(person: Person, session: Session, app: CRM, columns: dict[str, str], rows: list[Any], **more: str) -> str:
    kind = more.pop("kind", "customers")
    template = make_template(person, session, columns, kind)
    return checked(person, app, send(person, template, xlsx(rows), **more))


def test_equal_errors_are_one_line_with_their_rows_and_a_count(app: CRM, admin: Person, session: Session) -> None:
    rows: list[Any] = [["公司", "來源"]]
    rows += [[f"第{n}公司", "火星" if n % 3 else "土星"] for n in range(300)] + [[None, "網站"]] * 5
    run = check(admin, session, app, {"name": "公司", "source_id": "來源"}, rows)
    found = lines(admin.get(run).get_data(as_text=True))
    texts = {line[2]: line for line in found}
    assert len(found) == 3 and "火星" in texts and "土星" in texts
    assert texts["火星"][0] == "3–4、6–7、9–10、12–13、15–16、18–19 … （200 列）"
    assert "（100 列）" in texts["土星"][0]
    assert texts[""][0] == "302–306 （5 列）"
    assert texts[""][1] == "公司（客戶名稱）"
    assert texts["火星"][1] == "來源（客戶來源）"


def test_a_field_is_named_by_heading_and_label_in_the_marked_file_too(
    app: CRM, admin: Person, session: Session
) -> None:
    rows = [["Firm", "Mail", "電話"], ["甲", "nobody", "電話"], [None, "a@b.com", None]]
    run = check(admin, session, app, {"name": "Firm", "email": "Mail", "phone": "電話"}, rows, wrong="all")
    page = admin.get(run).get_data(as_text=True)
    assert {line[1] for line in lines(page)} == {"Mail（電子郵件）", "電話", "Firm（客戶名稱）"}
    marked = load_workbook(io.BytesIO(admin.get(f"{run}/errors").data)).active
    reasons = "\n".join(str(row[-1].value) for row in marked.iter_rows(min_row=2))  # type: ignore[union-attr]
    assert "Mail（電子郵件）：" in reasons and "Firm（客戶名稱）：" in reasons and "電話：" in reasons


TOTALS: list[Any] = [
    ["客戶名稱", "電話", "信用額度"],
    ["甲公司", "02-2345-0001", 100],
    ["小計", None, 100],
    ["乙公司", "02-2345-0002", 200],
    ["合計", None, 300],
]


def test_totals_are_said_and_left_out(app: CRM, admin: Person, session: Session) -> None:
    columns = {"name": "客戶名稱", "phone": "電話", "credit_limit": "信用額度"}
    run = check(admin, session, app, columns, TOTALS)
    page = admin.get(run).get_data(as_text=True)
    assert "3、5" in page and "合計列" in page
    begin(admin, app, run)
    assert list(session.scalars(select(Customer.name).order_by(Customer.id))) == ["甲公司", "乙公司"]


def test_totals_in_a_text_file(app: CRM, admin: Person, session: Session) -> None:
    template = make_template(admin, session, {"name": "客户名称", "credit_limit": "额度"})
    data = '客户名称,额度\n甲公司,100\n合计：,"1,100.00"\nTotal,1100\n'.encode("gb18030")
    run = checked(admin, app, send(admin, template, data, "a.csv"))
    begin(admin, app, run)
    assert list(session.scalars(select(Customer.name))) == ["甲公司"]


CHOICES = [
    ("customers", "level_id", "等級九", {}),
    ("customers", "source_id", "從來沒有", {}),
    ("customers", "status_id", "從來沒有", {}),
    ("contacts", "gender", "外星人", {"customer_id": "甲公司"}),
    ("products", "category_id", "從來沒有", {}),
    ("products", "unit_id", "斗", {}),
    ("products", "kind", "從來沒有", {}),
]


@pytest.mark.parametrize(("kind", "field", "text", "more"), CHOICES)
def test_a_text_that_no_list_has_refuses_its_row_whatever_the_list(
    kind: str, field: str, text: str, more: dict[str, str], app: CRM, admin: Person, session: Session, cast: Cast
) -> None:
    make_customer(session, cast.admin, name="甲公司")
    session.commit()
    columns = {"name": "名稱", field: "種類", **{key: key for key in more}}
    rows = [["名稱", "種類", *more], ["好", None, *more.values()], ["壞", text, *more.values()]]
    run = check(admin, session, app, columns, rows, kind=kind)
    (line,) = lines(admin.get(run).get_data(as_text=True))
    assert line[0] == "3" and line[2] == text and "列表中沒有" in line[3]


@pytest.mark.parametrize(("kind", "field", "text", "more"), [choice for choice in CHOICES if choice[1] != "status_id"])
def test_it_is_added_where_that_is_chosen_and_the_list_is_theirs(
    kind: str, field: str, text: str, more: dict[str, str], app: CRM, admin: Person, session: Session, cast: Cast
) -> None:
    make_customer(session, cast.admin, name="甲公司")
    session.commit()
    columns = {"name": "名稱", field: "種類", **{key: key for key in more}}
    rows = [["名稱", "種類", *more], ["壞一", text, *more.values()], ["壞二", text, *more.values()]]
    run = check(admin, session, app, columns, rows, kind=kind, unknown="add")
    page = admin.get(run).get_data(as_text=True)
    if field in ("gender", "kind"):
        assert "不能新增" in lines(page)[0][3]
        return
    assert not lines(page) and text in page
    begin(admin, app, run)
    again = check(
        admin,
        session,
        app,
        {**columns, "code": "c"},
        [["名稱", "種類", *more], ["丙", text, *more.values()]],
        kind=kind,
    )
    assert not lines(admin.get(again).get_data(as_text=True))


def test_levels_ask_the_right_of_levels_and_sources_that_of_dictionaries(
    app: CRM, admin: Person, session: Session
) -> None:
    levels = session.scalar(select(func.count()).select_from(CustomerLevel))
    session.execute(delete(RoleGrant).where(RoleGrant.permission == Permission.POLICY_SAVE))
    session.commit()
    rows = [["名稱", "等級", "來源"], ["甲", "等級九", "新來源"], ["乙", None, "新來源"]]
    columns = {"name": "名稱", "level_id": "等級", "source_id": "來源"}
    run = check(admin, session, app, columns, rows, unknown="add")
    (line,) = lines(admin.get(run).get_data(as_text=True))
    assert line[2] == "等級九" and "無權" in line[3]
    begin(admin, app, run)
    assert session.scalar(select(func.count()).select_from(CustomerLevel)) == levels
    assert list(session.scalars(select(DictionaryItem.name).where(DictionaryItem.name == "新來源"))) == ["新來源"]


@pytest.mark.parametrize(
    ("kind", "field", "fixed"),
    [
        ("customers", "founded_on", "2026-02-30"),
        ("customers", "credit_limit", "很多"),
        ("customers", "credit_limit", "-5"),
        ("customers", "email", "nobody"),
        ("customers", "website", "javascript:alert(1)"),
        ("customers", "phone", "ab"),
        ("customers", "source_id", "火星"),
        ("customers", "level_id", "等級九"),
        ("customers", "province_id", "火星"),
        ("customers", "city_id", "火星市"),
        ("customers", "owner_id", "nobody"),
        ("customers", "short_name", "長" * 101),
        ("customers", "next_contact_at", "明天"),
        ("customers", "code", "C-1"),
        ("customers", "notes", "無"),
        ("contacts", "gender", "外星人"),
        ("contacts", "is_main", "也許"),
        ("contacts", "customer_id", "沒有這家公司"),
        ("products", "price", "free"),
        ("products", "category_id", "火星"),
        ("products", "kind", "火星"),
        ("products", "unit_id", "#N/A"),
    ],
)
def test_a_fixed_value_that_cannot_be_used_is_refused_beside_it(
    kind: str, field: str, fixed: str, admin: Person
) -> None:
    required = {"contacts": [("customer_id", "客戶", ""), ("name", "姓名", "")]}.get(kind, [("name", "名稱", "")])
    required = [line for line in required if line[0] != field]
    sent = as_template("範本", [*required, (field, "", fixed)])
    answer = admin.post(f"/imports/{kind}/templates", sent)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    number = len(required) + 1
    assert f'id="fixed-{number}-error"' in page and f'aria-describedby="fixed-{number}-error"' in page
    assert len(errors_on(answer)) == 1
    assert f'value="{fixed}"' in page


@pytest.mark.parametrize(
    ("kind", "field", "fixed"),
    [
        ("customers", "founded_on", "民國115年1月5日"),
        ("customers", "credit_limit", "1.2萬"),
        ("customers", "source_id", "网站"),
        ("customers", "city_id", "新竹"),
        ("customers", "owner_id", "wang"),
        ("contacts", "gender", "先生"),
        ("products", "kind", "服務"),
    ],
)
def test_a_fixed_value_that_can_be_used_is_saved(kind: str, field: str, fixed: str, admin: Person) -> None:
    required = {"contacts": [("customer_id", "客戶", ""), ("name", "姓名", "")]}.get(kind, [("name", "名稱", "")])
    answer = admin.post(f"/imports/{kind}/templates", as_template("範本", [*required, (field, "", fixed)]))
    assert answer.status_code == 303, errors_on(answer)


def test_zeros_of_telephones_come_back_and_the_check_says_so(app: CRM, admin: Person, session: Session) -> None:
    rows = [
        ["名稱", "電話", "傳真", "統編"],
        *([f"第{n}公司", 225317000 + n, 35636688 + n, 3244509 + n] for n in range(9)),
    ]
    columns = {"name": "名稱", "phone": "電話", "fax": "傳真", "tax_number": "統編"}
    run = check(admin, session, app, columns, rows)
    found = {line[1].partition("（")[0]: line for line in lines(admin.get(run).get_data(as_text=True))}
    assert found["電話"][0] == "2–10 （9 列）" and "補回" in found["電話"][3] and "225317000" in found["電話"][2]
    assert "請檢查" in found["傳真"][3] and "補回" in found["統編"][3]
    begin(admin, app, run)
    customer = session.scalars(select(Customer).where(Customer.name == "第0公司")).one()
    assert (customer.phone, customer.fax, customer.tax_number) == ("0225317000", "35636688", "03244509")


def test_a_mobile_of_a_contact_gets_its_zero_back(app: CRM, admin: Person, session: Session) -> None:
    template = make_template(admin, session, {"name": "名稱", "main_contact": "姓名", "main_mobile": "手機"})
    rows = [["名稱", "姓名", "手機"], ["甲公司", "王小明", 912345678]]
    begin(admin, app, checked(admin, app, send(admin, template, xlsx(rows))))
    assert session.scalars(select(Contact.mobile)).all() == ["0912345678"]
