"""The tree of product categories through the pages (G-1)."""

import pytest
from lxml import html

from crm.models import PersonalGrant, ProductCategory
from tests.factories import make_category, make_product
from tests.web.test_customer_pages import errors


def tree(answer):
    return html.fromstring(answer.get_data(as_text=True))


@pytest.fixture
def office(session):
    return make_category(session, "辦公設備", code="EQ")


@pytest.mark.parametrize("login", ["manager", "admin"])
def test_the_pages_open(as_user, office, login):
    for url in ("/categories", "/categories/new", f"/categories/{office.id}", f"/categories/{office.id}/delete"):
        assert as_user(login).get(url).status_code == 200


def test_one_is_made_below_another_and_leaving_returns_to_the_tree(as_user, session, office):
    manager = as_user("manager")
    page = tree(manager.get(f"/categories/new?in={office.id}"))
    assert page.xpath("//select[@name='parent_id']/option[@selected]/text()") == ["辦公設備"]
    assert page.xpath("//a[normalize-space()='退出'][@data-cancel]/@href") == ["/categories"]
    answer = manager.post("/categories", {"name": "印表機", "code": "EQ-1", "parent_id": office.id})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/categories")
    page = tree(manager.get("/categories"))
    assert page.xpath("//li[a='辦公設備']/ul/li/a/text()") == ["印表機"]


def test_the_fields_carry_the_labels_of_the_manual(as_user):
    page = tree(as_user("manager").get("/categories/new"))
    assert page.xpath("//form[@class='form']//label/text()") == ["名稱", "類別編碼", "父類別", "排序"]


def test_moving_it_under_itself_is_refused_beside_the_field(as_user, session, office):
    below = make_category(session, "印表機", office, "EQ-1")
    manager = as_user("manager")
    offered = tree(manager.get(f"/categories/{office.id}")).xpath("//select[@name='parent_id']/option/@value")
    assert offered == [""]
    answer = manager.post(
        f"/categories/{office.id}", {"name": "辦公設備", "code": "EQ", "parent_id": below.id, "version": 1}
    )
    assert answer.status_code == 422
    assert errors(answer) == ["類別不能放在自己之下，請換一個位置。"]
    assert session.get_one(ProductCategory, office.id).parent_id is None


def test_what_is_missing_or_taken_stays_with_its_reason(as_user, office):
    manager = as_user("manager")
    assert len(errors(manager.post("/categories", {"name": "", "code": ""}))) == 2
    answer = manager.post("/categories", {"name": "新設備", "code": "EQ"})
    assert answer.status_code == 422
    assert 'value="新設備"' in answer.get_data(as_text=True)


def test_a_full_one_says_why_it_stays_an_empty_one_goes_after_a_question(as_user, session, office):
    product = make_product(session, category_id=office.id)
    manager = as_user("manager")
    page = manager.get(f"/categories/{office.id}/delete").get_data(as_text=True)
    assert "其中還有 1 項商品" in page and "確定要刪除" not in page
    assert manager.post(f"/categories/{office.id}/delete").status_code == 409
    product.category_id = None
    page = manager.get(f"/categories/{office.id}/delete").get_data(as_text=True)
    assert "確定要刪除類別「辦公設備」嗎？" in page
    assert manager.post(f"/categories/{office.id}/delete").status_code == 303
    assert manager.get(f"/categories/{office.id}").status_code == 404


def test_a_late_save_shows_both(as_user, session, office):
    manager = as_user("manager")
    manager.post(f"/categories/{office.id}", {"name": "器材", "code": "EQ", "version": 1})
    answer = manager.post(f"/categories/{office.id}", {"name": "設備", "code": "EQ", "version": 1})
    assert answer.status_code == 409
    text = answer.get_data(as_text=True)
    assert "器材" in text and 'value="設備"' in text


def test_who_may_only_look_gets_no_form(as_user, session, cast, office):
    session.add(PersonalGrant(user_id=cast.wang.id, permission="categories:view", scope=4))
    wang = as_user("wang")
    page = tree(wang.get(f"/categories/{office.id}"))
    assert page.xpath("//form[@class='form']") == []
    assert "EQ" in page.text_content()
    assert wang.post("/categories", {"name": "新", "code": "N"}).status_code == 403
    assert as_user("li").get("/categories").status_code == 403


def test_the_number_of_products_leads_to_them(as_user, session, office):
    make_product(session, "影印機", category_id=office.id)
    manager = as_user("manager")
    link = tree(manager.get("/categories")).xpath("//a[contains(., '1 項商品')]/@href")
    assert "影印機" in manager.get(link[0]).get_data(as_text=True)
