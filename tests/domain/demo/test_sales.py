"""The demonstration firm's quotes and orders: in all states, over the year, in order, never after now (QT-1, SO-2)."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.demo.choices import Choices
from crm.domain.demo.opportunities import make_opportunities
from crm.domain.demo.products import make_products
from crm.domain.demo.sales import make_sales
from crm.domain.demo.world import World
from crm.domain.sales.document_lines import lines_of
from crm.models import Order, Quote, WorkflowEvent
from tests.cast import ZONE, Cast
from tests.factories import item, make_contact, make_customer, make_record

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


@pytest.fixture
def made(session: Session, cast: Cast) -> list[Order]:
    """Of 30 customers who came in the course of the year."""
    buying = item(session, "customer_status", "成交").id
    for number in range(30):
        owner = (cast.wang, cast.li)[number % 2]
        customer = make_customer(session, owner, now=NOW - timedelta(days=11 * number + 25), status_id=buying)
        make_contact(session, customer, owner)
        make_record(session, customer, owner, at=NOW - timedelta(days=2))
    people = {u.login: (u, u.rights) for u in (cast.wang, cast.li, cast.manager, cast.order)}
    world = World(session, NOW, ZONE, people, Choices(session))
    make_products(world, NOW - timedelta(days=400))
    make_opportunities(world, Random("chances"), 24)
    make_sales(world, Random("sales"), 60)
    return list(session.scalars(select(Order).order_by(Order.id)))


def test_a_year_of_sales(session: Session, made: list[Order]) -> None:
    states = Counter(order.state for order in made)
    assert set(states) == {"draft", "pending", "approved", "rejected", "void"}
    assert states["approved"] > 40
    assert len({order.ordered_on.strftime("%Y-%m") for order in made}) >= 8
    assert all(order.total > 0 and lines_of(session, order) for order in made)
    quotes = list(session.scalars(select(Quote)))
    assert {quote.revision for quote in quotes} == {1, 2}
    turned = [order for order in made if order.quote_id]
    assert 3 <= len(turned) < len(quotes)
    # Everything happened in the order of its numbers and before now.
    assert [order.code for order in made] == sorted(order.code for order in made)
    moments = [m for o in made for m in (o.created_at, o.submitted_at, o.approved_at) if m is not None]
    assert max(moments) < NOW
    assert session.scalar(select(func.max(WorkflowEvent.at))) < NOW  # type: ignore[operator]
    waiting = [order for order in made if order.state in ("draft", "pending")]
    assert all((NOW.date() - order.ordered_on).days < 15 for order in waiting)
