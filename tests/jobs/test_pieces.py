"""Long writes let others in: short transactions with a rest after each, and nothing half done in the end (I-6, C-6)."""

import sqlite3
from collections.abc import Callable, Iterator
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import Options
from crm.domain.imports.runs import begin_run, claim_run, problem_of
from crm.domain.imports.templates import templates_of
from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.jobs import bulk_work, long_tasks, pacing
from crm.jobs.database import write_session
from crm.jobs.import_undo import queue_undo
from crm.models import Customer, CustomerEvent, DictionaryItem, ImportRun, ImportWrite, LongTask, OperationLog
from crm.models.engine import others_wait
from crm.models.imports import CANCELLED, CHECKED, DONE, FAILED, RUNNING, UNDOING, UNDONE
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.dumping import HISTORY, differences, dump
from tests.factories import item, make_customer
from tests.importing import Imports
from tests.postgres import sqlite_only

Act = Callable[..., Actor]
ROWS = 90


class Rests:
    """Rests without waiting: counts them and does what others would do meanwhile."""

    def __init__(self) -> None:
        self.meanwhile: list[Callable[[], None]] = []
        self.naps: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.naps.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> Rests:
    found = Rests()
    monkeypatch.setattr(pacing, "sleep", found)
    return found


@pytest.fixture
def commits(app: CRM) -> Iterator[list[int]]:
    """How many customers and events there are at each commit of a transaction that wrote."""
    found: list[int] = []

    def note(connection: object) -> None:
        wanted = "SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM customer_events)"
        found.append(connection.exec_driver_sql(wanted).scalar())  # type: ignore[attr-defined]

    event.listen(db.engine, "commit", note)
    yield found
    event.remove(db.engine, "commit", note)


@pytest.fixture
def job(app: CRM) -> Imports:
    return Imports(db.engine)


def begun(job: Imports, session: Session, actor: Actor, rows: int = ROWS, **options: str) -> ImportRun:
    """A run that was checked and claimed; every row names a source of its own."""
    name = f"{rows:032x}"
    lines = [f"第{n}號公司,來源{n},2026-0{1 + n % 9}-01" for n in range(rows)]
    (job.uploads / name).write_text("\n".join(["名稱,來源,成立", *lines]), encoding="utf-8")
    columns = [
        TemplateColumn("name", "名稱"),
        TemplateColumn("source_id", "來源"),
        TemplateColumn("founded_on", "成立"),
    ]
    template = templates_of(session, KINDS["customers"])[0]
    run = begin_run(session, template, columns, "x.csv", name, Options(unknown="add", **options), actor)
    session.commit()
    job.check(run.id)
    assert claim_run(session, run.id, CHECKED, RUNNING)
    session.commit()
    return run


def finished(session: Session, run: ImportRun) -> ImportRun:
    session.rollback()
    session.expire_all()
    return run


def save_at_once(app: CRM) -> None:
    """Another process saves and does not wait a moment for it."""
    with sqlite3.connect(Path(app.config["CRM_INSTANCE"]) / "crm.sqlite3", timeout=0) as connection:
        connection.execute("UPDATE users SET updated_at = updated_at WHERE login = 'li'")
    connection.close()


@sqlite_only("its writing lock is what others wait for")
def test_an_import_lets_others_in_between_short_pieces(
    app: CRM,
    session: Session,
    cast: Cast,
    actor: Act,
    job: Imports,
    rests: Rests,
    commits: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = begun(job, session, actor(cast.admin))
    commits.clear()
    monkeypatch.setattr(pacing, "others_wait", lambda: True)
    rests.meanwhile = [lambda: save_at_once(app)] * 3
    job.apply(run.id)
    assert max(b - a for a, b in zip([0, *commits], commits, strict=False)) <= 80
    assert len(commits) >= 3
    assert rests.naps
    assert min(rests.naps) > 0.1
    assert len(rests.meanwhile) < 3
    run = finished(session, run)
    assert (run.state, run.counts["imported"]) == (DONE, ROWS)
    assert session.scalar(select(func.count()).select_from(Customer)) == ROWS
    (told,) = session.scalars(select(OperationLog).where(OperationLog.action == "imported"))
    assert (told.entity, told.record_id, told.name, told.user_id) == (
        "import_customers",
        run.id,
        run.file_name,
        cast.admin.id,
    )
    assert told.changes["imported"] == [None, ROWS]


def test_an_import_does_not_rest_where_nobody_waits(
    session: Session, cast: Cast, actor: Act, job: Imports, rests: Rests
) -> None:
    """Resting was most of the time that an import took; another process, whose waiting nobody sees, has its turn."""
    job.apply(begun(job, session, actor(cast.admin)).id)
    assert rests.naps
    assert set(rests.naps) == {0}


@sqlite_only("its writing lock is what others wait for")
def test_after_a_second_of_work_it_rests_for_other_processes(session: Session, rests: Rests) -> None:
    session.rollback()
    pace = pacing.BatchPacer()
    for took in (0.4, 0.4, 0.4, 0.1):
        with pace.batch(db.engine):
            pass
        pace._learn(took)
    with pace.batch(db.engine):
        pass
    assert rests.naps == [0, 0, pacing.REST, 0]


@sqlite_only("its writing lock is what others wait for")
def test_who_waits_to_write_is_seen(session: Session) -> None:
    """A save of this process that waits for a piece to end."""
    session.rollback()
    engine, saved = db.engine, Event()

    def save() -> None:
        with write_session(engine) as other:
            other.connection()
        saved.set()

    assert not others_wait()
    with write_session(engine) as piece:
        piece.connection()
        waiting = Thread(target=copy_context().run, args=(save,))
        waiting.start()
        seen = wait_for(others_wait)
        assert not saved.is_set()
    waiting.join(10)
    assert seen and saved.is_set() and not others_wait()


def wait_for(what: Callable[[], bool]) -> bool:
    until = monotonic() + 10
    while not what() and monotonic() < until:
        pass
    return what()


def test_new_dictionary_texts_are_added_together(
    session: Session, cast: Cast, actor: Act, job: Imports, rests: Rests
) -> None:
    """Not by reading the whole dictionary once an item."""
    run = begun(job, session, actor(cast.admin))
    statements: list[str] = []
    note = lambda *given: statements.append(given[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    job.apply(run.id)
    event.remove(db.engine, "before_cursor_execute", note)
    assert sum("dictionary_items" in statement for statement in statements) < 20
    session.rollback()
    added = select(DictionaryItem.position, DictionaryItem.id).where(DictionaryItem.name.like("來源%"))
    found = session.execute(added.order_by(DictionaryItem.id)).all()
    assert len(found) == ROWS
    assert [p for p, _id in found] == sorted({p for p, _id in found})
    names = select(Customer.name, DictionaryItem.name).join(DictionaryItem, DictionaryItem.id == Customer.source_id)
    assert all(c[1:-3] == d[2:] for c, d in session.execute(names))


def test_a_run_that_is_killed_between_pieces_is_finished_at_the_next_start(
    session: Session, cast: Cast, actor: Act, job: Imports, rests: Rests
) -> None:
    run = begun(job, session, actor(cast.admin), duplicates="overwrite")

    def killed() -> None:
        raise KeyboardInterrupt

    rests.meanwhile = [lambda: None, killed]
    with pytest.raises(KeyboardInterrupt):
        job.apply(run.id)
    assert finished(session, run).state == RUNNING
    assert 0 < session.scalar(select(func.count()).select_from(Customer)) < ROWS  # type: ignore[operator]
    session.rollback()
    Imports(db.engine).go_on()
    run = finished(session, run)
    assert (run.state, run.counts["imported"], run.counts["updated"]) == (DONE, ROWS, 0)
    assert run.counts["resumed"]
    names = list(session.scalars(select(Customer.name)))
    assert sorted(names) == sorted({f"第{n}號公司" for n in range(ROWS)})
    assert session.scalar(select(func.count()).select_from(CustomerEvent)) == ROWS


def test_what_others_save_between_the_pieces_is_known_to_the_later_ones(
    session: Session, cast: Cast, actor: Act, job: Imports, rests: Rests
) -> None:
    run = begun(job, session, actor(cast.admin))
    session.rollback()

    def save() -> None:
        with Session(db.engine) as other:
            make_customer(other, cast.li, name=f"第{ROWS - 1}號公司")
            other.commit()

    rests.meanwhile = [save]
    job.apply(run.id)
    run = finished(session, run)
    assert (run.state, run.counts["imported"], run.counts["skipped"]) == (DONE, ROWS - 1, 1)
    assert session.scalar(select(func.count()).select_from(Customer)) == ROWS


def test_a_run_that_fails_between_pieces_is_taken_back_whole(
    session: Session, cast: Cast, actor: Act, job: Imports, rests: Rests
) -> None:
    run = begun(job, session, actor(cast.admin))

    def fail() -> None:
        raise RuntimeError("the disk is gone")

    rests.meanwhile = [fail]
    job.apply(run.id)
    run = finished(session, run)
    assert run.state == FAILED
    assert problem_of(run) is not None
    assert run.counts["undone"]["removed"]["customers"] > 0
    for model in (Customer, CustomerEvent, ImportWrite):
        assert not session.scalar(select(func.count()).select_from(model))
    assert not session.scalar(select(func.count()).where(DictionaryItem.name.like("來源%")))


def test_a_run_that_is_cancelled_between_pieces_is_taken_back_whole(
    session: Session, cast: Cast, actor: Act, job: Imports, rests: Rests
) -> None:
    run = begun(job, session, actor(cast.admin))

    def cancel() -> None:
        with write_session(db.engine) as other:
            task = other.scalars(select(LongTask).order_by(LongTask.id.desc())).first()
            assert task is not None
            long_tasks.cancel(other, task, datetime.now(UTC))

    rests.meanwhile = [lambda: None, cancel]
    job.apply(run.id)
    run = finished(session, run)
    assert run.state == CANCELLED
    assert not session.scalar(select(func.count()).select_from(Customer))


def test_an_undo_that_is_killed_is_finished_at_the_next_start(
    session: Session, cast: Cast, actor: Act, job: Imports, rests: Rests
) -> None:
    before = dump(session)
    run = begun(job, session, actor(cast.admin))
    job.apply(run.id)
    assert finished(session, run).state == DONE
    by = actor_as(session, cast.admin)
    assert claim_run(session, run.id, DONE, UNDOING)
    task_id = queue_undo(session, run, by).id
    session.commit()

    def killed() -> None:
        raise KeyboardInterrupt

    rests.meanwhile = [lambda: None, killed]
    with pytest.raises(KeyboardInterrupt):
        long_tasks.run_task(db.engine, task_id, lambda: datetime.now(UTC))
    assert finished(session, run).state == UNDOING
    assert 0 < session.scalar(select(func.count()).select_from(Customer)) < ROWS  # type: ignore[operator]
    session.rollback()
    Imports(db.engine).go_on()
    run = finished(session, run)
    assert (run.state, run.counts["undone"]["removed"]["customers"]) == (UNDONE, ROWS)
    assert {key: rows for key, rows in differences(before, dump(session)).items() if key not in HISTORY} == {}


@sqlite_only("its writing lock is what others wait for")
def test_a_large_bulk_change_lets_others_in(
    app: CRM, session: Session, cast: Cast, rests: Rests, commits: list[int], tmp_path: Path
) -> None:
    many = [make_customer(session, cast.wang) for _ in range(70)]
    values = {"status_id": str(item(session, "customer_status", "成交").id)}
    payload = {"table": "customers", "action": "status", "values": values, "back": "/customers"}
    payload |= {"ids": [c.id for c in many]}
    task = long_tasks.request_task(session, "bulk", payload, actor_as(session, cast.wang), total=70)
    session.commit()
    task_id = task.id
    session.rollback()
    commits.clear()
    rests.meanwhile = [lambda: save_at_once(app)] * 3
    long_tasks.run_task(db.engine, task_id, lambda: datetime.now(UTC))
    assert max(b - a for a, b in zip([70 * 2, *commits], commits, strict=False)) <= bulk_work.STEP
    assert len(rests.naps) >= 1
    assert len(rests.meanwhile) < 3
    session.expire_all()
    assert task.result["done"] == 70


def test_a_bulk_change_of_some_rows_goes_on_in_the_background_and_comes_back_to_the_list(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    many = [make_customer(session, cast.wang) for _ in range(25)]
    session.commit()
    wang, status = as_user("wang"), item(session, "customer_status", "成交").id
    sent = {"action": "status", "ids": [c.id for c in many], "confirmed": "1", "status_id": status}
    answer = wang.post("/customers/bulk", sent)
    assert answer.location.startswith("/tasks/")
    session.rollback()
    back = wang.get(answer.location)
    assert back.location == "/customers"
    assert "25" in wang.get("/customers").get_data(as_text=True)
    session.expire_all()
    assert {c.status_id for c in many} == {status}
