"""Fields of one's own, files, the recycle bin, merging: as people do it, with scripts and without (D-2, A-10, C-4)."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from . import plug
from .person import Person

FILES = [("合約.pdf", b"%PDF-1.7 1"), ("平面圖.pdf", b"%PDF-1.7 2")]


def prepare(app: Flask) -> None:
    """Wang has two customers that are one."""
    from sqlalchemy import select

    from crm.extensions import db
    from crm.models import User
    from tests.factories import make_contact, make_customer

    plug.tiny_firm(app)
    with app.app_context():
        wang = db.session.scalars(select(User).where(User.login == "wang")).one()
        make_customer(db.session(), wang, "大同書局", phone="02-2592-5252")
        other = make_customer(db.session(), wang, "大同書店", fax="02-3")
        make_contact(db.session(), other, wang, "林小姐")
        db.session.commit()


def tick_both(person: Person) -> None:
    person.open_menu("客戶拜訪")
    for name in ("大同書局", "大同書店"):
        person.row(name).get_by_role("checkbox").check()


@pytest.mark.own_firm
def test_a_field_is_added_filled_in_and_changed_for_several(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    admin.open_menu("定義業務字典")
    admin.follow("自定義字段")
    admin.follow("新增")
    admin.fill("字段名稱", "客戶名稱")
    with admin.refused(422):
        admin.press("保存")
    admin.fill("字段名稱", "合作分級")
    admin.choose("類型", "單選")
    with admin.refused(422):
        admin.press("保存")
    admin.sees("清單至少要有一個選項")
    admin.fill("選項", "甲級\n乙級")
    admin.press("保存")
    wang = enter("wang")
    tick_both(wang)
    wang.press("修改自定義字段")
    wang.choose("欄位", "合作分級")
    wang.press("下一步")
    wang.choose("合作分級", "乙級")
    wang.press("確定")
    wang.sees("已修改 2 筆資料")
    wang.go("/customers/2/edit")
    expect(wang.page.locator("option:checked", has_text="乙級")).to_have_count(1)


@pytest.mark.own_firm
@pytest.mark.also("nojs")
def test_files_hang_at_a_record_and_come_back(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.go("/customers/1")
    wang.follow("附件")
    sent = [{"name": name, "mimeType": "application/pdf", "buffer": content} for name, content in FILES]
    wang.page.get_by_label("檔案", exact=True).set_input_files(sent)  # type: ignore[arg-type]
    wang.press("上傳")
    wang.sees("平面圖.pdf")
    wang.follow("刪除 合約.pdf")
    wang.press("是")
    wang.does_not_see("合約.pdf", within=wang.page.locator("table"))
    wang.press("還原", within=wang.page.locator("#messages"))
    wang.sees("合約.pdf", within=wang.page.locator("table"))


@pytest.mark.own_firm
def test_what_was_deleted_at_once_comes_back_at_once(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    tick_both(wang)
    wang.press("刪除")
    wang.press("是")
    wang.does_not_see("大同書店")
    admin = enter("admin")
    admin.open_menu("回收站")
    admin.sees("共 2 筆")
    admin.follow("大同書店等，共 2 筆")
    admin.press("還原全部 2 筆")
    wang.open_menu("客戶拜訪")
    wang.sees("大同書局")


@pytest.mark.own_firm
def test_two_become_one_and_apart_again(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    tick_both(wang)
    wang.press("合併")
    wang.press("合併")
    wang.sees("已合併到 大同書店")
    wang.go("/customers/1")
    assert wang.page.url.endswith("/customers/2")
    wang.go("/merges/customers")
    wang.follow("撤銷合併 大同書局 [C000001]")
    wang.press("撤銷合併")
    wang.open_menu("客戶拜訪")
    wang.sees("大同書局")
