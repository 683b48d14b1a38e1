"""W-1: each role's own workbench: the first five panels, approvals first, and nothing without its right."""

import pytest
from lxml import html

from crm.models import PersonalGrant, Role, RoleMember, Scope
from crm.models.roles import SALES_APPROVER

STARS = {"rejected", "overdue", "funnel", "recycling", "recent", "bulletins"}
SELLING = [["today"], ["due", "my_sales"]]
ROLES = {
    "wang": (SELLING, STARS),
    "manager": (SELLING, STARS),
    "admin": (SELLING, STARS),
    "order": ([["orders_to_approve"], []], {"bulletins"}),
    "finance": ([["receipts_to_approve"], []], {"overdue", "bulletins"}),
}


def shown(person):
    page = html.fromstring(person.get("/").text)
    columns = page.xpath("//*[@id='workbench']/*[@class='column']")
    return [[str(key) for key in column.xpath(".//@data-panel")] for column in columns]


def offered(person):
    return set(html.fromstring(person.get("/workbench/add").text).xpath("//input[@name='add']/@value"))


def appoint(session, user):
    """The person becomes an approver of orders, too."""
    role = session.query(Role).filter_by(key=SALES_APPROVER).one()
    session.add(RoleMember(role_id=role.id, user_id=user.id))
    session.commit()


def dismiss(session, user):
    session.query(RoleMember).filter_by(user_id=user.id).delete()
    session.query(PersonalGrant).filter_by(user_id=user.id).delete()
    session.commit()


@pytest.mark.parametrize("who", ROLES)
def test_the_default_of_each_role(as_user, who):
    person = as_user(who)
    layout, more = ROLES[who]
    assert shown(person) == layout
    assert offered(person) == more
    there = {key for column in layout for key in column}
    for key in STARS | {"orders_to_approve", "receipts_to_approve", "today", "due", "my_sales"}:
        assert person.get(f"/workbench/panels/{key}").status_code == (200 if key in there | more else 403), key


def test_approvals_come_first_for_a_manager_who_approves(as_user, session, cast):
    appoint(session, cast.manager)
    assert shown(as_user("manager")) == [["orders_to_approve", "today"], ["due", "my_sales"]]


def test_who_becomes_an_approver_later_finds_the_panel_in_their_own_layout(as_user, session, cast):
    manager = as_user("manager")
    manager.post("/workbench/layout", {"version": "0", "layout": "my_sales today|due funnel"})
    appoint(session, cast.manager)
    assert shown(manager) == [["orders_to_approve", "my_sales", "today"], ["due", "funnel"]]


def test_what_was_removed_by_hand_does_not_come_back_with_a_right(as_user, session, cast):
    appoint(session, cast.manager)
    manager = as_user("manager")
    manager.post("/workbench/layout", {"version": "0", "layout": "today|due"})
    dismiss(session, cast.manager)
    assert shown(manager) == [[], []]
    for permission in ("schedule:view", "plan:view", "orders:approve"):
        session.add(PersonalGrant(user_id=cast.manager.id, permission=permission, scope=Scope.OWN))
    session.commit()
    assert shown(manager) == [["today"], ["due"]]
    assert "orders_to_approve" in offered(manager)


def test_a_lost_right_hides_its_panel_and_keeps_the_rest_in_place(as_user, session, cast):
    appoint(session, cast.wang)
    wang = as_user("wang")
    wang.post("/workbench/layout", {"version": "0", "layout": "due|today bulletins|orders_to_approve my_sales"})
    dismiss(session, cast.wang)
    assert shown(wang) == [[], ["bulletins"]]
    assert wang.get("/workbench/arrange").status_code == 200
    wang.post("/workbench/layout", {"version": "1", "action": "left bulletins"})
    assert shown(wang) == [["bulletins"], []]
    for permission in ("schedule:view", "plan:view", "targets:view", "orders:view", "orders:approve"):
        session.add(PersonalGrant(user_id=cast.wang.id, permission=permission, scope=Scope.OWN))
    session.commit()
    back = shown(wang)
    assert sorted(key for column in back for key in column) == [
        "bulletins",
        "due",
        "my_sales",
        "orders_to_approve",
        "today",
    ]
    assert back[2] == ["orders_to_approve", "my_sales"]


def test_with_no_right_at_all_there_is_a_page(as_user, session, cast):
    wang = as_user("wang")
    dismiss(session, cast.wang)
    page = html.fromstring(wang.get("/").text)
    assert page.xpath("//*[@id='content']//a[@href='/workbench/arrange']")
    assert offered(wang) == {"bulletins"}
