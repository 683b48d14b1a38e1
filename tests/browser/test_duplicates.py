"""Is this customer known already? 檢索, 高級查重, the warning, 仍然保存, and a policy that forbids (C-3, P-3)."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Locator

from . import plug
from .checks import check_pages
from .person import Person

NAME = "大同股份有限公司"
LIKES = "相似客戶"


def prepare(app: Flask) -> None:
    """Li has a customer with a contact's mobile."""
    from sqlalchemy import select

    from crm.extensions import db
    from crm.models import User
    from tests.factories import make_contact, make_customer

    plug.tiny_firm(app)
    with app.app_context():
        li = db.session.scalars(select(User).where(User.login == "li")).one()
        customer = make_customer(db.session(), li, NAME, phone="02-2592-5252", tax_number="03458902")
        make_contact(db.session(), customer, li, "張三", mobile="0912-345-678")
        db.session.commit()


def likes(person: Person) -> Locator:
    return person.part(LIKES)


@pytest.mark.own_firm
def test_wang_is_warned_and_saves_all_the_same(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.open_menu("客戶拜訪")
    wang.follow("新增")
    wang.fill("客戶名稱", "大同有限公司")
    wang.unfold("統一編號")
    wang.fill("統一編號", "03458902")
    wang.press("檢索")
    wang.sees(NAME, within=likes(wang))
    wang.sees("李美玲", within=likes(wang))
    wang.sees("名稱相同（不計公司類別）", within=likes(wang))
    wang.does_not_see("統一編號相同")
    with wang.refused(422):
        wang.press("保存")
    wang.sees("系統中已有以下客戶", within=wang.page.get_by_role("alert"))
    wang.finds("統一編號", "03458902")
    wang.press("仍然保存")
    wang.sees("客戶已保存。")
    wang.open_menu("客戶拜訪")
    wang.sees("大同有限公司", within=wang.page.locator("table"))


@pytest.mark.own_firm
@pytest.mark.long
def test_the_advanced_check_looks_on_everything_typed(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.open_menu("客戶拜訪")
    wang.follow("新增")
    wang.fill("客戶名稱", "某某公司")
    wang.fill("電話", "0912345678")
    wang.unfold("備註")
    wang.fill("備註", "還沒保存的字")
    wang.press("高級查重")
    wang.sees("手機相同", within=likes(wang))
    wang.go("/customers")
    wang.follow("高級查重")
    wang.fill("統一編號", "0345 8902")
    wang.press("搜索", within=wang.page.locator("form").filter(has_text="統一編號"))
    wang.sees("統一編號相同", within=likes(wang))


@pytest.mark.own_firm
def test_a_policy_that_forbids(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    admin.open_menu("客戶管理策略")
    admin.follow("客戶資料查重")
    admin.sees("目前有 0 個客戶存在相似客戶")
    admin.tick("統一編號")
    admin.choose("發現重複時", "禁止")
    admin.press("保存")
    admin.sees("有相似客戶時不能保存")
    wang = enter("wang")
    wang.go("/customers/new")
    wang.fill("客戶名稱", "新名字公司")
    wang.unfold("統一編號")
    wang.fill("統一編號", "03458902")
    with wang.refused(422):
        wang.press("保存")
    wang.sees("公司的查重設定不允許重複客戶")
    wang.sees(f"已有此客戶：{NAME}")
    wang.does_not_see("仍然保存")
    wang.fill("統一編號", "03458903")
    wang.press("保存")
    wang.sees("客戶已保存。")


@pytest.mark.ways("chromium")
@pytest.mark.own_firm
@pytest.mark.long
def test_the_pages_are_open_to_everybody(enter: Callable[[str], Person]) -> None:
    """axe finds nothing serious, and nothing is wider than an old screen or a phone, with likes shown too."""
    admin = enter("admin")
    typed = "name=大同&main_mobile=0912345678"
    check_pages(
        admin, (f"/customers/duplicates?{typed}", f"/customers/duplicates/advanced?{typed}", "/policy/duplicates")
    )
