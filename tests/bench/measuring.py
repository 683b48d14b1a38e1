"""Medians, interleaved with hello so that a busy moment of the machine strikes both; statements; commits."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextvars import Context
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from flask import Flask
from sqlalchemy import event

from crm.extensions import db
from crm.models.table_versions import clear_cache
from tests.bench.pages import Page
from tests.bench.servers import Server

WARM_UP = 3


def medians(visits: Mapping[str, Callable[[], float]], hello: Callable[[], float], times: int) -> dict[str, float]:
    """The median milliseconds of each visit; `hello`'s own stand under "hello"."""
    taken: dict[str, list[float]] = {name: [] for name in ["hello", *visits]}
    for number in range(times + WARM_UP):
        for name, visit in visits.items():
            greeting, seconds = hello(), visit()
            if number >= WARM_UP:
                taken["hello"].append(greeting)
                taken[name].append(seconds)
    return {name: 1000 * median(found) for name, found in taken.items() if found}


def statements(app: Flask, wanted: Iterable[Page], cookies: dict[str, dict[str, str]]) -> dict[str, tuple[int, int]]:
    """The SQL statements of each page: when nothing is kept in memory yet, and after that."""
    counted: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        counted.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    found = {}
    for page in wanted:
        client = app.test_client()
        for name, value in cookies[page.who].items():
            client.set_cookie(name, value)
        clear_cache()
        counts = []
        for _ in range(2):
            counted.clear()
            # A request of its own, as on a server.
            answer = Context().run(partial(client.get, page.address(), headers=page.headers))
            if answer.status_code != 200:
                raise RuntimeError(f"{page.path}: {answer.status_code}")
            counts.append(len(counted))
        found[page.name] = (counts[0], counts[1])
    event.remove(db.engine, "before_cursor_execute", note)
    return found


def bare_commit(folder: Path, times: int = 50) -> float:
    """The median milliseconds of one durable commit of one row on the disk of the folder."""
    file = folder / "bench-commit.sqlite3"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE notes (text)")
    taken = []
    for number in range(times):
        started = perf_counter()
        connection.execute("INSERT INTO notes VALUES (?)", [str(number)])
        taken.append(perf_counter() - started)
    connection.close()
    for left in folder.glob("bench-commit.sqlite3*"):
        left.unlink()
    return 1000 * median(taken)


def processor_milliseconds(server: Server, visit: Callable[[], float], times: int) -> float:
    """What one answer costs the processor, in the server's process and in those that it starts."""
    visit()
    before = server.processor_seconds()
    for _ in range(times):
        visit()
    return 1000 * (server.processor_seconds() - before) / times
