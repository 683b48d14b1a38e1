"""Rows of the measuring set's products, orders with their lines, and receipts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from crm import text
from crm.domain.sales.amounts import cost_of, line_amount, line_tax, totals_of
from crm.models import Order, OrderLine, Product, Receipt
from crm.models.documents import APPROVED, DRAFT, PENDING, REJECTED, TAX_EXCLUDED
from crm.models.orders import NOT_SOLD
from tests.bench.firm import Firm
from tests.bench.names import TRADES
from tests.bench.rows import Known, Row, row_of

PRODUCTS = 500
STATES = {APPROVED: 94, PENDING: 2, DRAFT: 2, REJECTED: 2}
"""How orders stand, in parts."""
PAID = {"whole": 75, "part": 10, "waiting": 2, "": 13}
"""How approved orders are paid, in parts: by a receipt for all or half of it, one not approved yet, none."""
FULL = Decimal(100)
TAX_RATE = Decimal(5)


class Sold(NamedTuple):
    """What receipts need of an approved order."""

    id: int
    customer_id: int
    owner_id: int
    at: datetime
    received: Decimal
    pending: Decimal


class Sales:
    """The sales of a firm: `orders()`, then `lines` and `receipts()`, whose sums agree with each other."""

    def __init__(self, random: Random, firm: Firm, customers: list[Known], now: datetime) -> None:
        self.random, self.firm, self.customers, self.now = random, firm, customers, now
        self.prices: list[Decimal] = []
        self.lines: list[dict[str, Any]] = []
        self.sold: list[Sold] = []
        self.paid: list[dict[str, Any]] = []

    def products(self) -> Iterator[Row]:
        for number in range(1, PRODUCTS + 1):
            name = f"{self.random.choice(TRADES)}用品{number:03d}型"
            price = Decimal(self.random.randrange(50, 20_000))
            self.prices.append(price)
            product = Product(
                id=number,
                code=f"G{number:05d}",
                name=name,
                pinyin=text.pinyin_code(name),
                kind="goods",
                unit_id=self._item("unit"),
                price=price,
                cost=price * 6 / 10,
                state="on_sale",
                **self._traced(self.now - timedelta(days=1400)),
            )
            yield row_of(product)

    def orders(self) -> Iterator[Row]:
        """One for every other customer, of three lines; `lines` and `sold` are filled on the way."""
        for number, customer in enumerate(self.customers[1::2], 1):
            at = customer.created_at + (self.now - customer.created_at) * self.random.random()
            state = self._of(STATES)
            lines = [self._line(number, place) for place in range(3)]
            sale = {"sold_on": at.date() if state == APPROVED else NOT_SOLD, "buyer_id": customer.id}
            self.lines += [{**line, **sale} for line in lines]
            sums = totals_of([OrderLine(**line) for line in lines], TAX_EXCLUDED, Decimal(0))
            sold = self._sold(number, customer, at, sums.total, state)
            order = Order(
                id=number,
                code=f"SO{number:07d}",
                customer_id=customer.id,
                ordered_on=at.date(),
                due_on=(at + timedelta(days=30)).date(),
                owner_id=customer.created_by_id,
                payment_method_id=self._item("payment_method"),
                tax_mode=TAX_EXCLUDED,
                discount_amount=Decimal(0),
                goods_amount=sums.goods,
                tax_amount=sums.tax,
                total=sums.total,
                line_count=len(lines),
                quantity=sum(line["quantity"] for line in lines),
                untaxed=sums.goods,
                untaxed_costed=sums.goods,
                cost=sum(line["cost_amount"] for line in lines),
                pinyin="",
                received=sold.received,
                pending=sold.pending,
                **self._decided(state, customer.created_by_id, at),
                **self._traced(at, customer.created_by_id),
            )
            yield row_of(order)

    def receipts(self) -> Iterator[Row]:
        """One for an order that something was paid of; `paid` is filled on the way."""
        number = 0
        for order in self.sold:
            amount = order.received or order.pending
            if not amount:
                continue
            number += 1
            at = order.at + (self.now - order.at) * self.random.random()
            self.paid.append({"id": number, "receipt_id": number, "order_id": order.id, "amount": amount})
            receipt = Receipt(
                id=number,
                code=f"SK{number:07d}",
                customer_id=order.customer_id,
                received_on=at.date(),
                payment_method_id=self._item("payment_method"),
                owner_id=order.owner_id,
                amount=amount,
                **self._decided(APPROVED if order.received else PENDING, order.owner_id, at),
                **self._traced(at, order.owner_id),
            )
            yield row_of(receipt)

    def order_lines(self) -> Iterator[Row]:
        return ((line, []) for line in self.lines)

    def receipt_lines(self) -> Iterator[Row]:
        return ((line, []) for line in self.paid)

    def _line(self, order_id: int, place: int) -> dict[str, Any]:
        product = self.random.randrange(PRODUCTS)
        quantity = Decimal(self.random.randrange(1, 40))
        amount = line_amount(quantity, self.prices[product], FULL)
        tax = line_tax(amount, TAX_RATE, TAX_EXCLUDED)
        cost = self.prices[product] * 6 / 10
        return {
            "id": len(self.lines) + place + 1,
            "order_id": order_id,
            "position": place,
            "product_id": product + 1,
            "name": f"G{product + 1:05d}",
            "quantity": quantity,
            "price": self.prices[product],
            "discount": FULL,
            "tax_rate": TAX_RATE,
            "amount": amount,
            "tax": tax,
            "cost": cost,
            "net": amount + tax,
            "net_untaxed": amount,
            "cost_amount": cost_of(quantity, cost),
        }

    def _sold(self, number: int, customer: Known, at: datetime, total: Decimal, state: str) -> Sold:
        way = self._of(PAID) if state == APPROVED else ""
        half = (total / 2).quantize(Decimal("0.01"))
        received = {"whole": total, "part": half}.get(way, Decimal(0))
        pending = total if way == "waiting" else Decimal(0)
        sold = Sold(number, customer.id, customer.created_by_id or self.firm.seller, at, received, pending)
        self.sold.append(sold)
        return sold

    def _decided(self, state: str, owner_id: int | None, at: datetime) -> dict[str, Any]:
        submitted, approved = (at if state in (PENDING, APPROVED) else None), (at if state == APPROVED else None)
        return {
            "state": state,
            "submitted_at": submitted,
            "submitted_by_id": owner_id if submitted else None,
            "approved_at": approved,
            "approved_by_id": self.firm.people[0] if approved else None,
        }

    def _traced(self, at: datetime, by_id: int | None = None) -> dict[str, Any]:
        return {"created_at": at, "updated_at": at, "created_by_id": by_id, "version": 1}

    def _item(self, dictionary: str) -> int:
        return self.random.choice(self.firm.items[dictionary])

    def _of(self, parts: dict[str, int]) -> str:
        return self.random.choices(list(parts), list(parts.values()))[0]
