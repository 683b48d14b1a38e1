"""Kept reports reach their receivers once, at their hour, with the receiver's own figures (X-6)."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.clock import at_hour
from crm.domain.platform.settings import change_settings
from crm.domain.reports.saved_reports import first_workday, schedule_email
from crm.errors import FieldError
from crm.extensions import db
from crm.jobs.due_jobs import run_due
from crm.jobs.mail_delivery import send_due_emails
from crm.models import PersonalGrant, ReportReceiver, SavedReport
from crm.models.reports import DAILY, FIRST_WORKDAY, MONTHLY, NEVER, WEEKLY
from tests.cast import ZONE, Cast, actor_as
from tests.factories import approved_order, make_customer
from tests.jobs.mailbox import Mailbox, mail_server
from tests.jobs.process import Process

NOV = datetime(2026, 11, 20, 4, tzinfo=UTC)
FIRST_OF_DECEMBER = at_hour(date(2026, 12, 1), 8, ZONE)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mailbox(session: Session, cast: Cast) -> Iterator[Mailbox]:
    with mail_server() as box:
        change_settings(
            session, mail_host="127.0.0.1", mail_port=box.port, mail_security="none", mail_from="crm@example.com"
        )
        first = make_customer(session, cast.wang, "甲公司")
        second = make_customer(session, cast.li, "乙公司")
        approved_order(session, first, cast.wang, cast.order, "1000", NOV)
        approved_order(session, second, cast.li, cast.order, "234.50", NOV)
        approved_order(session, second, cast.li, cast.order, "77", NOV + timedelta(days=12))
        for login in ("wang", "li", "manager"):
            getattr(cast, login).email = f"{login}@example.com"
        session.commit()
        yield box


def kept(session: Session, cast: Cast, receivers: list[str], **values: Any) -> SavedReport:
    """Sales by salesperson of the month before."""
    found = SavedReport(user_id=cast.manager.id, report="sales_classes", name="上月銷售", hour=8)
    found.query = "period=last_month&by=owner"
    found.receivers = [ReportReceiver(user_id=getattr(cast, login).id) for login in receivers]
    for key, value in {"every": FIRST_WORKDAY, "emailed_for": NOV, **values}.items():
        setattr(found, key, value)
    session.add(found)
    session.commit()
    return found


def run(now: datetime) -> None:
    run_due(db.engine, now)
    send_due_emails(db.engine, lambda: now)


def text_of(letter: Any, kind: str = "plain") -> str:
    return str(letter.get_body((kind,)).get_content())


def test_once_on_the_first_working_day_with_the_receivers_figures(
    session: Session, cast: Cast, mailbox: Mailbox, app: CRM
) -> None:
    cast.wang.language = "zh_Hans"
    cast.li.language = "en"
    kept(session, cast, ["wang", "li", "manager"])
    run(FIRST_OF_DECEMBER - MINUTE)
    assert mailbox.letters == []
    for now in (FIRST_OF_DECEMBER, FIRST_OF_DECEMBER + MINUTE, FIRST_OF_DECEMBER + timedelta(days=1)):
        run(now)
    letters = {letter["To"]: letter for letter in mailbox.letters}
    assert sorted(letters) == ["li@example.com", "manager@example.com", "wang@example.com"] and len(mailbox.to) == 3
    assert letters["manager@example.com"]["Subject"] == "報表：上月銷售"
    assert "1,234.50" in text_of(letters["manager@example.com"])
    wang, li = text_of(letters["wang@example.com"]), text_of(letters["li@example.com"])
    assert "1,000.00" in wang and "1,234.50" not in wang and "234.50" not in wang and "报表：上月銷售" in wang
    assert "234.50" in li and "1,000.00" not in li and "Total" in li
    assert "77.00" not in li, "this month's order is not of the month before"


def test_picture_and_workbook_go_along_where_the_receiver_may_export(
    session: Session, cast: Cast, mailbox: Mailbox, app: CRM
) -> None:
    kept(session, cast, ["manager", "wang"])
    run(FIRST_OF_DECEMBER)
    letters = {letter["To"]: letter for letter in mailbox.letters}
    manager = letters["manager@example.com"]
    page = text_of(manager, "html")
    (picture,) = [part for part in manager.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"].strip("<>") in page and picture.get_content().startswith(b"\x89PNG")
    (book,) = list(manager.iter_attachments())
    assert book.get_filename() == "上月銷售-20261201.xlsx"
    cells = list(openpyxl.load_workbook(io.BytesIO(book.get_content())).active.values)
    assert any("1234.5" in str(row) or 1234.5 in row for row in cells)
    assert list(letters["wang@example.com"].iter_attachments()) == [], "salespeople may not export this report"


def test_who_has_lost_the_right_is_told_so(session: Session, cast: Cast, mailbox: Mailbox, app: CRM) -> None:
    kept(session, cast, ["order"])
    cast.order.email = "order@example.com"
    session.commit()
    run(FIRST_OF_DECEMBER)
    (letter,) = mailbox.letters
    assert "您已沒有查看這張報表的權限" in text_of(letter) and "1,0" not in text_of(letter)
    assert session.query(PersonalGrant).count() == 0


def test_two_processes_and_one_killed_send_it_once(session: Session, cast: Cast, mailbox: Mailbox, app: CRM) -> None:
    kept(session, cast, ["manager"])
    processes = [Process(app), Process(app)]
    for now in (FIRST_OF_DECEMBER - MINUTE, FIRST_OF_DECEMBER, FIRST_OF_DECEMBER + MINUTE):
        for process in processes:
            process.go(now)
        for process in processes:
            process.expect("ran")
    processes[0].kill()
    processes[0] = Process(app)
    processes[0].go(FIRST_OF_DECEMBER + 2 * MINUTE)
    processes[0].expect("ran")
    for process in processes:
        process.end()
    send_due_emails(db.engine, lambda: FIRST_OF_DECEMBER + 3 * MINUTE)
    assert mailbox.to == [["manager@example.com"]]


@pytest.mark.parametrize(
    ("day", "days_off", "expected"),
    [
        (date(2026, 11, 9), set(), date(2026, 11, 2)),
        (date(2026, 12, 9), set(), date(2026, 12, 1)),
        (date(2027, 1, 20), {date(2027, 1, 1)}, date(2027, 1, 4)),
        (date(2027, 1, 20), {date(2027, 1, 1), date(2027, 1, 4)}, date(2027, 1, 5)),
        (date(2027, 5, 1), set(), date(2027, 5, 3)),
    ],
)
def test_the_first_working_day(day: date, days_off: set[date], expected: date) -> None:
    assert first_workday(day, frozenset(days_off)) == expected


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({"every": DAILY}, ["01-30", "01-31", "02-01", "02-02", "02-27", "02-28", "03-01"]),
        ({"every": WEEKLY, "weekday": 0}, ["02-01", "03-01"]),
        ({"every": MONTHLY, "month_day": 31}, ["01-31", "02-28"]),
        ({"every": NEVER}, []),
    ],
)
def test_the_days_of_each_kind(
    session: Session, cast: Cast, mailbox: Mailbox, app: CRM, values: dict[str, Any], days: list[str]
) -> None:
    start = at_hour(date(2027, 1, 29), 9, ZONE)
    kept(session, cast, ["manager"], **{"emailed_for": start, **values})
    sent = []
    for day in ("01-30", "01-31", "02-01", "02-02", "02-27", "02-28", "03-01"):
        before = len(mailbox.letters)
        run(at_hour(date.fromisoformat(f"2027-{day}"), 8, ZONE))
        sent += [day] * (len(mailbox.letters) - before)
    assert sent == days


def test_what_was_missed_comes_once(session: Session, cast: Cast, mailbox: Mailbox, app: CRM) -> None:
    kept(session, cast, ["manager"], every=DAILY)
    run(FIRST_OF_DECEMBER + timedelta(days=2, hours=3))
    assert len(mailbox.letters) == 1


def test_nobody_is_promised_an_email_that_cannot_arrive(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    found = kept(session, cast, [])
    values = {"every": DAILY, "hour": 8, "weekday": 0, "month_day": 1}
    manager = actor_as(session, cast.manager, NOV)
    for receivers in ([], [cast.finance.id]):
        with pytest.raises(FieldError):
            schedule_email(session, found, values, receivers, manager, found.version)
    schedule_email(session, found, values, [cast.wang.id], manager, found.version)
    assert [one.user_id for one in found.receivers] == [cast.wang.id]
