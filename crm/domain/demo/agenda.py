"""Appointments without a customer: meetings, trainings; a weekly one for all; what two do together (S-2)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from crm import clock
from crm.domain.demo.life import Step
from crm.domain.demo.office_days import working_day, working_moment
from crm.domain.demo.words import words
from crm.domain.demo.world import MANAGER, World
from crm.domain.schedule.items import complete_item, save_item
from crm.domain.schedule.series import items_saved_with
from crm.models.schedule import WEEKLY

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
    yield world.now - timedelta(days=7 * WEEKS_BACK, hours=1), _weekly_meeting(world)
    yield world.now - timedelta(days=2), _visit_together(world)


def _enter(world: World, random: Random, login: str, starts_at: datetime, entered_at: datetime) -> Callable[[], None]:
    def step() -> None:
        values = {
            "title": random.choice(words()["appointment"]),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=random.choice((30, 60, 90))),
            "remind_minutes": random.choice((None, None, 10, 30)),
        }
        item = save_item(world.session, None, values, world.actor(login, entered_at))
        done_at = starts_at + timedelta(hours=2)
        if done_at < world.now - timedelta(hours=12) and random.random() < 0.9:
            complete_item(world.session, item, random.choice(words()["done"]), world.actor(login, done_at))

    return step


def _day_off(world: World, random: Random, login: str) -> Callable[[], None]:
    def step() -> None:
        day = working_day(world.now.astimezone(world.zone).date() + timedelta(days=9))
        starts_at = working_moment(random, day, world.zone)
        values = {"title": "特休", "starts_at": starts_at, "all_day": True}
        save_item(world.session, None, values, world.actor(login, world.now - timedelta(days=3)))

    return step


def _weekly_meeting(world: World) -> Callable[[], None]:
    """Every Monday at nine, the salespeople take part; what is past has been held."""

    def step() -> None:
        today = world.now.astimezone(world.zone).date()
        monday = today - timedelta(days=7 * WEEKS_BACK + today.weekday())
        starts_at = clock.at_hour(monday, 9, world.zone)
        values = {
            "title": "業務週會",
            "content": "上週進度、本週拜訪、需要支援的案子",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=1),
            "remind_minutes": 15,
            "repeat": WEEKLY,
            "repeat_until": monday + timedelta(days=7 * (WEEKS_BACK + 26)),
            "participants": {world.person_id(login) for login in BUSY if login != MANAGER},
        }
        first = save_item(world.session, None, values, world.actor(MANAGER, starts_at - timedelta(days=3)))
        for item in items_saved_with(world.session, first):
            done_at = item.starts_at + timedelta(hours=2)
            if done_at < world.now:
                complete_item(world.session, item, "已開會", world.actor(MANAGER, done_at))

    return step


def _visit_together(world: World) -> Callable[[], None]:
    """One visit of two people, in a few days."""

    def step() -> None:
        day = working_day(world.now.astimezone(world.zone).date() + timedelta(days=3))
        starts_at = clock.at_hour(day, 14, world.zone)
        values = {
            "title": "一起拜訪新客戶",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "remind_minutes": 60,
            "participants": {world.person_id("li")},
        }
        save_item(world.session, None, values, world.actor("wang", world.now - timedelta(days=2)))

    return step
