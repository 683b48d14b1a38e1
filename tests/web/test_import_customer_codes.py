"""A column 客戶編碼 finds the customer of whatever is imported: it counts before the name."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.customers.contacts import save_contact
from crm.domain.imports.kinds import KINDS
from crm.models import Contact, Customer, ImportTemplate
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import make_customer, make_order, make_product
from tests.web.test_import_file_first import assign, guesses, send_alone
from tests.web.test_imports import begin, checked, xlsx

NAMING = [kind.key for kind in KINDS.values() if kind.names_customers]
CELLS: dict[str, dict[str, Any]] = {
    "contacts": {"姓名": "王小明"},
    "records": {"聯繫時間": "2025-03-12 14:30", "聯繫內容": "來電詢問報價"},
    "orders": {"訂單編號": "A-1", "訂單日期": "2025-03-20", "商品": "影印紙", "數量": 2, "單價": 85},
}
"""What a row of the kind says beside its customer."""


@pytest.fixture
def admin(as_user: Callable[[str], Person]) -> Person:
    return as_user("admin")


@pytest.fixture
def twins(session: Session, cast: Cast) -> list[Customer]:
    """Two customers of one name, and one of another."""
    make_product(session, "影印紙")
    made = [make_customer(session, cast.admin, name=name) for name in ("甲公司", "甲公司", "乙公司")]
    session.commit()
    return made


def test_every_kind_that_names_a_customer_is_tried() -> None:
    assert set(NAMING) == set(CELLS)


def bring(person: Person, app: CRM, kind: str, **customer: str) -> tuple[str, str]:
    cells = {**customer, **CELLS[kind]}
    run = checked(person, app, send_alone(person, xlsx([list(cells), list(cells.values())]), kind=kind))
    page = person.get(run).get_data(as_text=True)
    if "客戶編碼" in customer:
        assert guesses(page)["客戶編碼"] == "customer_code"
    answer = assign(person, app, run, page)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return run, person.get(run).get_data(as_text=True)


def customers_of(session: Session, kind: str) -> list[int]:
    session.expire_all()
    return list(session.scalars(select(KINDS[kind].entity.model.customer_id)))


@pytest.mark.parametrize("kind", NAMING)
def test_the_code_finds_one_of_two_customers_of_a_name(
    kind: str, app: CRM, admin: Person, session: Session, twins: list[Customer]
) -> None:
    _run, page = bring(admin, app, kind, 客戶名稱="甲公司")
    assert "有多個客戶叫" in page or "多個" in page
    run, _page = bring(admin, app, kind, 客戶名稱="甲公司", 客戶編碼=twins[1].code.lower())
    assert "導入成功" in begin(admin, app, run)
    assert customers_of(session, kind) == [twins[1].id]


@pytest.mark.parametrize("kind", NAMING)
def test_the_code_alone_is_enough(kind: str, app: CRM, admin: Person, session: Session, twins: list[Customer]) -> None:
    run, page = bring(admin, app, kind, 客戶編碼=twins[0].code)
    assert "甲公司" in page
    begin(admin, app, run)
    assert customers_of(session, kind) == [twins[0].id]


@pytest.mark.parametrize("kind", NAMING)
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("乙公司", "0", "」是「甲公司」，不是「乙公司」"),
        ("乙公司", "X-99", "沒有您可以使用的客戶編碼「X-99」"),
        ("", "", "缺少「客戶名稱」"),
    ],
)
def test_what_cannot_be_is_an_error_of_the_row(
    kind: str, name: str, code: str, words: str, app: CRM, admin: Person, twins: list[Customer]
) -> None:
    _run, page = bring(admin, app, kind, 客戶名稱=name, 客戶編碼=twins[0].code if code == "0" else code)
    assert words in page
    assert "開始導入" not in page


@pytest.mark.parametrize("kind", NAMING)
def test_the_first_template_has_the_column(kind: str, admin: Person, session: Session) -> None:
    template = session.scalars(select(ImportTemplate).where(ImportTemplate.kind == kind)).one()
    file = admin.get(f"/imports/{kind}/templates/{template.id}/download").data
    assert "客戶編碼" in [cell.value for cell in load_workbook(io.BytesIO(file)).worksheets[0][1]]


@pytest.mark.parametrize("kind", NAMING)
def test_the_list_exports_the_code(kind: str, admin: Person, session: Session, twins: list[Customer]) -> None:
    keys = ["customer", "customer_code"]
    admin.post(f"/lists/{kind}/columns", {"columns": keys, "shown": keys})
    sheet: Any = load_workbook(io.BytesIO(admin.get(f"/{kind}/export").data)).active
    assert [cell.value for cell in sheet[1]] == ["客戶", "客戶編碼"]


def test_an_export_goes_back_to_the_customers_that_it_came_from(
    app: CRM, admin: Person, session: Session, cast: Cast, twins: list[Customer]
) -> None:
    """By names alone nobody could tell which of the two is meant."""
    for number, customer in enumerate(twins):
        save_contact(session, None, customer, {"name": f"聯絡人{number}"}, actor_as(session, cast.admin))
    session.commit()
    before = {contact.name: contact.customer_id for contact in session.scalars(select(Contact))}
    keys = ["name", "customer", "customer_code"]
    admin.post("/lists/contacts/columns", {"columns": keys, "shown": keys})
    exported = admin.get("/contacts/export").data
    for contact in session.scalars(select(Contact)):
        contact.name = f"舊{contact.name}"
    session.commit()
    run = checked(admin, app, send_alone(admin, exported, "聯繫人.xlsx", "contacts"))
    page = admin.get(run).get_data(as_text=True)
    assert sorted(guesses(page).values()) == ["customer_code", "customer_id", "name"]
    assign(admin, app, run, page)
    assert "導入成功" in begin(admin, app, run), admin.get(run).get_data(as_text=True)
    session.expire_all()
    after = {contact.name: contact.customer_id for contact in session.scalars(select(Contact))}
    assert {name: after.get(name) for name in before} == before


def test_the_code_of_a_customer_out_of_reach_is_neither_shown_nor_found(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    for owner, name, code in ((cast.wang, "遠東紡織", "FE-778"), (cast.li, "近海漁業", "NE-112")):
        make_order(session, make_customer(session, owner, name, code=code), cast.li)
    session.commit()
    li, keys = as_user("li"), ["code", "customer", "customer_code"]
    li.post("/lists/orders/columns", {"columns": keys, "shown": keys})
    page = li.get("/orders").text
    assert "遠東紡織" in page and "NE-112" in page
    assert "FE-778" not in page
    asked = {"af": "customer_code", "ao": "is"}
    assert "近海漁業" in li.get("/orders", query_string={**asked, "av": "NE-112"}).text
    assert "遠東紡織" not in li.get("/orders", query_string={**asked, "av": "FE-778"}).text
