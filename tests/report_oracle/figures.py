"""What each figure of each report is, over the records behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from tests.report_oracle.books import NONE, Books, Fact

if TYPE_CHECKING:
    from tests.report_oracle.asked import Asked

D = Decimal


@dataclass(frozen=True)
class Figure:
    """`kind` of records, which of them, and what they come to; `empty` where there are none."""

    kind: str
    fold: Callable[[Sequence[Fact], Books], Any]
    only: Callable[[Fact, Asked], bool] = lambda fact, asked: True
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


def aged(first: int, last: int | None) -> Callable[[Fact, Asked], bool]:
    def is_of_age(fact: Fact, asked: Asked) -> bool:
        days = max((asked.books.today - fact.record.ordered_on).days, 0)
        return owes(fact) > 0 and first <= days <= (days if last is None else last)

    return is_of_age


def idle_over(threshold: str, usual: int) -> Callable[[Fact, Asked], bool]:
    def longer(fact: Fact, asked: Asked) -> bool:
        days = asked.books.idle(fact.record)
        return days is not None and days > int(asked.typed.get(threshold, usual))

    return longer


def moved(sign: int) -> Callable[[Fact, Asked], bool]:
    """Up is nearer to the head of the list of levels."""

    def is_moved(fact: Fact, asked: Asked) -> bool:
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
