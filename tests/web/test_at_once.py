"""Two people, or one who clicks twice, at the same moment at a real server (SO-7, RC-2; hostile 25, 27, 28, 31)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.models import Receipt, Role, RoleMember, WorkflowEvent
from tests.at_once import ROUNDS, Browser, all_at_once, serving
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import approved_order, make_customer, make_order, make_receipt, submitted

Enter = Callable[[str], Browser]


@pytest.fixture
def enter(app: CRM, as_user: Callable[[str], Person]) -> Iterator[Enter]:
    """A browser of the person, signed in at a real server."""
    with serving(app) as server:
        yield lambda name: Browser(server, as_user(name))


def second_approver(session: Session, cast: Cast) -> None:
    """The manager may approve too."""
    role = session.scalars(select(Role).where(Role.key == "sales_approver")).one()
    session.add(RoleMember(role_id=role.id, user_id=cast.manager.id))
    session.commit()


def decisions(session: Session, kind: str) -> dict[int, list[str]]:
    """Record's id → its decisions, however they ended."""
    found: dict[int, list[str]] = {}
    wanted = select(WorkflowEvent).where(WorkflowEvent.kind == kind, WorkflowEvent.step.in_(("approve", "reject")))
    for event in session.scalars(wanted):
        found.setdefault(event.record_id, []).append(event.state_after)
    return found


def test_25_approved_and_rejected_at_once(session: Session, cast: Cast, enter: Enter) -> None:
    """One transition each; the other person is told what happened."""
    second_approver(session, cast)
    customer = make_customer(session, cast.wang)
    orders = [
        submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order) for _ in range(ROUNDS)
    ]
    facts = [(order.id, order.code, order.version) for order in orders]
    session.commit()
    one, other = enter("order"), enter("manager")
    session.commit()
    for order_id, code, version in facts:
        url, sent = f"/orders/{order_id}/transitions", {"version": version, "opinion": "同時"}
        answers = all_at_once([partial(one.post, f"{url}/approve", sent), partial(other.post, f"{url}/reject", sent)])
        assert sorted(answer.code for answer in answers) == [303, 409]
        (refused,) = (answer for answer in answers if answer.code == 409)
        assert f"{code} 剛才已由" in refused.text
    session.expire_all()
    made = decisions(session, "orders")
    assert all(made[order.id] == [order.state] for order in orders)
    assert len(made) == ROUNDS


def test_a_double_click_decides_once(session: Session, cast: Cast, enter: Enter) -> None:
    """With the form's own token all get the same answer; without it one decides and seven are told."""
    customer = make_customer(session, cast.wang)
    orders = [submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order) for _ in range(2)]
    session.commit()
    approver = enter("order")
    session.commit()
    codes = []
    for order_id, more in ((1, {"once": "one-form"}), (2, {})):
        sent = {"version": 2, "opinion": "可", **more}
        url = f"/orders/{order_id}/transitions/approve"
        codes.append(sorted(answer.code for answer in all_at_once([partial(approver.post, url, sent)] * 8)))
    assert codes == [[303] * 8, [303, *[409] * 7]]
    session.expire_all()
    assert decisions(session, "orders") == {order.id: ["approved"] for order in orders}


def test_28_eight_receipts_of_sixty_percent_at_once(session: Session, cast: Cast, enter: Enter) -> None:
    """Drafts that would take 480 % of each order are submitted together, then approved together."""
    customer = make_customer(session, cast.wang)
    orders = [approved_order(session, customer, cast.wang, cast.order) for _ in range(max(3, ROUNDS // 4))]
    drafts = [[make_receipt(session, customer, cast.wang, {o: "60"}).id for _ in range(8)] for o in orders]
    session.commit()
    wang, finance = enter("wang"), enter("finance")
    session.commit()
    for made in drafts:
        sent = {"version": 1, "approver_id": cast.finance.id}
        session.commit()
        answers = all_at_once([partial(wang.post, f"/receipts/{id}/transitions/submit", sent) for id in made])
        assert sorted(answer.code for answer in answers) == [303, *[409] * 7]
        answers = all_at_once(
            [partial(finance.post, f"/receipts/{id}/transitions/approve", {"version": 2}) for id in made]
        )
        assert sorted(answer.code for answer in answers) == [303, *[409] * 7]
    session.expire_all()
    assert {(o.received, o.pending) for o in orders} == {(Decimal(60), Decimal(0))}


def test_28_saved_and_submitted_in_a_crowd(session: Session, cast: Cast, enter: Enter) -> None:
    """New receipts of 60 % are written while others are submitted; what is taken never exceeds the order."""
    customer = make_customer(session, cast.wang)
    order = approved_order(session, customer, cast.wang, cast.order)
    drafts = [make_receipt(session, customer, cast.wang, {order: "60"}).id for _ in range(4)]
    order_id, customer_id, asked = order.id, customer.id, cast.finance.id
    session.commit()
    wang = enter("wang")
    session.commit()
    sent = {"customer": customer_id, "received_on": "2026-11-20", f"amount-{order_id}": "60"}
    deeds = [partial(wang.post, "/receipts", sent) for _ in range(4)]
    submit = {"version": 1, "approver_id": asked}
    deeds += [partial(wang.post, f"/receipts/{id}/transitions/submit", submit) for id in drafts]
    assert {answer.code for answer in all_at_once(deeds)} <= {303, 409, 422}
    session.expire_all()
    assert (order.received, order.pending) == (Decimal(0), Decimal(60))
    states = session.scalars(select(Receipt.state)).all()
    assert states.count("pending") == 1


def test_27_two_pending_receipts_approved_at_once(session: Session, cast: Cast, enter: Enter) -> None:
    """Were two of 60 % ever pending together, approving both takes the order no further than its total."""
    customer = make_customer(session, cast.wang)
    order = approved_order(session, customer, cast.wang, cast.order)
    wang = actor_as(session, cast.wang)
    both = [make_receipt(session, customer, cast.wang, {order: "40"}) for _ in range(2)]
    for receipt in both:
        RECEIPT_WORKFLOW.fire(session, receipt, "submit", wang, approver_id=cast.finance.id)
    order.total, order.goods_amount = Decimal(80), Decimal(80)
    urls = [f"/receipts/{receipt.id}/transitions/approve" for receipt in both]
    session.commit()
    finance = enter("finance")
    session.commit()
    answers = all_at_once([partial(finance.post, url, {"version": 2}) for url in urls])
    assert [answer.code for answer in answers] == [303, 303]
    session.expire_all()
    assert (order.received, order.pending, order.open) == (Decimal(80), Decimal(0), Decimal(0))


def test_31_the_same_form_eight_times_at_once(session: Session, cast: Cast, enter: Enter) -> None:
    customer = make_customer(session, cast.wang)
    order = approved_order(session, customer, cast.wang, cast.order)
    sent = {"customer": customer.id, "received_on": "2026-11-20", f"amount-{order.id}": "5", "once": "the-same-form"}
    session.commit()
    wang = enter("wang")
    session.commit()
    answers = all_at_once([partial(wang.post, "/receipts", sent)] * 8)
    assert {(answer.code, answer.location) for answer in answers} == {(303, "/receipts/1")}
    assert session.scalar(select(func.count()).select_from(Receipt)) == 1


def test_25_withdrawn_and_approved_at_once(session: Session, cast: Cast, enter: Enter) -> None:
    """The money of a receipt is pending, taken or free, and always as its state says."""
    customer = make_customer(session, cast.wang)
    rounds = max(3, ROUNDS // 4)
    orders = [approved_order(session, customer, cast.wang, cast.order) for _ in range(rounds)]
    receipts = [make_receipt(session, customer, cast.wang, {order: "100"}) for order in orders]
    for receipt in receipts:
        actor = actor_as(session, cast.wang)
        RECEIPT_WORKFLOW.fire(session, receipt, "submit", actor, approver_id=cast.finance.id)
    ids = [receipt.id for receipt in receipts]
    session.commit()
    wang, finance = enter("wang"), enter("finance")
    session.commit()
    for id in ids:
        url = f"/receipts/{id}/transitions"
        answers = all_at_once(
            [
                partial(wang.post, f"{url}/withdraw", {"version": 2}),
                partial(finance.post, f"{url}/approve", {"version": 2}),
            ]
        )
        assert sorted(answer.code for answer in answers) == [303, 409]
    session.expire_all()
    for order, receipt in zip(orders, receipts, strict=True):
        expected = {"draft": Decimal(0), "approved": Decimal(100)}[receipt.state]
        assert (order.received, order.pending) == (expected, Decimal(0))
