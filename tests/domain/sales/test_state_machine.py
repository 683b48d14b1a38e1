"""Orders and receipts under any order of steps by anybody, against a small model of what the rules allow.

No over-collection, no decision by the wrong person or in a wrong state, sums exact to the cent, and a refusal leaves
everything as it was (SO-3 to SO-7, RC-2 to RC-4). `CRM_TEST_STEPS=100000` makes the thorough run.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import delete_record
from crm.domain.platform.settings import change_settings
from crm.domain.sales.orders import ORDER_WORKFLOW, save_order
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt, save_receipt
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.models import Customer, Order, Product, Receipt, Role, RoleMember
from crm.models.table_versions import clear_cache
from tests.cast import Cast, actor_as
from tests.factories import line, make_customer, make_product

STEPS = int(os.environ.get("CRM_TEST_STEPS") or ("2000" if os.environ.get("CI") == "true" else "400"))
LENGTH = 50
PEOPLE = ("wang", "li", "manager", "order", "finance", "admin")
SAVERS = {"wang", "manager", "admin"}
"""Who reaches Wang's customer with 保存: himself, his manager, the administrator; Li does not."""
DECIDERS = {"orders": {"order", "manager"}, "receipts": {"finance", "manager"}}
OPEN_STATES = ("draft", "rejected")

people = st.sampled_from((*PEOPLE, "wang", "wang", "order", "order", "finance", "finance", "manager"))
lateness = st.integers(0, 7).map(lambda n: n == 7)
picks = st.integers(0, 11)
cents = st.integers(1, 5000).map(lambda n: Decimal(n) / 100)
some_amounts = st.lists(st.tuples(picks, cents), min_size=1, max_size=3, unique_by=lambda pair: pair[0])
opinions = st.sampled_from(["可以", "單價太低", ""])


@dataclass
class Expected:
    """A document as the rules want it."""

    record: Any
    own: set[str]
    state: str = "draft"
    submitter: str = ""
    lines: dict[int, Decimal] = field(default_factory=dict)
    """Of a receipt: order's place → amount."""
    reverses: "Expected | None" = None
    deleted: bool = False

    def owned_by(self, who: str) -> bool:
        return who in self.own or who == self.submitter


class Sales(RuleBasedStateMachine):
    """One customer of Wang's; each run is rolled back at its end."""

    session: ClassVar[Session]
    actors: ClassVar[dict[str, Actor]]

    def __init__(self) -> None:
        super().__init__()
        self.customer: Customer = make_customer(self.session, self.cast.wang)
        self.product: Product = make_product(self.session)
        self.orders: list[Expected] = []
        self.receipts: list[Expected] = []
        self.self_approval = False

    cast: ClassVar[Cast]

    def teardown(self) -> None:
        self.session.rollback()
        clear_cache()

    # What the rules allow

    def sums(self, place: int) -> tuple[Decimal, Decimal]:
        """(received, pending) of an order, from the receipts of the model."""
        received = pending = Decimal(0)
        for receipt in self.receipts:
            amount = Decimal(0) if receipt.deleted else receipt.lines.get(place, Decimal(0))
            received += amount if receipt.state == "approved" else 0
            pending += max(amount, Decimal(0)) if receipt.state == "pending" else 0
        return received, pending

    def room(self, place: int) -> Decimal:
        return Decimal(self.orders[place].record.total) - sum(self.sums(place))

    def may_decide(self, kind: str, document: Expected, who: str) -> bool:
        return who in DECIDERS[kind] and (self.self_approval or not document.owned_by(who))

    def may_ask(self, kind: str, document: Expected, who: str, asked: str) -> bool:
        own = not self.self_approval and (document.owned_by(asked) or asked == who)
        return who in SAVERS and asked in DECIDERS[kind] and not own

    def payable(self, receipt: Expected) -> bool:
        return bool(receipt.lines) and all(self.orders[place].state == "approved" for place in receipt.lines)

    def allowed(
        self, kind: str, document: Expected, step: str, who: str, asked: str, opinion: str, fresh: bool
    ) -> bool:
        if document.deleted or (step != "void" and document.state not in SOURCES[step]):
            return False
        if not fresh:
            return False
        if step == "submit":
            good = self.may_ask(kind, document, who, asked)
            return good and (kind == "orders" or (self.payable(document) and self.fits(document)))
        if step == "withdraw":
            return who in SAVERS
        if step == "void":
            place = self.orders.index(document)
            empty = self.sums(place) == (0, 0)
            return document.state == "approved" and who in DECIDERS[kind] and bool(opinion) and empty
        if not self.may_decide(kind, document, who) or (step == "reject" and not opinion):
            return False
        return step == "reject" or kind == "orders" or (self.payable(document) and self.unfolds(document))

    def fits(self, receipt: Expected) -> bool:
        """A pending receipt takes what is left; a reversal takes nothing until it is approved."""
        return all(amount <= self.room(place) for place, amount in receipt.lines.items())

    def unfolds(self, receipt: Expected) -> bool:
        """An approved reversal takes back no more than was received."""
        return all(self.sums(place)[0] + amount >= 0 for place, amount in receipt.lines.items())

    # Trying

    def picture(self) -> list[Any]:
        """Everything that a refusal must leave alone."""
        mine = {"customer": self.customer.id}
        statements = (
            "SELECT * FROM orders WHERE customer_id = :customer ORDER BY id",
            "SELECT * FROM receipts WHERE customer_id = :customer ORDER BY id",
            "SELECT l.* FROM receipt_lines l JOIN receipts r ON r.id = l.receipt_id"
            " WHERE r.customer_id = :customer ORDER BY l.id",
            "SELECT l.* FROM order_lines l JOIN orders o ON o.id = l.order_id"
            " WHERE o.customer_id = :customer ORDER BY l.id",
            "SELECT count(*), max(id) FROM workflow_events",
            "SELECT count(*), max(id) FROM notices",
        )
        self.session.flush()
        asked = (text(statement) for statement in statements)
        return [self.session.execute(one, {k: mine[k] for k in one.compile().params}).all() for one in asked]

    def attempt(self, allowed: bool, verb: Callable[[], Any]) -> Any:
        """The verb's result; None where it is refused, as the rules want it, and then everything is as it was."""
        before = None if allowed else self.picture()
        try:
            with self.session.begin_nested():
                result = verb()
        except DomainError:
            self.session.expire_all()
            assert not allowed
            assert self.picture() == before
            return None
        assert allowed
        return result

    # Orders

    @initialize(totals=st.tuples(cents, cents))
    def two_sales(self, totals: tuple[Decimal, Decimal]) -> None:
        """Something to pay from the beginning."""
        for total in totals:
            self.new_order("wang", total)
            self.take("orders", self.orders[-1], "submit", "wang", "order", "", False)
            self.take("orders", self.orders[-1], "approve", "order", "", "", False)

    @precondition(lambda self: len(self.orders) < 6)
    @rule(who=st.sampled_from(("wang", "manager")), total=cents)
    def new_order(self, who: str, total: Decimal) -> None:
        lines = [line(self.product, price=str(total))]
        order = save_order(self.session, None, self.customer, {}, lines, self.actors[who])
        self.orders.append(Expected(order, {who}))

    @precondition(lambda self: self.orders)
    @rule(n=picks, total=cents, who=st.sampled_from(("wang", "manager")))
    def change_order(self, n: int, total: Decimal, who: str) -> None:
        document = self.orders[n % len(self.orders)]
        if document.deleted:
            return
        lines = [line(self.product, price=str(total))]
        right = document.state in OPEN_STATES
        self.attempt(
            right, lambda: save_order(self.session, document.record, self.customer, {}, lines, self.actors[who])
        )
        assert (document.record.total == total) or not right

    @precondition(lambda self: self.orders)
    @rule(n=picks, who=people)
    def delete_one_order(self, n: int, who: str) -> None:
        document = self.orders[n % len(self.orders)]
        right = not document.deleted and document.state in OPEN_STATES and who in SAVERS
        self.attempt(right, lambda: delete_record(self.session, document.record, self.actors[who]))
        document.deleted = document.deleted or right

    @precondition(lambda self: self.orders)
    @rule(
        n=picks,
        step=st.sampled_from(("submit", "submit", "approve", "approve", "withdraw", "reject", "void", "void")),
        who=people,
        asked=people,
        opinion=opinions,
        late=lateness,
    )
    def step_of_order(self, n: int, step: str, who: str, asked: str, opinion: str, late: bool) -> None:
        self.take("orders", self.orders[n % len(self.orders)], step, who, asked, opinion, late)

    # Receipts

    @precondition(lambda self: len(self.receipts) < 12)
    @rule(paid=some_amounts, who=st.sampled_from(("wang", "manager")))
    def new_receipt(self, paid: list[tuple[int, Decimal]], who: str) -> None:
        self.write_receipt(None, paid, who)

    @precondition(lambda self: self.receipts)
    @rule(n=picks, paid=some_amounts, who=st.sampled_from(("wang", "manager")))
    def change_receipt(self, n: int, paid: list[tuple[int, Decimal]], who: str) -> None:
        document = self.receipts[n % len(self.receipts)]
        if not document.deleted:
            self.write_receipt(document, paid, who)

    def write_receipt(self, document: Expected | None, paid: list[tuple[int, Decimal]], who: str) -> None:
        # Often the first two orders, and never more cents than their thirds: small enough to fit several times.
        wanted = {n % 2 if n % 3 else n % len(self.orders): amount / 3 for n, amount in paid}
        wanted = {place: max(amount.quantize(Decimal("0.01")), Decimal("0.01")) for place, amount in wanted.items()}
        lines = [{"order_id": self.orders[place].record.id, "amount": amount} for place, amount in wanted.items()]
        right = document is None or (document.state in OPEN_STATES and document.reverses is None)
        good = all(
            self.orders[place].state == "approved" and not self.orders[place].deleted and amount <= self.room(place)
            for place, amount in wanted.items()
        )
        record = document.record if document else None
        actor, done = self.actors[who], right and good
        receipt = self.attempt(done, lambda: save_receipt(self.session, record, self.customer, {}, lines, actor))
        if done and document is None:
            seller = next(p for p in PEOPLE if self.actors[p].user_id == receipt.owner_id)
            self.receipts.append(Expected(receipt, {who, seller}, lines=wanted))
        elif done and document is not None:
            document.lines = wanted

    @precondition(lambda self: self.receipts)
    @rule(
        n=picks,
        step=st.sampled_from(("submit", "approve", "withdraw", "reject")),
        who=people,
        asked=people,
        opinion=opinions,
        late=lateness,
    )
    def step_of_receipt(self, n: int, step: str, who: str, asked: str, opinion: str, late: bool) -> None:
        self.take("receipts", self.receipts[n % len(self.receipts)], step, who, asked, opinion, late)

    @precondition(lambda self: any(r.state == "draft" and not r.deleted for r in self.receipts))
    @rule(n=picks)
    def collect(self, n: int) -> None:
        """The usual way of a receipt, as far as it is possible."""
        drafts = [r for r in self.receipts if r.state == "draft" and not r.deleted]
        document = drafts[n % len(drafts)]
        self.take("receipts", document, "submit", "wang", "finance", "", False)
        self.take("receipts", document, "approve", "finance", "", "", False)

    @precondition(lambda self: self.receipts)
    @rule(n=picks, who=people)
    def delete_one_receipt(self, n: int, who: str) -> None:
        document = self.receipts[n % len(self.receipts)]
        right = not document.deleted and document.state in OPEN_STATES and who in SAVERS
        self.attempt(right, lambda: delete_record(self.session, document.record, self.actors[who]))
        document.deleted = document.deleted or right

    @precondition(lambda self: any(r.state == "approved" for r in self.receipts))
    @rule(n=picks, who=people, reason=opinions)
    def reverse(self, n: int, who: str, reason: str) -> None:
        approved = [r for r in self.receipts if r.state == "approved"]
        document = approved[n % len(approved)]
        begun = any(r.reverses is document and not r.deleted for r in self.receipts)
        done = who in SAVERS and bool(reason) and document.reverses is None and not begun
        actor = self.actors[who]
        receipt = self.attempt(done, lambda: reverse_receipt(self.session, document.record, actor, reason))
        if done:
            lines = {place: -amount for place, amount in document.lines.items()}
            seller = next(p for p in PEOPLE if self.actors[p].user_id == receipt.owner_id)
            self.receipts.append(Expected(receipt, {who, seller}, lines=lines, reverses=document))

    # Both

    def take(self, kind: str, document: Expected, step: str, who: str, asked: str, opinion: str, late: bool) -> None:
        workflow = ORDER_WORKFLOW if kind == "orders" else RECEIPT_WORKFLOW
        opened = document.record.version - (1 if late else 0)
        expected = self.allowed(kind, document, step, who, asked, opinion, not late)
        asked_id = self.actors[asked].user_id if asked else None
        actor, record = self.actors[who], document.record
        self.attempt(expected, lambda: workflow.fire(self.session, record, step, actor, opinion, asked_id, opened))
        if expected:
            document.state = TARGETS[step]
            document.submitter = who if step == "submit" else document.submitter

    @precondition(lambda self: len(self.receipts) % 4 == 1)
    @rule(on=st.booleans())
    def allow_self_approval(self, on: bool) -> None:
        self.self_approval = on
        change_settings(self.session, self_approval=on)
        clear_cache()

    @invariant()
    def everything_adds_up(self) -> None:
        for place, document in enumerate(self.orders):
            order: Order = document.record
            assert order.state == document.state
            assert (order.received, order.pending) == self.sums(place)
            assert 0 <= order.received + order.pending <= order.total
        for document in self.receipts:
            receipt: Receipt = document.record
            assert (receipt.state, receipt.amount) == (document.state, sum(document.lines.values()))


SOURCES = {"submit": OPEN_STATES, "withdraw": ("pending",), "approve": ("pending",), "reject": ("pending",)}
TARGETS = {"submit": "pending", "withdraw": "draft", "approve": "approved", "reject": "rejected", "void": "void"}


@pytest.fixture
def hired(session: Session, cast: Cast) -> Iterator[None]:
    """The manager may decide on orders and receipts too: a person with both hats."""
    for key in ("sales_approver", "receipt_approver"):
        role = session.scalars(select(Role).where(Role.key == key)).one()
        session.add(RoleMember(role_id=role.id, user_id=cast.manager.id))
    session.commit()
    Sales.session, Sales.cast = session, cast
    Sales.actors = {name: actor_as(session, getattr(cast, name)) for name in PEOPLE}
    session.rollback()
    yield
    session.rollback()


@pytest.mark.usefixtures("hired")
def test_any_order_of_steps() -> None:
    run_state_machine_as_test(
        Sales,
        settings=settings(
            max_examples=max(1, STEPS // LENGTH),
            stateful_step_count=LENGTH,
            deadline=None,
            derandomize=STEPS <= 2000,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )
