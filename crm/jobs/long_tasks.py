"""Long work that a person asked for, done in the background in small steps (C-6, hostile case 12).

Each step and the count of what is done are one transaction: after a crash the work goes on where it stopped,
and nothing is done twice. Steps are short, and others come to write between them (`pace`).
"""

import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from crm.domain.settings import read_settings
from crm.entities.saving import Acting
from crm.errors import DomainError, NotAllowed, storable
from crm.i18n import N_
from crm.jobs.database import BUSY, reading, writing
from crm.jobs.locks import WorkLock
from crm.jobs.pace import Pace
from crm.models import LongTask, User, rights_of
from crm.models.jobs import DONE, FAILED, RUNNING, WAITING

log = logging.getLogger("crm.jobs")

STEP = 100
"""More rows than this are never one transaction."""
TRIES = 5
CRASHED = N_("Something went wrong, and the rest was not done. Please tell your administrator this number: %(number)s")
NO_RIGHT = N_("You do not have the right for this any more, so the rest was not done.")


@dataclass
class Outcome:
    """How many records were done, and why others were not: (message, values as JSON) → how many."""

    done: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def refuse(self, error: DomainError) -> None:
        self.refused[error.message, json.dumps(storable(error.values), ensure_ascii=False)] += 1

    def add(self, other: "Outcome") -> None:
        self.done += other.done
        self.refused.update(other.refused)

    def reasons(self) -> list[tuple[DomainError, int]]:
        return [(DomainError(m, **json.loads(v)), count) for (m, v), count in self.refused.items()]

    def stored(self) -> dict[str, Any]:
        return {"done": self.done, "refused": [[m, v, count] for (m, v), count in self.refused.items()]}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Outcome":
        return cls(stored.get("done", 0), Counter({(m, v): count for m, v, count in stored.get("refused", [])}))


Step = Callable[[Session, dict[str, Any], list[int], Acting], Outcome]
"""Works on some records of the payload with today's rights; raises NotAllowed where the right was lost."""
End = Callable[[Session, dict[str, Any], Outcome, Acting], None]

_kinds: dict[str, tuple[Step, End]] = {}


def declare(kind: str, step: Step, end: End) -> None:
    _kinds[kind] = (step, end)


def ask_for(session: Session, kind: str, ids: list[int], payload: dict[str, Any], acting: Acting) -> LongTask:
    """Write down what is to be done; it begins after this transaction."""
    task = LongTask(
        kind=kind,
        by_id=acting.user_id,
        asked_at=acting.now,
        state=WAITING,
        payload={**payload, "ids": ids, "address": acting.address},
        total=len(ids),
        result={},
    )
    session.add(task)
    session.flush()
    return task


def unfinished(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.scalars(select(LongTask.id).where(LongTask.state.in_((WAITING, RUNNING)))))


def work_on(engine: Engine, folder: Path, task_id: int, clock: Callable[[], datetime]) -> None:
    """Do the task to its end, unless another process works on it."""
    lock = WorkLock(folder / f"task-{task_id}.lock")
    if not lock.take():
        return
    try:
        _work(engine, task_id, clock)
    except DomainError as problem:
        _fail(engine, task_id, problem, clock())
    except Exception as error:
        number = secrets.token_hex(4).upper()
        log.exception("the task %s failed, error %s", task_id, number, exc_info=error)
        _fail(engine, task_id, DomainError(CRASHED, number=number), clock())
    finally:
        lock.release()


def _work(engine: Engine, task_id: int, clock: Callable[[], datetime]) -> None:
    with reading(engine) as session:
        task = session.get(LongTask, task_id)
    if task is None or task.state not in (WAITING, RUNNING):
        return
    ids, outcome, failures = task.payload["ids"], Outcome.of(task.result), 0
    done: int | None = task.done
    pace = Pace()
    while done is not None:
        try:
            with pace.piece(engine) as session:
                done = _one_step(session, task, ids, done, outcome, clock(), min(pace.size, STEP))
            failures = 0
        except BUSY:  # others write for long; each try waits some seconds
            failures += 1
            if failures == TRIES:
                raise


def _one_step(
    session: Session, task: LongTask, ids: list[int], done: int, outcome: Outcome, now: datetime, size: int
) -> int | None:
    """The next records; the new count, or None at the end or where the task is not ours any more."""
    step, end = _kinds[task.kind]
    acting = acting_for(session, task, now)
    here = ids[done : done + size]
    found = Outcome.of(outcome.stored())
    found.add(step(session, task.payload, here, acting))
    after = done + len(here)
    over = after >= len(ids)
    if over:
        end(session, task.payload, found, acting)
    values = {"done": after, "result": found.stored(), "state": DONE if over else RUNNING}
    if not _write(session, task.id, done, {**values, "finished_at": now if over else None}):
        session.rollback()
        return None
    outcome.done, outcome.refused = found.done, found.refused
    return None if over else after


def _write(session: Session, task_id: int, done: int, values: dict[str, Any]) -> bool:
    """The task's own row, if it still stands where it should."""
    wanted = update(LongTask).where(LongTask.id == task_id, LongTask.done == done)
    moved: Any = session.execute(
        wanted.where(LongTask.state.in_((WAITING, RUNNING)))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount == 1)


def acting_for(session: Session, task: LongTask, now: datetime) -> Acting:
    """The task's person with today's rights. Raises NotAllowed for somebody who has left."""
    user = session.get(User, task.by_id)
    if user is None or not user.is_active:
        raise NotAllowed(NO_RIGHT)
    return Acting(rights_of(session, user), now, read_settings(session).zone, task.payload.get("address", ""))


def _fail(engine: Engine, task_id: int, problem: DomainError, now: datetime) -> None:
    """The task ends with its reason; what earlier steps did stays done and is told."""
    with writing(engine) as session:
        task = session.get(LongTask, task_id)
        if task is not None and task.state in (WAITING, RUNNING):
            task.state, task.finished_at = FAILED, now
            task.result = {**task.result, "problem": [problem.message, storable(problem.values)]}
