"""Sums of documents with lines: exact decimals, rounded half up (03-sales, the first paragraph)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Protocol

from crm.models.documents import TAX_INCLUDED

CENT = Decimal("0.01")
MAX_AMOUNT = Decimal("999999999999.99")
_PRECISION = 60


class HasAmount(Protocol):
    """A line whose amount and tax are known."""

    amount: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Totals:
    """`goods` is the sum of the lines' amounts, `tax` of their taxes, `total` what is to be paid."""

    goods: Decimal
    tax: Decimal
    total: Decimal


def half_up(amount: Decimal) -> Decimal:
    """To the cent: 0.005 is 0.01."""
    with localcontext() as context:
        context.prec = _PRECISION
        return amount.quantize(CENT, ROUND_HALF_UP)


def line_amount(quantity: Decimal, price: Decimal, discount: Decimal | None) -> Decimal:
    """Quantity × price × discount % / 100; an empty discount is none (100)."""
    with localcontext() as context:
        context.prec = _PRECISION
        return half_up(quantity * price * (Decimal(100) if discount is None else discount) / 100)


def line_tax(amount: Decimal, rate: Decimal, tax_mode: str) -> Decimal:
    """The tax on an amount without tax, or the tax that an amount with tax holds; `rate` in percent."""
    with localcontext() as context:
        context.prec = _PRECISION
        return half_up(amount * rate / (100 + rate if tax_mode == TAX_INCLUDED else Decimal(100)))


def totals_of(lines: Iterable[HasAmount], tax_mode: str, discount_amount: Decimal) -> Totals:
    """The lines and, where prices are without tax, their taxes, less what is given off the whole (優惠金額)."""
    all_lines = list(lines)
    goods = sum((line.amount for line in all_lines), Decimal("0.00"))
    tax = sum((line.tax for line in all_lines), Decimal("0.00"))
    total = goods - discount_amount if tax_mode == TAX_INCLUDED else goods + tax - discount_amount
    return Totals(goods, tax, total)


def allocate_discount(amounts: Sequence[Decimal], discount_amount: Decimal) -> list[Decimal]:
    """What each line bears of 優惠金額: by its amount, half up, the last line what remains (05-reports)."""
    total = sum(amounts, Decimal("0.00"))
    if not total:
        return [Decimal("0.00")] * len(amounts)
    with localcontext() as context:
        context.prec = _PRECISION
        shares = [half_up(discount_amount * amount / total) for amount in amounts[:-1]]
    return [*shares, discount_amount - sum(shares, Decimal("0.00"))]


def cost_of(quantity: Decimal, cost: Decimal | None) -> Decimal | None:
    """What a line cost; None where the cost of one is not known."""
    return None if cost is None else line_amount(quantity, cost, None)
