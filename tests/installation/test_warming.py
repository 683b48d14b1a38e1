"""Templates and the menu's pages are made once, in nobody's way, and nothing of it is left behind."""

import gc
from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.models import LoginSession, SystemLog
from crm.models.engine import is_read_only
from crm.web.server import warm_up
from crm.web.server.dispatcher import Dispatcher
from tests.conftest import Person


@pytest.fixture
def templates(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the compiled templates are kept; the app's own are put back."""
    monkeypatch.setattr(app.jinja_env, "bytecode_cache", None)
    app.jinja_env.cache.clear()  # type: ignore[union-attr]
    return Path(app.config["CRM_INSTANCE"]) / "cache" / "templates"


def test_the_menus_pages_are_visited_and_nobody_notices(
    app: Flask, session: Session, as_user: Callable[[str], Person], templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user("wang")
    frozen = gc.get_freeze_count()
    visited: list[tuple[str, int]] = []
    real = app.full_dispatch_request

    def dispatch(*arguments: object) -> object:
        from flask import request

        answer = real(*arguments)  # type: ignore[arg-type]
        visited.append((request.path, answer.status_code))
        return answer

    monkeypatch.setattr(app, "full_dispatch_request", dispatch)
    rows = [session.scalar(select(func.count()).select_from(model)) for model in (LoginSession, SystemLog)]
    session.commit()
    reading = is_read_only()
    warm_up.warm_up(app, lambda _seconds: True).join()
    assert is_read_only() is reading
    assert {"/login", "/", "/customers", "/orders", "/schedule"} <= {path for path, _status in visited}
    assert not {path for path, _status in visited if path.startswith("/reports/")}
    assert {status for _path, status in visited} == {200}
    after = [session.scalar(select(func.count()).select_from(model)) for model in (LoginSession, SystemLog)]
    assert after == rows
    assert len(list(templates.iterdir())) > 100
    assert gc.get_freeze_count() > frozen
    app.jinja_env.bytecode_cache = None


def test_it_goes_on_in_the_pauses_of_the_requests(app: Flask, templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    steps = [lambda n=n: done.append(n) or 1 / (n - 1) for n in range(4)]  # one of them fails
    monkeypatch.setattr(warm_up, "_steps", lambda _app: iter(steps))
    monkeypatch.setattr(warm_up, "LOOK_SECONDS", 0)
    answers = iter([False, False, True, True, True])
    seen: list[tuple[int, bool]] = []

    def is_quiet(_seconds: float) -> bool:
        seen.append((len(done), answer := next(answers)))
        return answer

    warm_up.warm_up(app, is_quiet).join()
    assert done == [0, 1, 2, 3]
    assert seen == [(1, False), (1, False), (1, True), (2, True), (3, True)]


def test_the_server_is_quiet_when_nothing_was_asked_for_some_time() -> None:
    begun, go = Event(), Event()
    dispatcher = Dispatcher(1)

    def service() -> None:
        begun.set()
        go.wait(10)

    assert dispatcher.is_quiet(0) and not dispatcher.is_quiet(60)
    asked = SimpleNamespace(error=None, command="GET", path="/", headers={})
    dispatcher.add_task(SimpleNamespace(requests=[asked], service=service, cancel=lambda: None))
    assert begun.wait(10) and not dispatcher.is_quiet(0)
    go.set()
    dispatcher.shutdown()
    assert dispatcher.is_quiet(0)
