"""What each line is of its order's total, kept when the order is saved, and filled for old ones (X-3a)."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import downgrade, upgrade
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm.domain.sales.amounts import allocate_discount
from crm.extensions import db
from crm.installation.revisions import MIGRATIONS
from crm.models import Order, OrderLine
from crm.models.documents import TAX_EXCLUDED, TAX_INCLUDED
from crm.models.engine import set_read_only
from tests.cast import Cast
from tests.conftest import grow, make_app
from tests.factories import line, make_customer, make_order, make_product

D = Decimal


def test_a_discount_is_spread_by_amount_and_the_last_line_takes_the_rest() -> None:
    assert allocate_discount([D("100.00"), D("100.00"), D("100.00")], D("10.00")) == [D("3.33"), D("3.33"), D("3.34")]
    assert allocate_discount([D("0.00"), D("30.00")], D("1.00")) == [D("0.00"), D("1.00")]
    assert allocate_discount([D("0.00"), D("0.00")], D("0.00")) == [D("0.00"), D("0.00")]


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=200), st.integers(0, 10**9))
def test_nothing_of_it_is_lost(cents: list[int], off: int) -> None:
    amounts = [D(one).scaleb(-2) for one in cents]
    assert sum(allocate_discount(amounts, D(off).scaleb(-2))) == (D(off).scaleb(-2) if sum(cents) else 0)


def made_lines(session: Session, cast: Cast, tax_mode: str) -> Any:
    """100.00 and 200.00 and 33.33 with 5 % tax and 10.00 less; the second product's cost is not known."""
    known, unknown = make_product(session, cost=D("60.5")), make_product(session)
    lines = [
        line(known, "2", "50", tax_rate=D(5)),
        line(unknown, "4", "50", tax_rate=D(5)),
        line(known, "0.333", "100.10", tax_rate=D(5)),
    ]
    customer = make_customer(session, cast.wang)
    return make_order(session, customer, cast.wang, lines=lines, discount_amount=D("10.00"), tax_mode=tax_mode)


def kept(session: Session, order_id: int) -> list[tuple[Any, ...]]:
    wanted = select(OrderLine.net, OrderLine.net_untaxed, OrderLine.cost_amount)
    return [
        tuple(row) for row in session.execute(wanted.where(OrderLine.order_id == order_id).order_by(OrderLine.position))
    ]


EXPECTED = {
    TAX_EXCLUDED: [
        (D("102.00"), D("97.00"), D("121.00")),
        (D("204.00"), D("194.00"), None),
        (D("34.00"), D("32.33"), D("20.15")),
    ],
    TAX_INCLUDED: [
        (D("97.00"), D("92.24"), D("121.00")),
        (D("194.00"), D("184.48"), None),
        (D("32.33"), D("30.74"), D("20.15")),
    ],
}
ADDED_UP = {
    TAX_EXCLUDED: (3, D("6.333"), D("323.33"), D("129.33"), D("141.15")),
    TAX_INCLUDED: (3, D("6.333"), D("307.46"), D("122.98"), D("141.15")),
}


def totals_of(session: Session, order_id: int) -> tuple[Any, ...]:
    columns = (Order.line_count, Order.quantity, Order.untaxed, Order.untaxed_costed, Order.cost)
    return tuple(session.execute(select(*columns).where(Order.id == order_id)).one())


@pytest.mark.parametrize("tax_mode", [TAX_EXCLUDED, TAX_INCLUDED])
def test_x3a_lines_keep_what_they_are_of_the_total(session: Session, cast: Cast, tax_mode: str) -> None:
    order = made_lines(session, cast, tax_mode)
    found = kept(session, order.id)
    assert found == EXPECTED[tax_mode]
    assert sum(row[0] for row in found) == order.total
    assert totals_of(session, order.id) == ADDED_UP[tax_mode]


def test_x3a_old_orders_are_filled_by_the_upgrade(grown: Path, tmp_path: Path) -> None:
    ids: dict[str, int] = {}

    def fill(session: Session, cast: Cast) -> None:
        for tax_mode in EXPECTED:
            ids[tax_mode] = made_lines(session, cast, tax_mode).id

    grow(grown, tmp_path / "instance", fill)
    app = make_app(tmp_path / "instance")
    with app.app_context():
        set_read_only(False)
        downgrade(MIGRATIONS, "0012")
        upgrade(MIGRATIONS)
        assert {mode: kept(db.session(), ids[mode]) for mode in EXPECTED} == EXPECTED
        assert {mode: totals_of(db.session(), ids[mode]) for mode in EXPECTED} == ADDED_UP
        assert db.session.scalar(text("SELECT count(*) FROM order_lines")) == 6
        db.session.remove()
        db.engine.dispose()
