"""Products through the pages (G-2): list, filters, form, cost, stopping, deleting, choosing, searching (F-3)."""

import io
from decimal import Decimal

import openpyxl
import pytest
from lxml import html
from sqlalchemy import select

from crm.models import ListColumns, Product
from tests.factories import line, make_category, make_customer, make_order, make_product
from tests.web.test_customer_pages import errors, rows

FORM = {"kind": "goods", "state": "on_sale"}


def tree(answer):
    return html.fromstring(answer.get_data(as_text=True))


@pytest.fixture
def office(session):
    return make_category(session, "辦公設備", code="EQ")


@pytest.fixture
def copier(session, office):
    below = make_category(session, "事務機", office, "EQ-1")
    return make_product(
        session,
        "彩色事務機",
        "98000",
        cost=Decimal("71234.5678"),
        floor_price=Decimal(88000),
        category_id=below.id,
        specification="每分鐘45張",
    )


@pytest.mark.parametrize("login", ["wang", "manager", "admin"])
def test_the_pages_open(as_user, copier, login):
    urls = ["/products", f"/products/{copier.id}"]
    urls += [] if login == "wang" else ["/products/new", f"/products/{copier.id}/delete", "/products/export"]
    for url in (*urls, "/lists/products/advanced", "/lists/products/columns"):
        assert as_user(login).get(url).status_code == 200


def test_the_form_carries_the_labels_of_the_manual(as_user):
    labels = tree(as_user("manager").get("/products/new")).xpath("//form[@class='form']//label/text()")
    wanted = "商品名稱 商品編碼 拼音碼 類別 類型 規格型號 單位 狀態 銷售單價 成本價 最低售價 備註"
    assert labels == wanted.split()


def test_one_is_made_numbered_and_found_again(as_user, session, office):
    manager = as_user("manager")
    sent = {**FORM, "name": "A4影印紙", "category_id": office.id, "price": "850.1250", "cost": "668.5"}
    answer = manager.post("/products", sent)
    assert answer.status_code == 303
    made = session.scalars(select(Product)).one()
    assert (made.code, made.price, made.cost) == ("G00001", Decimal("850.125"), Decimal("668.5"))
    page = manager.get(answer.headers["Location"]).get_data(as_text=True)
    assert "850.125" in page and "已保存" in page
    for typed in ("影印", "影印纸", "yyz", "G00001"):
        assert len(rows(manager.get("/products", query_string={"q": typed}))) == 1, typed


def test_a_lowest_price_above_the_price_is_saved_with_a_warning(as_user, session):
    manager = as_user("manager")
    answer = manager.post("/products", {**FORM, "name": "紙", "price": "10", "floor_price": "12"})
    assert answer.status_code == 303
    assert "最低售價高於銷售單價" in manager.get(answer.headers["Location"]).get_data(as_text=True)
    assert session.scalars(select(Product)).one().floor_price == Decimal(12)


def test_wrong_values_are_told_beside_their_fields_and_stay(as_user, session):
    sent = {"name": "", "price": "1.23456", "cost": "-1", "kind": "x", "state": "", "category_id": "99"}
    answer = as_user("manager").post("/products", sent)
    assert answer.status_code == 422
    assert len(errors(answer)) == 6
    assert 'value="1.23456"' in answer.get_data(as_text=True)
    assert session.scalars(select(Product)).all() == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category={top}", ["彩色事務機"]),
        ("kind=service", ["維修"]),
        ("state=stopped", ["舊椅"]),
        ("q=45張", ["彩色事務機"]),
        ("sort=price", ["維修", "舊椅", "彩色事務機"]),
        ("af=price&ao=from&av=50000", ["彩色事務機"]),
        ("af=category_id&ao=is&av=事务机", ["彩色事務機"]),
    ],
)
def test_filters(as_user, session, copier, office, query, found):
    make_product(session, "維修", "1500", kind="service")
    make_product(session, "舊椅", "1600", state="stopped")
    answer = as_user("wang").get("/products?" + query.format(top=office.id))
    assert tree(answer).xpath("//table//tbody//td/a[1]/text()") == found


class TestCost:
    """A-5: the cost is for who holds `products:cost`, everywhere."""

    ADDRESSES = (
        "/products",
        "/products?sort=cost",
        "/products?af=cost&ao=filled&av=",
        "/products/{id}",
        "/lists/products/advanced",
        "/lists/products/columns",
        "/find/products?product=事務機",
        "/search?q=事務機",
    )

    @pytest.mark.parametrize("url", ADDRESSES)
    def test_a_salesperson_sees_it_nowhere(self, as_user, session, cast, copier, url):
        session.add(ListColumns(user_id=cast.wang.id, list_key="products", columns=["name", "cost", "price"]))
        page = as_user("wang").get(url.format(id=copier.id)).get_data(as_text=True)
        assert "成本" not in page and "71,234" not in page and "71234" not in page

    def test_nor_by_asking_for_it(self, as_user, session, copier):
        """A condition on the cost is left out and told, so that nothing follows from what it finds."""
        for least in ("1", "99999999"):
            answer = as_user("wang").get(f"/products?af=cost&ao=from&av={least}")
            assert len(rows(answer)) == 1
            assert "無權查看" in answer.get_data(as_text=True)

    def test_the_manager_sees_and_searches_it(self, as_user, session, copier):
        make_product(session, "便宜", cost=Decimal(1))
        manager = as_user("manager")
        assert "71,234.5678" in manager.get("/products").get_data(as_text=True)
        assert len(rows(manager.get("/products?af=cost&ao=from&av=100"))) == 1
        assert 'value="71234.5678"' in manager.get(f"/products/{copier.id}").get_data(as_text=True)

    @pytest.mark.parametrize(("login", "seen"), [("manager", True), ("li", False)])
    def test_the_export_has_it_for_some_only(self, as_user, session, cast, copier, login, seen):
        from crm.models import PersonalGrant

        session.add(PersonalGrant(user_id=cast.li.id, permission="products:export", scope=4))
        sheet = openpyxl.load_workbook(io.BytesIO(as_user(login).get("/products/export").data)).active
        assert ("成本價" in [cell.value for cell in sheet[1]]) is seen
        assert (71234.5678 in [cell.value for cell in sheet[2]]) is seen

    def test_sending_it_without_the_right_changes_nothing(self, as_user, session, cast, copier):
        from crm.models import PersonalGrant

        session.add(PersonalGrant(user_id=cast.li.id, permission="products:save", scope=4))
        answer = as_user("li").post(
            f"/products/{copier.id}", {**FORM, "name": "彩色事務機", "price": "90000", "cost": "1", "version": 1}
        )
        assert answer.status_code == 303
        kept = session.get_one(Product, copier.id)
        assert (kept.price, kept.cost) == (Decimal(90000), Decimal("71234.5678"))


def test_several_are_stopped_sold_again_and_deleted_after_a_question(as_user, session, cast, copier):
    used = make_product(session, "影印紙")
    make_order(session, make_customer(session, cast.wang), cast.wang, lines=[line(used)])
    ids = [copier.id, used.id]
    manager = as_user("manager")
    asked = manager.post("/products/bulk", {"action": "stop", "ids": ids}).get_data(as_text=True)
    assert "確定要停售這" in asked
    assert session.get_one(Product, copier.id).state == "on_sale"
    manager.post("/products/bulk", {"action": "stop", "ids": ids, "confirmed": "1"})
    assert session.get_one(Product, copier.id).state == session.get_one(Product, used.id).state == "stopped"
    manager.post("/products/bulk", {"action": "resume", "ids": [used.id], "confirmed": "1"})
    manager.post("/products/bulk", {"action": "delete", "ids": ids, "confirmed": "1"})
    page = manager.get("/products").get_data(as_text=True)
    assert "已刪除 1 項商品" in page and "1 筆" in page and "可以改為停售" in page
    assert session.get_one(Product, used.id).deleted_at is None
    assert session.get_one(Product, copier.id).deleted_at is not None


def test_one_that_is_used_says_why_it_stays(as_user, session, cast, copier):
    make_order(session, make_customer(session, cast.wang), cast.wang, lines=[line(copier)])
    manager = as_user("manager")
    page = manager.get(f"/products/{copier.id}/delete").get_data(as_text=True)
    assert "不能刪除" in page and "【是】" not in page and ">是<" not in page
    assert manager.post(f"/products/{copier.id}/delete").status_code == 409


def test_one_is_deleted_with_yes(as_user, session, copier):
    manager = as_user("manager")
    assert ">是</button>" in manager.get(f"/products/{copier.id}/delete").get_data(as_text=True)
    assert manager.post(f"/products/{copier.id}/delete").status_code == 303
    assert manager.get(f"/products/{copier.id}").status_code == 404


def test_a_late_save_shows_both_and_the_same_form_saves_once(as_user, session, copier):
    manager = as_user("manager")
    for _ in range(3):
        manager.post("/products", {**FORM, "name": "一次", "once": "t" * 24})
    assert len(session.scalars(select(Product).where(Product.name == "一次")).all()) == 1
    sent = {**FORM, "name": "先", "version": 1}
    manager.post(f"/products/{copier.id}", sent)
    answer = manager.post(f"/products/{copier.id}", {**sent, "name": "後"})
    assert answer.status_code == 409
    assert "先" in answer.get_data(as_text=True)


def test_only_those_on_sale_are_offered_to_documents(as_user, session, copier):
    make_product(session, "舊事務機", state="stopped")
    page = as_user("wang").get("/find/products?lines-0-product=事務").get_data(as_text=True)
    assert f"彩色事務機 [{copier.code}]" in page and "舊事務機" not in page
    assert as_user("order").get("/find/products?p=x").status_code == 403


def test_the_search_box_finds_them(as_user, copier):
    page = as_user("wang").get("/search", query_string={"q": "彩色事务"}).get_data(as_text=True)
    assert f"/products/{copier.id}" in page and "每分鐘45張" in page
    assert f"/products/{copier.id}" not in as_user("finance").get("/search?q=彩色").get_data(as_text=True)


def test_who_may_only_look_gets_no_form(as_user, copier):
    page = tree(as_user("wang").get(f"/products/{copier.id}"))
    assert page.xpath("//form[@class='form']") == []
    assert "98,000.00" in page.text_content() and "最低售價" in page.text_content()
