"""What reports must say, calculated over loaded records in plain Python, without the product's counting (X-3).

It reads what the specification says of each figure: an address, a person's reach, and the records of the firm.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.reports.declaration import Report
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
from crm.models.permissions import Scope
from tests.cast import ZONE

D = Decimal
NONE = D("0.00")
OF_CUSTOMER = "level source category status industry nature size region province city".split()
OF_PRODUCT = {"product", "product_category"}
FROM_CUSTOMER_ON = ("customer_contribution",)
"""Whose period asks when the customer was registered; `sold_in` asks for the sale."""
Key = tuple[Any, ...]


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


# What each figure is


@dataclass(frozen=True)
class Figure:
    """`kind` of records, which of them, and what they come to; `empty` where there are none."""

    kind: str
    fold: Callable[[Sequence[Fact], Books], Any]
    only: Callable[[Fact, "Asked"], bool] = lambda fact, asked: True
    empty: Any = None
    adds_up: bool = True


def total(of: Callable[[Fact], Any]) -> Callable[[Sequence[Fact], Books], Any]:
    return lambda facts, books: sum((of(fact) for fact in facts), NONE)


def count(facts: Sequence[Fact], books: Books) -> int:
    return len(facts)


def different(of: Callable[[Fact], Any]) -> Callable[[Sequence[Fact], Books], int]:
    return lambda facts, books: len({of(fact) for fact in facts})


def largest(of: Callable[[Fact, Books], Any]) -> Callable[[Sequence[Fact], Books], Any]:
    return lambda facts, books: max((v for f in facts if (v := of(f, books)) is not None), default=None)


def owes(fact: Fact) -> Decimal:
    return D(fact.record.total - fact.more["received"])


def aged(first: int, last: int | None) -> Callable[[Fact, "Asked"], bool]:
    def is_of_age(fact: Fact, asked: "Asked") -> bool:
        days = max((asked.books.today - fact.record.ordered_on).days, 0)
        return owes(fact) > 0 and first <= days <= (days if last is None else last)

    return is_of_age


def idle_over(threshold: str, usual: int) -> Callable[[Fact, "Asked"], bool]:
    def longer(fact: Fact, asked: "Asked") -> bool:
        days = asked.books.idle(fact.record)
        return days is not None and days > int(asked.typed.get(threshold, usual))

    return longer


def moved(sign: int) -> Callable[[Fact, "Asked"], bool]:
    """Up is nearer to the head of the list of levels."""

    def is_moved(fact: Fact, asked: "Asked") -> bool:
        places = asked.books.places
        before, after = places.get(fact.record.before_id), places.get(fact.record.after_id)
        return before is not None and after is not None and (after - before) * sign > 0

    return is_moved


def costed(fact: Fact) -> bool:
    return fact.record.cost_amount is not None


LINES = {
    "sold": Figure("lines", total(lambda f: f.record.net), empty=NONE),
    "orders": Figure("lines", different(lambda f: f.record.order_id), empty=0, adds_up=False),
    "buyers": Figure("lines", different(lambda f: f.more["order"].customer_id), empty=0, adds_up=False),
    "lines": Figure("lines", count, empty=0),
    "quantity": Figure("lines", total(lambda f: f.record.quantity), empty=NONE),
    "lowest": Figure("lines", lambda facts, books: min((f.record.price for f in facts), default=None), adds_up=False),
    "highest": Figure("lines", largest(lambda f, books: f.record.price), adds_up=False),
    "untaxed": Figure("lines", total(lambda f: f.record.net_untaxed), empty=NONE),
    "cost": Figure("lines", total(lambda f: f.record.cost_amount or NONE), empty=NONE),
    "profit": Figure(
        "lines", total(lambda f: f.record.net_untaxed - f.record.cost_amount if costed(f) else NONE), empty=NONE
    ),
    "no_cost": Figure("lines", total(lambda f: f.record.net_untaxed), lambda f, asked: not costed(f), NONE),
    "received": Figure("receipts", total(lambda f: f.record.amount), empty=NONE),
}
OWED = {
    "open": Figure("orders", total(owes), lambda f, a: owes(f) > 0, NONE),
    "overdue": Figure(
        "orders",
        total(owes),
        lambda f, a: owes(f) > 0 and f.record.due_on is not None and f.record.due_on < a.books.today,
        NONE,
    ),
    "age_30": Figure("orders", total(owes), aged(0, 30), NONE),
    "age_60": Figure("orders", total(owes), aged(31, 60), NONE),
    "age_90": Figure("orders", total(owes), aged(61, 90), NONE),
    "age_more": Figure("orders", total(owes), aged(91, None), NONE),
    "total": Figure("orders", total(lambda f: f.record.total), empty=NONE),
    "received": Figure("orders", total(lambda f: f.more["received"]), empty=NONE),
}
FIGURES: Mapping[str, Mapping[str, Figure]] = {
    "customer_classes": {"customers": Figure("customers", count, empty=0)},
    "customer_growth": {"new": Figure("customers", count, empty=0)},
    "customer_contribution": {**LINES, "received": OWED["received"], "open": Figure("orders", total(owes), empty=NONE)},
    "customer_levels": {
        "changes": Figure("changes", count, empty=0),
        "up": Figure("changes", count, moved(-1), 0),
        "down": Figure("changes", count, moved(1), 0),
        "set": Figure("changes", count, lambda f, a: None in (f.record.before_id, f.record.after_id), 0),
    },
    "customer_follow_up": {
        "customers": Figure("followed", count, empty=0),
        "records": Figure("records", count, empty=0),
        "last": Figure("followed", largest(lambda f, books: f.record.last_contact_at), adds_up=False),
        "idle": Figure("followed", largest(lambda f, books: books.idle(f.record)), adds_up=False),
        "neglected": Figure("followed", count, idle_over("neglected_days", 30), 0),
        "lost": Figure("followed", count, idle_over("lost_days", 90), 0),
    },
    "receivables_summary": OWED,
}


def cents(part: Any, whole: Any, places: str = "0.01") -> Decimal | None:
    return None if part is None or not whole else (D(part) / D(whole)).quantize(D(places), ROUND_HALF_UP)


MADE: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "average": lambda row: cents(row["sold"], row["orders"]),
    "average_price": lambda row: cents(row["sold"], row["quantity"]),
    "margin": lambda row: cents(row["profit"] * 100, row["profit"] + row["cost"], "0.1"),
    "rate": lambda row: cents(row["sold"] * 100, row["target"], "0.1"),
}


# The time that is asked for

Span = tuple[date | None, date | None]


def month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def whole_of(day: date, unit: str) -> tuple[date, date]:
    """The day, week (from Monday), month, quarter or year that holds it."""
    if unit == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if unit == "month":
        return day.replace(day=1), month_end(day)
    if unit == "quarter":
        first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        return first, month_end(first.replace(month=first.month + 2))
    if unit == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    return day, day


UNITS = {"today": "day", "last_month": "month", "last_year": "year"}


def days_of(period: str, today: date, typed: Mapping[str, str]) -> Span:
    if period == "always":
        return None, None
    if period == "custom":
        first, last = typed.get("from"), typed.get("to")
        return date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None
    unit = UNITS.get(period, period)
    found = whole_of(today, unit)
    return whole_of(found[0] - timedelta(days=1), unit) if period.startswith("last_") else found


def within(day: date | None, span: Span) -> bool:
    if day is None:
        return True
    return (span[0] is None or span[0] <= day) and (span[1] is None or day <= span[1])


def year_back(day: date) -> date:
    """The same day; of 29 February the 28th."""
    first = day.replace(year=day.year - 1, day=1)
    return first.replace(day=min(day.day, month_end(first).day))


class Asked:
    """An address, read as the pages say it; what it must answer."""

    def __init__(self, books: Books, report: Report, person: User, scope: Scope, typed: Mapping[str, str]) -> None:
        self.books, self.report, self.typed, self.scope, self.person = books, report, typed, scope, person
        self.by = [typed.get("by", "" if report.optional else report.dimensions[0]), typed.get("second", "")]
        self.by = [key for key in self.by if key not in ("", "none")]
        self.stage = typed.get("stage", report.stage)
        self.period = "custom" if {"from", "to"} & typed.keys() else typed.get("period", report.default_period)
        self.span = days_of(self.period, books.today, typed)
        self.compare = typed.get("compare", report.compare) if report.comparable else ""
        shape = {"by", "second", "stage", "period", "from", "to", "compare", "top", "rank", "chart", "sold_in"}
        shape |= {one.key for one in report.thresholds}
        self.conditions = {key: text for key, text in typed.items() if key not in shape}
        self.people = {
            one.id for one in books.users.values() if one.unit_id in books.below(books.units, person.unit_id)
        }
        self.below = books.below(books.units, person.unit_id)

    # Which records

    def sees(self, kind: str, fact: Fact) -> bool:
        """Own: one's own, and what belongs to one's customers; below: the departments' too; and the pool's customers
        except in one's own."""
        if self.scope is Scope.EVERYTHING:
            return True
        people = {self.person.id} if self.scope is Scope.OWN else self.people
        if kind in ("orders", "lines", "receipts"):
            through = self.books.customers[fact.traits["customer"]].owner_id
            of_unit = self.scope is Scope.BELOW and fact.traits["unit"] in self.below
            return fact.traits["owner"] in people or through in people or of_unit
        owner = self.books.customers[fact.traits["customer"]].owner_id
        return owner in people or (owner is None and self.scope is not Scope.OWN)

    def chosen(self, fact: Fact) -> bool:
        return all(self._is_so(fact, key, text) for key, text in self.conditions.items())

    def _is_so(self, fact: Fact, key: str, text: str) -> bool:
        books, value = self.books, fact.traits.get(key)
        if key in ("customer", "product"):
            return text in (books.customers if key == "customer" else books.products)[value].name
        if key in ("unit", "product_category"):
            return value in books.below(books.units if key == "unit" else books.categories, int(text))
        if isinstance(value, tuple):
            return int(text) in value
        return value is not None and int(value) == int(text.replace("-", ""))

    def facts(self, kind: str, span: Span) -> list[Fact]:
        """Those that count, of a time."""
        of_customer = self.report.key in FROM_CUSTOMER_ON
        sold_in = days_of(self.typed.get("sold_in", "always"), self.books.today, {})
        found = []
        for fact in self._reached(kind):
            day = self.books.customers[fact.traits["customer"]].registered_on if of_customer else fact.day
            if within(day, span) and (not of_customer or within(fact.sold_on, sold_in)):
                found.append(fact)
        return found

    def _reached(self, kind: str) -> list[Fact]:
        known: dict[str, list[Fact]] = self.__dict__.setdefault("_known", {})
        if kind not in known:
            known[kind] = [f for f in self.books.facts[kind] if self.sees(kind, f) and self.chosen(f)]
        return known[kind]

    # Groups

    def step(self, day: date) -> date:
        return whole_of(day, self.stage)[0]

    def key(self, fact: Fact) -> Key:
        step = (self.step(fact.day),) if self.stage and fact.day else ()
        return (*step, *(fact.traits.get(key) for key in self.by))

    def figure(self, measure: str) -> Figure | None:
        return FIGURES.get(self.report.key, LINES).get(measure)

    def counted(self, measure: str, span: Span) -> list[Fact]:
        """The records behind the figure of the whole."""
        figure = self.figure(measure)
        assert figure is not None
        return [fact for fact in self.facts(figure.kind, span) if figure.only(fact, self)]

    def groups(self, measures: Iterable[str], span: Span) -> dict[Key, dict[str, Any]]:
        """Each group with its figures; what no record makes (targets) stands among them."""
        wanted = [(key, figure) for key in measures if (figure := self.figure(key)) is not None]
        behind: dict[Key, dict[str, list[Fact]]] = {}
        for name, figure in wanted:
            for fact in self.facts(figure.kind, span):
                kept = behind.setdefault(self.key(fact), {}).setdefault(name, [])
                if figure.only(fact, self):
                    kept.append(fact)
        planned = self.targets(span) if "target" in measures else {}
        for key in planned:
            behind.setdefault(key, {})
        return {key: self._row(wanted, measures, held, planned.get(key)) for key, held in behind.items()}

    def whole(self, measures: Iterable[str], span: Span) -> dict[str, Any]:
        wanted = [(key, figure) for key in measures if (figure := self.figure(key)) is not None]
        held = {key: self.counted(key, span) for key, _figure in wanted}
        planned = self.targets(span, whole=True).get((), None) if "target" in measures else None
        return self._row(wanted, measures, held, planned)

    def _row(
        self,
        wanted: Sequence[tuple[str, Figure]],
        measures: Iterable[str],
        held: Mapping[str, Sequence[Fact]],
        planned: Any,
    ) -> dict[str, Any]:
        row = {key: figure.fold(held[key], self.books) if held.get(key) else figure.empty for key, figure in wanted}
        row["target"] = planned
        return {**row, **{key: MADE[key](row) for key in measures if key in MADE}}

    def targets(self, span: Span, whole: bool = False) -> dict[Key, Decimal]:
        """By month, of people and departments alone."""
        first, last = span
        coarse = self.stage in ("", "month", "quarter", "year")
        by = [] if whole else self.by
        if set(self.by if not whole else ()) - {"owner", "unit"} or set(self.conditions) - {"owner", "unit"}:
            return {}
        if not coarse or first is None or last is None:
            return {}
        found: dict[Key, Decimal] = {}
        for month in self.books.months:
            target = self.books.targets[month.target_id]
            day = date(target.year, month.month, 1)
            if not first.replace(day=1) <= day <= last or target.deleted_at is not None:
                continue
            traits = {"owner": target.user_id, "unit": target.unit_id}
            people = {self.person.id} if self.scope is Scope.OWN else self.people
            reached = self.scope is Scope.EVERYTHING or target.user_id in people
            if not reached or not self.chosen(Fact(0, None, traits, target)):
                continue
            step = (self.step(day),) if self.stage and not whole else ()
            key = (*step, *(traits[one] for one in by))
            found[key] = found.get(key, NONE) + month.amount
        return found

    # The time it is compared with

    @property
    def before(self) -> Span | None:
        first, last = self.span
        if self.compare == "year_before" and first is not None and last is not None:
            end = year_back(last)
            return year_back(first), month_end(end) if last == month_end(last) else end
        return self.previous if self.compare == "before" else None

    @property
    def previous(self) -> Span | None:
        first, last = self.span
        if first is None or last is None:
            return None
        eve = first - timedelta(days=1)
        if self.period == "custom":
            return eve - (last - first), eve
        return whole_of(eve, UNITS.get(self.period, self.period))
