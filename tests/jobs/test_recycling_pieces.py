"""Taking back thousands of idle customers keeps nobody from saving, and tells everybody once (Q-4)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from crm.domain.platform.settings import change_settings
from crm.extensions import db
from crm.jobs import pacing
from crm.jobs.due_jobs import run_due
from crm.models import Customer, JobRun, Notice
from crm.web import background_work
from tests.factories import make_customer
from tests.jobs.process import but_sealing

NIGHT = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)  # 30 November, 02:00 in Taipei
COUNT = 95


class Stopped(BaseException):
    """The power goes."""


@pytest.fixture
def idle(session, cast):
    change_settings(session, recycle_on=True, recycle_days=7)
    for n in range(COUNT):
        make_customer(session, (cast.wang, cast.li)[n % 2], name=f"閒置{n}", now=NIGHT - timedelta(days=20))
    session.commit()


def recycled(session) -> int:
    session.rollback()
    found = session.scalar(select(func.count()).select_from(Customer).where(Customer.pool == "recycled"))
    session.rollback()
    return int(found)


def told(session) -> dict[int, list[int]]:
    """Person → the counts of their notices."""
    found: dict[int, list[int]] = {}
    for notice in session.scalars(select(Notice).where(Notice.kind == "recycled")):
        found.setdefault(notice.user_id, []).append(notice.values["count"])
    session.rollback()
    return found


def test_others_save_between_the_pieces(session, idle, monkeypatch):
    seen = []
    monkeypatch.setattr(pacing, "sleep", lambda seconds: seen.append(recycled(session)))
    assert but_sealing(run_due(db.engine, NIGHT)) == ["recycling"]
    assert seen and seen[0] == pacing.FIRST_BATCH and recycled(session) == COUNT
    steps = [after - before for before, after in zip([0, *seen], [*seen, COUNT], strict=True)]
    assert max(steps) <= pacing.MAX_BATCH and len(steps) > 2


def test_each_owner_and_manager_is_told_once_of_all_of_them(session, cast, idle, monkeypatch):
    monkeypatch.setattr(pacing, "sleep", lambda seconds: None)
    run_due(db.engine, NIGHT)
    counts = told(session)
    assert (counts[cast.wang.id], counts[cast.li.id]) == ([48], [47])
    assert [COUNT] in counts.values()


def test_stopped_between_two_pieces_the_next_look_goes_on_and_tells_of_all(session, cast, idle, monkeypatch):
    def stop(seconds):
        raise Stopped

    monkeypatch.setattr(pacing, "sleep", stop)
    with pytest.raises(Stopped):
        run_due(db.engine, NIGHT + timedelta(days=-1))  # only after a run are the times of others known
    monkeypatch.setattr(pacing, "sleep", lambda seconds: None)
    session.add(
        JobRun(job="recycling", due="2026-11-28", state="done", claimed_at=NIGHT - timedelta(days=2), result="[]")
    )
    session.commit()
    assert 0 < recycled(session) < COUNT
    again = NIGHT - timedelta(days=1) + timedelta(minutes=1)
    assert but_sealing(run_due(db.engine, again)) == ["recycling"]
    assert recycled(session) == COUNT
    assert (told(session)[cast.wang.id], told(session)[cast.li.id]) == ([48], [47])


def test_by_hand_many_are_taken_back_in_the_background(as_user, session, idle, monkeypatch):
    later = []
    monkeypatch.setattr(background_work, "runner", lambda: type("Later", (), {"submit": staticmethod(later.append)}))
    monkeypatch.setattr(pacing, "sleep", lambda seconds: None)
    monkeypatch.setattr(background_work, "PATIENCE", 0.0)
    admin = as_user("admin")
    answer = admin.post("/policy/recycling/run", {})
    assert answer.location.startswith("/tasks/") and recycled(session) == 0
    assert admin.get(answer.location).headers["Refresh"]
    later[0]()
    assert recycled(session) == COUNT
    assert f"{COUNT} 個客戶" in admin.get(answer.location).get_data(as_text=True)
    run = session.scalars(select(JobRun).where(JobRun.job == "recycling")).one()
    assert run.by_id is not None and run.state == "done"
    session.rollback()
