"""The demonstration firm's money: in all states, never before the approval, never too much (RC-1, RV-1)."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.demo.choices import Choices
from crm.domain.demo.receipts import make_receipts
from crm.domain.demo.world import World
from crm.domain.sales.receipts import lines_of
from crm.models import Order, Receipt, WorkflowEvent
from tests.cast import ZONE, Cast
from tests.factories import approved_order, make_customer

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


@pytest.fixture
def world(session: Session, cast: Cast) -> World:
    """Sixty orders approved in the course of the year."""
    customers = [make_customer(session, cast.wang, now=NOW - timedelta(days=300)) for _ in range(12)]
    for number in range(60):
        at = NOW - timedelta(days=4 * number + 5)
        approved_order(session, customers[number % 12], cast.wang, cast.order, str(1000 + number), at)
    people = {u.login: (u, u.rights) for u in (cast.wang, cast.li, cast.manager, cast.order, cast.finance)}
    return World(session, NOW, ZONE, people, Choices(session))


def story(world: World) -> list[tuple[str, str, Decimal]]:
    make_receipts(world, Random("receipts"))
    return [(r.code, r.state, r.amount) for r in world.session.scalars(select(Receipt).order_by(Receipt.id))]


def test_a_year_of_money_the_same_for_the_same_seed(session: Session, world: World) -> None:
    with session.begin_nested() as savepoint:
        before = story(world)
        savepoint.rollback()
    session.expire_all()
    assert story(world) == before
    receipts = list(session.scalars(select(Receipt)))
    states = Counter(receipt.state for receipt in receipts)
    assert states["approved"] > 20
    assert all(event.at <= NOW for event in session.scalars(select(WorkflowEvent)))
    orders = {order.id: order for order in session.scalars(select(Order))}
    assert any(o.open == 0 for o in orders.values())
    assert any(0 < o.received < o.total for o in orders.values())
    assert any(o.received == 0 for o in orders.values())
    for receipt in receipts:
        lines = lines_of(session, receipt)
        assert receipt.amount == sum((line.amount for line in lines), Decimal(0))
        assert all(orders[line.order_id].approved_at < receipt.created_at for line in lines)
