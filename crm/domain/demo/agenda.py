"""Appointments without a customer: meetings, trainings; today's, the past weeks' and the next ones' (S-2)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from crm.domain.demo.life import Step
from crm.domain.demo.office_days import working_day, working_moment
from crm.domain.demo.words import words
from crm.domain.demo.world import World
from crm.domain.schedule import complete_item, save_item

BUSY = ("manager", "wang", "li", "chen", "huang", "tsai", "hsu")
TODAY_TOO = ("manager", "wang", "li", "chen")
WEEKS_BACK, WEEKS_AHEAD = 8, 4


def appointments(world: World, random: Random) -> Iterator[Step]:
    """Two or three a week for each; the past ones mostly done."""
    today = world.now.astimezone(world.zone).date()
    for login in BUSY:
        days = [today] * 2 if login in TODAY_TOO else []
        for week in range(-WEEKS_BACK, WEEKS_AHEAD):
            monday = today + timedelta(days=7 * week - today.weekday())
            days += [monday + timedelta(days=n) for n in random.sample(range(5), random.choice((2, 3)))]
        for day in sorted(days):
            starts_at = working_moment(random, day, world.zone)
            entered_at = min(starts_at, world.now) - timedelta(days=random.randrange(1, 8))
            yield entered_at, _enter(world, random, login, starts_at, entered_at)
    yield world.now - timedelta(days=3), _day_off(world, random, "li")


def _enter(world: World, random: Random, login: str, starts_at: datetime, entered_at: datetime) -> Callable[[], None]:
    def step() -> None:
        values = {
            "title": random.choice(words()["appointment"]),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=random.choice((30, 60, 90))),
            "remind_minutes": random.choice((None, None, 10, 30)),
        }
        item = save_item(world.session, None, values, world.acting(login, entered_at))
        done_at = starts_at + timedelta(hours=2)
        if done_at < world.now - timedelta(hours=12) and random.random() < 0.9:
            complete_item(world.session, item, random.choice(words()["done"]), world.acting(login, done_at))

    return step


def _day_off(world: World, random: Random, login: str) -> Callable[[], None]:
    def step() -> None:
        day = working_day(world.now.astimezone(world.zone).date() + timedelta(days=9))
        starts_at = working_moment(random, day, world.zone)
        values = {"title": "特休", "starts_at": starts_at, "all_day": True}
        save_item(world.session, None, values, world.acting(login, world.now - timedelta(days=3)))

    return step
