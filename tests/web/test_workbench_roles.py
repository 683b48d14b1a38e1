"""W-1: each role's own workbench: the first five panels, approvals first, and nothing without its right."""

from datetime import timedelta

import pytest
from lxml import html

from crm.models import PersonalGrant, Role, RoleMember, Scope
from crm.models.roles import SALES_APPROVER
from tests.factories import approved_order, make_customer, make_target

STARS = {"rejected", "overdue", "funnel", "recycling", "recent", "bulletins"}
SELLING = [["today"], ["due", "my_sales"]]
TEAM = {"team_sales", "idle_customers", "overdue", "pools"}
LEADING = [["today", "team_sales", "idle_customers"], ["due", "my_sales", "overdue", "pools"]]
ROLES = {
    "wang": (SELLING, STARS | TEAM),
    "manager": (LEADING, STARS - TEAM),
    "admin": ([["first_steps", *LEADING[0]], LEADING[1]], STARS - TEAM),
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
    for key in STARS | TEAM | {"orders_to_approve", "receipts_to_approve", "today", "due", "my_sales"}:
        assert person.get(f"/workbench/panels/{key}").status_code == (200 if key in there | more else 403), key


def test_approvals_come_first_for_a_manager_who_approves(as_user, session, cast):
    appoint(session, cast.manager)
    assert shown(as_user("manager")) == [["orders_to_approve", *LEADING[0]], LEADING[1]]


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


def test_who_has_arranged_something_keeps_it_when_they_lead_others(as_user, session, cast):
    """W-8 is a default: nobody's own arrangement changes with a new role."""
    wang = as_user("wang")
    wang.post("/workbench/layout", {"version": "0", "layout": "due|today"})
    role = session.query(RoleMember).filter_by(user_id=cast.manager.id).first().role_id
    session.add(RoleMember(role_id=role, user_id=cast.wang.id))
    session.commit()
    assert shown(wang) == [["due"], ["today"]]
    wang.post("/workbench/layout", {"version": "1", "action": "reset"})
    assert "team_sales" in shown(wang)[0]


def test_w8_the_panels_of_who_leads_others(as_user, session, cast):
    order = approved_order(session, make_customer(session, cast.wang), cast.wang, cast.order, "600")
    make_target(session, cast.wang, cast.manager, order.ordered_on.year)
    make_target(session, cast.li, cast.manager, order.ordered_on.year)
    idle = make_customer(session, cast.wang, name="久未聯繫公司")
    idle.idle_since -= timedelta(days=40)
    free = make_customer(session, cast.wang, name="無主公司")
    free.owner_id, free.pool, free.idle_since = None, "pool", None
    session.commit()
    manager = as_user("manager")

    def rows(key, person=manager):
        page = html.fromstring(person.get(f"/workbench/panels/{key}").text)
        return {
            tr.xpath("string(*[1])").strip(): [td.text_content() for td in tr.xpath("*")[1:]]
            for tr in page.xpath("//tr")
        }

    sales = rows("team_sales")
    assert sales[cast.wang.name] == ["1,000.00", "600.00", "0.00", "60.0%"]
    assert sales[cast.li.name] == ["1,000.00", "0.00", "0.00", "0.0%"], "whoever sold nothing yet is of the team too"
    assert sales["合計"][:2] == ["2,000.00", "600.00"]
    assert rows("idle_customers") == {
        "業務人員": ["關懷不夠", "即將流失"],
        cast.wang.name: ["1", "0"],
        "合計": ["1", "0"],
    }
    panel = html.fromstring(manager.get("/workbench/panels/idle_customers").text)
    (url,) = panel.xpath(f"//td/a[text()='{cast.wang.name}']/@href")
    assert "久未聯繫公司" in manager.get(url).text, "a name leads to the customers that are counted, not to all"
    assert "of=neglected" in url
    assert rows("pools") == {"客戶池": ["1"], "回收池": ["0"]}
    assert cast.wang.name not in rows("team_sales", as_user("li"))


def test_with_no_right_at_all_there_is_a_page(as_user, session, cast):
    wang = as_user("wang")
    dismiss(session, cast.wang)
    page = html.fromstring(wang.get("/").text)
    assert page.xpath("//*[@id='content']//a[@href='/workbench/arrange']")
    assert offered(wang) == {"bulletins"}
