"""Issue of the office: every page of the schedule, my office, reminders and jobs can be used by everybody, at an old
screen and on a telephone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from . import plug
from .browsers import in_page
from .checks import check_pages
from .person import Person

pytestmark = pytest.mark.ways("chromium")
ADMIN = (
    "/bulletins",
    "/bulletins/new",
    "/bulletins/1",
    "/bulletins/1/delete",
    "/jobs",
    "/jobs/reminders",
    "/jobs/reminders/run",
    "/jobs/letters",
    "/settings",
    "/settings/mail",
    "/notices",
)
WANG = (
    "/schedule",
    "/schedule/week",
    "/schedule/month",
    "/schedule/history",
    "/schedule/history?period_from=2020-01-01&period_to=2020-01-02",
    "/schedule/1",
    "/schedule/1/edit",
    "/schedule/1/complete",
    "/schedule/1/delete",
    "/schedule/2",
    "/password",
    "/sessions",
    "/second-factor",
    "/notices",
    "/logout",
)
REFUSED = "The mail server refused the recipient: 550 5.1.1 there is no such user here, please check the address"
CUT = """(function () { var box = document.querySelector('.table-box');
  return box ? box.scrollWidth - box.clientWidth : 0; })()"""


def prepare(app: Flask) -> None:
    """Wang has a repeated item with Li, and one that is done; there is a bulletin, and a letter that failed."""
    from sqlalchemy import select

    from crm.domain.schedule.items import complete_item, save_item
    from crm.extensions import db
    from crm.models import JobRun, User
    from tests.cast import actor_as
    from tests.factories import make_bulletin, make_letter

    plug.tiny_firm(app)
    with app.app_context():
        session = db.session()
        users = {user.login: user for user in session.scalars(select(User))}
        now = datetime.now(UTC)
        by = actor_as(session, users["wang"], now)
        common = {
            "starts_at": now,
            "ends_at": now + timedelta(hours=1),
            "participants": {users["li"].id, users["admin"].id},
        }
        rule = {"repeat": "daily", "repeat_until": now.date() + timedelta(days=9)}
        save_item(session, None, {"title": "每日會議", "content": "帶樣品", **common, **rule}, by)
        for n in range(25):
            done = save_item(session, None, {"title": f"與工程師討論安裝的時程{n}", "starts_at": now}, by)
            complete_item(session, done, "已經和工程師談好了下個月的安裝時程，等對方的確認", by)
        make_bulletin(session, users["admin"], title="週五下午盤點")
        make_letter(session, users["li"], state="failed", error=REFUSED)
        told = json.dumps(["Failed: %(error)s", {"error": REFUSED}])
        run = JobRun(job="recycling", due="by hand", state="done", claimed_at=now, finished_at=now, result=told)
        session.add(run)
        session.commit()


def test_the_tables_fit_an_old_screen(enter: Callable[[str], Person]) -> None:
    look_at(enter("wang"), "/schedule/history")
    look_at(enter("admin"), "/jobs", "/jobs/letters")


@pytest.mark.long
def test_wangs_pages(enter: Callable[[str], Person]) -> None:
    look_at(enter("wang"), *WANG)


@pytest.mark.long
def test_the_administrators_pages(enter: Callable[[str], Person]) -> None:
    look_at(enter("admin"), *ADMIN)


def look_at(person: Person, *paths: str) -> None:
    for path in paths:
        check_pages(person, [path])
        assert in_page(person.page, CUT) <= 0, "the table does not fit an old screen"


def test_who_writes_bulletins_finds_them_from_the_settings(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    admin.open_menu("系統設置")
    admin.follow("公告")
    admin.sees("週五下午盤點")
