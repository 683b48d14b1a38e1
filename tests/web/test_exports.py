"""Large exports: made in the background as the person may see it then, fetched within a day (C-5, 07)."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.entities.listing import LISTINGS
from crm.models import Customer, LongTask, Notice, OperationLog, RoleMember, SystemLog
from crm.web import background_work
from crm.web.background_work import runner
from crm.web.table import export
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_customer

AsUser = Callable[[str], Person]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is lowered, to spare time."""
    monkeypatch.setattr(export, "IN_REQUEST", 2)


@pytest.fixture
def five(session: Session, cast: Cast) -> list[Customer]:
    made = [make_customer(session, cast.wang, name=f"第{n}號公司") for n in range(5)]
    make_customer(session, cast.li, name="別人的公司")
    session.commit()
    return made


def names(data: bytes) -> list[str]:
    rows = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
    heading, *found = list(rows)
    place = heading.index("客戶名稱")
    return [row[place] for row in found]


def finish(app: CRM, session: Session) -> None:
    session.rollback()
    with app.app_context():
        runner().finish()
    session.expire_all()


def files(app: CRM) -> list[Path]:
    return list((Path(app.config["CRM_INSTANCE"]) / "exports").iterdir())


def test_few_rows_come_at_once_and_leave_no_task(
    as_user: AsUser, five: list[Customer], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "IN_REQUEST", 5)
    answer = as_user("wang").get("/customers/export")
    assert len(names(answer.data)) == 5
    assert session.scalars(select(LongTask)).all() == []


def test_many_rows_are_made_in_the_background_and_fetched_by_their_person_alone(
    app: CRM, as_user: AsUser, five: list[Customer], session: Session, cast: Cast
) -> None:
    wang = as_user("wang")
    answer = wang.get("/customers/export?sort=name&dir=desc")
    assert answer.status_code == 303
    finish(app, session)
    page = wang.get(answer.location)
    assert "Refresh" not in page.headers
    assert "Excel 檔案已完成，共 5 筆" in page.get_data(as_text=True)
    file = wang.get(f"{answer.location}/file")
    assert sorted(names(file.data)) == [f"第{n}號公司" for n in range(5)]
    assert (file.headers["Cache-Control"], file.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert "attachment" in file.headers["Content-Disposition"]
    for other in ("li", "manager", "admin"):
        assert as_user(other).get(answer.location).status_code == 404
        assert as_user(other).get(f"{answer.location}/file").status_code == 404
    logged = session.scalars(select(OperationLog).where(OperationLog.action == "exported")).one()
    assert (logged.user_id, logged.entity, logged.changes["rows"]) == (cast.wang.id, "customers", [None, 5])
    assert logged.changes["search"] == [None, "sort=name&dir=desc"]
    assert [file.suffix for file in files(app)] == [".xlsx"]


def test_the_search_counts_not_the_list(app: CRM, as_user: AsUser, five: list[Customer], session: Session) -> None:
    wang = as_user("wang")
    assert names(wang.get("/customers/export?q=第3號").data) == ["第3號公司"]
    answer = wang.get("/customers/export?q=號公司")
    finish(app, session)
    assert len(names(wang.get(f"{answer.location}/file").data)) == 5


def test_progress_is_shown_meanwhile_and_asking_again_leads_to_the_same(
    app: CRM, as_user: AsUser, five: list[Customer], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_work, "PATIENCE", 0.0)
    from threading import Event

    wang, go_on = as_user("wang"), Event()
    wang.get("/customers")
    with app.app_context():
        runner().submit(lambda: go_on.wait(20) and None)
    answer, again = wang.get("/customers/export"), wang.get("/customers/export")
    assert answer.location == again.location
    assert wang.get("/contacts/export").status_code == 200
    page = wang.get(answer.location)
    assert page.headers["Refresh"] == "2"
    assert "排隊" in page.get_data(as_text=True)
    assert "停止作業" in page.get_data(as_text=True)
    assert wang.get(f"{answer.location}/file").status_code == 404
    go_on.set()
    finish(app, session)
    assert "下載" in wang.get(answer.location).get_data(as_text=True)


def test_it_holds_what_its_person_may_see_when_it_is_made(
    app: CRM, as_user: AsUser, five: list[Customer], session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hostile case 12: rights are asked for again by the background, and by who fetches the file."""
    monkeypatch.setattr(background_work, "begin", lambda task_id: None)
    monkeypatch.setattr(export, "begin", lambda task_id: None)
    wang = as_user("wang")
    answer = wang.get("/customers/export")
    five[0].owner_id = cast.li.id
    session.commit()
    monkeypatch.undo()
    wang.get(answer.location)
    finish(app, session)
    assert len(names(wang.get(f"{answer.location}/file").data)) == 4
    for member in session.scalars(select(RoleMember).where(RoleMember.user_id == cast.wang.id)):
        session.delete(member)
    session.commit()
    assert wang.get(f"{answer.location}/file").status_code == 403


def test_a_right_lost_before_it_is_made(
    app: CRM, as_user: AsUser, five: list[Customer], session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "begin", lambda task_id: None)
    wang = as_user("wang")
    answer = wang.get("/customers/export")
    for member in session.scalars(select(RoleMember).where(RoleMember.user_id == cast.wang.id)):
        session.delete(member)
    session.commit()
    wang.get(answer.location)
    finish(app, session)
    assert "沒有" in wang.get(answer.location).get_data(as_text=True)
    assert session.scalars(select(LongTask.state)).one() == "failed"
    assert files(app) == []
    assert session.scalars(select(OperationLog).where(OperationLog.action == "exported")).all() == []


def test_an_error_has_one_number_for_its_person_and_the_system_log(
    app: CRM, as_user: AsUser, five: list[Customer], session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("crm.spreadsheets.writing.write_workbook", full)
    wang = as_user("wang")
    answer = wang.get("/customers/export")
    finish(app, session)
    logged = session.scalars(select(SystemLog).where(SystemLog.kind == "error")).one()
    assert logged.number
    assert logged.number in wang.get(answer.location).get_data(as_text=True)
    assert "No space left on device" in (logged.detail or "")
    assert logged.user_id == cast.wang.id
    assert files(app) == []


def test_the_file_goes_after_a_day(
    app: CRM, as_user: AsUser, five: list[Customer], session: Session, actor: Callable, cast: Cast
) -> None:
    import os

    from crm.jobs.registry import JOBS

    wang = as_user("wang")
    answer = wang.get("/customers/export")
    finish(app, session)
    job, (file,) = JOBS["exports"], files(app)
    assert job.needed is not None
    assert not job.needed(session, actor(cast.admin))
    task = session.scalars(select(LongTask)).one()
    assert task.finished_at is not None
    task.finished_at -= timedelta(days=1)
    session.commit()
    assert wang.get(f"{answer.location}/file").location == answer.location
    page = wang.get(answer.location).get_data(as_text=True)
    assert "請重新導出" in page
    assert "下載" not in page
    long_ago = (task.finished_at - timedelta(days=1)).timestamp()
    os.utime(file, (long_ago, long_ago))
    assert job.needed(session, actor(cast.admin))
    job.verb(session, actor(cast.admin))
    assert files(app) == []


def test_who_waited_long_is_told_by_the_bell(
    app: CRM, as_user: AsUser, five: list[Customer], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.jobs.exports.NOTIFY_AFTER", timedelta(0))
    wang = as_user("wang")
    answer = wang.get("/customers/export")
    finish(app, session)
    notice = session.scalars(select(Notice)).one()
    assert notice.url == answer.location
    assert "客戶" in wang.get("/notices").get_data(as_text=True)


def test_every_list_that_is_exported_can_be_made_without_a_request(
    app: CRM, as_user: AsUser, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "IN_REQUEST", -1)
    admin = as_user("admin")
    endpoints = [t.export_endpoint for t in LISTINGS.values() if t.export_endpoint in app.view_functions]
    assert len(endpoints) > 10
    with app.test_request_context():
        from flask import url_for

        urls = [url_for(endpoint) for endpoint in endpoints]
    for url in urls:
        answer = admin.get(url)
        finish(app, session)
        assert admin.get(f"{answer.location}/file").data[:2] == b"PK", url
