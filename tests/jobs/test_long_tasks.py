"""Long work of whatever kind: one row, one way to go on, one cancel, one number for an error (C-6, hostile case 12)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.errors import DomainError
from crm.extensions import db
from crm.jobs import long_tasks, pacing
from crm.jobs.database import write_session
from crm.jobs.imports import IMPORT, queue_import
from crm.jobs.long_tasks import LongWork, cancel, declare, may_cancel, request_task, run_task, unfinished
from crm.jobs.progress import RetryStep, RunningTask
from crm.models import Customer, ImportRun, LongTask, Notice, SystemLog
from crm.models.imports import CHECKED
from crm.web import background_work
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import item, make_customer
from tests.importing import Imports, now
from tests.jobs.test_pieces import begun

AsUser = Callable[[str], Person]
Act = Callable[..., Any]


class Counting:
    """Work that counts to three, a step each; something may happen before a step."""

    def __init__(self) -> None:
        self.before: dict[int, Callable[[], None]] = {}
        self.counted: list[int] = []
        self.ended: list[str] = []

    def run(self, running: RunningTask) -> None:
        while not running.is_over:
            happen = self.before.pop(running.done, None)
            if happen is not None:
                happen()
            with running.step():
                running.done += 1
                self.counted.append(running.done)
                if running.done == 3:
                    running.finish()

    def given_up(self, _session: Session, task: LongTask, problem: DomainError | None) -> None:
        self.ended.append(f"{task.state} {problem.message if problem else ''}".strip())


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    monkeypatch.setattr(pacing, "sleep", lambda seconds: None)
    found = Counting()
    declare(LongWork("counting", found.run, found.given_up))
    yield found
    del long_tasks.WORKS["counting"]


@pytest.fixture
def task(session: Session, cast: Cast, counting: Counting) -> LongTask:
    made = request_task(session, "counting", {}, actor_as(session, cast.wang), total=3)
    session.commit()
    return made


def state(session: Session, task: LongTask) -> tuple[str, int]:
    session.rollback()
    session.expire_all()
    found = task.state, task.done
    session.rollback()
    return found


def work(session: Session, task: LongTask) -> None:
    task_id = task.id
    session.rollback()
    run_task(db.engine, task_id, now)


def stop() -> None:
    raise KeyboardInterrupt


def test_it_is_done_once(session: Session, task: LongTask, counting: Counting) -> None:
    for _twice in range(2):
        work(session, task)
    assert state(session, task) == ("done", 3)
    assert counting.counted == [1, 2, 3]
    assert unfinished(db.engine) == []


def test_after_a_stop_it_goes_on_where_it_stood(session: Session, task: LongTask, counting: Counting) -> None:
    counting.before[1] = stop
    with pytest.raises(KeyboardInterrupt):
        work(session, task)
    assert state(session, task) == ("running", 1)
    assert unfinished(db.engine) == [task.id]
    work(session, task)
    assert state(session, task) == ("done", 3)
    assert counting.counted == [1, 2, 3]


def test_what_brings_the_server_down_each_time_is_not_begun_for_ever(
    session: Session, task: LongTask, counting: Counting
) -> None:
    for _start in range(long_tasks.MAX_STARTS):
        counting.before[0] = stop
        with pytest.raises(KeyboardInterrupt):
            work(session, task)
    work(session, task)
    assert state(session, task) == ("failed", 0)
    assert counting.ended == [f"failed {long_tasks.STOPPED}"]


def test_a_long_task_may_be_stopped_often_as_long_as_it_moves(
    session: Session, cast: Cast, counting: Counting, task: LongTask
) -> None:
    for done in (0, 1, 1, 2, 2):
        counting.before[done] = stop
        with pytest.raises(KeyboardInterrupt):
            work(session, task)
    work(session, task)
    assert state(session, task) == ("done", 3)


def test_cancelled_before_it_began_nothing_is_done(session: Session, task: LongTask, counting: Counting) -> None:
    cancel(session, task, datetime.now(UTC))
    session.commit()
    work(session, task)
    assert state(session, task) == ("cancelled", 0)
    assert (counting.counted, counting.ended) == ([], ["cancelled"])


def test_cancelled_between_two_steps_what_was_done_stays(session: Session, task: LongTask, counting: Counting) -> None:
    task_id = task.id

    def cancelled() -> None:
        with write_session(db.engine) as other:
            cancel(other, other.get_one(LongTask, task_id), datetime.now(UTC))

    counting.before[2] = cancelled
    work(session, task)
    assert state(session, task) == ("cancelled", 2)
    assert (counting.counted, counting.ended) == ([1, 2], ["cancelled"])


def test_a_cancel_outlives_a_stop(session: Session, task: LongTask, counting: Counting) -> None:
    counting.before[1] = stop
    with pytest.raises(KeyboardInterrupt):
        work(session, task)
    cancel(session, task, datetime.now(UTC))
    session.commit()
    assert state(session, task) == ("stopping", 1)
    work(session, task)
    assert state(session, task) == ("cancelled", 1)


def test_what_is_over_is_not_cancelled(session: Session, task: LongTask, counting: Counting) -> None:
    work(session, task)
    session.expire_all()
    assert not may_cancel(task)
    cancel(session, task, datetime.now(UTC))
    session.commit()
    assert state(session, task) == ("done", 3)


def test_it_begins_again_where_others_were_quicker_and_gives_up_at_last(
    session: Session, task: LongTask, counting: Counting
) -> None:
    def overtaken() -> None:
        raise RetryStep(DomainError("too quick"))

    counting.before = {0: overtaken, 1: overtaken}
    work(session, task)
    assert counting.counted == [1, 2, 3]
    assert state(session, task) == ("done", 3)


def test_always_overtaken_it_says_so(session: Session, task: LongTask, counting: Counting) -> None:
    def overtaken() -> None:
        counting.before[1] = overtaken
        raise RetryStep(DomainError("too quick"))

    counting.before[1] = overtaken
    work(session, task)
    assert state(session, task) == ("failed", 1)
    assert counting.ended == ["failed too quick"]


def test_an_error_stands_in_the_system_log_with_the_number_that_is_told(
    session: Session, cast: Cast, task: LongTask, counting: Counting
) -> None:
    def broken() -> None:
        raise RuntimeError("the disk\x00 is gone")

    counting.before[1] = broken
    work(session, task)
    assert state(session, task) == ("failed", 1)
    logged = session.scalars(select(SystemLog).where(SystemLog.kind == "error")).one()
    assert logged.number
    assert (task.number, task.result["problem"][1]["number"]) == (logged.number, logged.number)
    assert (logged.user_id, logged.name) == (cast.wang.id, f"counting {task.id}")
    assert "RuntimeError: the disk\\x00 is gone" in (logged.detail or "")


def test_work_that_never_finishes_is_an_error_and_does_not_run_for_ever(session: Session, task: LongTask) -> None:
    def run(running: RunningTask) -> None:
        with running.step():
            running.done = 3
        running.finish()

    declare(LongWork("counting", run))
    work(session, task)
    assert state(session, task) == ("failed", 3)


def test_work_that_this_version_does_not_know_is_told(session: Session, cast: Cast) -> None:
    made = request_task(session, "unheard-of", {}, actor_as(session, cast.wang))
    session.commit()
    work(session, made)
    assert state(session, made) == ("failed", 0)


class TestPages:
    """The same through the pages, without scripts: progress, 停止作業, the end."""

    @pytest.fixture
    def many(self, session: Session, cast: Cast) -> list[Customer]:
        made = [make_customer(session, cast.wang) for _ in range(30)]
        session.commit()
        return made

    def test_a_bulk_change_is_stopped_and_says_what_was_done(
        self, app: CRM, session: Session, cast: Cast, as_user: AsUser, many: list[Customer], counting: Counting,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr("crm.web.table.bulk.background.begin_after_this_request", lambda task: None)
        monkeypatch.setattr("crm.web.background_work.begin", lambda task_id: __import__("threading").Event())
        monkeypatch.setattr("crm.web.background_work.PATIENCE", 0.0)
        wang, status = as_user("wang"), item(session, "customer_status", "成交").id
        sent = {"action": "status", "ids": [c.id for c in many], "confirmed": "1", "status_id": status}
        url = wang.post("/customers/bulk", sent).location
        page = wang.get(url)
        assert page.headers["Refresh"] == "2"
        assert "停止作業" in page.get_data(as_text=True)
        task = session.scalars(select(LongTask)).one()
        for other in ("li", "admin"):
            assert as_user(other).post(f"/tasks/{task.id}/cancel").status_code == 404
        task_id, seen = task.id, []

        def meanwhile(_seconds: float) -> None:
            if not seen:
                seen.append(wang.post(f"/tasks/{task_id}/cancel").status_code)

        monkeypatch.setattr(pacing, "sleep", meanwhile)
        work(session, task)
        assert seen == [303]
        state(session, task)
        done = task.result["done"]
        assert (task.state, 0 < done < 30) == ("cancelled", True)
        text = wang.get(f"/tasks/{task_id}").get_data(as_text=True)
        assert "已停止；停止前已完成的部分保留不變。" in text
        assert f"{done}" in text
        session.rollback()
        assert sum(c.status_id == status for c in session.scalars(select(Customer))) == done

    def test_who_was_given_some_is_told_of_those(
        self, session: Session, cast: Cast, counting: Counting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pooled = [make_customer(session, cast.manager, pooled=True) for _ in range(30)]
        payload = {"table": "pool", "action": "assign", "values": {"owner_id": str(cast.wang.id)}, "back": "/pool"}
        payload |= {"ids": [c.id for c in pooled]}
        task = request_task(session, "bulk", payload, actor_as(session, cast.manager), total=30)
        session.commit()
        task_id = task.id

        def meanwhile(_seconds: float) -> None:
            with write_session(db.engine) as other:
                cancel(other, other.get_one(LongTask, task_id), datetime.now(UTC))

        monkeypatch.setattr(pacing, "sleep", meanwhile)
        work(session, task)
        assert state(session, task)[0] == "cancelled"
        (notice,) = session.scalars(select(Notice).where(Notice.user_id == cast.wang.id))
        assert notice.values["count"] == task.result["done"] < 30


class TestImports:
    @pytest.fixture
    def run(self, session: Session, cast: Cast, actor: Act, counting: Counting) -> ImportRun:
        return begun(Imports(db.engine), session, actor(cast.admin))

    def task_of(self, session: Session, cast: Cast, run: ImportRun) -> LongTask:
        made = queue_import(session, IMPORT, run, actor_as(session, cast.admin))
        session.commit()
        return made

    def test_one_that_has_not_begun_to_write_is_stopped_and_nothing_is_saved(
        self, session: Session, cast: Cast, run: ImportRun, as_user: AsUser
    ) -> None:
        task = self.task_of(session, cast, run)
        admin = as_user("admin")
        admin.post(f"/tasks/{task.id}/cancel")
        work(session, task)
        assert state(session, task)[0] == "cancelled"
        page = admin.get(f"/tasks/{task.id}")
        assert page.location == f"/imports/customers/runs/{run.id}"
        assert "已停止，沒有保存任何資料。" in admin.get(page.location).get_data(as_text=True)
        assert session.scalars(select(Customer)).first() is None

    def test_one_that_writes_is_stopped_and_taken_back(
        self, session: Session, cast: Cast, run: ImportRun, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task = self.task_of(session, cast, run)
        task_id, admin, seen = task.id, as_user("admin"), []
        admin.token()

        def meanwhile(_seconds: float) -> None:
            if not seen:
                seen.append(admin.post(f"/tasks/{task_id}/cancel").status_code)

        monkeypatch.setattr(pacing, "sleep", meanwhile)
        work(session, task)
        assert seen == [303]
        assert state(session, task)[0] == "cancelled"
        page = admin.get(f"/imports/customers/runs/{run.id}").get_data(as_text=True)
        assert "已寫入的部分已全部撤銷" in page
        assert session.scalars(select(Customer)).first() is None

    def test_a_check_that_is_stopped(self, session: Session, cast: Cast, run: ImportRun, as_user: AsUser) -> None:
        from crm.domain.imports.run_files import choose_again
        from crm.jobs.imports import CHECK

        run.state = CHECKED
        session.flush()
        assert choose_again(session, run, {})
        task = queue_import(session, CHECK, run, actor_as(session, cast.admin))
        cancel(session, task, datetime.now(UTC))
        session.commit()
        work(session, task)
        session.expire_all()
        assert (task.state, run.state) == ("cancelled", "cancelled")

    def test_an_error_has_its_number_on_the_page_also_where_some_rows_are_saved(
        self, session: Session, cast: Cast, run: ImportRun, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task = self.task_of(session, cast, run)

        def broken(_seconds: float) -> None:
            monkeypatch.setattr(pacing, "sleep", lambda _seconds: None)
            raise RuntimeError("the disk is gone")

        monkeypatch.setattr(pacing, "sleep", broken)
        work(session, task)
        assert state(session, task)[0] == "failed"
        number = session.scalars(select(SystemLog.number).where(SystemLog.kind == "error")).one()
        page = as_user("admin").get(f"/imports/customers/runs/{run.id}").get_data(as_text=True)
        assert number is not None
        assert number in page

    def test_the_administrator_sees_the_progress_and_no_button(
        self, session: Session, cast: Cast, as_user: AsUser, actor: Act, counting: Counting,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        run = begun(Imports(db.engine), session, actor(cast.wang))
        queue_import(session, IMPORT, run, actor_as(session, cast.wang))
        session.commit()
        monkeypatch.setattr("crm.web.background_work.begin", lambda task_id: __import__("threading").Event())
        monkeypatch.setattr("crm.web.background_work.PATIENCE", 0.0)
        url = f"/imports/customers/runs/{run.id}"
        page = as_user("admin").get(url)
        assert page.headers["Refresh"] == "2"
        assert "停止作業" not in page.get_data(as_text=True)
        assert "停止作業" in as_user("wang").get(url).get_data(as_text=True)


def test_an_error_of_whatever_the_background_does_stands_in_the_system_log(app: CRM, session: Session) -> None:
    def broken() -> None:
        raise RuntimeError("nobody waits for this")

    session.rollback()
    with app.app_context():
        background_work.runner().submit(broken)
        background_work.runner().finish()
    logged = session.scalars(select(SystemLog).where(SystemLog.kind == "error")).one()
    assert logged.number
    assert "nobody waits for this" in (logged.detail or "")
