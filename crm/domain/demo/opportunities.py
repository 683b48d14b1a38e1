"""The demonstration firm's possible sales: begun during the year, moved from stage to stage, won, lost, open (B-1)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from crm.domain.customers.contacts import main_contact
from crm.domain.demo.office_days import moments_between, working_day, working_moment
from crm.domain.demo.words import words
from crm.domain.demo.world import World
from crm.domain.sales.opportunities import STAGES, move_to_stage, save_opportunity
from crm.models import Customer, DictionaryItem, Opportunity
from crm.models.opportunities import LOST, OPEN, SHELVED, WON

COUNT = 80
ENDS = {OPEN: 35, WON: 22, LOST: 15, SHELVED: 8}
"""How many of `COUNT` stand how at the end."""
TITLES = (
    "{product}採購",
    "{product}年度供應",
    "新辦公室{product}",
    "{product}汰換",
    "三個據點的{product}",
    "{product}試用轉正式",
)
REASONS: dict[str, tuple[str, ...]] = {
    WON: ("價格與交期都符合", "服務好，長期合作", ""),
    LOST: ("價格高於對手", "預算被刪", "由總公司統一採購", "規格不符"),
    SHELVED: ("明年度再議", "搬遷延期", "等主管決定"),
}
COMPETITORS = ("佳和文具", "宏遠事務機", "便利辦公網", "聯大家具")
MIN_DAYS = 12


@dataclass
class Sale:
    """One possible sale from its first day to its end."""

    world: World
    random: Random
    customer: Customer
    end: str
    begun_at: datetime
    opportunity: Opportunity = field(init=False)

    def steps(self, stages: list[int]) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Begun, then a stage further each time, then closed."""
        world, random = self.world, self.random
        reached = len(stages) if self.end == WON else random.randrange(1, len(stages))
        last = min(world.now - timedelta(hours=3), self.begun_at + timedelta(days=random.randrange(20, 100)))
        times = moments_between(random, reached, self.begun_at, last, world.now, world.zone)
        yield self.begun_at, self._begin(stages[0])
        for at, stage_id in zip(times, stages[1:reached], strict=False):
            yield at, self._move(at, stage_id)
        if self.end != OPEN:
            at = max([*times, self.begun_at]) + timedelta(minutes=20)
            yield at, self._close(at)

    def _begin(self, stage_id: int) -> Callable[[], None]:
        def step() -> None:
            contact = main_contact(self.world.session, self.customer)
            values = {**self._values(), "stage_id": stage_id, "contact_id": contact.id if contact else None}
            actor = self.world.actor_of(self._owner_id(), self.begun_at)
            self.opportunity = save_opportunity(self.world.session, None, self.customer, values, actor)

        return step

    def _move(self, at: datetime, stage_id: int) -> Callable[[], None]:
        def step() -> None:
            actor = self.world.actor_of(self._owner_id(), at)
            move_to_stage(self.world.session, self.opportunity, stage_id, actor, self.opportunity.version)

        return step

    def _close(self, at: datetime) -> Callable[[], None]:
        def step() -> None:
            values = {"state": self.end, "reason": self.random.choice(REASONS[self.end]) or None}
            actor = self.world.actor_of(self._owner_id(), at)
            save_opportunity(self.world.session, self.opportunity, self.customer, values, actor)

        return step

    def _owner_id(self) -> int:
        assert self.customer.owner_id is not None
        return self.customer.owner_id

    def _values(self) -> dict[str, Any]:
        random, now = self.random, self.world.now
        if self.end == OPEN:
            expected = now + timedelta(days=random.randrange(-12, 100))
        else:
            expected = self.begun_at + timedelta(days=random.randrange(20, 90))
        return {
            "title": random.choice(TITLES).format(product=random.choice(words()["product"])),
            "amount": Decimal(random.choice((8, 15, 24, 36, 58, 80, 120, 180, 260, 420, 680)) * 1000),
            "expected_on": working_day(expected.astimezone(self.world.zone).date()),
            "source_id": self.customer.source_id,
            "competitor": random.choice(COMPETITORS) if random.random() < 0.4 else None,
        }


def make_opportunities(world: World, random: Random, count: int = COUNT) -> None:
    """For customers that have an owner by now; to be called when the story of the customers has been told."""
    statement = select(DictionaryItem.id).where(DictionaryItem.dictionary == STAGES, DictionaryItem.retired.is_(False))
    stages = list(world.session.scalars(statement.order_by(DictionaryItem.position, DictionaryItem.id)))
    customers = _customers(world)
    if not stages or not customers:
        return
    sales = [_sale(world, random, random.choice(customers), end) for end in _ends(random, count)]
    steps = [step for sale in sales for step in sale.steps(stages)]
    for _, step in sorted(steps, key=lambda pair: pair[0]):
        step()
    world.session.flush()


def _customers(world: World) -> list[Customer]:
    """Long enough with their owner for something to have come of it."""
    before = world.now - timedelta(days=MIN_DAYS)
    statement = select(Customer).where(
        Customer.owner_id.is_not(None), Customer.deleted_at.is_(None), Customer.owned_since < before
    )
    own = {user.id for user, _ in world.cast.values()}
    return [c for c in world.session.scalars(statement.order_by(Customer.id)) if c.owner_id in own]


def _ends(random: Random, count: int) -> list[str]:
    """In the declared parts, however few there are; in no order."""
    ends: list[str] = [end for end, part in ENDS.items() for _ in range(max(1, round(count * part / COUNT)))]
    random.shuffle(ends)
    return ends


def _sale(world: World, random: Random, customer: Customer, end: str) -> Sale:
    assert customer.owned_since is not None
    room = max(2, (world.now - customer.owned_since).days - 8)
    # What is still open was begun in the last months.
    first = max(1, room - 100) if end == OPEN else 1
    day = (customer.owned_since + timedelta(days=random.randrange(first, room))).astimezone(world.zone).date()
    return Sale(world, random, customer, end, working_moment(random, working_day(day), world.zone))
