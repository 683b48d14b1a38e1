"""Reminders reach people once, whatever runs beside it, stops, or is killed (S-2, R-3, hostile cases 63, 64, 66)."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.domain.platform.settings import change_settings
from crm.domain.schedule.items import save_item
from crm.extensions import db
from crm.jobs import pacing
from crm.jobs.due_jobs import run_due
from crm.jobs.mail_delivery import send_due_emails
from crm.models import JobRun, Notice
from tests.cast import actor_as
from tests.factories import make_customer, make_record
from tests.jobs.mailbox import mail_server
from tests.jobs.process import Process

START = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)  # 09:00 in Taipei
DAY = timedelta(days=1)


def reminded(session):
    """(person, key) → how often."""
    session.rollback()
    found = Counter((n.user_id, n.key) for n in session.scalars(select(Notice).where(Notice.kind == "reminder")))
    session.rollback()  # the test's own session writes, and would keep the others waiting
    return found


@pytest.fixture
def month(session, cast):
    """Sixty appointments, two a day, of wang and li."""
    for n in range(60):
        owner = (cast.wang, cast.li)[n % 2]
        values = {"title": f"約{n}", "starts_at": START + n // 2 * DAY + timedelta(hours=n % 2), "remind_minutes": 15}
        save_item(session, None, values, actor_as(session, owner, START - 2 * DAY))
    session.commit()


def test_two_processes_over_a_month_three_of_them_killed(app, session, month):
    processes = [Process(app), Process(app)]
    for day in range(31):
        killed = day in (3, 11, 24)
        now = START + day * DAY + timedelta(hours=2)
        if killed:
            processes[0].go(now, stop_at=1)
            processes[0].expect("middle")
            processes[0].kill()
            processes[0] = Process(app)
        for process in processes:
            process.go(now)
        answers = [process.expect("ran") for process in processes]
        assert sum("reminders" in answer for answer in answers) == (1 if day < 30 else 0)
    for process in processes:
        process.end()
    found = reminded(session)
    assert len(found) == 60 and set(found.values()) == {1}


def test_what_was_missed_is_told_once_at_the_next_start(app, session, month):
    assert "reminders" in run_due(db.engine, START + 10 * DAY)
    first = reminded(session)
    assert run_due(db.engine, START + 10 * DAY + timedelta(minutes=1)) == []
    assert reminded(session) == first and len(first) == 21


def test_nothing_to_do_leaves_no_trace(app, session, cast):
    session.commit()
    run_due(db.engine, START)
    assert session.scalars(select(JobRun.id).where(JobRun.job == "reminders")).first() is None


def test_what_was_over_when_it_was_written_is_not_told(app, session, cast):
    values = {"title": "昨天", "starts_at": START - DAY, "remind_minutes": 0}
    save_item(session, None, values, actor_as(session, cast.wang, START))
    session.commit()
    run_due(db.engine, START)
    assert reminded(session) == {}


def test_r3_a_contact_is_reminded_of_by_mail_even_where_other_notices_are_not(app, session, cast):
    with mail_server() as box:
        change_settings(session, mail_host="127.0.0.1", mail_port=box.port, mail_security="none")
        change_settings(session, mail_from="crm@example.com", mail_notices=False)
        cast.wang.email = "wang@example.com"
        customer = make_customer(session, cast.wang, name="台積電")
        values = {"next_contact_at": START, "next_plan": "帶樣品", "remind_by_email": True}
        make_record(session, customer, cast.wang, START - 3 * DAY, **values)
        session.commit()
        run_due(db.engine, START)
        assert send_due_emails(db.engine, lambda: START) == 1
        assert "台積電" in box.letters[0]["Subject"] and "帶樣品" in box.letters[0]["Subject"]


def test_hundreds_at_once_let_others_save_between(session, cast, monkeypatch):
    """After days without the server, or for a meeting of everybody, all are due in one minute."""
    for n in range(130):
        values = {"title": f"約{n}", "starts_at": START, "remind_minutes": 15}
        save_item(session, None, values, actor_as(session, (cast.wang, cast.li)[n % 2], START - DAY))
    session.commit()
    seen = []
    monkeypatch.setattr(pacing, "sleep", lambda seconds: seen.append(sum(reminded(session).values())))
    assert "reminders" in run_due(db.engine, START)
    assert seen[0] == pacing.FIRST_BATCH and sum(reminded(session).values()) == 130
    run = session.scalars(select(JobRun).where(JobRun.job == "reminders")).one()
    assert json.loads(run.result)[1] == {"count": 130}
    session.rollback()
