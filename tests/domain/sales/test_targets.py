"""Targets of a person and year, and what is counted against them (TG-1, TG-2)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import delete_record
from crm.domain.platform.recycle_bin import entry_of, restore
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt
from crm.domain.sales.sales_by_month import Figures, total_of, year_of
from crm.domain.sales.targets import months_of, save_target, spread_over_months
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.models import OperationLog
from tests.cast import Cast, actor_as
from tests.factories import approved_order, make_customer, make_order, make_receipt, make_target

MARCH = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)  # 23:30 of the same day in the firm's zone
APRIL = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)  # half an hour into April there


@given(st.decimals(0, 10**9, places=2))
@settings(max_examples=200)
def test_tg1_a_spread_year_is_the_same_year(total: Decimal) -> None:
    parts = spread_over_months(total)
    assert len(parts) == 12 and sum(parts) == total and max(parts) - min(parts) < Decimal("0.12")


def test_tg1_one_target_for_a_person_and_year(session: Session, cast: Cast) -> None:
    make_target(session, cast.wang, cast.manager)
    with pytest.raises(FieldError) as told:
        make_target(session, cast.wang, cast.manager)
    assert told.value.field == "year"
    make_target(session, cast.wang, cast.manager, 2027)


def test_tg1_a_late_save_is_refused(session: Session, cast: Cast) -> None:
    target = make_target(session, cast.wang, cast.manager)
    boss = actor_as(session, cast.manager)
    save_target(session, target, {}, [Decimal(5)] * 12, boss, target.version)
    with pytest.raises(StaleRecord):
        save_target(session, target, {}, [Decimal(6)] * 12, boss, target.version - 1)
    assert months_of(session, target) == [Decimal(5)] * 12


def test_tg1_only_people_in_reach_and_of_the_department(session: Session, cast: Cast) -> None:
    months = [Decimal(1)] * 12
    values = {"user_id": cast.wang.id, "unit_id": cast.li.unit_id, "year": 2026}
    with pytest.raises(FieldError):
        save_target(session, None, values, months, actor_as(session, cast.manager))
    values = {"user_id": cast.admin.id, "unit_id": cast.admin.unit_id, "year": 2026}
    with pytest.raises(FieldError):
        save_target(session, None, values, months, actor_as(session, cast.manager))


def test_tg2_only_approved_counts_in_the_month_of_its_day(session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.wang, now=MARCH)
    order = approved_order(session, customer, cast.wang, cast.order, "100", MARCH)
    approved_order(session, customer, cast.wang, cast.order, "30", APRIL)
    make_order(session, customer, cast.wang, "999", MARCH)
    void = approved_order(session, customer, cast.wang, cast.order, "50", MARCH)
    ORDER_WORKFLOW.fire(session, void, "void", actor_as(session, cast.order, MARCH), "取消")
    receipt = make_receipt(session, customer, cast.wang, {order: "60"}, MARCH)
    for step, by in (("submit", cast.wang), ("approve", cast.finance)):
        RECEIPT_WORKFLOW.fire(session, receipt, step, actor_as(session, by, MARCH), approver_id=cast.finance.id)
    make_target(session, cast.wang, cast.manager, monthly="200")
    months = year_of(session, cast.wang.id, 2026)
    assert months[3] == Figures(Decimal(200), Decimal(100), Decimal(60))
    assert months[3].rate == Decimal("50.0")
    assert months[4].sold == 30
    reversal = reverse_receipt(session, receipt, actor_as(session, cast.wang, APRIL), "錯")
    for step, by in (("submit", cast.wang), ("approve", cast.finance)):
        RECEIPT_WORKFLOW.fire(session, reversal, step, actor_as(session, by, APRIL), approver_id=cast.finance.id)
    months = year_of(session, cast.wang.id, 2026)
    assert (months[4].received, total_of(months.values()).received) == (-60, 0)
    assert year_of(session, cast.li.id, 2026)[3] == Figures()


def test_a_deleted_target_lies_in_the_bin_and_comes_back(session: Session, cast: Cast) -> None:
    """Its months with it; but not beside another one that was set meanwhile."""
    by = actor_as(session, cast.manager)
    first = make_target(session, cast.wang, cast.manager, 2026, "1000")
    delete_record(session, first, by)
    session.commit()
    assert year_of(session, cast.wang.id, 2026)[3].target == 0
    second = make_target(session, cast.wang, cast.manager, 2026, "2000")
    session.commit()
    with pytest.raises(DomainError, match="taken its place"):
        restore(session, entry_of(session, first), by)
    delete_record(session, second, by)
    restore(session, entry_of(session, first), by)
    session.commit()
    assert year_of(session, cast.wang.id, 2026)[3].target == 1000
    rows = session.scalars(
        select(OperationLog).where(OperationLog.entity == "target_setting").order_by(OperationLog.id)
    )
    assert [row.action for row in rows] == ["created", "deleted", "created", "deleted", "restored"]


def test_only_who_sets_targets_in_that_department_changes_one(session: Session, cast: Cast) -> None:
    target = make_target(session, cast.wang, cast.manager)
    for person in (cast.wang, cast.li, cast.order):
        with pytest.raises(NotAllowed):
            save_target(session, target, {}, [Decimal(1)] * 12, actor_as(session, person), target.version)
        with pytest.raises(NotAllowed):
            delete_record(session, target, actor_as(session, person))
