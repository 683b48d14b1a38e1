"""Steps of orders on their pages, in lists and in the panels of the workbench (SO-3 to SO-7, W-1, W-2)."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.platform.settings import change_settings
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.models import Customer, Notice, Order, Permission, PersonalGrant, Role, RoleMember, WorkflowEvent
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import approved_order, make_customer, make_order, make_receipt, submitted

SignIn = Callable[[str], Person]


@pytest.fixture
def pending(session: Session, cast: Cast) -> Order:
    """Wang's order over 100.00, waiting for 林審單."""
    order = make_order(session, make_customer(session, cast.wang, name="大同電子"), cast.wang)
    return submitted(session, order, cast.wang, cast.order)


def step_url(order: Order, step: str) -> str:
    return f"/orders/{order.id}/transitions/{step}"


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


class TestOneStep:
    def test_so3_submitting_asks_for_one_of_the_approvers(self, session: Session, cast: Cast, as_user: SignIn) -> None:
        order = make_order(session, make_customer(session, cast.wang), cast.wang)
        wang = as_user("wang")
        asked = text_of(wang.get(step_url(order, "submit")))
        offered = re.findall(r"<option value=\"(\d*)\"", asked.split('name="approver_id"')[1])
        assert offered == ["", str(cast.order.id)]
        for wrong in ("", cast.finance.id, cast.wang.id, 99999, "x"):
            answer = wang.post(step_url(order, "submit"), {"approver_id": wrong, "version": order.version})
            assert (answer.status_code, order.state) == (422, "draft"), wrong
        answer = wang.post(step_url(order, "submit"), {"approver_id": cast.order.id, "version": order.version})
        assert (answer.status_code, order.state, order.approver_id) == (303, "pending", cast.order.id)

    def test_so3_it_says_plainly_that_nobody_can_approve(self, session: Session, cast: Cast, as_user: SignIn) -> None:
        order = make_order(session, make_customer(session, cast.wang), cast.wang)
        role = session.scalars(select(Role).where(Role.key == "sales_approver")).one()
        session.query(RoleMember).filter_by(role_id=role.id).delete()
        answer = as_user("wang").get(step_url(order, "submit"))
        assert "目前沒有人可以審核" in text_of(answer)
        assert 'name="approver_id"' not in text_of(answer)

    def test_so3_membership_without_the_verb_is_not_enough(self, session: Session, cast: Cast, as_user: SignIn) -> None:
        role = session.scalars(select(Role).where(Role.key == "sales_approver")).one()
        session.add(RoleMember(role_id=role.id, user_id=cast.li.id))
        session.flush()
        session.execute(
            Role.metadata.tables["role_grants"]
            .delete()
            .where(Role.metadata.tables["role_grants"].c.permission == Permission.ORDERS_APPROVE.value)
        )
        session.add(PersonalGrant(user_id=cast.manager.id, permission=Permission.ORDERS_APPROVE.value, scope=4))
        order = make_order(session, make_customer(session, cast.wang), cast.wang)
        assert ORDER_WORKFLOW.approvers(session, order, actor_as(session, cast.wang)) == []
        session.add(RoleMember(role_id=role.id, user_id=cast.manager.id))
        session.flush()
        assert ORDER_WORKFLOW.approvers(session, order, actor_as(session, cast.wang)) == [cast.manager]

    @pytest.mark.parametrize("kind", ["orders", "receipts"])
    def test_so3_without_scripts_what_was_typed_is_saved_before_it_is_submitted(
        self, session: Session, cast: Cast, as_user: SignIn, kind: str
    ) -> None:
        customer = make_customer(session, cast.wang)
        order = make_order(session, customer, cast.wang)
        if kind == "receipts":
            sold = approved_order(session, customer, cast.wang, cast.order)
        document: Any = order if kind == "orders" else make_receipt(session, customer, cast.wang, {sold: "10"})
        wang = as_user("wang")
        page = html.fromstring(text_of(wang.get(f"/{kind}/{document.id}")))
        (form,) = [f for f in page.forms if f.get("action") == f"/{kind}/{document.id}"]
        sent = {**dict(form.form_values()), "notes": "先存", "then": "submit"}
        answer = wang.post(f"/{kind}/{document.id}", sent)
        assert (answer.status_code, document.notes, document.state) == (303, "先存", "draft")
        assert answer.location.startswith(f"/{kind}/{document.id}/transitions/submit")
        assert "您打開之後" not in text_of(wang.get(answer.location))

    def test_so4_rejecting_needs_an_opinion(self, pending: Order, session: Session, as_user: SignIn) -> None:
        approver = as_user("order")
        assert "駁回意見" in text_of(approver.get(step_url(pending, "reject")))
        answer = approver.post(step_url(pending, "reject"), {"version": pending.version, "opinion": "  "})
        assert (answer.status_code, pending.state) == (422, "pending")
        answer = approver.post(step_url(pending, "reject"), {"version": pending.version, "opinion": "單價太低"})
        assert (answer.status_code, pending.state) == (303, "rejected")
        last = session.scalars(select(WorkflowEvent).order_by(WorkflowEvent.id.desc())).first()
        assert last is not None
        assert last.opinion == "單價太低"

    def test_so4_the_submitter_withdraws_before_the_decision(self, pending: Order, as_user: SignIn) -> None:
        answer = as_user("wang").post(step_url(pending, "withdraw"), {"version": pending.version})
        assert (answer.status_code, pending.state) == (303, "draft")

    def test_so5_voiding_has_a_reason(self, session: Session, cast: Cast, as_user: SignIn) -> None:
        order = approved_order(session, make_customer(session, cast.wang), cast.wang, cast.order)
        approver = as_user("order")
        assert "作廢原因" in text_of(approver.get(step_url(order, "void")))
        assert approver.post(step_url(order, "void"), {"version": order.version}).status_code == 422
        answer = approver.post(step_url(order, "void"), {"version": order.version, "opinion": "客戶取消"})
        assert (answer.status_code, order.state) == (303, "void")

    def test_so6_21_ones_own_order_by_address(self, session: Session, cast: Cast, as_user: SignIn) -> None:
        """Hostile case 21: by address and in bulk."""
        order = make_order(session, make_customer(session, cast.wang), cast.wang)
        submitted(session, order, cast.wang, cast.order)
        order.owner_id = cast.order.id
        approver = as_user("order")
        assert approver.post(step_url(order, "approve"), {"version": order.version}).status_code == 403
        bulk = {"action": "approve", "ids": order.id, f"version-{order.id}": order.version, "confirmed": "1"}
        answer = approver.post("/orders/decisions", bulk)
        assert (answer.status_code, order.state) == (303, "pending")
        assert "不能審核自己的單據" in text_of(approver.get("/"))
        change_settings(session, self_approval=True)
        assert approver.post(step_url(order, "approve"), {"version": order.version}).status_code == 303

    @pytest.mark.parametrize("step", ["approve", "reject", "withdraw"])
    def test_22_from_a_wrong_state(self, session: Session, cast: Cast, as_user: SignIn, step: str) -> None:
        """Hostile case 22."""
        order = approved_order(session, make_customer(session, cast.wang), cast.wang, cast.order)
        person = as_user("wang" if step == "withdraw" else "order")
        answer = person.post(step_url(order, step), {"version": order.version, "opinion": "x"})
        assert (answer.status_code, order.state) == (409, "approved")
        assert "林審單" in text_of(answer)

    def test_24_an_order_changed_after_it_was_opened_is_shown_again(
        self, pending: Order, session: Session, cast: Cast, as_user: SignIn
    ) -> None:
        """Hostile case 24: withdrawn, changed, submitted again while the approver looked at it."""
        opened = pending.version
        ORDER_WORKFLOW.fire(session, pending, "withdraw", actor_as(session, cast.wang))
        submitted(session, pending, cast.wang, cast.order)
        approver = as_user("order")
        answer = approver.post(step_url(pending, "approve"), {"version": opened, "opinion": "可以"})
        assert (answer.status_code, pending.state) == (409, "pending")
        again = text_of(answer)
        assert "您打開之後此單據又有變動" in again
        assert "可以" in again
        assert f'name="version" type="hidden" value="{pending.version}"' in again
        assert approver.post(step_url(pending, "approve"), {"version": pending.version}).status_code == 303

    @pytest.mark.parametrize("step", ["approve", "reject"])
    def test_24_whoever_does_not_say_what_they_saw_is_shown_it(
        self, pending: Order, as_user: SignIn, step: str
    ) -> None:
        """By a form of their own, for one and for several."""
        approver = as_user("order")
        answer = approver.post(step_url(pending, step), {"opinion": "x"}, exactly=True)
        assert (answer.status_code, pending.state) == (409, "pending")
        assert f'name="version" type="hidden" value="{pending.version}"' in text_of(answer)
        ticked = {"action": step, "ids": pending.id, "confirmed": "1", "opinion": "x"}
        assert (approver.post("/orders/decisions", ticked).status_code, pending.state) == (303, "pending")
        assert "您打開之後此單據又有變動" in text_of(approver.get("/"))
        ticked[f"version-{pending.id}"] = pending.version
        assert (approver.post("/orders/decisions", ticked).status_code, pending.state != "pending") == (303, True)

    def test_so7_a_double_click_decides_once(self, pending: Order, session: Session, as_user: SignIn) -> None:
        approver = as_user("order")
        sent = {"version": pending.version, "once": "one-token-for-both"}
        answers = [approver.post(step_url(pending, "approve"), sent) for _ in range(3)]
        assert [a.status_code for a in answers] == [303, 303, 303]
        decided = select(func.count()).select_from(WorkflowEvent).where(WorkflowEvent.step == "approve")
        assert session.scalar(decided) == 1

    def test_so7_what_was_written_is_not_lost_when_somebody_was_first(self, pending: Order, as_user: SignIn) -> None:
        approver, version = as_user("order"), pending.version
        approver.post(step_url(pending, "approve"), {"version": version})
        answer = approver.post(step_url(pending, "reject"), {"version": version, "opinion": "價格太低，請重談"})
        assert answer.status_code == 409
        assert "價格太低，請重談" in text_of(answer)
        assert pending.state == "approved"

    def test_so7_the_asked_one_is_told_though_the_order_is_out_of_sight_now(
        self, session: Session, cast: Cast, as_user: SignIn
    ) -> None:
        """Li approves within his own scope only, was asked, and somebody else was first."""
        role = session.scalars(select(Role).where(Role.key == "sales_approver")).one()
        role.scope = 1
        session.add(RoleMember(role_id=role.id, user_id=cast.li.id))
        session.add(PersonalGrant(user_id=cast.order.id, permission=Permission.ORDERS_APPROVE.value, scope=4))
        session.add(PersonalGrant(user_id=cast.order.id, permission=Permission.ORDERS_VIEW.value, scope=4))
        session.flush()
        order = make_order(session, make_customer(session, cast.wang), cast.wang)
        submitted(session, order, cast.wang, cast.li)
        li = as_user("li")
        assert li.get(step_url(order, "approve")).status_code == 200
        ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order))
        answer = li.post(step_url(order, "reject"), {"version": order.version, "opinion": "x"})
        assert answer.status_code == 409
        assert "已由 林審單 審核" in text_of(answer)
        assert li.get(step_url(order, "void")).status_code == 404

    def test_in_a_box_the_page_is_told_what_changed(self, pending: Order, as_user: SignIn) -> None:
        approver = as_user("order").htmx("box")
        answer = approver.post(step_url(pending, "approve"), {"version": pending.version})
        assert answer.status_code == 200
        assert set(json.loads(answer.headers["HX-Trigger"])) >= {"box-close", "orders-changed"}

    def test_from_the_file_the_file_is_shown_again(self, pending: Order, as_user: SignIn) -> None:
        approver = as_user("order").htmx("box")
        sent = {"version": pending.version, "next": f"/orders/{pending.id}"}
        answer = approver.post(step_url(pending, "approve"), sent)
        assert answer.headers["HX-Redirect"] == f"/orders/{pending.id}"

    def test_17_what_a_form_cannot_say_is_ignored(self, pending: Order, cast: Cast, as_user: SignIn) -> None:
        """Hostile case 17."""
        sent = {"version": pending.version, "approved_by": cast.wang.id, "state": "void", "total": "1"}
        as_user("order").post(step_url(pending, "approve"), sent)
        assert (pending.state, pending.approved_by_id, str(pending.total)) == ("approved", cast.order.id, "100.00")


class TestPanels:
    def test_w2_several_are_approved_without_leaving_the_workbench(
        self, session: Session, cast: Cast, as_user: SignIn
    ) -> None:
        customer = make_customer(session, cast.wang, name="大同電子")
        orders = [submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order) for _ in "ab"]
        approver = as_user("order")
        panel = text_of(approver.get("/workbench/panels/orders_to_approve"))
        assert all(order.code in panel for order in orders)
        ticks = {"ids": [o.id for o in orders], **{f"version-{o.id}": o.version for o in orders}}
        asked = text_of(approver.htmx("box").post("/orders/decisions", {"action": "approve", **ticks}))
        assert "審核意見" in asked
        assert "200.00" in asked
        sent = {"action": "approve", "confirmed": "1", "opinion": "同意", **ticks}
        answer = approver.post("/orders/decisions", sent)
        assert set(json.loads(answer.headers["HX-Trigger"])) >= {"box-close", "orders-changed"}
        assert "已審核 2 張訂單" in text_of(answer)
        assert {o.state for o in orders} == {"approved"}
        assert "目前沒有等待您審核的單據" in text_of(approver.get("/workbench/panels/orders_to_approve"))

    def test_w2_without_scripts_it_is_a_page(self, pending: Order, as_user: SignIn) -> None:
        approver = as_user("order")
        sent = {"action": "reject", "ids": pending.id, f"version-{pending.id}": pending.version}
        assert "駁回意見" in text_of(approver.post("/orders/decisions", sent))
        assert approver.post("/orders/decisions", {**sent, "confirmed": "1"}).status_code == 422
        answer = approver.post("/orders/decisions", {**sent, "confirmed": "1", "opinion": "重寫"})
        assert (answer.status_code, answer.headers["Location"], pending.state) == (303, "/", "rejected")

    def test_24_the_version_is_that_of_the_panel(
        self, pending: Order, session: Session, cast: Cast, as_user: SignIn
    ) -> None:
        """Changed between the panel and the answer: left out, and said."""
        seen = pending.version
        ORDER_WORKFLOW.fire(session, pending, "withdraw", actor_as(session, cast.wang))
        submitted(session, pending, cast.wang, cast.order)
        approver = as_user("order")
        sent = {"action": "approve", "ids": pending.id, f"version-{pending.id}": seen}
        assert f'name="version-{pending.id}" value="{seen}"' in text_of(approver.post("/orders/decisions", sent))
        approver.post("/orders/decisions", {**sent, "confirmed": "1"})
        assert pending.state == "pending"
        assert "您打開之後此單據又有變動" in text_of(approver.get("/"))

    def test_nothing_ticked_is_said_where_one_is(self, as_user: SignIn) -> None:
        approver = as_user("order")
        assert approver.post("/orders/decisions", {"action": "approve"}).headers["Location"] == "/"
        answer = approver.htmx("box").post("/orders/decisions", {"action": "approve"})
        assert (answer.status_code, answer.headers["HX-Reswap"]) == (409, "none")

    def test_w1_the_panel_is_for_approvers_and_stands_first(
        self, pending: Order, session: Session, cast: Cast, as_user: SignIn
    ) -> None:
        assert as_user("wang").get("/workbench/panels/orders_to_approve").status_code == 403
        role = session.scalars(select(Role).where(Role.key == "sales_approver")).one()
        session.add(RoleMember(role_id=role.id, user_id=cast.manager.id))
        keys = re.findall(r'data-panel="(\w+)"', text_of(as_user("manager").get("/")))
        assert keys[0] == "orders_to_approve"
        assert "receipts_to_approve" not in keys

    def test_w2_what_came_last_is_in_the_panel_however_much_waits(
        self, session: Session, cast: Cast, as_user: SignIn
    ) -> None:
        """The approver was told of it a moment ago, and looks for it there."""
        customer, day = make_customer(session, cast.wang, name="大同電子"), datetime(2026, 11, 1, tzinfo=UTC)
        for n in range(31):
            at = day + timedelta(hours=n)
            last = submitted(session, make_order(session, customer, cast.wang, now=at), cast.wang, cast.order, at)
        panel = text_of(as_user("order").get("/workbench/panels/orders_to_approve"))
        codes = re.findall(r"<a href=\"/orders/\d+\">([^<]+)</a>", panel)
        assert (codes[0], len(codes)) == (last.code, 30)
        assert ">31<" in panel

    def test_ones_own_do_not_wait_for_oneself(
        self, pending: Order, session: Session, cast: Cast, as_user: SignIn
    ) -> None:
        pending.owner_id = cast.order.id
        approver = as_user("order")
        assert pending.code not in text_of(approver.get("/workbench/panels/orders_to_approve"))
        change_settings(session, self_approval=True)
        assert pending.code in text_of(approver.get("/workbench/panels/orders_to_approve"))

    def test_rejected_documents_are_shown_with_the_reason(
        self, pending: Order, session: Session, cast: Cast, as_user: SignIn
    ) -> None:
        ORDER_WORKFLOW.fire(session, pending, "reject", actor_as(session, cast.order), "單價太低")
        panel = text_of(as_user("wang").get("/workbench/panels/rejected"))
        assert pending.code in panel
        assert "單價太低" in panel
        assert f"/orders/{pending.id}/transitions/submit" in panel
        assert pending.code not in text_of(as_user("manager").get("/workbench/panels/rejected"))
        assert as_user("order").get("/workbench/panels/rejected").status_code == 403

    def test_rejected_receipts_stand_beside_them_once_each(self, session: Session, cast: Cast, as_user: SignIn) -> None:
        make_customer(session, cast.wang, name="另一家")
        customer = make_customer(session, cast.wang, name="大同電子")
        order = approved_order(session, customer, cast.wang, cast.order)
        receipt = make_receipt(session, customer, cast.wang, {order: "10.00"})
        RECEIPT_WORKFLOW.fire(session, receipt, "submit", actor_as(session, cast.wang), approver_id=cast.finance.id)
        RECEIPT_WORKFLOW.fire(session, receipt, "reject", actor_as(session, cast.finance), "金額不符")
        session.commit()
        panel = text_of(as_user("wang").get("/workbench/panels/rejected"))
        assert panel.count("金額不符") == 1
        assert f"/receipts/{receipt.id}/transitions/submit" in panel
        assert "另一家" not in panel


class TestNotices:
    """What a notice asked for is done when the thing is decided, by whoever and from wherever (F-4)."""

    def unread(self, session: Session, user: Any) -> list[str]:
        session.expire_all()
        wanted = select(Notice.message).where(Notice.user_id == user.id, Notice.read_at.is_(None))
        return [message.split(" the ")[0] for message in session.scalars(wanted.order_by(Notice.id))]

    @pytest.mark.parametrize("door", ["page", "panel"])
    @pytest.mark.parametrize("step", ["approve", "reject"])
    def test_deciding_settles_the_request_of_whoever_was_asked(
        self, pending: Order, session: Session, cast: Cast, as_user: SignIn, door: str, step: str
    ) -> None:
        session.add(PersonalGrant(user_id=cast.admin.id, permission="orders:approve", scope=4))
        session.commit()
        assert self.unread(session, cast.order) == ["%(person)s asks you to approve"]
        admin, sent = as_user("admin"), {"version": pending.version, "opinion": "看過了"}
        if door == "page":
            assert admin.post(step_url(pending, step), sent).status_code == 303
        else:
            ticks = {"ids": pending.id, f"version-{pending.id}": pending.version, "opinion": "看過了"}
            answer = admin.post("/orders/decisions", {**ticks, "action": step, "confirmed": "1"})
            assert answer.status_code == 303
        assert self.unread(session, cast.order) == []
        assert len(self.unread(session, cast.wang)) == 1

    def test_withdrawing_and_submitting_again_settle_what_came_before(
        self, pending: Order, session: Session, cast: Cast
    ) -> None:
        def fire(step: str, by: Any, **values: Any) -> None:
            ORDER_WORKFLOW.fire(session, pending, step, actor_as(session, by), **values)

        fire("withdraw", cast.wang)
        assert self.unread(session, cast.order) == ["%(person)s has withdrawn"]
        fire("submit", cast.wang, approver_id=cast.order.id)
        fire("reject", cast.order, opinion="太便宜")
        assert self.unread(session, cast.wang) == ["%(person)s has rejected"]
        fire("submit", cast.wang, approver_id=cast.order.id)
        assert self.unread(session, cast.wang) == []
        other = make_order(session, session.get_one(Customer, pending.customer_id), cast.wang)
        submitted(session, other, cast.wang, cast.order)
        fire("approve", cast.order)
        assert self.unread(session, cast.order)[-1:] == ["%(person)s asks you to approve"]  # the other order's
