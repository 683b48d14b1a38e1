"""Orders and receipts are decided by somebody else, once, never beyond what is open (SO-2 to SO-7, RC-1 to RC-4)."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import delete_record
from crm.domain.platform.settings import change_settings
from crm.domain.sales.orders import ORDER_WORKFLOW, save_order
from crm.domain.sales.quotes import convert_quote, copy_quote
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt
from crm.domain.sales.workflow_history import events_of
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.models import Notice, Order, Receipt, User
from tests.cast import Cast, actor_as
from tests.factories import (
    approved_order,
    line,
    make_customer,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    submitted,
)


def names(session: Session, record: Order | Receipt, by: User) -> list[str]:
    workflow = ORDER_WORKFLOW if isinstance(record, Order) else RECEIPT_WORKFLOW
    return [t.name for t in workflow.available_steps(session, record, actor_as(session, by))]


def pay(session: Session, receipt: Receipt, by: User, to: User) -> None:
    RECEIPT_WORKFLOW.fire(session, receipt, "submit", actor_as(session, by), approver_id=to.id)


def decide(session: Session, receipt: Receipt, by: User, step: str = "approve", opinion: str = "可") -> None:
    RECEIPT_WORKFLOW.fire(session, receipt, step, actor_as(session, by), opinion)


class TestOrders:
    def test_so3_to_so4_rejected_with_an_opinion_and_submitted_again(self, session: Session, cast: Cast) -> None:
        order = make_order(session, make_customer(session, cast.wang), cast.wang)
        assert names(session, order, cast.wang) == ["submit"]
        submitted(session, order, cast.wang, cast.order)
        assert names(session, order, cast.wang) == ["withdraw"]
        assert names(session, order, cast.order) == ["approve", "reject"]
        with pytest.raises(FieldError):
            ORDER_WORKFLOW.fire(session, order, "reject", actor_as(session, cast.order), " ")
        ORDER_WORKFLOW.fire(session, order, "reject", actor_as(session, cast.order), "單價太低")
        assert order.state == "rejected"
        submitted(session, order, cast.wang, cast.order)
        ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order), "同意")
        steps = [(e.step, e.opinion) for e in reversed(events_of(session, "orders", order.id))]
        assert steps == [
            ("create", None), ("submit", None), ("reject", "單價太低"), ("submit", None), ("approve", "同意"),
        ]  # fmt: skip
        assert order.approved_by_id == cast.order.id
        told = [n.values["opinion"] for n in session.scalars(select(Notice).where(Notice.user_id == cast.wang.id))]
        assert sorted(told) == sorted(["單價太低", "同意"])

    def test_so3_only_members_of_the_role_with_the_right_are_asked(self, session: Session, cast: Cast) -> None:
        order = make_order(session, make_customer(session, cast.wang), cast.wang)
        asked = ORDER_WORKFLOW.approvers(session, order, actor_as(session, cast.wang))
        assert asked == [cast.order]
        for wrong in (cast.finance, cast.admin, cast.wang):
            with pytest.raises(FieldError):
                submitted(session, order, cast.wang, wrong)
        assert order.state == "draft"

    def test_so5_an_approved_order_cannot_be_altered(self, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        order = approved_order(session, customer, cast.wang, cast.order)
        with pytest.raises(NotAllowed):
            save_order(session, order, customer, {}, [line(make_product(session))], actor_as(session, cast.wang))
        with pytest.raises(NotAllowed):
            delete_record(session, order, actor_as(session, cast.wang))

    def test_so6_nobody_approves_their_own_order_unless_it_is_allowed(self, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        order = submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order)
        order.owner_id = cast.order.id
        session.flush()
        with pytest.raises(NotAllowed):
            ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order))
        change_settings(session, self_approval=True)
        session.commit()
        ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order))

    def test_so7_the_second_one_is_told_who_was_first(self, session: Session, cast: Cast) -> None:
        order = approved_order(session, make_customer(session, cast.wang), cast.wang, cast.order)
        with pytest.raises(DomainError) as told:
            ORDER_WORKFLOW.fire(session, order, "reject", actor_as(session, cast.order), "慢了")
        assert told.value.values == {"code": order.code, "person": "林審單"}

    def test_an_order_changed_after_it_was_opened_is_not_approved_unseen(self, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        order = submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order)
        opened = order.version
        ORDER_WORKFLOW.fire(session, order, "withdraw", actor_as(session, cast.wang))
        lines = [line(make_product(session), price="999")]
        save_order(session, order, customer, {}, lines, actor_as(session, cast.wang))
        submitted(session, order, cast.wang, cast.order)
        with pytest.raises(StaleRecord):
            ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order), opened_version=opened)
        assert order.state == "pending"

    def test_so5_void_only_while_nothing_is_received(self, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        order = approved_order(session, customer, cast.wang, cast.order)
        receipt = make_receipt(session, customer, cast.wang, {order: "40"})
        pay(session, receipt, cast.wang, cast.finance)
        with pytest.raises(DomainError):
            ORDER_WORKFLOW.fire(session, order, "void", actor_as(session, cast.order), "取消")
        decide(session, receipt, cast.finance, "reject")
        ORDER_WORKFLOW.fire(session, order, "void", actor_as(session, cast.order), "取消")
        assert order.state == "void"

    def test_amounts_are_counted_by_line_and_rounded_half_up(self, session: Session, cast: Cast) -> None:
        product = make_product(session)
        lines = [
            line(product, "1", "0.005"),
            line(product, "3", "33.33", discount=Decimal("90"), tax_rate=Decimal("5")),
        ]
        order = make_order(session, make_customer(session, cast.wang), cast.wang, lines=lines)
        assert (order.goods_amount, order.tax_amount, order.total) == tuple(map(Decimal, ("90.00", "4.50", "94.50")))


class TestReceipts:
    def test_rc2_pending_receipts_count_as_taken(self, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        order = approved_order(session, customer, cast.wang, cast.order)
        first = make_receipt(session, customer, cast.wang, {order: "60"})
        second = make_receipt(session, customer, cast.wang, {order: "60"})
        pay(session, first, cast.wang, cast.finance)
        assert (order.received, order.pending, order.open, order.collectable) == tuple(
            map(Decimal, "0 60 100 40".split())
        )
        with pytest.raises(DomainError), session.begin_nested():
            pay(session, second, cast.wang, cast.finance)
        session.refresh(second)
        assert second.state == "draft"
        decide(session, first, cast.finance)
        session.refresh(order)
        assert (order.received, order.pending, order.open) == tuple(map(Decimal, ("60", "0", "40")))

    def test_rc2_one_receipt_for_two_orders_settles_them(self, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        orders = [approved_order(session, customer, cast.wang, cast.order) for _ in range(2)]
        for part in ("40", "60"):
            receipt = make_receipt(session, customer, cast.wang, dict.fromkeys(orders, part))
            pay(session, receipt, cast.wang, cast.finance)
            decide(session, receipt, cast.finance)
        assert [o.open for o in orders] == [Decimal(0), Decimal(0)]

    def test_rc4_a_reversal_goes_through_approval(self, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        order = approved_order(session, customer, cast.wang, cast.order)
        receipt = make_receipt(session, customer, cast.wang, {order: "100"})
        pay(session, receipt, cast.wang, cast.finance)
        decide(session, receipt, cast.finance)
        reversal = reverse_receipt(session, receipt, actor_as(session, cast.wang), "入錯帳")
        assert order.open == 0
        pay(session, reversal, cast.wang, cast.finance)
        assert (order.open, order.collectable) == (0, 0)
        decide(session, reversal, cast.finance)
        assert (order.open, order.collectable) == (100, 100)
        with pytest.raises(DomainError):
            reverse_receipt(session, receipt, actor_as(session, cast.wang), "再一次")


class TestQuotes:
    def test_qt2_converted_once_and_again_when_the_draft_was_deleted(self, session: Session, cast: Cast) -> None:
        quote = make_quote(session, make_customer(session, cast.wang), cast.wang, "123.45")
        wang = actor_as(session, cast.wang)
        order = convert_quote(session, quote, wang)
        assert (order.total, order.quote_id, order.state) == (Decimal("123.45"), quote.id, "draft")
        with pytest.raises(DomainError):
            convert_quote(session, quote, wang)
        delete_record(session, order, wang)
        assert convert_quote(session, quote, wang).id != order.id

    def test_qt3_a_copy_is_the_next_version(self, session: Session, cast: Cast) -> None:
        quote = make_quote(session, make_customer(session, cast.wang), cast.wang)
        wang = actor_as(session, cast.wang)
        second = copy_quote(session, quote, wang)
        third = copy_quote(session, second, wang)
        assert [(q.revision, q.revises_id) for q in (second, third)] == [(2, quote.id), (3, quote.id)]
        assert third.total == quote.total
