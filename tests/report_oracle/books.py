"""Every record of a firm, and what each counts as in reports: its day, and what it can be grouped by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import (
    ContactRecord,
    Customer,
    CustomerEvent,
    CustomerLevel,
    CustomField,
    Order,
    OrderLine,
    OrgUnit,
    Product,
    ProductCategory,
    Receipt,
    ReceiptLine,
    SalesTarget,
    TargetMonth,
    User,
)
from tests.cast import ZONE

NONE = Decimal("0.00")
OF_CUSTOMER = "level source category status industry nature size region province city".split()


@dataclass(frozen=True)
class Fact:
    """One record with the day that it counts on, and what it can be grouped by."""

    id: int
    day: date | None
    traits: Mapping[str, Any]
    record: Any
    sold_on: date | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def local(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


class Books:
    """Everything that a firm holds, read once."""

    def __init__(self, session: Session, today: date) -> None:
        self.today = today

        def by_id(model: Any) -> dict[int, Any]:
            return {one.id: one for one in session.scalars(select(model))}

        self.users, self.units, self.customers = by_id(User), by_id(OrgUnit), by_id(Customer)
        self.products, self.categories = by_id(Product), by_id(ProductCategory)
        self.places = {one.id: one.position for one in session.scalars(select(CustomerLevel))}
        self.orders, self.lines, self.receipts = by_id(Order), by_id(OrderLine), by_id(Receipt)
        self.records, self.events, self.targets = by_id(ContactRecord), by_id(CustomerEvent), by_id(SalesTarget)
        self.months = list(session.scalars(select(TargetMonth)))
        self.yes_no: dict[str, list[str]] = {}
        for one in session.scalars(select(CustomField).where(CustomField.kind == "yes_no")):
            self.yes_no.setdefault(one.entity, []).append(f"custom_b{one.id}")
        self.paid: dict[int, Decimal] = {}
        for line in session.scalars(select(ReceiptLine)):
            if self._counts(self.receipts[line.receipt_id]):
                self.paid[line.order_id] = self.paid.get(line.order_id, NONE) + line.amount

    @staticmethod
    def _counts(document: Any) -> bool:
        return bool(document.state == "approved" and document.deleted_at is None)

    # The tree of departments and of categories

    def below(self, tree: Mapping[int, Any], top: int) -> set[int]:
        found = {top}
        while more := {one.id for one in tree.values() if one.parent_id in found} - found:
            found |= more
        return found

    # Facts

    def _own(self, record: Any) -> dict[str, Any]:
        """The firm's own fields, as they group: days by their month; a box that was not ticked says no."""
        found = dict.fromkeys(self.yes_no.get(type(record).__tablename__, ()), False)
        for key, value in (record.custom or {}).items():
            if key[0] == "d":
                value = int(value[:4]) * 100 + int(value[5:7])
            elif key[0] == "k":
                value = tuple(int(part) for part in value.split(",") if part)
            found[f"custom_{key}"] = bool(value) if key[0] == "b" else value
        return found

    def _of_customer(self, customer: Customer) -> dict[str, Any]:
        found = {key: getattr(customer, f"{key}_id") for key in OF_CUSTOMER}
        return {**found, **self._own(customer), "customer": customer.id, "idle": self.bucket(customer)}

    def idle(self, customer: Customer) -> int | None:
        return None if customer.idle_since is None else (self.today - local(customer.idle_since)).days

    def bucket(self, customer: Customer) -> int | None:
        days = self.idle(customer)
        return None if days is None else sum(days > most for most in (7, 15, 30, 60, 90))

    def _owned(self, customer: Customer) -> dict[str, Any]:
        unit = self.users[customer.owner_id].unit_id if customer.owner_id else None
        return {**self._of_customer(customer), "owner": customer.owner_id, "unit": unit}

    def _document(self, document: Any, day: date) -> dict[str, Any]:
        own = {"owner": document.owner_id, "unit": document.unit_id, "month": day.year * 100 + day.month}
        return {**self._of_customer(self.customers[document.customer_id]), **own}

    @cached_property
    def facts(self) -> dict[str, list[Fact]]:
        """By the kind of record that a report's 詳細信息 lists."""
        alive = [one for one in self.customers.values() if one.deleted_at is None]
        sold = [one for one in self.orders.values() if self._counts(one)]
        orders = {
            one.id: Fact(
                one.id,
                one.ordered_on,
                {**self._document(one, one.ordered_on), **self._own(one)},
                one,
                one.ordered_on,
                {"received": self.paid.get(one.id, NONE)},
            )
            for one in sold
        }
        lines = [
            Fact(
                one.id,
                orders[one.order_id].day,
                {**orders[one.order_id].traits, **self._of_product(self.products[one.product_id])},
                one,
                orders[one.order_id].day,
                {"order": orders[one.order_id].record},
            )
            for one in self.lines.values()
            if one.order_id in orders
        ]
        records = [
            Fact(one.id, local(one.contacted_at), self._written(one), one)
            for one in self.records.values()
            if one.deleted_at is None and self.customers[one.customer_id].deleted_at is None
        ]
        changes = [
            Fact(
                one.id,
                local(one.at),
                {
                    **self._owned(self.customers[one.customer_id]),
                    "level_before": one.before_id,
                    "level_after": one.after_id,
                },
                one,
            )
            for one in self.events.values()
            if one.kind == "level" and self.customers[one.customer_id].deleted_at is None
        ]
        return {
            "customers": [Fact(one.id, one.registered_on, self._owned(one), one) for one in alive],
            "followed": [Fact(one.id, None, self._owned(one), one) for one in alive if one.owner_id],
            "orders": list(orders.values()),
            "lines": lines,
            "receipts": [
                Fact(one.id, one.received_on, self._document(one, one.received_on), one)
                for one in self.receipts.values()
                if self._counts(one)
            ],
            "records": records,
            "changes": changes,
        }

    def _of_product(self, product: Product) -> dict[str, Any]:
        return {**self._own(product), "product": product.id, "product_category": product.category_id}

    def _written(self, record: ContactRecord) -> dict[str, Any]:
        """A contact record counts for whoever wrote it."""
        by = record.created_by_id
        who = {"owner": by, "unit": self.users[by].unit_id if by else None}
        return {**self._of_customer(self.customers[record.customer_id]), **who}
