"""The page 審核規則: sentences, what they speak of now, stand-ins; what people see of it in their documents (SO-8)."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import ApprovalRule, OperationLog, PersonalGrant, Role, StandIn
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import make_customer, make_order, submitted

SignIn = Callable[[str], Person]


@pytest.fixture
def approving_manager(session: Session, cast: Cast) -> None:
    for permission in ("orders:approve", "receipts:approve"):
        session.add(PersonalGrant(user_id=cast.manager.id, permission=permission, scope=1))
    session.commit()


def tree(answer: Any) -> Any:
    assert answer.status_code == 200, answer.status_code
    return html.fromstring(answer.get_data(as_text=True))


def send(person: Person, page: str, action: str, **typed: Any) -> Any:
    """Fill in the form of the page that leads to `action`."""
    (form,) = [form for form in tree(person.get(page)).forms if form.get("action") == action]
    return person.post(action, {**dict(form.form_values()), **typed})


def make_rule(admin: Person, cast: Cast, **typed: Any) -> Any:
    given = {"document": "orders", "condition": "amount", "amount": "1,000", "second": f"person-{cast.manager.id}"}
    return send(admin, "/approval-rules/new", "/approval-rules", **{**given, **typed})


def test_a_rule_is_a_sentence_with_what_it_speaks_of_now(
    session: Session, cast: Cast, as_user: SignIn, approving_manager: None
) -> None:
    draft = make_order(session, make_customer(session, cast.wang), cast.wang, "2000")
    waiting = submitted(
        session, make_order(session, make_customer(session, cast.wang), cast.wang, "3000"), cast.wang, cast.order
    )
    admin = as_user("admin")
    assert "/approval-rules" in admin.get("/settings").text
    assert "還沒有規則" in admin.get("/approval-rules").text
    assert make_rule(admin, cast).status_code == 303
    page = admin.get("/approval-rules")
    assert "金額超過 1,000.00 的銷售訂單：先由銷售審核、再由陳經理審核。" in page.text
    assert "已在待審核的單據仍按提交時的規則審核" in page.text
    made = session.scalars(select(ApprovalRule)).one()
    edit = admin.get(f"/approval-rules/{made.id}").text
    assert draft.code in edit and waiting.code in edit and edit.count("按提交時的規則審核") == 1
    logged = session.scalars(select(OperationLog).where(OperationLog.entity == "approval_rules")).one()
    assert logged.changes["amount"] == [None, "1000"]
    assert admin.post(f"/approval-rules/{made.id}/delete").status_code == 303
    assert "還沒有規則" in admin.get("/approval-rules").text


def test_a_wrong_rule_keeps_what_was_typed(cast: Cast, as_user: SignIn, approving_manager: None) -> None:
    admin = as_user("admin")
    wrong = make_rule(admin, cast, amount="", condition="amount")
    assert wrong.status_code == 422
    page = html.fromstring(wrong.text)
    assert page.get_element_by_id("f-amount").get("aria-invalid") == "true"
    assert page.get_element_by_id("f-second").value == f"person-{cast.manager.id}"
    assert make_rule(admin, cast, second=f"person-{cast.wang.id}").status_code == 422
    assert make_rule(admin, cast, decider="person-x").status_code == 422


def test_it_is_for_who_keeps_the_settings(cast: Cast, as_user: SignIn) -> None:
    assert as_user("manager").get("/approval-rules").status_code == 403
    assert as_user("order").post("/approval-rules", {}).status_code == 403


def test_two_decisions_as_people_see_them(
    session: Session, cast: Cast, as_user: SignIn, approving_manager: None
) -> None:
    make_rule(as_user("admin"), cast)
    order = make_order(session, make_customer(session, cast.wang, name="大同電子"), cast.wang, "2000")
    wang, approver, manager = as_user("wang"), as_user("order"), as_user("manager")
    step = f"/orders/{order.id}/transitions"
    asked = wang.get(f"{step}/submit").text
    assert "審核要求" in asked and "陳經理" in asked and "金額超過 1,000.00。" in asked
    assert wang.post(f"{step}/submit", {"approver_id": cast.order.id, "version": order.version}).status_code == 303
    assert "大同電子" not in manager.get("/workbench/panels/orders_to_approve").text
    assert manager.get(f"{step}/approve").status_code == 403
    answer = approver.post(f"{step}/approve", {"version": order.version})
    assert (answer.status_code, order.state) == (303, "pending")
    assert "按規則還需再審核一次" in approver.get("/").text
    page = approver.get(f"/orders/{order.id}").text
    assert "目前應由陳經理審核" in page and "目前審核" in page
    assert approver.post(f"{step}/approve", {"version": order.version}).status_code == 403
    bulk = {"action": "approve", "ids": order.id, f"version-{order.id}": order.version, "confirmed": "1"}
    assert (approver.post("/orders/decisions", bulk).status_code, order.state) == (303, "pending")
    assert "目前應由陳經理審核" in approver.get("/").text
    assert "大同電子" in manager.get("/workbench/panels/orders_to_approve").text
    assert "還需要您審核" in manager.get("/notices").text
    bulk[f"version-{order.id}"] = order.version
    assert (manager.post("/orders/decisions", bulk).status_code, order.state) == (303, "approved")


def test_submitting_several_asks_the_same_rule(
    session: Session, cast: Cast, as_user: SignIn, approving_manager: None
) -> None:
    make_rule(as_user("admin"), cast, decider=f"person-{cast.manager.id}", second="")
    small, large = (make_order(session, make_customer(session, cast.wang), cast.wang, m) for m in ("10", "2000"))
    wang = as_user("wang")
    bulk = {"action": "submit", "ids": [small.id, large.id], "approver_id": cast.order.id, "confirmed": "1"}
    bulk |= {f"version-{one.id}": one.version for one in (small, large)}
    wang.post("/orders/bulk", bulk)
    assert (small.state, large.state) == ("pending", "draft")
    assert "請選擇陳經理審核" in wang.get("/orders").text


def test_a_stand_in_is_set_and_decides(session: Session, cast: Cast, as_user: SignIn, approving_manager: None) -> None:
    admin = as_user("admin")
    today = actor_as(session, cast.admin).now.astimezone(actor_as(session, cast.admin).zone).date().isoformat()
    typed = {"away": f"person-{cast.order.id}", "instead": f"person-{cast.manager.id}"}
    days = {"from_on": today, "until_on": today}
    wrong = send(
        admin,
        "/approval-rules/stand-ins/new",
        "/approval-rules/stand-ins",
        **typed,
        from_on=today,
        until_on="2020-01-01",
    )
    assert wrong.status_code == 422 and "結束日期不能早於開始日期" in wrong.text
    assert send(admin, "/approval-rules/stand-ins/new", "/approval-rules/stand-ins", **typed, **days).status_code == 303
    one = session.scalars(select(StandIn)).one()
    assert one.active and "代理中" in admin.get("/approval-rules").text
    order = make_order(session, make_customer(session, cast.li, name="南方電子"), cast.li)
    submitted(session, order, cast.li, cast.order)
    manager = as_user("manager")
    assert "南方電子" in manager.get("/workbench/panels/orders_to_approve").text
    assert manager.post(f"/orders/{order.id}/transitions/approve", {"version": order.version}).status_code == 303
    assert order.state == "approved"
    assert "代林審單" in as_user("li").get(f"/orders/{order.id}").text
    edit = f"/approval-rules/stand-ins/{one.id}"
    assert send(admin, edit, edit, until_on=today).status_code == 303
    assert admin.post(f"{edit}/delete").status_code == 303
    assert "目前沒有代理審核" in admin.get("/approval-rules").text


def test_a_role_that_a_rule_names_stays(session: Session, cast: Cast, as_user: SignIn) -> None:
    role = session.scalars(select(Role).where(Role.key == "sales_manager")).one()
    session.add(PersonalGrant(user_id=cast.manager.id, permission="orders:approve", scope=1))
    session.commit()
    admin = as_user("admin")
    assert make_rule(admin, cast, decider=f"role-{role.id}", second="").status_code == 303
    assert admin.post(f"/roles/{role.id}/delete").status_code == 403
    assert admin.get(f"/roles/{role.id}").status_code == 200


def test_approving_several_says_which_need_another_approval(
    session: Session, cast: Cast, as_user: SignIn, approving_manager: None
) -> None:
    """As the approval of one does."""
    make_rule(as_user("admin"), cast)
    customer = make_customer(session, cast.wang, name="大同電子")
    orders = [
        submitted(session, make_order(session, customer, cast.wang, sum), cast.wang, cast.order)
        for sum in ("500", "2000", "3000")
    ]
    approver = as_user("order")
    bulk: dict[str, Any] = {"action": "approve", "confirmed": "1"}

    def approve(*some: Any) -> str:
        versions = {f"version-{one.id}": one.version for one in some}
        assert approver.post("/orders/decisions", {**bulk, "ids": [o.id for o in some], **versions}).status_code == 303
        return str(tree(approver.get("/")).get_element_by_id("messages").text_content())

    told = approve(*orders[:2])
    assert "已審核 1 筆" in told
    assert "您已審核 1 筆，按規則還需再審核一次" in told
    told = approve(orders[2])
    assert "已審核" in told and "按規則還需再審核一次" in told
    assert "已審核 0 筆" not in told
