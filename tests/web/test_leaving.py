"""刪除 of people and departments on its pages, by one and by two at once (A-2)."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from lxml import html
from sqlalchemy import select

from crm.models import (
    Customer,
    LoginSession,
    OperationLog,
    OrgUnit,
    Permission,
    PersonalGrant,
    Role,
    RoleMember,
    Scope,
    User,
    rights_of,
)
from tests.at_once import Browser, serving
from tests.factories import approved_order, make_contact, make_customer, make_opportunity, make_order, make_record


def page(answer):
    return html.fromstring(answer.get_data(as_text=True))


def shown(answer):
    """The text of a page, without what could be chosen."""
    tree = page(answer)
    for control in tree.xpath("//select|//div[@id='messages']"):
        control.drop_tree()
    return tree.text_content()


def options(tree, label):
    (control,) = tree.xpath(f"//label[normalize-space()='{label}']/following::select[1]")
    return {option.text_content().strip(): option.get("value") for option in control.xpath("option")}


def filled(tree, **chosen):
    """What a browser sends of the page's form."""
    form = tree.xpath("//form[.//button[contains(@class, 'danger')]]")[0]
    sent = {name: value for name, value in form.form_values() if name not in ("csrf_token", "people")}
    people = [value for name, value in form.form_values() if name == "people"]
    return {**sent, "people": people if len(people) > 1 else people[0], **chosen}


def test_what_will_happen_is_said_before(as_user, session, cast):
    customer = make_customer(session, cast.wang)
    make_contact(session, customer, cast.wang)
    make_order(session, customer, cast.wang)
    text = as_user("admin").get(f"/organisation/people/{cast.wang.id}/delete").text
    assert "接手人" in text
    assert "共 1 筆 · 聯繫人 1 · 放入客戶池者，排定的跟進會移出日程" in text
    tree = page(as_user("admin").get(f"/organisation/people/{cast.wang.id}/delete"))
    assert set(options(tree, "客戶")) == {"", "客戶池", "李小華", "陳經理", "管理員"}
    assert "王小明" not in options(tree, "接手人")
    assert "客戶池" not in options(tree, "銷售訂單")


def test_deleting_hands_over_and_signs_out(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="台積電")
    admin, wang = as_user("admin"), as_user("wang")
    assert wang.get("/customers").status_code == 200
    url = f"/organisation/people/{cast.wang.id}/delete"
    sent = filled(page(admin.get(url)))
    refused = admin.post(url, sent)
    assert refused.status_code == 422
    assert "請選擇接手人" in refused.text
    done = admin.post(url, {**sent, "successor": cast.li.id})
    assert done.status_code == 303
    assert "已交接 1 筆" in admin.get("/organisation").text
    assert customer.owner_id == cast.li.id
    assert "/login" in wang.client.get("/customers").headers["Location"]
    open_ones = select(LoginSession).where(LoginSession.user_id == cast.wang.id, LoginSession.ended_at.is_(None))
    assert session.scalars(open_ones).all() == []
    assert "王小明" not in admin.get("/organisation").text
    assert admin.get(f"/organisation/people/{cast.wang.id}").status_code == 404
    assert "王小明" in admin.get(f"/customers/{customer.id}/history").text, "the ledger still names them"
    for choosing in ("/roles/1/people", "/grants", f"/customers/{customer.id}/owner", "/target-setting/new"):
        assert "王小明" not in admin.get(choosing).text, choosing


def test_a_leaver_signs_in_no_more(app, as_user, session, cast):
    admin, url = as_user("admin"), f"/organisation/people/{cast.finance.id}/delete"
    assert admin.post(url, filled(page(admin.get(url)))).status_code == 303
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/login").text).group(1)
    data = {"csrf_token": token, "username": "finance", "password": cast.password}
    assert client.post("/login", data=data).status_code in (401, 422)
    assert "/login" in client.get("/customers").headers["Location"]


def test_into_the_pool(as_user, session, cast):
    customer = make_customer(session, cast.wang)
    admin, url = as_user("admin"), f"/organisation/people/{cast.wang.id}/delete"
    assert admin.post(url, filled(page(admin.get(url)), kind_customers="pool")).status_code == 303
    assert customer.owner_id is None
    assert customer.name in admin.get("/pool").text


def test_a_department_with_all_that_is_below(as_user, session, cast):
    make_customer(session, cast.wang)
    north = session.scalars(select(OrgUnit).where(OrgUnit.name == "北區")).one()
    admin, url = as_user("admin"), f"/organisation/units/{north.id}/delete"
    assert "北區 · 王小明" in admin.get(url).text
    assert admin.post(url, filled(page(admin.get(url)), successor=cast.li.id)).status_code == 303
    tree = admin.get("/organisation").text
    assert "北區</a>" not in tree
    assert "南區" in tree
    root = session.scalars(select(OrgUnit).where(OrgUnit.parent_id.is_(None))).one()
    assert admin.get(f"/organisation/units/{root.id}/delete").status_code == 409


def test_much_is_handed_over_in_the_background(app, as_user, session, cast, monkeypatch):
    monkeypatch.setattr("crm.blueprints.organisation.leaving.IN_REQUEST", 3)
    for _ in range(5):
        make_customer(session, cast.wang)
    admin, url = as_user("admin"), f"/organisation/people/{cast.wang.id}/delete"
    answer = admin.post(url, filled(page(admin.get(url)), successor=cast.li.id))
    assert answer.status_code == 303
    assert "/tasks/" in answer.headers["Location"]
    end = admin.get(answer.headers["Location"])
    assert "已刪除 1 人，已交接 5 筆" in end.text
    assert session.scalars(select(Customer.owner_id)).all() == [cast.li.id] * 5
    session.refresh(cast.wang)
    assert cast.wang.deleted_at is not None


def test_somebody_else_saved_first(as_user, session, cast):
    admin, url = as_user("admin"), f"/organisation/people/{cast.wang.id}/delete"
    sent = filled(page(admin.get(url)))
    cast.wang.version += 1
    session.commit()
    assert admin.post(url, sent).status_code == 409
    session.refresh(cast.wang)
    assert cast.wang.deleted_at is None


def boss(session, cast):
    """A second administrator: 陳經理."""
    role = session.scalars(select(Role.id).where(Role.key == "administrator")).one()
    session.add(RoleMember(role_id=role, user_id=cast.manager.id))
    session.commit()


def both_at_once(app, as_user, *calls):
    with serving(app) as server:
        browsers = [Browser(server, as_user(who)) for who, _url, _data in calls]
        start = Barrier(len(calls))

        def send(browser, url, data):
            start.wait()
            return browser.post(url, data).code

        with ThreadPoolExecutor(len(calls)) as pool:
            work = [pool.submit(send, b, url, data) for b, (_w, url, data) in zip(browsers, calls, strict=True)]
            return [one.result() for one in work]


def test_two_administrators_delete_each_other(app, as_user, session, cast):
    boss(session, cast)
    urls = [f"/organisation/people/{one.id}/delete" for one in (cast.manager, cast.admin)]
    forms = [filled(page(as_user(who).get(url))) for who, url in zip(("admin", "manager"), urls, strict=True)]
    answers = both_at_once(app, as_user, ("admin", urls[0], forms[0]), ("manager", urls[1], forms[1]))
    session.expire_all()
    left = [user for user in (cast.admin, cast.manager) if session.get(User, user.id).deleted_at is None]
    assert len(left) == 1, answers


def test_handing_over_while_the_receiver_is_deleted(app, as_user, session, cast):
    boss(session, cast)
    customer = make_customer(session, cast.wang)
    first, second = (f"/organisation/people/{one.id}/delete" for one in (cast.wang, cast.li))
    one = filled(page(as_user("admin").get(first)), successor=str(cast.li.id))
    other = filled(page(as_user("manager").get(second)))
    other["successor"] = str(cast.manager.id)
    answers = both_at_once(app, as_user, ("admin", first, one), ("manager", second, other))
    session.expire_all()
    owner = session.get(User, session.get(Customer, customer.id).owner_id)
    assert owner.deleted_at is None, answers


def test_keeping_the_organisation_takes_no_customers(as_user, session, cast):
    for permission in (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE, Permission.CUSTOMERS_SAVE):
        session.add(PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=Scope.EVERYTHING))
    customer, finance = make_customer(session, cast.wang), as_user("finance")
    url = f"/organisation/people/{cast.wang.id}/delete"
    assert finance.get(url).status_code == 403
    data = {"version": cast.wang.version, "people": cast.wang.id, "successor": cast.finance.id}
    assert finance.post(url, data).status_code in (403, 422)
    assert customer.owner_id == cast.wang.id


@pytest.mark.parametrize("who", ["admin", "manager"])
def test_without_the_right_nobody_is_deleted(as_user, session, cast, who):
    person = as_user(who)
    assert person.get(f"/organisation/people/{cast.admin.id}/delete").status_code == 403
    assert person.post(f"/organisation/people/{cast.admin.id}/delete", {"version": 1}).status_code == 403
    session.refresh(cast.admin)
    assert cast.admin.deleted_at is None


def test_whoever_left_comes_back_without_roles(as_user, session, cast):
    customer = make_customer(session, cast.wang)
    admin, url = as_user("admin"), f"/organisation/people/{cast.wang.id}/delete"
    admin.post(url, filled(page(admin.get(url)), successor=cast.li.id))
    assert "王小明" in admin.get("/organisation/former").text
    back = f"/organisation/former/{cast.wang.id}"
    data = {"version": session.get(User, cast.wang.id).version, "unit_id": cast.li.unit_id}
    assert admin.post(back, data).status_code == 303
    wang = session.get(User, cast.wang.id)
    assert (wang.is_active, wang.unit_id, rights_of(session, wang).scopes) == (True, cast.li.unit_id, {})
    assert customer.owner_id == cast.li.id
    assert "王小明" in admin.get("/organisation").text
    assert admin.get(back).status_code == 404
    assert admin.post(back, data).status_code == 404


def test_every_list_report_and_log_still_names_them(as_user, session, cast):
    """A-2, with their department, which is gone too."""
    order = approved_order(session, make_customer(session, cast.wang, name="台積電"), cast.wang, cast.order, "700")
    make_record(session, session.get(Customer, order.customer_id), cast.wang, datetime.now(UTC))
    north = session.scalars(select(OrgUnit).where(OrgUnit.name == "北區")).one()
    admin, url = as_user("admin"), f"/organisation/units/{north.id}/delete"
    assert admin.post(url, filled(page(admin.get(url)), successor=cast.li.id)).status_code == 303
    for place in (
        "/orders",
        f"/orders/{order.id}",
        "/records",
        f"/customers/{order.customer_id}/history",
        "/reports/sales-ranking?by=owner&period=year",
        f"/orders?owner={cast.wang.id}",
    ):
        assert "王小明" in shown(admin.get(place)), place
    for place in (f"/orders/{order.id}", "/reports/sales-classes?by=unit&period=year"):
        assert "北區" in shown(admin.get(place)), place
    rows = session.scalars(select(OperationLog).where(OperationLog.action == "deleted"))
    assert {(row.entity, row.name) for row in rows} >= {("people", "王小明"), ("organisation", "北區")}


def offered(answer, name):
    return {o.get("value"): o.text_content() for o in page(answer).xpath(f"//select[@name='{name}']/option")}


@pytest.mark.parametrize("address", ["/customers", "/plan", "/opportunities", "/opportunities/board"])
def test_lists_of_current_things_offer_who_left_no_more(as_user, session, cast, address):
    """A-2's promise; an address that names them is still understood, and who was only disabled keeps the records."""
    make_customer(session, cast.wang)
    opportunity = make_opportunity(session, make_customer(session, cast.li), cast.li)
    admin, url = as_user("admin"), f"/organisation/people/{cast.wang.id}/delete"
    assert str(cast.wang.id) in offered(admin.get(address), "owner")
    assert admin.post(url, filled(page(admin.get(url)), successor=cast.manager.id)).status_code == 303
    found = offered(admin.get(address), "owner")
    assert str(cast.wang.id) not in found
    asked = admin.get(f"{address}?owner={cast.wang.id}")
    (chosen,) = page(asked).xpath("//select[@name='owner']/option[@selected]")
    assert (chosen.get("value"), chosen.text_content()) == (str(cast.wang.id), "王小明（已離職）")
    cast.li.disabled_at = opportunity.created_at
    session.commit()
    assert offered(admin.get(address), "owner")[str(cast.li.id)] == "李小華（已停用）"


def test_lists_of_the_past_mark_who_left(as_user, session, cast):
    admin, url = as_user("admin"), f"/organisation/people/{cast.wang.id}/delete"
    assert admin.post(url, filled(page(admin.get(url)), successor=cast.li.id)).status_code == 303
    for address, name in (("/orders", "owner"), ("/records", "person"), ("/logs", "user")):
        assert offered(admin.get(address), name)[str(cast.wang.id)] == "王小明（已離職）"
        assert list(offered(admin.get(address), name).values())[-1] == "王小明（已離職）"
