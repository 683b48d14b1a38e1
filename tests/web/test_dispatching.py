"""Reading never waits behind those who wait to write."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Customer, OperationLog
from crm.web.background_work import runner
from crm.web.server.dispatcher import (
    DRAWING,
    HEAVY,
    MAX_DRAWING,
    MAX_HEAVY,
    MAX_WRITING,
    READING,
    THREADS,
    WRITING,
    Dispatcher,
    lane_of,
)
from tests.conftest import Person
from tests.postgres import sqlite_only

from .live import request, serving, status

WRITERS = 8


def asked(method: str = "GET", path: str = "/", kind: str = "") -> Any:
    return SimpleNamespace(error=None, command=method, path=path, headers={"CONTENT_TYPE": kind} if kind else {})


@pytest.mark.parametrize(
    ("request_", "lane"),
    [
        (asked(), READING),
        (asked("HEAD"), READING),
        (asked("GET", "/reports/sales-trend"), READING),
        (asked("GET", "/customers/export"), READING),
        (asked("GET", "/reports/sales-trend/chart.png"), DRAWING),
        (asked("GET", "/reports/sales-trend/export"), DRAWING),
        (asked("GET", "/targets/chart.png"), DRAWING),
        (asked("POST", "/customers", "application/x-www-form-urlencoded"), WRITING),
        (asked("PUT", "/customers"), WRITING),
        (asked("post", "/customers"), WRITING),
        (asked("POST", "/login"), HEAVY),
        (asked("POST", "/login/"), HEAVY),
        (asked("POST", "/import/customers/3/file", "multipart/form-data; boundary=x"), HEAVY),
        (SimpleNamespace(error="413"), READING),
    ],
)
def test_what_a_request_is_like(request_: Any, lane: str) -> None:
    assert lane_of(request_) == lane


class Tasks:
    """Requests that are served until they are let go."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        self.begun: Queue[str] = Queue()
        self.go = Event()
        self.cancelled: list[str] = []

    def add(self, name: str, *like: str) -> None:
        def service() -> None:
            self.begun.put(name)
            assert self.go.wait(30)

        self.dispatcher.add_task(
            SimpleNamespace(requests=[asked(*like)], service=service, cancel=lambda: self.cancelled.append(name))
        )

    def names(self, count: int) -> set[str]:
        return {self.begun.get(timeout=30) for _ in range(count)}


@pytest.fixture
def tasks() -> Iterator[Tasks]:
    tasks = Tasks(Dispatcher())
    yield tasks
    tasks.go.set()
    assert tasks.dispatcher.shutdown(timeout=30)
    assert not tasks.dispatcher.threads


SAVE, SIGN_IN, LOOK, DRAW = ("POST", "/customers"), ("POST", "/login"), ("GET", "/"), ("GET", "/targets/chart.png")
SHARES = [(SAVE, MAX_WRITING), (SIGN_IN, MAX_HEAVY), (LOOK, THREADS), (DRAW, MAX_DRAWING)]


@pytest.mark.parametrize(("like", "most"), SHARES)
def test_each_kind_has_its_share(tasks: Tasks, like: tuple[str, ...], most: int) -> None:
    for number in range(2 * THREADS):
        tasks.add(f"{number}", *like)
    assert tasks.names(most) == {f"{n}" for n in range(most)}
    for number in range(THREADS - MAX_WRITING):
        tasks.add(f"reader {number}")
    if like is not LOOK:
        assert tasks.names(THREADS - MAX_WRITING) == {f"reader {n}" for n in range(THREADS - MAX_WRITING)}
    assert tasks.begun.empty()
    tasks.go.set()
    tasks.names(2 * THREADS - most)


def test_saving_goes_on_beside_what_takes_long(tasks: Tasks) -> None:
    for number in range(5):
        tasks.add(f"heavy {number}", "POST", "/import", "multipart/form-data")
    tasks.names(MAX_HEAVY)
    tasks.add("save", "POST", "/customers")
    tasks.add("read")
    assert tasks.names(2) == {"save", "read"}


def test_one_that_fails_takes_no_thread_with_it(tasks: Tasks) -> None:
    def fail() -> None:
        raise SystemExit

    for _ in range(3 * THREADS):
        tasks.dispatcher.add_task(SimpleNamespace(requests=[asked("POST", "/customers")], service=fail))
    tasks.add("after", "POST", "/customers")
    assert tasks.names(1) == {"after"}


def test_what_waits_when_the_server_stops_is_given_up(tasks: Tasks) -> None:
    for number in range(MAX_WRITING + 2):
        tasks.add(f"{number}", "POST", "/customers")
    tasks.names(MAX_WRITING)
    tasks.dispatcher.shutdown(timeout=0)
    assert tasks.cancelled == [f"{MAX_WRITING}", f"{MAX_WRITING + 1}"]


@sqlite_only("its one writing lock")
def test_lists_are_shown_while_many_wait_for_another_programs_lock(
    app: CRM, session: Session, as_user: Callable[[str], Person]
) -> None:
    wang = as_user("wang")
    token = wang.token()
    cookie = wang.client.get_cookie("crm")
    assert cookie is not None
    session.rollback()
    sent = {"Cookie": f"crm={cookie.value}"}
    with serving(app) as live, closing(sqlite3.connect(Path(app.config["CRM_INSTANCE"]) / "crm.sqlite3")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        writers = [live.connect() for _ in range(WRITERS)]
        for number, writer in enumerate(writers):
            body = f"csrf_token={token}&name=customer{number}".encode()
            writer.sendall(request("POST", "/customers", body, **sent))
        for path in ("/customers", "/", "/customers"):
            reader = live.connect()
            reader.sendall(request("GET", path, **sent))
            assert status(reader) == 200
        for writer in writers:
            writer.setblocking(False)
            with pytest.raises(BlockingIOError):
                writer.recv(1)  # nobody's wait is over: the lists did not come after it
            writer.settimeout(30)
        other.execute("ROLLBACK")
        assert {status(writer) for writer in writers} == {303}
    assert session.scalar(select(func.count()).select_from(Customer)) == WRITERS


@sqlite_only("its one writing lock")
def test_what_is_noted_of_reading_does_not_wait_for_those_who_write(
    app: CRM, session: Session, as_user: Callable[[str], Person]
) -> None:
    """An export is written into the operation log: at once, or as soon as the database is free."""
    manager = as_user("manager")
    manager.token()
    session.rollback()
    with closing(sqlite3.connect(Path(app.config["CRM_INSTANCE"]) / "crm.sqlite3")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        answer = manager.get("/customers/export?kind=csv")
        other.execute("ROLLBACK")
    assert answer.status_code == 200
    with app.app_context():
        runner().finish()
    session.rollback()
    assert session.scalars(select(OperationLog.action).where(OperationLog.action == "exported")).all() == ["exported"]
