"""Before the first answer: templates and the menu's pages are made once, and nothing of it is left behind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.models import LoginSession, SystemLog
from crm.models.engine import is_reading
from crm.web.server import warm_up
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
    monkeypatch.setattr(warm_up, "MOST_SECONDS", 600)
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
    reading = is_reading()
    assert warm_up.warm_up(app) is None
    assert is_reading() is reading
    assert {"/login", "/", "/customers", "/orders", "/schedule"} <= {path for path, _status in visited}
    assert {status for _path, status in visited} == {200}
    after = [session.scalar(select(func.count()).select_from(model)) for model in (LoginSession, SystemLog)]
    assert after == rows
    assert len(list(templates.iterdir())) > 100
    app.jinja_env.bytecode_cache = None


def test_what_takes_long_goes_on_beside_the_first_answers(
    app: Flask, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_up, "MOST_SECONDS", 0)
    done: list[int] = []
    steps = [lambda n=n: done.append(n) or 1 / (n - 1) for n in range(4)]  # one of them fails
    monkeypatch.setattr(warm_up, "_steps", lambda _app: iter(steps))
    rest = warm_up.warm_up(app)
    assert rest is not None
    rest.join()
    assert done == [0, 1, 2, 3]
