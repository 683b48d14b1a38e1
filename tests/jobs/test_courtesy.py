"""A job that calculates lets pages go first, and still comes to its end (I-6)."""

from collections.abc import Callable

import pytest
from flask import Flask

from crm.jobs import pacing
from crm.jobs.pacing import MAX_WAIT, Courtesy


class Clock:
    """Time that passes where somebody works or waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waited = 0.0
        self.then: Callable[[], None] = lambda: None
        """What happens at the first wait."""

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waited += seconds
        self.then()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pacing, "monotonic", lambda: made.now)
    monkeypatch.setattr(pacing, "sleep", made.sleep)
    return made


def test_where_nobody_asks_for_a_page_it_does_not_wait(clock: Clock) -> None:
    courtesy = Courtesy()
    clock.now += 1
    courtesy.give_way()
    assert clock.waited == 0


def test_it_waits_until_the_page_is_answered(clock: Clock) -> None:
    courtesy = Courtesy()
    page = courtesy.serving()
    page.__enter__()
    clock.then = lambda: page.__exit__(None, None, None) if clock.waited > 0.007 else None
    clock.now += 1
    courtesy.give_way()
    assert 0.007 < clock.waited < 0.009


@pytest.mark.parametrize(("worked", "most"), [(0.004, 0.004), (1, MAX_WAIT)])
def test_a_request_of_minutes_does_not_stop_it(clock: Clock, worked: float, most: float) -> None:
    courtesy = Courtesy()
    with courtesy.serving():
        for _ in range(10):
            clock.now += worked
            courtesy.give_way()
    assert 0 < clock.waited <= 10 * (most + 0.001)


def test_a_page_counts_while_it_is_answered_and_no_longer(app: Flask, as_user: Callable[[str], object]) -> None:
    seen: list[bool] = []
    app.before_request_funcs[None].append(lambda: seen.append(bool(pacing.courtesy._asked)))
    try:
        as_user("wang").get("/customers")  # type: ignore[attr-defined]
    finally:
        app.before_request_funcs[None].pop()
    assert seen == [True] and not pacing.courtesy._asked
