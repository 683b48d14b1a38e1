"""Q-4: night after night across a month's end, two processes, one killed in the middle: each customer once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.domain.platform.settings import change_settings
from crm.models import Customer, CustomerEvent, JobRun, Notice
from tests.cast import ZONE
from tests.domain.customers.test_recycling import add_opportunity
from tests.factories import level, make_customer
from tests.jobs.process import Process

FIRST = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)  # 27 November, 02:00 in Taipei
NIGHTS = [FIRST + timedelta(days=n) for n in range(10)]  # to 6 December
DAYS, WARNING, EACH = 7, 5, 3


@pytest.fixture
def customers(session, cast):
    """Three for each number of idle days from 1 to 40 at the first night; some exempt. (customer, days, exempt)"""
    important = level(session, "重要客戶")
    change_settings(session, recycle_on=True, recycle_days=DAYS, recycle_warn_days=WARNING)
    change_settings(session, recycle_exempt_levels=[important.id])
    noon = FIRST.astimezone(ZONE).replace(hour=12).astimezone(UTC)
    made = []
    for days in range(1, 41):
        for which in range(EACH):
            owner = (cast.wang, cast.li)[which % 2]
            name = f"閒置{days}日{which}"
            customer = make_customer(session, owner, name=name, now=noon - timedelta(days=days))
            exempt = ""
            if days % 5 == 0 and which == 0:
                customer.level_id, exempt = important.id, "level"
            elif days % 4 == 0 and which == 1:
                exempt = add_opportunity(session, customer, owner).code
            made.append((customer, days, exempt))
    session.commit()
    return made


def night_of(days):
    """The night on which a customer goes that was idle for so many days at the first one."""
    return FIRST + timedelta(days=max(0, DAYS + 1 - days))


def run(processes, night, kill=False):
    """Both at the same moment. With `kill` the first one dies in the middle, holding the database; a new one comes."""
    one, other = processes
    one.go(night, stop_at=2 if kill else 0)
    if kill:
        one.expect("middle")
    other.go(night)
    if kill:
        one.kill()
        return [other.expect("ran")]
    return [one.expect("ran"), other.expect("ran")]


def test_exactly_the_right_ones_move_once_on_the_right_night(app, session, cast, customers):
    expected = {c.id: night_of(days) for c, days, exempt in customers if not exempt}
    owners = {c.id: c.owner_id for c, _, _ in customers}
    session.rollback()
    processes = [Process(app), Process(app)]
    for number, night in enumerate(NIGHTS):
        killed = number in (0, 4)  # the night that takes most, and the last one of November
        answers = run(processes, night, killed)
        assert sorted(answers)[-1] == "ran recycling" and answers.count("ran recycling") == 1, night
        if killed:
            processes = [processes[1], Process(app)]
    for process in processes:
        process.end()
    session.expire_all()

    events = session.scalars(select(CustomerEvent).where(CustomerEvent.kind == "pool")).all()
    assert {e.customer_id: e.at for e in events} == expected and len(events) == len(expected)
    kept = set(session.scalars(select(Customer.id).where(Customer.owner_id.is_not(None))))
    assert kept == {c.id for c, _, exempt in customers if exempt}
    assert len(session.scalars(select(JobRun).where(JobRun.job == "recycling")).all()) == len(NIGHTS)
    assert_told_once(session, cast, expected, owners)


def assert_told_once(session, cast, expected, owners):
    """Each customer's owner is told once that it went, its manager once, and warned once on the night it came near."""
    told, warned = Counter(), Counter()
    for notice in session.scalars(select(Notice)):
        if notice.kind == "recycled":
            told[notice.user_id, notice.at] += notice.values["count"]
        else:
            warned.update((mark, notice.user_id, notice.at) for mark in notice.values["told"])
    gone = Counter((owners[i], night) for i, night in expected.items())
    gone.update((cast.manager.id, night) for night in expected.values())
    assert told == gone
    near = {i: max(FIRST, night - timedelta(days=WARNING)) for i, night in expected.items() if night > FIRST}
    seen = Counter((int(mark.split()[0]), user_id, at) for mark, user_id, at in warned.elements())
    assert seen == Counter((i, owners[i], at) for i, at in near.items())
