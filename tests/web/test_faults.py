"""The machine fails while somebody saves: never "saved" beside "not saved", and what was typed stays."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.extensions import db
from crm.models import Customer, engine
from crm.web.server.machine_faults import FULL, READ_ONLY, UNKNOWN, fault_of
from tests.conftest import Person
from tests.factories import make_customer
from tests.postgres import sqlite_only

from .test_typed_text import fields

pytestmark = sqlite_only("full and failing files")
LONG = "很長的備註 " * 300


@contextmanager
def pragma(app: CRM, text: str) -> Iterator[None]:
    """Every connection begins with it: SQLite itself is at its limit."""

    def begin(connection: Any, _record: Any) -> None:
        connection.execute(text)

    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", begin)
        try:
            yield
        finally:
            event.remove(db.engine, "connect", begin)
            db.engine.dispose()


def full(app: CRM) -> Any:
    file = Path(app.config["CRM_INSTANCE"]) / "crm.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.execute("VACUUM")
        pages = other.execute("PRAGMA page_count").fetchone()[0]
    return pragma(app, f"PRAGMA max_page_count={pages}")


@contextmanager
def refuses_to_commit(app: CRM) -> Iterator[None]:
    """A constraint that the database looks at when it commits, and that does not hold."""
    file = Path(app.config["CRM_INSTANCE"]) / "crm.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        other.executescript(
            "CREATE TABLE nowhere (id INTEGER PRIMARY KEY);"
            "CREATE TABLE broken (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED);"
            "CREATE TRIGGER break_it AFTER INSERT ON sent_forms BEGIN INSERT INTO broken VALUES (7); END;"
        )
    yield
    with closing(sqlite3.connect(file)) as other:
        other.executescript("DROP TRIGGER break_it; DROP TABLE broken; DROP TABLE nowhere;")


@contextmanager
def somebody_writes(app: CRM) -> Iterator[None]:
    with closing(sqlite3.connect(Path(app.config["CRM_INSTANCE"]) / "crm.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def impatient(app: CRM, monkeypatch: pytest.MonkeyPatch) -> None:
    shorter = tuple("PRAGMA busy_timeout=20" if "busy_timeout" in pragma else pragma for pragma in engine.PRAGMAS)
    monkeypatch.setattr(engine, "PRAGMAS", shorter)
    with app.app_context():
        db.engine.dispose()


FAULTS = [(full, 500, "磁碟已滿"), (refuses_to_commit, 500, "資料沒有保存"), (somebody_writes, 503, "資料沒有保存")]


@pytest.mark.parametrize(("fault", "status", "words"), FAULTS)
def test_on_a_page_the_form_is_shown_again(
    fault: Callable, status: int, words: str, app: CRM, session: Session, as_user: Callable[[str], Person], impatient
) -> None:
    wang = as_user("wang")
    sent = {**fields(wang.get("/customers/new").get_data(as_text=True)), "name": "長榮", "notes": LONG}
    with fault(app):
        answer = wang.post("/customers", sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert words in page
    assert "客戶已經保存" not in page
    assert "已保存" not in page
    if status == 500:
        assert "錯誤編號" in page
    assert fields(page)["notes"].strip() == LONG.strip()
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    assert wang.post("/customers", fields(page)).status_code == 303, "the button is pressed again"
    assert session.scalars(select(Customer)).one().name == "長榮"
    after = wang.get("/customers").get_data(as_text=True)
    assert "沒有保存" not in after


@pytest.mark.parametrize(("fault", "status", "words"), FAULTS)
def test_in_a_box_the_message_comes_and_the_box_stays(
    fault: Callable, status: int, words: str, app: CRM, as_user: Callable[[str], Person], impatient
) -> None:
    wang = as_user("wang")
    page = wang.htmx("box").get("/schedule/new").get_data(as_text=True)
    sent = {**fields(page), "title": "送樣品", "content": LONG, "once": "a" * 20}
    with fault(app):
        answer = wang.post("/schedule", sent)
    told = answer.get_data(as_text=True)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (status, "none")
    assert "HX-Trigger" not in answer.headers
    assert words in told
    assert "已保存" not in told
    assert "重新整理" not in told
    assert ("錯誤編號" in told) == (status == 500)
    assert wang.post("/schedule", sent).status_code == 200
    assert "沒有保存" not in wang.get("/schedule").get_data(as_text=True)


def test_the_lines_of_an_order_come_back(
    app: CRM, session: Session, cast, as_user: Callable[[str], Person], impatient
) -> None:
    customer = make_customer(session, cast.wang, name="大同")
    wang = as_user("wang")
    sent = fields(wang.get(f"/orders/new?customer_id={customer.id}").get_data(as_text=True))
    sent |= {"notes": "急件", "lines-1-product_id": "螺絲", "lines-1-quantity": "3", "lines-7-product_id": "螺帽"}
    with somebody_writes(app):
        answer = wang.post("/orders", sent)
    assert answer.status_code == 503
    back = fields(answer.get_data(as_text=True))
    assert back["notes"] == "急件"
    assert {"螺絲", "螺帽"} <= set(back.values())
    assert "3" in back.values()


def test_a_database_that_can_only_be_read_is_called_so(app: CRM, as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    sent = {**fields(wang.get("/customers/new").get_data(as_text=True)), "name": "長榮"}

    def only_reads(connection: Any, *_more: Any) -> None:
        connection.connection.dbapi_connection.execute("PRAGMA query_only=ON")

    with app.app_context():
        event.listen(db.engine, "begin", only_reads)
        try:
            answer = wang.post("/customers", sent)
        finally:
            event.remove(db.engine, "begin", only_reads)
            db.engine.dispose()
    assert "只能讀取" in answer.get_data(as_text=True)
    assert fields(answer.get_data(as_text=True))["name"] == "長榮"


def test_a_full_disk_is_named_where_nothing_was_typed(app: CRM, session: Session, cast, as_user) -> None:
    customer = make_customer(session, cast.wang, name="大同")
    wang = as_user("wang")
    wang.token()
    with refuses_to_commit(app):
        answer = wang.post(f"/customers/{customer.id}/pool", {"once": "b" * 20})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "已放入" not in html.fromstring(page).text_content()
    assert session.get(Customer, customer.id).owner_id == cast.wang.id


def what(run: Callable) -> Any:
    """The trouble of what really goes wrong, wrapped as SQLAlchemy wraps it."""
    try:
        run()
    except Exception as error:
        return fault_of(error)
    raise AssertionError("nothing went wrong")


def test_the_troubles_of_a_disk_are_told_apart(tmp_path: Path) -> None:
    small = sqlite3.connect(tmp_path / "small.sqlite3", isolation_level=None)
    small.executescript("PRAGMA max_page_count=2; CREATE TABLE texts (text TEXT);")
    assert what(lambda: small.execute("INSERT INTO texts VALUES (?)", ["x" * 20_000])) == FULL
    read_only = sqlite3.connect(f"file:{tmp_path / 'small.sqlite3'}?mode=ro", uri=True)
    assert what(lambda: read_only.execute("INSERT INTO texts VALUES ('x')")) == READ_ONLY
    if Path("/dev/full").exists():
        assert what(lambda: Path("/dev/full").write_bytes(b"x")) == FULL
    assert what(lambda: small.execute("SELECT nothing")) == UNKNOWN
