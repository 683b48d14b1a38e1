"""Customers change hands: by notice, by assigning and claiming, by the policy (C-6 to C-8, Q-1 to Q-4)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from .person import Person

MINE = ("大同電子", "中興紡織", "永豐紙業")


def prepare(app: Flask) -> None:
    """Wang has three customers, one with a plan; two lie in the pool; one of Li's has been left alone."""
    from sqlalchemy import select

    from crm.extensions import db
    from crm.models import User
    from tests.cast import hire
    from tests.factories import make_customer, make_record

    with app.app_context():
        hire(db.session())
        people = {user.login: user for user in db.session.scalars(select(User))}
        customers = [make_customer(db.session(), people["wang"], name) for name in MINE]
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        make_record(db.session(), customers[0], people["wang"], next_contact_at=tomorrow, next_plan="帶樣品")
        for name in ("池中甲", "池中乙"):
            make_customer(db.session(), people["manager"], name, pooled=True)
        make_customer(db.session(), people["li"], "冷落公司", now=datetime.now(UTC) - timedelta(days=60))
        db.session.commit()


def tick(person: Person, *names: str) -> None:
    for name in names:
        person.row(name).get_by_role("checkbox").check()


def unread(person: Person) -> str:
    """The number beside the bell; empty without one."""
    count = person.page.locator("#bell .count")
    return (count.text_content() or "") if count.count() else ""


@pytest.mark.own_firm
def test_customers_change_hands(enter: Callable[[str], Person]) -> None:
    """C-6, C-7, F-4, Q-2: level of several; one handed to Li, who is told and has its plan; then the pool."""
    wang, li = enter("wang"), enter("li")
    wang.open_menu("客戶拜訪")
    tick(wang, *MINE[:2])
    wang.press("修改客戶等級")
    wang.sees("將把 2 個客戶改為此等級")
    wang.choose("客戶等級", "重要客戶")
    wang.press("確定")
    wang.sees("已修改 2 個客戶")
    wang.sees("重要客戶", within=wang.row(MINE[0]))
    wang.follow(MINE[0])
    wang.follow("變更客戶所屬人")
    wang.choose("業務員", "李小華")
    wang.press("確定")
    li.go("/")
    assert unread(li) == "1"
    li.follow("通知，1 則未讀")
    li.press(f"王小明 將客戶 {MINE[0]} 分配給您。")
    expect(li.page.get_by_role("heading", level=1)).to_have_text(MINE[0])
    assert unread(li) == ""
    li.follow("日程", within=li.part("客戶資料"))
    li.sees("帶樣品")
    li.follow("變更歷史", within=li.part("客戶資料"))
    li.sees("排定的跟進", within=li.row("王小明 (1)"))
    li.follow("客戶資料", within=li.part("客戶資料"))
    li.follow("放入客戶池")
    li.press("是")
    li.sees(f"{MINE[0]}")
    li.open_menu("日程管理")
    li.does_not_see("帶樣品")


@pytest.mark.own_firm
def test_the_pool_gives_and_takes(enter: Callable[[str], Person]) -> None:
    """Q-1 to Q-3: a manager assigns, a salesperson claims; the other is told who has it."""
    manager, wang, li = enter("manager"), enter("wang"), enter("li")
    manager.open_menu("客戶池")
    tick(manager, "池中甲")
    manager.press("分配")
    manager.choose("業務員", "王小明")
    manager.press("確定")
    manager.does_not_see("池中甲")
    for person in (wang, li):
        person.open_menu("客戶池")
        person.sees("池中乙")
        person.does_not_see("池中甲")
    wang.follow("領取 池中乙")
    wang.press("是")
    tick(li, "池中乙")
    li.press("領取")
    li.sees("王小明")
    wang.open_menu("客戶拜訪")
    for name in ("池中甲", "池中乙"):
        wang.sees(name)


@pytest.mark.own_firm
@pytest.mark.long
def test_the_policy_asks_before_it_takes(enter: Callable[[str], Person]) -> None:
    """P-1, Q-4: no first, then yes; then the run by hand, and the recycled pool."""
    manager = enter("manager")
    manager.open_menu("客戶管理策略")
    manager.follow("閒置客戶回收", within=manager.part("客戶管理策略"))
    manager.tick("每天自動回收閒置客戶")
    manager.fill("未聯繫天數", "45")
    for answer in ("否", "是"):
        with manager.refused(422):
            manager.press("保存")
        manager.sees("將有 1 個客戶被回收")
        if answer == "否":
            with manager.refused(422):
                manager.press(answer)
            manager.sees("沒有保存")
            manager.finds("未聯繫天數", "45")
        else:
            manager.press(answer)
    manager.sees("策略已保存")
    manager.follow("立即回收")
    manager.press("是")
    manager.open_menu("客戶池")
    manager.follow("回收池")
    manager.sees("李小華", within=manager.row("冷落公司"))
    assert unread(manager) == "1"


@pytest.mark.own_firm
def test_a_customer_is_deleted_with_what_belongs_to_it(enter: Callable[[str], Person]) -> None:
    """C-8: it says what goes along; no leaves everything."""
    wang = enter("wang")
    wang.open_menu("客戶拜訪")
    wang.follow(MINE[0])
    wang.follow("更多")
    wang.follow("刪除")
    wang.sees("聯繫記錄 1")
    wang.sees("未完成的日程 1")
    wang.follow("否")
    wang.follow("更多")
    wang.follow("刪除")
    wang.press("是")
    wang.open_menu("客戶拜訪")
    wang.does_not_see(MINE[0])
    wang.sees(MINE[1])
    wang.open_menu("日程管理")
    wang.does_not_see("帶樣品")
