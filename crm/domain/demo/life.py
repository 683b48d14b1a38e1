"""One customer's life with the firm, told through the verbs: made, visited, handed on, let go (C-9, R-2, Q-1)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from crm.domain.customers.contact_records import save_contact_record
from crm.domain.customers.contacts import save_contact
from crm.domain.customers.customers import move_customer, save_customer
from crm.domain.demo.office_days import working_day, working_moment
from crm.domain.demo.plans import LAST_PLANS, last_plan
from crm.domain.demo.words import Note, words
from crm.domain.demo.world import MANAGER, World
from crm.domain.schedule.items import complete_item
from crm.models import Contact, ContactRecord, Customer, ScheduleItem
from crm.models.customers import POOL

Step = tuple[datetime, Callable[[], None]]

ROADS = {0: (0,), 1: (0, 1), 2: (0, 1, 2, 3), 3: (0, 1, 4)}
"""Where the customer ends (place in 客戶狀態) → the stages of its notes on the way."""
STATUS_OF_STAGE = {0: 0, 1: 1, 2: 2, 3: 2, 4: 3}
LOST = 4


@dataclass
class Life:
    """What will happen to one customer. `owners` are logins in turn; a first "" means it begins in the pool."""

    world: World
    random: Random
    values: dict[str, Any]
    people: list[dict[str, Any]]
    owners: list[str]
    born: datetime
    visits: list[datetime]
    end: int
    let_go: bool = False
    customer: Customer = field(init=False)
    contacts: list[Contact] = field(init=False)
    last_record: ContactRecord | None = None
    used_notes: set[Note] = field(default_factory=set)

    def steps(self) -> Iterator[Step]:
        """Everything that happens, each with its time."""
        yield self.born, self._begin
        owner, handed_on = self.owners[0], len(self.visits) // 2 if self.owners[0] else 0
        stages = stages_of(self.end, len(self.visits))
        for number, (at, stage) in enumerate(zip(self.visits, stages, strict=True)):
            if number == handed_on and len(self.owners) > 1:
                owner = self.owners[1]
                yield at - timedelta(hours=1), self._step(self._hand_on, at - timedelta(hours=1), owner)
            following = self.visits[number + 1] if number + 1 < len(self.visits) else None
            yield at, self._step(self._visit, at, owner, stage, following)
        if self.let_go:
            at = min((self.visits[-1] if self.visits else self.born) + timedelta(hours=2), self.world.now)
            yield at, self._step(self._let_go, at)

    @staticmethod
    def _step(verb: Callable[..., None], *arguments: Any) -> Callable[[], None]:
        return lambda: verb(*arguments)

    def _begin(self) -> None:
        session, actor = self.world.session, self.world.actor(self.owners[0] or MANAGER, self.born)
        self.customer = save_customer(session, None, self.values, actor, pooled=not self.owners[0])
        self.contacts = [save_contact(session, None, self.customer, person, actor) for person in self.people]

    def _hand_on(self, at: datetime, owner: str) -> None:
        reason = self.random.choice(words()["reason"])
        actor = self.world.actor(MANAGER, at)
        move_customer(self.world.session, self.customer, actor, self.world.person_id(owner), reason=reason)

    def _visit(self, at: datetime, owner: str, stage: int, following: datetime | None) -> None:
        world, random = self.world, self.random
        actor = world.actor(owner, at)
        note, contact = self._new_note(stage), random.choice(self.contacts)
        spoken = spoken_of(contact)
        values = {
            "contact_id": contact.id,
            "contacted_at": at,
            "method_id": world.choices.named("contact_method", note.method),
            "content": filled(random, note.content, spoken),
            "level_id": self._level(stage),
            "next_contact_at": self._next(at, stage, following),
            "next_plan": filled(random, note.plan, spoken),
            "add_to_schedule": random.random() < 0.8,
            "remind_by_email": random.random() < 0.1,
        }
        self._finish_last(at)
        self.last_record = save_contact_record(world.session, None, self.customer, values, actor)
        status_id = world.choices.item("customer_status", STATUS_OF_STAGE[stage])
        if self.customer.status_id != status_id:
            save_customer(world.session, self.customer, {"status_id": status_id}, actor)

    def _new_note(self, stage: int) -> Note:
        notes = words().notes[stage]
        note = self.random.choice([n for n in notes if n not in self.used_notes] or list(notes))
        self.used_notes.add(note)
        return note

    def _level(self, stage: int) -> int | None:
        """The level noted: mostly the same; an order makes a customer important, a refusal unimportant."""
        random, choices = self.random, self.world.choices
        if stage == LOST:
            return choices.level(3)
        if STATUS_OF_STAGE[stage] == 2 and random.random() < 0.3:
            return choices.level(random.choice((0, 1)))
        return self.customer.level_id if random.random() < 0.7 else None

    def _next(self, at: datetime, stage: int, following: datetime | None) -> datetime | None:
        """When to contact again: about when it then happened; None lets the level decide (R-2)."""
        random, zone = self.random, self.world.zone
        if following is not None:
            day = working_day((following - timedelta(days=random.randrange(0, 4))).astimezone(zone).date())
            planned = working_moment(random, day, zone)
            return planned if planned > at and random.random() < 0.5 else None
        kind = "far" if stage == LOST else random.choices(list(LAST_PLANS), list(LAST_PLANS.values()))[0]
        return last_plan(random, kind, at, self.world.now, zone)

    def _finish_last(self, at: datetime) -> None:
        """What was planned at the last contact is done with this one."""
        for item in self._open_items():
            complete_item(self.world.session, item, words()["done"][0], self.world.actor_of(item.owner_id, at))

    def _let_go(self, at: datetime) -> None:
        """Into the pool; what was still planned is dropped."""
        reason = self.random.choice(words()["release"])
        move_customer(self.world.session, self.customer, self.world.actor(MANAGER, at), None, POOL, reason)

    def _open_items(self) -> list[ScheduleItem]:
        if self.last_record is None or not self.last_record.add_to_schedule:
            return []
        statement = select(ScheduleItem).where(
            ScheduleItem.record_id == self.last_record.id,
            ScheduleItem.done_at.is_(None),
            ScheduleItem.deleted_at.is_(None),
        )
        return list(self.world.session.scalars(statement))


def stages_of(end: int, count: int) -> list[int]:
    """The stage of each of `count` notes, in order: the road to its end, its usual part made longer."""
    road = list(ROADS[end])
    if count <= len(road):
        return road[len(road) - count :]
    longer = 3 if end == 2 else min(1, end)
    return sorted([*road, *[longer] * (count - len(road))])


def spoken_of(contact: Contact) -> str:
    """陳經理; without a fitting title 陳先生 or 陳小姐."""
    title = next((word for word in ("總經理", "副理", "協理", "廠長", "店長") if word == contact.job_title), "")
    if not title:
        title = "經理" if (contact.job_title or "").endswith("經理") else ""
    return contact.name[0] + (title or ("先生" if contact.gender == "male" else "小姐"))


def filled(random: Random, text: str, speaker: str) -> str:
    product = random.choice(words()["product"])
    return text.format(who=speaker, product=product, n=random.randrange(2, 9), people=random.randrange(8, 60))
