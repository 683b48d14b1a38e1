"""導入 begins with the file alone: headings, samples and a guess for each; the choice can become a template (I-9)."""

import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Contact, Customer, ImportRun, ImportTemplate, Product
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_customer
from tests.web.test_import_choices import value_of
from tests.web.test_import_sheets import book, names
from tests.web.test_imports import begin, checked, errors_on, finish, xlsx

AsUser = Callable[[str], Person]
LIST: list[list[Any]] = [
    ["二〇二六年客戶", None, None, None, None],
    ["公司全名", "聯絡電話", "窗口", "行動電話", "信箱"],
    ["甲有限公司", "02-2345-6789", "王小明", 912345678, "wang@example.com"],
    ["乙有限公司", "02-2345-6780", "李大華", "0922-333-444", "li@example.com"],
    ["合計", None, None, 2, None],
]


@pytest.fixture
def admin(as_user: AsUser) -> Person:
    return as_user("admin")


def send_alone(person: Person, data: bytes, name: str = "名單.xlsx", kind: str = "customers") -> Any:
    sent = {"file": (io.BytesIO(data), name)}
    return person.post(f"/imports/{kind}/file", sent, content_type="multipart/form-data")


def guesses(page: str) -> dict[str, str]:
    """Heading → the field that is chosen for it."""
    found = {}
    for number, heading in re.findall(r'<label for="column-(\d+)">([^<]*)</label>', page):
        found[html.unescape(heading)] = value_of(page, f"column-{number}")
    return found


def assign(person: Person, app: CRM, run: str, page: str, **more: str) -> Any:
    """【導入】 with what is chosen, and what is given by heading instead."""
    sent = {"template": "none"}
    for number, heading in re.findall(r'<label for="column-(\d+)">([^<]*)</label>', page):
        sent[f"column-{number}"] = more.pop(html.unescape(heading), value_of(page, f"column-{number}"))
    answer = person.post(f"{run}/choices", {**sent, **more})
    finish(app)
    return answer


def test_a_list_is_imported_without_any_template(app: CRM, admin: Person, session: Session) -> None:
    home = admin.get("/imports/customers").get_data(as_text=True)
    assert 'type="file"' in home and 'action="/imports/customers/file"' in home
    run = checked(admin, app, send_alone(admin, xlsx(LIST)))
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page) == {
        "公司全名": "name",
        "聯絡電話": "phone",
        "窗口": "main_contact",
        "行動電話": "main_mobile",
        "信箱": "email",
    }
    assert "甲有限公司、乙有限公司" in page and "wang@example.com" in page
    assert admin.get(f"{run}/start").status_code == 303
    assert assign(admin, app, run, page).status_code == 303
    page = begin(admin, app, run)
    assert "導入成功" in page
    customer = session.scalars(select(Customer).where(Customer.name == "甲有限公司")).one()
    assert (customer.phone, customer.email) == ("02-2345-6789", "wang@example.com")
    assert set(session.scalars(select(Contact.mobile))) == {"0912345678", "0922-333-444"}
    assert (
        session.scalar(
            select(func.count()).select_from(ImportTemplate).where(ImportTemplate.created_by_id.is_not(None))
        )
        == 0
    )


@pytest.mark.parametrize(
    ("kind", "headings", "expected"),
    [
        (
            "customers",
            ["Company Name", "Tel.", "E-mail", "Website", "統編", "负责人", "備註", "Zip Code", "產業別"],
            [
                "name",
                "phone",
                "email",
                "website",
                "tax_number",
                "legal_representative",
                "notes",
                "postcode",
                "industry_id",
            ],
        ),
        (
            "contacts",
            ["公司", "聯絡人", "性别", "職稱", "手機號碼", "微信号", "LINE ID", "出生日期"],
            ["customer_id", "name", "gender", "job_title", "mobile", "wechat", "line", "birthday"],
        ),
        (
            "products",
            ["品名", "料號", "規格", "單位", "售價", "成本", "分類"],
            ["name", "code", "specification", "unit_id", "price", "cost", "category_id"],
        ),
        ("products", ["*商品名称（必填）", " 商品 编码 ", "Unit Price"], ["name", "code", "price"]),
    ],
)
def test_headings_are_recognised_as_people_write_them(
    kind: str, headings: list[str], expected: list[str], app: CRM, admin: Person
) -> None:
    run = checked(admin, app, send_alone(admin, xlsx([headings, ["x"] * len(headings)]), kind=kind))
    assert list(guesses(admin.get(run).get_data(as_text=True)).values()) == expected


def test_headings_that_nobody_knows_are_guessed_by_what_stands_below(app: CRM, admin: Person) -> None:
    rows = [
        ["A欄", "B欄", "C欄", "D欄", "E欄"],
        ["甲公司", "02-2345-6789", "a@example.com", "https://a.example.com", "2026-01-31"],
        ["乙公司", "0912-345-678", "b@example.com", "www.b.example.com", "2026-02-01"],
    ]
    run = checked(admin, app, send_alone(admin, xlsx(rows)))
    found = guesses(admin.get(run).get_data(as_text=True))
    assert found == {"A欄": "", "B欄": "phone", "C欄": "email", "D欄": "website", "E欄": ""}


def test_what_is_missing_or_twice_is_said_and_what_was_chosen_stays(app: CRM, admin: Person, session: Session) -> None:
    run = checked(admin, app, send_alone(admin, xlsx(LIST)))
    page = admin.get(run).get_data(as_text=True)
    answer = assign(admin, app, run, page, 公司全名="", 窗口="phone", template_name="我的")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "客戶名稱" in "".join(errors_on(answer)) and 'id="column-3-error"' in text
    assert guesses(text)["窗口"] == "phone" and value_of(text, "template_name") == "我的"
    assert session.scalars(select(ImportRun.state)).one() == "choosing"
    answer = assign(admin, app, run, page, 信箱="search_text")
    assert answer.status_code == 422 and 'id="column-5-error"' in answer.get_data(as_text=True)


def test_the_choice_is_kept_as_a_template(app: CRM, admin: Person, session: Session) -> None:
    run = checked(admin, app, send_alone(admin, xlsx(LIST)))
    page = admin.get(run).get_data(as_text=True)
    taken = session.scalars(select(ImportTemplate.name).where(ImportTemplate.kind == "customers")).one()
    refused = assign(admin, app, run, page, template_name=taken)
    assert refused.status_code == 422 and 'id="f-template_name-error"' in refused.get_data(as_text=True)
    assert assign(admin, app, run, page, 信箱="", template_name="舊系統").status_code == 303
    template = session.scalars(select(ImportTemplate).where(ImportTemplate.name == "舊系統")).one()
    assert [(c.field, c.heading) for c in template.columns] == [
        ("name", "公司全名"), ("phone", "聯絡電話"), ("main_contact", "窗口"), ("main_mobile", "行動電話"),
    ]  # fmt: skip
    assert value_of(admin.get(run).get_data(as_text=True), "template") == str(template.id)
    begin(admin, app, run)
    assert names(session) == {"甲有限公司", "乙有限公司"}


def test_what_was_chosen_last_time_is_chosen_again(app: CRM, admin: Person, as_user: AsUser) -> None:
    rows = [["甲欄", "電話", "信箱"], ["甲公司", "02-2345-6789", "a@example.com"]]
    run = checked(admin, app, send_alone(admin, xlsx(rows)))
    assign(admin, app, run, admin.get(run).get_data(as_text=True), 甲欄="name", 電話="fax", 信箱="")
    again = checked(admin, app, send_alone(admin, xlsx(rows)))
    assert guesses(admin.get(again).get_data(as_text=True)) == {"甲欄": "name", "電話": "fax", "信箱": ""}
    wang = as_user("wang")
    theirs = checked(wang, app, send_alone(wang, xlsx(rows)))
    assert guesses(wang.get(theirs).get_data(as_text=True)) == {"甲欄": "", "電話": "phone", "信箱": "email"}


def test_columns_can_be_changed_after_the_check(app: CRM, admin: Person, session: Session) -> None:
    run = checked(admin, app, send_alone(admin, xlsx(LIST)))
    assign(admin, app, run, admin.get(run).get_data(as_text=True))
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page)["聯絡電話"] == "phone"
    assign(admin, app, run, page, 聯絡電話="fax", duplicates="overwrite")
    begin(admin, app, run)
    customer = session.scalars(select(Customer).where(Customer.name == "甲有限公司")).one()
    assert (customer.phone, customer.fax) == (None, "02-2345-6789")


def test_of_several_sheets_the_one_with_known_headings_is_proposed(app: CRM, admin: Person, session: Session) -> None:
    sheets = {"說明": [["請填寫"], ["x"]], "名單": [["公司", "電話"], ["甲公司", "02-2345-6789"]], "空": [["a"], ["b"]]}
    run = checked(admin, app, send_alone(admin, book(sheets)))
    page = admin.get(run).get_data(as_text=True)
    assert value_of(page, "sheet") == "1" and guesses(page) == {}
    admin.post(f"{run}/choices", {"sheet": "1", "template": "none"})
    finish(app)
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page) == {"公司": "name", "電話": "phone"}
    admin.post(f"{run}/choices", {"sheet": "0", "template": "none"})
    finish(app)
    assert list(guesses(admin.get(run).get_data(as_text=True))) == ["請填寫"]
    assign(admin, app, run, page, sheet="1")
    finish(app)
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page) == {"公司": "name", "電話": "phone"}, "another sheet is looked at anew"
    assign(admin, app, run, page, sheet="1")
    begin(admin, app, run)
    assert names(session) == {"甲公司"}


def test_all_sheets_and_the_row_of_the_headings(app: CRM, admin: Person, session: Session) -> None:
    sheets = {
        "北": [["公司", "電話"], ["甲公司", "02-2345-6789"]],
        "南": [["說明"], ["電話", "公司", "備註"], ["07-234-5678", "乙公司", "x"]],
    }
    run = checked(admin, app, send_alone(admin, book(sheets)))
    admin.post(f"{run}/choices", {"sheet": "all", "template": "none"})
    finish(app)
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page) == {"公司": "name", "電話": "phone", "備註": "notes"}
    assign(admin, app, run, page, sheet="all")
    begin(admin, app, run)
    assert names(session) == {"甲公司", "乙公司"}


def test_another_row_or_encoding_is_looked_at_anew(app: CRM, admin: Person, session: Session) -> None:
    data = "公司,電話\n公司,傳真\n甲公司,02-2345-6789\n".encode("cp950")
    run = checked(admin, app, send_alone(admin, data, "a.csv"))
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page) == {"公司": "name", "電話": "phone"}
    assign(admin, app, run, page, heading_row="2")
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page) == {"公司": "name", "傳真": "fax"}
    assign(admin, app, run, page, heading_row="2", encoding="utf-8")
    assert 'id="f-encoding-error"' in admin.get(run).get_data(as_text=True)
    admin.post(f"{run}/choices", {"template": "none", "heading_row": "2", "encoding": "big5"})
    finish(app)
    page = admin.get(run).get_data(as_text=True)
    assign(admin, app, run, page, heading_row="2", encoding="big5")
    begin(admin, app, run)
    assert names(session) == {"甲公司"}


def test_from_a_template_to_columns_by_hand_and_back(app: CRM, admin: Person, session: Session) -> None:
    template = session.scalars(select(ImportTemplate).where(ImportTemplate.kind == "customers")).one()
    run = checked(admin, app, send_alone(admin, xlsx([["客戶名稱", "窗口"], ["甲公司", "王小明"]])))
    admin.post(f"{run}/choices", {"template": str(template.id)})
    finish(app)
    page = admin.get(run).get_data(as_text=True)
    assert value_of(page, "template") == str(template.id) and "<strong>窗口</strong>" in page
    admin.post(f"{run}/choices", {"template": "none"})
    finish(app)
    page = admin.get(run).get_data(as_text=True)
    assert guesses(page) == {"客戶名稱": "name", "窗口": "main_contact"}


def test_contacts_and_products_too(app: CRM, admin: Person, session: Session, cast: Cast) -> None:
    make_customer(session, cast.admin, name="甲公司")
    session.commit()
    files: dict[str, list[list[Any]]] = {
        "contacts": [["公司", "聯絡人", "行動電話"], ["甲公司", "王小明", 912345678]],
        "products": [["品名", "單價"], ["影印紙", "85"]],
    }
    for kind, rows in files.items():
        run = checked(admin, app, send_alone(admin, xlsx(rows), kind=kind))
        assign(admin, app, run, admin.get(run).get_data(as_text=True))
        begin(admin, app, run)
    assert session.scalars(select(Contact.mobile)).all() == ["0912345678"]
    assert session.scalars(select(Product.name)).all() == ["影印紙"]


def test_without_a_file_or_with_another_kind_the_page_says_so(admin: Person) -> None:
    for answer in (admin.post("/imports/customers/file", {}), send_alone(admin, b"%PDF-1.4\n", "a.xls")):
        assert answer.status_code == 422 and 'id="f-file-error"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("rows", [[["a"]], [["公司"]], [[1, 2], [3, 4]], [["公司", "公司"], ["甲", "乙"]]])
def test_poor_files_end_in_words(rows: list[list[Any]], app: CRM, admin: Person) -> None:
    run = checked(admin, app, send_alone(admin, xlsx(rows)))
    page = admin.get(run).get_data(as_text=True)
    answer = assign(admin, app, run, page)
    assert answer.status_code in (303, 422)
    assert admin.get(run).status_code == 200


def test_headings_of_others_are_only_texts(app: CRM, admin: Person) -> None:
    rows = [["<script>alert(1)</script>", '" onx="', "x" * 300], ["<img src=x>", "{{ 7*7 }}", "y" * 3000]]
    run = checked(admin, app, send_alone(admin, xlsx(rows)))
    page = admin.get(run).get_data(as_text=True)
    assert "<script>alert" not in page and "<img src=x" not in page and "y" * 100 not in page
    answer = assign(admin, app, run, page, **{"<script>alert(1)</script>": "name"}, template_name="x")
    assert answer.status_code in (303, 422)


def test_a_list_without_headings_is_warned_of_before_its_first_record_is_lost(app: CRM, admin: Person) -> None:
    warned = "標題都不認得"
    bare = checked(admin, app, send_alone(admin, "祥瑞达\n卓越形象\n美锐达\n".encode(), "a.txt"))
    assert warned in admin.get(bare).get_data(as_text=True)
    known = checked(admin, app, send_alone(admin, "客戶名稱,奇怪的欄\n大同書局,x\n".encode(), "a.csv"))
    assert warned not in admin.get(known).get_data(as_text=True)
