"""Prices, quantities and rates: what a person types, what is kept, what is shown."""

from decimal import Decimal

import pytest

from crm.fields import Amount, Context, Integer, PriceType, QuantityType, RateType, ValueProblem

CONTEXT = Context(None, None, firm_currency="NT$")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "typed", "value", "shown", "edited"),
    [
        (Amount(), "1,200.5", "1200.5", "NT$1,200.50", "1200.50"),
        (PriceType(), "12.3456", "12.3456", "NT$12.3456", "12.3456"),
        (PriceType(), "１２００", "1200", "NT$1,200.00", "1200.00"),
        (PriceType(), "0.1250", "0.125", "NT$0.125", "0.125"),
        (QuantityType(), "3", "3", "3", "3"),
        (QuantityType(), "1200.250", "1200.25", "1,200.25", "1200.25"),
        (RateType(), "90%", "90", "90%", "90"),
        (RateType(), "８７．５％", "87.5", "87.5%", "87.5"),
        (RateType(), "0", "0", "0%", "0"),
    ],
)
def test_what_is_typed_is_kept_exactly_and_shown_plainly(kind, typed, value, shown, edited):
    parsed = kind.parse(typed, CONTEXT)
    assert parsed == Decimal(value)
    assert kind.show(parsed, CONTEXT) == shown
    assert kind.edit(parsed, CONTEXT) == edited
    assert kind.parse(kind.edit(parsed, CONTEXT), CONTEXT) == parsed


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Amount(), "1.234"),
        (PriceType(), "1.23456"),
        (PriceType(), "-1"),
        (PriceType(), "1e3"),
        (PriceType(), "12abc"),
        (PriceType(), "99999999999999"),
        (QuantityType(), "1.2345"),
        (QuantityType(), "NaN"),
        (RateType(), "100.01"),
        (RateType(), "1.234"),
    ],
)
def test_what_cannot_be_kept_is_refused(kind, typed):
    with pytest.raises(ValueProblem):
        kind.parse(typed, CONTEXT)


@pytest.mark.parametrize(
    ("kind", "example"),
    [(Amount(), "1200.50"), (PriceType(), "1200.50"), (QuantityType(), "12, 1.5"), (RateType(), "12, 1.5")],
)
def test_the_refusal_shows_what_such_a_number_looks_like(kind, example):
    with pytest.raises(ValueProblem, match=f"digits, such as {example}"):
        kind.parse("twelve", CONTEXT)


LONG = ("9" * 29, "9" * 33, "1" + "0" * 58, "-" + "7" * 40, "8" * 40 + "億", "3" * 28 + ".5", "1." + "0" * 35 + "1")
"""Decimal works with 28 digits of its own accord."""


@pytest.mark.parametrize("typed", LONG)
@pytest.mark.parametrize("kind", [Amount(), PriceType(), QuantityType(), RateType(), Integer()])
def test_a_number_of_more_digits_than_any_is_refused_and_neither_rounded_nor_an_error(kind, typed):
    with pytest.raises(ValueProblem):
        kind.parse(typed, CONTEXT)


def test_zeros_behind_the_point_change_nothing():
    assert Amount().parse("1.5" + "0" * 40, CONTEXT) == Decimal("1.5")


def test_the_database_keeps_all_decimals(session):
    from crm.models import Product
    from tests.factories import make_product

    made = make_product(session, "計張", price="0.3875", cost=Decimal("99999999999.9999"))
    session.expire_all()
    kept = session.get_one(Product, made.id)
    assert (kept.price, kept.cost) == (Decimal("0.3875"), Decimal("99999999999.9999"))
