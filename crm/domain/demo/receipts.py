"""The demonstration firm's money: most orders are paid about when they are due, some in parts, some late or not yet.

Receipts stand in every state, and a few were put right by their reversal (RC-1 to RC-4, RV-1).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle
from random import Random

from sqlalchemy import select, update

from crm.domain.demo.office_days import working_day, working_moment
from crm.domain.demo.world import World
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt, save_receipt
from crm.entities.measures import SOLD
from crm.models import Customer, Notice, Order, Receipt

Step = tuple[datetime, Callable[[], None]]

APPROVER = "finance"
WAYS = {"whole": 62, "parts": 18, "unpaid": 20}
"""How orders are paid, in parts."""
TOGETHER = 0.3
"""How often the next order of the same customer is paid with the first."""
RECENT_ENDS = ("pending", "approved", "draft", "pending", "rejected", "pending", "approved")
"""How the receipts of the last days stand, one after the other."""
RECENT_DAYS = 8
REJECTIONS = ("金額與銀行對帳單不符", "請註明支票號碼", "付款人名稱有誤")
NOTES = ("票期 30 天", "含運費", "客戶自行扣除匯費，另補", "代收貨款")
ACCOUNTS = ("第一銀行 活期", "台灣企銀 支票", "零用金")
READ_AFTER_DAYS = 3


@dataclass
class Payment:
    """One receipt: entered by the salesperson, submitted, decided on."""

    world: World
    random: Random
    paid: list[tuple[Order, Decimal]]
    at: datetime
    receipt: Receipt = field(init=False)

    def steps(self, end: str) -> Iterator[Step]:
        yield self.at, self._enter
        submitted = self.at + timedelta(minutes=self.random.randrange(5, 40))
        if end == "draft" or submitted > self.world.now:
            return
        yield submitted, self._fire("submit", submitted)
        decided = self._next_day(submitted)
        if end == "pending" or decided > self.world.now:
            return
        if end == "rejected" or self.random.random() < 0.04:
            yield decided, self._fire("reject", decided)
            if end == "rejected":
                return
            submitted = decided + timedelta(minutes=35)
            yield submitted, self._fire("submit", submitted)
            decided = submitted + timedelta(minutes=50)
        yield decided, self._fire("approve", decided)
        if end == "reversed":
            yield from self._reversed(decided)

    def _reversed(self, at: datetime) -> Iterator[Step]:
        """Entered for the wrong day: taken back, and entered again."""
        back = self._next_day(at)
        taken_back = Payment(self.world, self.random, [], back)

        def reverse() -> None:
            actor = self.world.actor_of(self._seller(), back)
            taken_back.receipt = reverse_receipt(self.world.session, self.receipt, actor, "重複入帳，更正重開")
            taken_back.paid = self.paid

        approved = self._next_day(back)
        if approved + timedelta(days=4) < self.world.now:
            yield back, reverse
            yield back + timedelta(minutes=10), taken_back._fire("submit", back + timedelta(minutes=10))
            yield approved, taken_back._fire("approve", approved)
            repeated = Payment(self.world, self.random, self.paid, approved + timedelta(hours=1))
            yield from repeated.steps("approved")

    def _next_day(self, at: datetime) -> datetime:
        day = working_day((at + timedelta(days=1)).astimezone(self.world.zone).date())
        return working_moment(self.random, day, self.world.zone)

    def _enter(self) -> None:
        random, session = self.random, self.world.session
        customer = session.get_one(Customer, self.paid[0][0].customer_id)
        values = {
            "received_on": self.at.astimezone(self.world.zone).date(),
            "payment_method_id": self.world.choices.item("payment_method", random.choices((0, 1, 2), (6, 3, 1))[0]),
            "account": random.choices(ACCOUNTS, (6, 3, 1))[0],
            "payer": f"{customer.short_name or customer.name}總公司" if random.random() < 0.1 else None,
            "notes": random.choice(NOTES) if random.random() < 0.15 else None,
        }
        lines = [{"order_id": order.id, "amount": amount} for order, amount in self.paid]
        actor = self.world.actor_of(self._seller(), self.at)
        self.receipt = save_receipt(session, None, customer, values, lines, actor)

    def _fire(self, name: str, at: datetime) -> Callable[[], None]:
        def step() -> None:
            world = self.world
            actor = world.actor_of(self._seller(), at) if name == "submit" else world.actor(APPROVER, at)
            opinion = self.random.choice(REJECTIONS) if name == "reject" else None
            approver_id = world.person_id(APPROVER) if name == "submit" else None
            RECEIPT_WORKFLOW.fire(world.session, self.receipt, name, actor, opinion, approver_id)

        return step

    def _seller(self) -> int:
        return self.paid[0][0].owner_id


def make_receipts(world: World, random: Random) -> None:
    """To be called when the orders are decided on."""
    statement = select(Order).where(*SOLD, Order.total > 0)
    orders = list(world.session.scalars(statement.order_by(Order.customer_id, Order.ordered_on, Order.id)))
    payments = sorted(_payments(world, random, orders), key=lambda payment: payment.at)
    since = world.now - timedelta(days=RECENT_DAYS)
    ends = _ends(sum(payment.at < since for payment in payments))
    steps = [step for payment, end in zip(payments, ends, strict=False) for step in payment.steps(end)]
    for _, step in sorted(steps, key=lambda pair: pair[0]):
        step()
    world.session.flush()
    old = Notice.at < world.now - timedelta(days=READ_AFTER_DAYS)
    world.session.execute(update(Notice).where(Notice.kind == "approvals", old).values(read_at=Notice.at))


def _ends(older: int) -> Iterator[str]:
    """How each receipt ends, the oldest first; `older` of them are not of the last days."""
    yield from ("reversed" if number % 40 == 20 else "approved" for number in range(older))
    yield from cycle(RECENT_ENDS)


def _payments(world: World, random: Random, orders: Sequence[Order]) -> Iterator[Payment]:
    """Who pays what and when, as far as that day has come."""
    unpaid = list(orders)
    while unpaid:
        order = unpaid.pop(0)
        way = random.choices(list(WAYS), list(WAYS.values()))[0]
        together = [order]
        if way == "whole" and unpaid and unpaid[0].customer_id == order.customer_id and random.random() < TOGETHER:
            together.append(unpaid.pop(0))
        at = _day_of_money(world, random, together[-1])
        if way == "unpaid" or at is None:
            continue
        if way == "whole":
            yield Payment(world, random, [(paid_order, paid_order.total) for paid_order in together], at)
            continue
        first = (order.total * random.choice((30, 40, 50)) / 100).quantize(Decimal(1)) or order.total
        yield Payment(world, random, [(order, first)], at)
        later = at + timedelta(days=random.randrange(15, 45))
        if later < world.now - timedelta(hours=2) and order.total > first:
            yield Payment(world, random, [(order, order.total - first)], _at_work(world, random, later))


def _day_of_money(world: World, random: Random, order: Order) -> datetime | None:
    """About when it is due, never before its approval; None where that day has not come."""
    assert order.approved_at is not None
    due = order.due_on or order.ordered_on + timedelta(days=20)
    day = due + timedelta(days=random.randrange(-12, 18))
    first = (order.approved_at + timedelta(days=1)).astimezone(world.zone).date()
    at = working_moment(random, working_day(max(day, first)), world.zone)
    return at if at < world.now - timedelta(hours=2) else None


def _at_work(world: World, random: Random, at: datetime) -> datetime:
    return min(
        working_moment(random, working_day(at.astimezone(world.zone).date()), world.zone),
        world.now - timedelta(hours=1),
    )
