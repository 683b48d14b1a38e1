"""The policy of idle customers at work: taken back at night, assigned anew, claimed (Q-2 to Q-4)."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select

from crm import clock
from crm.domain.customers.idle_customers import recycle_idle
from crm.domain.customers.pool import assign_customer, claim_customer
from crm.domain.demo.world import MANAGER, World
from crm.domain.office.notices import mark_read
from crm.domain.platform.settings import change_settings
from crm.entities.record_saving import system_actor
from crm.models import Customer, Notice
from crm.models.customers import POOL, RECYCLED

Step = tuple[datetime, Callable[[], object]]
DAYS, WARN_DAYS = 45, 5
NIGHTS = (9, 3, 2, 1, 0)
"""So many days ago the job ran; on the first of these nights the policy was new, and took most."""
ASSIGNED_TO = ("wang", "chen")
CLAIMED_BY = "tsai"
READ_AFTER = timedelta(days=3)
FRIDAY = 4


def let_policy_work(world: World) -> None:
    """To be called last: the records that keep a customer with its owner must be there."""
    level = world.choices.level(0)
    change_settings(
        world.session,
        recycle_on=True,
        recycle_days=DAYS,
        recycle_warn_days=WARN_DAYS,
        recycle_exempt_levels=[level] if level else [],
    )
    for _, step in sorted([*_nights(world), *_mornings(world)], key=lambda pair: pair[0]):
        step()
    for notice in world.session.scalars(select(Notice).where(Notice.at < world.now - READ_AFTER)):
        mark_read(notice, notice.at + timedelta(hours=7))
    world.session.flush()


def _nights(world: World) -> Iterator[Step]:
    today = clock.day_of(world.now, world.zone)
    for days in NIGHTS:
        at = clock.at_hour(today - timedelta(days=days), 2, world.zone)
        if at < world.now:
            yield at, partial(recycle_idle, world.session, system_actor(at, world.zone))


def _mornings(world: World) -> Iterator[Step]:
    """On the last working day before today the manager gives some away, and a salesperson takes one."""
    at = clock.at_hour(_working_day_before(clock.day_of(world.now, world.zone)), 10, world.zone)
    yield at, partial(_assign, world, at)
    yield at + timedelta(minutes=25), partial(_claim, world, at + timedelta(minutes=25))


def _working_day_before(day: date) -> date:
    day -= timedelta(days=1)
    return day - timedelta(days=max(0, day.weekday() - FRIDAY))


def _assign(world: World, at: datetime) -> None:
    for customer, login in zip(_customers_in_pool(world, RECYCLED), ASSIGNED_TO, strict=False):
        assign_customer(world.session, customer, world.actor(MANAGER, at), world.person_id(login))


def _claim(world: World, at: datetime) -> None:
    for customer in _customers_in_pool(world, POOL)[:1]:
        claim_customer(world.session, customer, world.actor(CLAIMED_BY, at))


def _customers_in_pool(world: World, pool: str) -> list[Customer]:
    statement = select(Customer).where(Customer.pool == pool, Customer.deleted_at.is_(None)).order_by(Customer.id)
    return list(world.session.scalars(statement))
