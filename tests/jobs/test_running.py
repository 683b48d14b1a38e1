"""Hostile cases 63, 64, 66: each job once, whatever runs beside it, stops, or is killed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.domain.platform.log_seals import LOGS, OWN_JOB, verify
from crm.domain.platform.settings import change_settings
from crm.extensions import db
from crm.jobs import registry
from crm.jobs.due_jobs import run_due, run_manually
from crm.jobs.registry import JOBS, Daily, Job
from crm.models import Customer, CustomerEvent, JobRun, Notice, SystemLog
from tests.cast import ZONE, actor_as
from tests.factories import make_customer
from tests.jobs.process import Process, but_sealing

NIGHT = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)  # 30 November, 02:00 in Taipei
COUNT = 30


@pytest.fixture
def idle(session, cast):
    change_settings(session, recycle_on=True, recycle_days=7)
    for n in range(COUNT):
        make_customer(session, cast.wang, name=f"閒置{n}", now=NIGHT - timedelta(days=20))
    session.commit()


def run(now):
    return but_sealing(run_due(db.engine, now))


def runs(session):
    """The rows of the runs, but for those that sealed what the others wrote into the logs."""
    return session.scalars(select(JobRun).where(JobRun.job != OWN_JOB).order_by(JobRun.id)).all()


def happened(session):
    """(recycled customers, moves in the ledger, notices, runs)"""
    session.rollback()
    session.expire_all()
    recycled = select(func.count()).select_from(Customer).where(Customer.pool == "recycled")
    moves = select(func.count()).select_from(CustomerEvent).where(CustomerEvent.kind == "pool")
    notices = select(func.count()).select_from(Notice)
    found = (*(session.scalar(wanted) for wanted in (recycled, moves, notices)), len(runs(session)))
    session.rollback()  # the test's own session writes, and would keep the others waiting
    return found


def test_two_processes_at_once_and_a_restart_run_it_once(app, session, idle):
    processes = [Process(app), Process(app)]
    for process in processes:
        process.go(NIGHT)
    answers = sorted(process.expect("ran") for process in processes)
    for process in processes:
        process.end()
    assert answers == ["ran", "ran recycling"]
    assert happened(session) == (COUNT, COUNT, 2, 1)
    assert run(NIGHT + timedelta(hours=5)) == []
    assert happened(session) == (COUNT, COUNT, 2, 1)


def test_two_processes_that_seal_at_once_leave_one_whole_chain(app, session, idle):
    processes = [Process(app), Process(app)]
    tomorrow = NIGHT + timedelta(days=1)
    for moment in (NIGHT, tomorrow, tomorrow + timedelta(minutes=30)):
        for process in processes:
            process.go(moment)
        for process in processes:
            process.expect("ran")
    for process in processes:
        process.end()
    session.rollback()
    dues = session.scalars(select(JobRun.due).where(JobRun.job == OWN_JOB)).all()
    assert len(dues) == 2  # what the first night left was sealed by then, and what the second left is sealed once
    verdicts = [verify(session.connection(), log, Path(app.config["CRM_INSTANCE"])) for log in LOGS]
    assert [(each.problem, each.sealed > 0) for each in verdicts] == [(None, True)] * len(LOGS)
    session.rollback()


def test_killed_in_the_middle_nothing_is_done_and_the_next_does_it_all(app, session, idle):
    process = Process(app)
    process.go(NIGHT, stop_at=COUNT // 2)
    process.expect("middle")
    process.kill()
    assert happened(session) == (0, 0, 0, 0)
    assert run(NIGHT + timedelta(minutes=1)) == ["recycling"]
    assert happened(session) == (COUNT, COUNT, 2, 1)


def test_before_two_oclock_it_is_still_yesterdays_turn(session, idle):
    schedule = Daily(2)
    assert schedule.due(NIGHT - timedelta(seconds=1), ZONE) == "2026-11-29"
    assert schedule.due(NIGHT, ZONE) == "2026-11-30"
    assert schedule.due(NIGHT + timedelta(days=1), ZONE) == "2026-12-01"
    assert schedule.due(datetime(2026, 12, 31, 18, tzinfo=UTC), ZONE) == "2027-01-01"


def test_a_run_missed_while_the_server_was_off_is_made_up_at_start(session, idle):
    morning = NIGHT + timedelta(hours=7)
    assert run(morning) == ["recycling"]
    assert [each.due for each in runs(session)] == ["2026-11-30"]


def test_a_clock_that_jumps_back_runs_nothing_twice(session, idle):
    assert run(NIGHT + timedelta(minutes=5)) == ["recycling"]
    assert run(NIGHT + timedelta(minutes=1)) == []
    assert run(NIGHT + timedelta(days=1)) == ["recycling"]
    assert happened(session)[3] == 2


def test_the_run_stands_in_its_row_and_in_the_system_log(session, idle):
    run_due(db.engine, NIGHT)
    [row] = runs(session)
    assert (row.state, row.finished_at, json.loads(row.result)[1]) == ("done", NIGHT, {"recycled": COUNT, "warned": 0})
    line = session.scalars(select(SystemLog).where(SystemLog.kind == "job", SystemLog.name != OWN_JOB)).one()
    assert line.name == "recycling" and str(COUNT) in line.detail


def test_a_job_that_crashes_leaves_only_its_number(session, idle, monkeypatch):
    def crash(own, actor):
        registry.recycle(own, actor)
        raise ZeroDivisionError

    monkeypatch.setitem(JOBS, "recycling", Job("recycling", "x", Daily(2), crash))
    assert run(NIGHT) == ["recycling"]
    assert happened(session) == (0, 0, 0, 1)
    [row] = runs(session)
    logged = session.scalars(select(SystemLog).where(SystemLog.kind == "error")).one()
    assert row.state == "failed" and json.loads(row.result)[1]["number"] == logged.number
    assert "ZeroDivisionError" in logged.detail and "recycling" in logged.name
    session.rollback()
    assert run(NIGHT) == []


def test_by_hand_it_names_the_person_and_the_night_still_runs(session, cast, idle):
    run_manually(session, JOBS["recycling"], actor_as(session, cast.admin, NIGHT - timedelta(hours=1)))
    session.commit()
    assert happened(session)[:2] == (COUNT, COUNT)
    by = set(session.scalars(select(CustomerEvent.by_id).where(CustomerEvent.kind == "pool")))
    assert by == {cast.admin.id}
    session.rollback()
    assert run(NIGHT) == ["recycling"]
    assert happened(session)[:2] == (COUNT, COUNT)
