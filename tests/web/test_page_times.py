"""How long pages take, counted in memory (系統狀態)."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

from crm.web.page_times import LIMITS, PageTimes

NOON = datetime(2026, 11, 20, 12).astimezone()


def test_the_worst_and_what_is_usual() -> None:
    times = PageTimes(NOON)
    for _n in range(99):
        times.note("customers.index", 0.2, NOON)
    times.note("customers.index", 7.5, NOON)
    (one,) = times.slowest(10)
    assert (one.endpoint, one.count, one.worst, one.usual) == ("customers.index", 100, 7.5, 0.25)


def test_the_slowest_come_first_and_no_more_than_asked_for() -> None:
    times = PageTimes(NOON)
    for name, seconds in (("a", 0.05), ("b", 40.0), ("c", 3.0), ("d", 1.5)):
        times.note(name, seconds, NOON)
    assert [(one.endpoint, one.usual) for one in times.slowest(3)] == [("b", None), ("c", 5.0), ("d", 2.0)]


def test_a_new_day_begins_with_nothing() -> None:
    times = PageTimes(NOON)
    times.note("a", 9.0, NOON)
    tomorrow = NOON + timedelta(days=1)
    times.note("b", 0.1, tomorrow)
    assert [one.endpoint for one in times.slowest(10)] == ["b"]
    assert times.since == tomorrow


def test_who_is_at_work_the_latest_first() -> None:
    times = PageTimes(NOON)
    for person, minutes in ((1, 0), (2, 20), (3, 25), (2, 30)):
        times.note_person(person, NOON + timedelta(minutes=minutes))
    assert times.people_since(NOON + timedelta(minutes=15)) == [2, 3]


def test_it_stays_small_and_costs_nothing_that_is_felt() -> None:
    """The quickest of several rounds, as the machine may be busy: below 50 µs for each answer."""
    times, now = PageTimes(NOON), datetime.now(UTC)
    rounds = []
    for _n in range(5):
        began = perf_counter()
        for n in range(1000):
            times.note(f"page.{n % 10}", 0.3, now)
        rounds.append(perf_counter() - began)
    assert min(rounds) < 0.05
    assert len(times._counts) == 10 and all(len(counts) == len(LIMITS) + 1 for counts in times._counts.values())
