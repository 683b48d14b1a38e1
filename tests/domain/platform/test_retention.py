"""Sent forms and long work that is over are kept for a while only."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.imports.kinds import KINDS
from crm.domain.imports.options import Options
from crm.domain.imports.runs import begin_run
from crm.domain.imports.templates import templates_of
from crm.domain.platform import retention
from crm.domain.platform.retention import KEEP_FORMS, KEEP_TASKS, delete_expired_entries, has_expired_entries
from crm.jobs.long_tasks import request_task
from crm.models import LongTask, SentForm
from crm.models.jobs import DONE
from tests.cast import Cast, actor_as

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def fill(session: Session, cast: Cast, *ages: timedelta) -> None:
    for number, age in enumerate(ages):
        made = {"token": f"t{number}", "digest": "", "user_id": cast.wang.id, "status": 303, "headers": {}}
        session.add(SentForm(**made, messages=[], made=False, sent_at=NOW - age))
    session.flush()


def left(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SentForm)) or 0


def test_what_is_too_old_goes_and_the_rest_stays(session: Session, cast: Cast) -> None:
    minute = timedelta(minutes=1)
    fill(session, cast, minute, KEEP_FORMS - minute, KEEP_FORMS + minute, KEEP_FORMS + 2 * minute)
    forms = left(session)
    assert has_expired_entries(session, NOW)
    assert delete_expired_entries(session, NOW).forms == 2
    assert left(session) == forms - 2
    assert not has_expired_entries(session, NOW)


def test_a_flood_goes_in_pieces(session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MAX_AT_ONCE", 2)
    fill(session, cast, *(KEEP_FORMS + timedelta(days=day) for day in range(1, 6)))
    assert [delete_expired_entries(session, NOW).forms for _ in range(4)] == [2, 2, 1, 0]
    assert left(session) == 0


def test_tasks_that_are_over_go_after_a_month_and_the_import_stays(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.wang, NOW)
    run = begin_run(session, templates_of(session, KINDS["customers"])[0], [], "x.csv", "x", Options(), actor)
    old, fresh, open_ = (request_task(session, "import", {"run": run.id}, actor) for _ in range(3))
    run.task_id, old.state, fresh.state = old.id, DONE, DONE
    old.finished_at, fresh.finished_at = NOW - KEEP_TASKS - timedelta(minutes=1), NOW - KEEP_TASKS
    session.commit()
    ids = [fresh.id, open_.id]
    assert has_expired_entries(session, NOW)
    assert delete_expired_entries(session, NOW).tasks == 1
    session.commit()
    session.expire_all()
    assert list(session.scalars(select(LongTask.id).order_by(LongTask.id))) == ids
    assert run.task_id is None
