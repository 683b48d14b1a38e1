"""A category, a product in it, found by initials and stopped; the rule of its code (G-1, G-2, D-5)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .checks import check_pages
from .person import Person

PAPER = "A4影印紙"


@pytest.mark.own_firm
def test_a_category_and_a_product_that_is_found_by_its_initials(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    admin.open_menu("商品類別")
    admin.sees("商品類別樹")
    admin.follow("新增")
    admin.fill("名稱", "耗材")
    admin.fill("類別編碼", "SU")
    admin.press("保存")
    admin.follow("耗材")
    admin.follow("新增下級類別")
    admin.fill("名稱", "紙品")
    admin.fill("類別編碼", "SU-1")
    admin.press("保存")
    admin.sees("紙品")
    admin.follow("耗材")
    admin.follow("退出", within=admin.page.locator("#content"))
    admin.sees("商品類別樹")
    admin.open_menu("商品資料")
    admin.follow("新增")
    admin.fill("商品名稱", PAPER)
    admin.choose("類別", "紙品")
    admin.choose("單位", "箱")
    admin.fill("銷售單價", "850")
    admin.fill("最低售價", "900")
    admin.fill("成本價", "668.5")
    admin.press("保存")
    admin.sees("最低售價高於銷售單價")
    admin.finds("商品編碼", "G00001")
    admin.finds("拼音碼", "a4yyz")
    admin.fill("最低售價", "790")
    admin.press("保存")
    admin.open_menu("商品資料")
    admin.fill("快速搜索", "yyz")
    admin.choose("類別", "耗材")
    admin.press("搜索")
    admin.sees("668.50", within=admin.row(PAPER))
    admin.row(PAPER).get_by_role("checkbox").check()
    admin.press("停售")
    admin.press("是")
    admin.sees("1 項商品已停售")
    admin.sees("停售", within=admin.row(PAPER))


@pytest.mark.own_firm
def test_the_rule_of_a_code_with_its_next_number(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    admin.open_menu("編碼規則")
    admin.follow("商品資料", within=admin.row("G00001"))
    admin.fill("前綴", "SP")
    admin.choose("日期", "年")
    admin.choose("重新開始", "每年")
    if admin.firm.way == "nojs":
        admin.press("預覽")
    expect(admin.page.locator("#coming")).to_contain_text("SP20")
    admin.press("保存")
    admin.sees("SP20")
    admin.follow("商品資料", within=admin.row("SP20"))
    admin.choose("重新開始", "每日")
    with admin.refused(422):
        admin.press("保存")
    admin.sees("編碼就必須含年月日")
    admin.follow("退出", within=admin.page.locator("#content"))
    admin.sees("每年", within=admin.row("SP20"))


@pytest.mark.long
@pytest.mark.ways("chromium")
@pytest.mark.own_firm
def test_everybody_can_use_the_pages_on_narrow_screens_too(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    pages = "/categories /categories/new /products /products/new /numbering /numbering/orders /imports/products"
    check_pages(admin, pages.split())
