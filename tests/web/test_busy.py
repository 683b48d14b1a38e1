"""Others write for longer than one waits: the person is told so, kindly, and can send it again."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.extensions import db
from crm.models import Customer, SystemLog, engine
from tests.conftest import Person
from tests.postgres import sqlite_only

pytestmark = sqlite_only("its one writing lock, held by another program")


@contextmanager
def somebody_writes(app: CRM) -> Iterator[None]:
    with closing(sqlite3.connect(Path(app.config["CRM_INSTANCE"]) / "crm.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def impatient(app: CRM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that wait for a moment only."""
    shorter = tuple("PRAGMA busy_timeout=20" if "busy_timeout" in pragma else pragma for pragma in engine.PRAGMAS)
    monkeypatch.setattr(engine, "PRAGMAS", shorter)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("in_place", [False, True])
def test_saving_while_others_write_for_long(
    in_place: bool, app: CRM, session: Session, as_user: Callable[[str], Person], impatient: None
) -> None:
    wang = as_user("wang")
    wang.token()
    if in_place:
        wang.htmx()
    with somebody_writes(app):
        answer = wang.post("/customers", {"name": "長榮"})
        assert wang.get("/customers").status_code == 200  # reading goes on
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "資料沒有保存" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    assert session.scalar(select(func.count()).select_from(SystemLog).where(SystemLog.kind == "error")) == 0
    assert wang.post("/customers", {"name": "長榮"}).status_code in (200, 303)
