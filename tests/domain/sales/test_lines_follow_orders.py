"""The lines hold their order's day of sale and customer; the database takes them along, whoever changes the order."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import delete_record
from crm.domain.platform.merging import merge
from crm.domain.platform.recycle_bin import entry_of, restore
from crm.domain.sales.orders import ORDER_WORKFLOW, save_order
from crm.entities.references import references_to
from crm.models import Customer, Order, OrderLine
from crm.models.orders import NOT_SOLD
from tests.cast import Cast, actor_as
from tests.factories import approved_order, line, make_customer, make_order, make_product, submitted

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
DAY = date(2026, 6, 1)


def sale_of(session: Session, order: Order) -> tuple[Any, ...]:
    """What all lines of the order say."""
    columns = select(OrderLine.sold_on, OrderLine.buyer_id).where(OrderLine.order_id == order.id).distinct()
    (row,) = session.execute(columns).all()
    return tuple(row)


def test_from_the_approval_until_it_is_void(session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.wang)
    draft = make_order(session, customer, cast.wang, "10", now=NOON)
    assert sale_of(session, draft) == (NOT_SOLD, customer.id)
    order = approved_order(session, customer, cast.wang, cast.order, "10", NOON)
    session.flush()
    assert sale_of(session, order) == (DAY, customer.id)
    ORDER_WORKFLOW.fire(session, order, "void", actor_as(session, cast.order, NOON), "客戶取消")
    session.flush()
    assert sale_of(session, order) == (NOT_SOLD, customer.id)


def test_a_rejected_order_gets_other_lines_and_another_day(session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.wang)
    order = submitted(session, make_order(session, customer, cast.wang, "10", now=NOON), cast.wang, cast.order, NOON)
    approver = actor_as(session, cast.order, NOON)
    ORDER_WORKFLOW.fire(session, order, "reject", approver, "數量不對")
    lines = [line(make_product(session), "2", "30"), line(make_product(session), "1", "5")]
    values = {"ordered_on": date(2026, 5, 4)}
    save_order(session, order, customer, values, lines, actor_as(session, cast.wang, NOON))
    assert sale_of(session, order) == (NOT_SOLD, customer.id)
    ORDER_WORKFLOW.fire(session, submitted(session, order, cast.wang, cast.order, NOON), "approve", approver)
    session.flush()
    assert sale_of(session, order) == (date(2026, 5, 4), customer.id)


def test_deleted_restored_and_changed_past_the_program(session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.wang)
    admin = actor_as(session, cast.admin, NOON)
    draft = make_order(session, customer, cast.wang, "10", now=NOON)
    delete_record(session, draft, admin)
    session.flush()
    restore(session, entry_of(session, draft), admin)
    assert sale_of(session, draft) == (NOT_SOLD, customer.id)
    order = approved_order(session, customer, cast.wang, cast.order, "10", NOON)
    session.flush()
    for values, day in (
        ({"ordered_on": date(2026, 2, 28)}, date(2026, 2, 28)),
        ({"deleted_at": NOON}, NOT_SOLD),
        ({"deleted_at": None}, date(2026, 2, 28)),
    ):
        session.execute(update(Order).where(Order.id == order.id).values(**values))
        assert sale_of(session, order) == (day, customer.id)


def test_customers_that_are_merged_take_their_lines_along(session: Session, cast: Cast) -> None:
    kept, other = make_customer(session, cast.wang), make_customer(session, cast.wang)
    order = approved_order(session, other, cast.wang, cast.order, "10", NOON)
    session.commit()
    versions = {one.id: one.version for one in (kept, other)}
    merge(session, kept, [other], {}, actor_as(session, cast.admin, NOON), versions)
    session.flush()
    assert sale_of(session, order) == (DAY, kept.id)


@pytest.mark.parametrize("wrong", [{"sold_on": date(2026, 6, 2)}, {"buyer_id": 0}])
def test_a_line_that_says_something_else_is_refused(session: Session, cast: Cast, wrong: dict[str, Any]) -> None:
    order = approved_order(session, make_customer(session, cast.wang), cast.wang, cast.order, "10", NOON)
    session.flush()
    with pytest.raises(IntegrityError):
        session.execute(update(OrderLine).where(OrderLine.order_id == order.id).values(**wrong))


def test_only_their_number_names_an_order() -> None:
    """What is purged or merged is looked for by it: a customer's number is no order's."""
    columns = [column.name for table, column in references_to(Order.__table__) if table is OrderLine.__table__]
    assert columns == ["order_id"]
    assert not [table for table, _column in references_to(Customer.__table__) if table is OrderLine.__table__]
