"""誰能看見 below every record, and 以此人查看 (A-6)."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.entities.registry import entities
from crm.models import Notice, PersonalGrant, Role, RoleMember, ScheduleItem
from crm.models.permissions import Permission, Scope
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import (
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    make_record,
    make_target,
)

SignIn = Callable[[str], Person]


def tree(answer: Any) -> Any:
    assert answer.status_code == 200, answer.status_code
    return html.fromstring(answer.get_data(as_text=True))


def rows(answer: Any) -> dict[str, list[str]]:
    """Action → answer, why, where from."""
    cells = [row.xpath("./td") for row in tree(answer).xpath("//table//tbody/tr")]
    return {c[0].text_content().strip(): [" ".join(x.text_content().split()) for x in c[1:]] for c in cells}


@pytest.fixture
def one_of_each(session: Session, cast: Cast) -> dict[str, Any]:
    from datetime import UTC, datetime

    from tests.factories import approved_order

    customer = make_customer(session, cast.wang, name="大同電子")
    order = approved_order(session, customer, cast.wang, cast.order)
    record = make_record(
        session, customer, cast.wang, next_contact_at=datetime(2099, 1, 1, tzinfo=UTC), next_plan="再訪"
    )
    found = {
        "customers": customer,
        "contacts": make_contact(session, customer, cast.wang),
        "records": record,
        "opportunities": make_opportunity(session, customer, cast.wang),
        "quotes": make_quote(session, customer, cast.wang),
        "orders": make_order(session, customer, cast.wang),
        "receipts": make_receipt(session, customer, cast.wang, {order: "10"}),
        "products": make_product(session),
        "schedule": session.scalars(select(ScheduleItem)).one(),
        "target_setting": make_target(session, cast.wang, cast.manager),
    }
    assert set(found) == {kind.key for kind in entities()}
    session.commit()
    return found


def test_below_every_kind_of_record_the_administrator_finds_why(
    one_of_each: dict[str, Any], cast: Cast, as_user: SignIn
) -> None:
    admin, wang = as_user("admin"), as_user("wang")
    for kind, record in one_of_each.items():
        address = f"/{kind.replace('_', '-')}/{record.id}"
        (link,) = tree(admin.get(address)).xpath("//*[@class='record-foot']/a/@href")
        assert link == f"/why/{kind}/{record.id}"
        told = rows(admin.get(link, query_string={"person": cast.wang.id}))
        assert told["查看"][0] == ("不可以" if kind == "target_setting" else "可以"), kind
        assert told["查看"][1] and list(told)[:3] == ["查看", "修改", "刪除"]
        assert "record-foot" not in wang.get(address).text


def test_the_sentence_names_the_role_and_links_to_it(
    one_of_each: dict[str, Any], session: Session, cast: Cast, as_user: SignIn
) -> None:
    admin, order = as_user("admin"), one_of_each["orders"]
    page = admin.get(f"/why/orders/{order.id}", query_string={"person": cast.li.id})
    told = rows(page)
    assert told["查看"] == ["不可以", "權限的數據範圍只到：本人；這筆資料屬於王小明。", "業務員 (本人)"]
    assert told["修改"][1] == "看不到的資料，也無法操作。"
    assert "所有角色與個人權限都沒有授予：銷售訂單 審核" in told["審核"][1]
    role = session.scalars(select(Role).where(Role.key == "salesperson")).one()
    assert f"/roles/{role.id}/permissions" in page.text
    told = rows(admin.get(f"/why/orders/{order.id}", query_string={"person": cast.order.id}))
    assert told["查看"] == ["可以", "此權限的數據範圍為全部。", "銷售審核 (全部資料)"]
    assert told["審核"][0] == "不可以" and "草稿" in told["審核"][1]


def test_it_is_for_who_looks_after_rights_alone(one_of_each: dict[str, Any], cast: Cast, as_user: SignIn) -> None:
    address = f"/why/customers/{one_of_each['customers'].id}"
    assert as_user("manager").get(address).status_code == 403
    admin = as_user("admin")
    for wrong in ("/why/customers/999999", "/why/nothing/1", f"{address}?person=999999"):
        assert admin.get(wrong).status_code == 404, wrong
    assert admin.get(f"{address}?person=x").status_code == 200


def test_without_reach_it_tells_of_no_record_and_no_person(
    one_of_each: dict[str, Any], session: Session, cast: Cast, as_user: SignIn
) -> None:
    """Somebody who keeps rights in their own department sees neither others' records nor others' rights."""
    for permission in (Permission.GRANTS_VIEW, Permission.CUSTOMERS_VIEW):
        session.add(PersonalGrant(user_id=cast.li.id, permission=permission.value, scope=Scope.DEPARTMENT))
    li = as_user("li")
    assert li.get(f"/why/customers/{one_of_each['customers'].id}").status_code == 404
    own = make_customer(session, cast.li)
    session.commit()
    page = li.get(f"/why/customers/{own.id}")
    assert "王小明" not in page.text
    assert li.get(f"/why/customers/{own.id}?person={cast.wang.id}").status_code == 404


def entries(answer: Any) -> list[str]:
    """The labels of a menu."""
    return [link.text_content() for link in tree(answer).xpath("//nav[@id='menu']//li/a")]


@pytest.mark.parametrize("login", ["wang", "order", "manager"])
def test_view_as_this_person_shows_the_menu_they_get(cast: Cast, as_user: SignIn, login: str) -> None:
    admin, person = as_user("admin"), getattr(cast, login)
    page = tree(admin.get(f"/grants/{person.id}/preview"))
    shown = [item.text.strip() for item in page.xpath("//div[contains(@class, 'preview-menu')]//li")]
    assert shown == entries(as_user(login).get("/"))
    titles = [item.text for item in page.xpath("//div[contains(@class, 'preview-panels')]//li")]
    own = [h.text_content() for h in tree(as_user(login).get("/")).xpath("//section//h2")]
    assert sorted(titles) == sorted(own)
    assert not page.xpath("//div[@class='preview']//a")
    assert f"/grants/{person.id}/preview" in admin.get(f"/grants/{person.id}").text


def test_effective_permissions_lead_to_their_roles(session: Session, cast: Cast, as_user: SignIn) -> None:
    role = session.scalars(select(Role).where(Role.key == "salesperson")).one()
    page = tree(as_user("admin").get(f"/grants/{cast.wang.id}"))
    assert page.xpath(f"//table//a[@href='/roles/{role.id}/permissions']")


def second_administrator(session: Session, cast: Cast) -> None:
    role = session.scalars(select(Role).where(Role.key == "administrator")).one()
    session.add(RoleMember(role_id=role.id, user_id=cast.manager.id))
    session.commit()


@pytest.mark.parametrize("door", ["grant", "role", "member"])
def test_whoever_gives_the_right_to_approve_is_told_of(
    session: Session, cast: Cast, as_user: SignIn, door: str
) -> None:
    """A-5: to the other administrators, by each way of giving it; and it stands in the log."""
    second_administrator(session, cast)
    admin = as_user("admin")
    approver = session.scalars(select(Role).where(Role.key == "sales_approver")).one()
    if door == "grant":
        sent = admin.post(f"/grants/{cast.li.id}", {"permission": "orders:approve", "scope": 4})
    elif door == "member":
        sent = admin.post(f"/roles/{approver.id}/people", {"before": "", "people": [cast.li.id]})
    else:
        role = session.scalars(select(Role).where(Role.key == "salesperson")).one()
        version = role.version
        sent = admin.post(
            f"/roles/{role.id}/permissions",
            {"shown": "orders", "permissions": ["orders:view", "orders:approve"], "version": version},
        )
    assert sent.status_code == 303
    told = session.scalars(select(Notice).where(Notice.user_id == cast.manager.id)).all()
    name = "業務員" if door == "role" else "李小華"
    assert [(n.values["person"], n.values["name"]) for n in told] == [("管理員", name)]
    assert f"管理員已授予{name}審核銷售訂單的權限" in as_user("manager").get("/notices").text
    assert not session.scalars(select(Notice).where(Notice.user_id == cast.admin.id)).all()


def test_the_scope_is_set_beside_the_grid(session: Session, cast: Cast, as_user: SignIn) -> None:
    role = session.scalars(select(Role).where(Role.key == "salesperson")).one()
    admin = as_user("admin")
    page = tree(admin.get(f"/roles/{role.id}/permissions"))
    (form,) = [f for f in page.forms if f.get("action") == f"/roles/{role.id}/permissions"]
    values = [(name, value) for name, value in form.form_values() if name != "scope"]
    held = {name: [v for n, v in values if n == name] for name, _value in values}
    assert admin.post(form.get("action"), {**held, "scope": "2"}).status_code == 303
    assert (role.scope, "customers:view" in admin.get(f"/roles/{role.id}/permissions").text) == (2, True)


def test_the_boxes_that_tick_many_need_scripts(session: Session, as_user: SignIn) -> None:
    page = tree(as_user("admin").get("/roles/1/permissions"))
    many = page.xpath("//input[@data-tick]")
    assert many and all("js-only" in box.get("class") and box.get("name") is None for box in many)
    assert page.xpath("//input[@data-tick='row'][@aria-label]")
