"""Each measure has one definition: every door that speaks of it says the same number (05-reports; TG-2, RV-1, Q-4)."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.platform.readers import reader_for
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt
from crm.domain.sales.receivables import customer_totals
from crm.domain.sales.sales_by_month import total_of, year_of
from crm.entities import measures
from crm.entities.listing import LISTINGS, Parameters, Query
from crm.entities.listing.rows import sums
from crm.entities.record_saving import discard
from crm.models import Customer, Order, Receipt
from tests.cast import ZONE, Cast, actor_as
from tests.conventions.places import CRM
from tests.factories import approved_order, make_customer, make_order, make_receipt, submitted

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    """Orders and receipts of Wang in every state: of seven sales three count (600), and of five receipts three (70)."""
    customer = make_customer(session, cast.wang, "台北電子", NOW)
    wang, boss, finance = (actor_as(session, who, NOW) for who in (cast.wang, cast.order, cast.finance))
    sold = [approved_order(session, customer, cast.wang, cast.order, amount, NOW) for amount in ("100", "200", "300")]
    make_order(session, customer, cast.wang, "1000", NOW)
    submitted(session, make_order(session, customer, cast.wang, "2000", NOW), cast.wang, cast.order, NOW)
    rejected = submitted(session, make_order(session, customer, cast.wang, "4000", NOW), cast.wang, cast.order, NOW)
    ORDER_WORKFLOW.fire(session, rejected, "reject", boss, opinion="太貴")
    voided = approved_order(session, customer, cast.wang, cast.order, "8000", NOW)
    ORDER_WORKFLOW.fire(session, voided, "void", boss, opinion="取消")
    receipts = [make_receipt(session, customer, cast.wang, {sold[0]: a}, NOW) for a in ("60", "10", "20", "5")]
    for receipt in receipts[:3]:
        RECEIPT_WORKFLOW.fire(session, receipt, "submit", wang, approver_id=cast.finance.id)
    for receipt in receipts[:2]:
        RECEIPT_WORKFLOW.fire(session, receipt, "approve", finance)
    full = make_receipt(session, customer, cast.wang, {sold[1]: "200"}, NOW)
    RECEIPT_WORKFLOW.fire(session, full, "submit", wang, approver_id=cast.finance.id)
    RECEIPT_WORKFLOW.fire(session, full, "approve", finance)
    session.flush()
    return customer


def list_sum(session: Session, cast: Cast, key: str, column: str, query: str = "") -> Decimal:
    reader = reader_for(session, actor_as(session, cast.admin, NOW))
    asked = Query(LISTINGS[key], reader, Parameters.of(query))
    found = dict(zip([c.key for c in asked.table.columns], sums(asked), strict=True))
    return Decimal(found[column] or 0)


def test_sold_and_received_are_the_same_by_every_door(session: Session, cast: Cast, customer: Customer) -> None:
    year = total_of(year_of(session, cast.wang.id, 2026).values())
    of_customer = customer_totals(session, customer, actor_as(session, cast.wang).rights)
    lists = {
        column: list_sum(session, cast, "receivables", column) + list_sum(session, cast, "settled", column)
        for column in ("total", "received")
    }
    assert {
        year.sold,
        of_customer.sold,
        lists["total"],
        list_sum(session, cast, "orders", "total", "state=approved"),
    } == {Decimal(600)}
    assert {year.received, of_customer.received, lists["received"]} == {Decimal(270)}
    assert of_customer.open == list_sum(session, cast, "receivables", "open") == Decimal(330)
    assert list_sum(session, cast, "receivables", "pending") == Decimal(20)


def test_what_is_voided_or_deleted_is_sold_by_no_door(session: Session, cast: Cast, customer: Customer) -> None:
    order = approved_order(session, customer, cast.wang, cast.order, "5000", NOW)
    discard(order, actor_as(session, cast.admin, NOW))
    session.flush()
    test_sold_and_received_are_the_same_by_every_door(session, cast, customer)


def test_a_reversal_takes_back_what_was_received(session: Session, cast: Cast, customer: Customer) -> None:
    paid = session.scalars(select(Receipt).where(*measures.RECEIVED, Receipt.amount == 60)).one()
    reversal = reverse_receipt(session, paid, actor_as(session, cast.wang, NOW), "記錯")
    assert total_of(year_of(session, cast.wang.id, 2026).values()).received == 270
    if not measures.is_received(reversal):
        for step, who in (("submit", cast.wang), ("approve", cast.finance)):
            more = {"approver_id": cast.finance.id} if step == "submit" else {}
            RECEIPT_WORKFLOW.fire(session, reversal, step, actor_as(session, who, NOW), **more)
    received = total_of(year_of(session, cast.wang.id, 2026).values()).received
    of_customer = customer_totals(session, customer, actor_as(session, cast.wang).rights)
    assert received == of_customer.received == 210


def test_a_condition_and_its_question_about_one_record_agree(session: Session, customer: Customer) -> None:
    def ids(model: type, conditions: measures.Conditions) -> set[int]:
        return set(session.scalars(select(model.id).where(*conditions)))  # type: ignore[attr-defined]

    orders, receipts = session.scalars(select(Order)).all(), session.scalars(select(Receipt)).all()
    assert (
        ids(Order, measures.SOLD) == ids(Order, measures.SOLD_BY_ONE) == {o.id for o in orders if measures.is_sold(o)}
    )
    assert ids(Order, measures.OPEN) == {o.id for o in orders if measures.is_sold(o) and o.open > 0}
    assert ids(Order, measures.SETTLED) == {o.id for o in orders if measures.is_sold(o) and o.open <= 0}
    assert ids(Order, measures.COLLECTABLE) == {o.id for o in orders if measures.is_sold(o) and o.collectable > 0}
    assert ids(Receipt, measures.RECEIVED) == {r.id for r in receipts if measures.is_received(r)}
    due = [date(2026, 3, day) for day in (8, 9, 10, 11)]
    for order, day in zip(session.scalars(select(Order).where(*measures.OPEN).order_by(Order.id)), due, strict=False):
        order.due_on = day
    session.flush()
    for days in (1, 2, 3):
        found = ids(Order, (*measures.OPEN, measures.overdue(date(2026, 3, 10), days)))
        late = {
            o.id
            for o in orders
            if measures.is_sold(o) and measures.days_overdue(o.due_on, o.open, date(2026, 3, 10)) >= days
        }
        assert found == late
    assert session.scalar(select(func.count()).where(*measures.OPEN)) == 2


@pytest.mark.parametrize("hour", [0, 15, 16, 23])
def test_idle_days_are_counted_alike_by_the_list_and_by_the_policy(session: Session, cast: Cast, hour: int) -> None:
    """Also where the day of the firm's zone is not that of UTC."""
    since = NOW.replace(hour=hour)
    make_customer(session, cast.wang, "閒置公司", since)
    for later in range(5):
        now = NOW + timedelta(days=later, hours=14)
        today = clock.day_of(now, ZONE)
        days = measures.idle_days(since, today, ZONE)
        assert days is not None
        for limit in (1, 2, 3):
            reached = session.scalar(
                select(func.count()).select_from(Customer).where(measures.idle_longer_than(limit, today, ZONE))
            )
            first = measures.first_day_idle_longer_than(limit, since, ZONE)
            assert bool(reached) == (days > limit) == (today >= first)


def test_no_other_file_says_what_is_sold_or_received_or_how_long_somebody_is_idle() -> None:
    """Only the measures compare the state with 'approved', and the workflow, which sets it."""
    exempt = ("entities/measures.py", "domain/workflow.py", "models/", "domain/demo/")
    said = re.compile(r"state\)?\s*[!=]= APPROVED|received\s*(<|>=|<=|>)\s*(\w+\.)?total|idle_since\s*[<>]")
    sources = {path.relative_to(CRM).as_posix(): path.read_text(encoding="utf-8") for path in CRM.rglob("*.py")}
    assert [name for name, text in sorted(sources.items()) if said.search(text) and not name.startswith(exempt)] == []
    assert said.search(sources["entities/measures.py"])
