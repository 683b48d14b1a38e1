"""Long work that a person asked for: one row, one way to survive a restart, one cancel (C-6, hostile case 12).

A kind of work is declared as a `LongWork`. It is done in the background in steps: each step and the count of what is
done are one transaction, so after a crash the work goes on where it stopped, and nothing is done twice. Steps are
short, and others come to write between them (`pace`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.errors import DomainError, storable
from crm.i18n import N_
from crm.jobs.crashes import record_crash
from crm.jobs.database import BUSY, read_session, write_session
from crm.jobs.locks import WorkLock
from crm.jobs.progress import Cancelled, RetryStep, RunningTask, TaskTaken
from crm.models import LongTask
from crm.models.engine import FOLDER
from crm.models.jobs import CANCELLED, FAILED, RUNNING, STOPPING, UNFINISHED, WAITING

TRIES = 5
MAX_STARTS = 3
"""What was begun so often and brought the server down each time is not begun again."""
CRASHED = N_("Something went wrong, and the rest was not done. Please tell your administrator this number: %(number)s")
STOPPED = N_("The server was stopped repeatedly during this task, so the rest was not done.")
TOO_BUSY = N_("Other people kept saving, so the rest was not done. Please try again.")
TOO_LATE = N_("It can no longer be cancelled: it is being saved and will be done soon.")
UNKNOWN = N_("This version of the program does not know this task, so it was not done.")


def always_cancellable(_task: LongTask) -> bool:
    return True


def no_cleanup(_session: Session, _task: LongTask, _problem: DomainError | None) -> LongTask | None:
    return None


@dataclass(frozen=True)
class LongWork:
    """A kind of long work. `run` does it: from the beginning, or where its last step left it.

    `on_abandoned` is called in the transaction in which the task ends without being done: with the problem, or with
    None where it was cancelled; a task that it returns is done next. `may_cancel` says whether it still can be.
    `crashed` is the message of an unexpected error with its number (%(number)s).
    """

    key: str
    run: Callable[[RunningTask], None]
    on_abandoned: Callable[[Session, LongTask, DomainError | None], LongTask | None] = no_cleanup
    may_cancel: Callable[[LongTask], bool] = always_cancellable
    crashed: str = CRASHED


WORKS: dict[str, LongWork] = {}


def declare(work: LongWork) -> LongWork:
    WORKS[work.key] = work
    return work


def request_task(session: Session, kind: str, payload: dict[str, Any], actor: Actor, total: int = 100) -> LongTask:
    """Queue a long task; it begins after this transaction."""
    task = LongTask(
        kind=kind,
        by_id=actor.user_id,
        asked_at=actor.now,
        state=WAITING,
        payload={**payload, "address": actor.address},
        total=total,
        result={},
    )
    session.add(task)
    session.flush()
    return task


def may_cancel(task: LongTask) -> bool:
    work = WORKS.get(task.kind)
    return task.state in (WAITING, RUNNING) and work is not None and work.may_cancel(task)


def cancel(session: Session, task: LongTask, now: datetime) -> None:
    """At once what has not begun, else before its next step; what is done stays done. Raises DomainError too late."""
    session.refresh(task, with_for_update=True)
    if task.state not in (WAITING, RUNNING):
        return
    if not may_cancel(task):
        raise DomainError(TOO_LATE)
    if task.state == WAITING and not task.done:
        _abandon(session, task, None, now)
    else:
        task.state = STOPPING


def unfinished(engine: Engine) -> list[int]:
    """The tasks that a stopped server left unfinished, in the order in which they were requested."""
    statement = select(LongTask.id).where(LongTask.state.in_(UNFINISHED)).order_by(LongTask.id)
    with read_session(engine) as session:
        return list(session.scalars(statement))


def run_task(engine: Engine, task_id: int, clock: Callable[[], datetime]) -> None:
    """Do the task to its end, unless another process works on it."""
    folder = Path(engine.get_execution_options()[FOLDER]) / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = WorkLock(folder / f"task-{task_id}.lock")
    if not lock.take():
        return
    following = None
    try:
        _run_until_done(engine, task_id, clock)
    except TaskTaken:
        pass
    except Cancelled:
        following = _close(engine, task_id, None, clock())
    except DomainError as problem:
        following = _close(engine, task_id, problem, clock())
    except Exception as error:
        following = _crashed(engine, task_id, error, clock())
    finally:
        lock.release()
    if following is not None:
        run_task(engine, following, clock)


def _run_until_done(engine: Engine, task_id: int, clock: Callable[[], datetime]) -> None:
    """Run it, again where a retry is needed, as long as it makes progress."""
    tried = 0
    while True:
        has_progressed = False
        try:
            work, running = _claim_task(engine, task_id, clock, first=not tried)
            try:
                work.run(running)
                if not running.is_saved_as_done:
                    raise RuntimeError(f"{work.key} ended without `finish` within a step")
                return
            finally:
                has_progressed = running.has_progressed
        except (RetryStep, *BUSY) as error:  # each try has waited some seconds for others to write
            tried = 1 if has_progressed else tried + 1
            if tried >= TRIES:
                raise error.problem if isinstance(error, RetryStep) else DomainError(TOO_BUSY) from error


def _claim_task(
    engine: Engine, task_id: int, clock: Callable[[], datetime], first: bool
) -> tuple[LongWork, RunningTask]:
    with write_session(engine) as session:
        task = session.get(LongTask, task_id, with_for_update=True)
        if task is None or task.state not in UNFINISHED:
            raise TaskTaken
        work = WORKS.get(task.kind)
        if work is None:
            raise DomainError(UNKNOWN)
        if task.state == STOPPING and work.may_cancel(task):
            raise Cancelled
        if task.starts >= MAX_STARTS:
            raise DomainError(STOPPED)
        taken_up = first and task.state != WAITING
        task.state = RUNNING if task.state == WAITING else task.state
        task.starts += 1 if first else 0
    return work, RunningTask(engine, task, clock, work.may_cancel, taken_up)


def _crashed(engine: Engine, task_id: int, error: Exception, now: datetime) -> int | None:
    """The number in the system log is the one that its person sees."""
    with read_session(engine) as session:
        task = session.get_one(LongTask, task_id)
    number = record_crash(engine, error, f"{task.kind} {task_id}", task.by_id)
    work = WORKS.get(task.kind)
    problem = DomainError(work.crashed if work else CRASHED, number=number)
    return _close(engine, task_id, problem, now, number)


def _close(
    engine: Engine, task_id: int, problem: DomainError | None, now: datetime, number: str | None = None
) -> int | None:
    """End it; the task that follows from that."""
    with write_session(engine) as session:
        task = session.get(LongTask, task_id, with_for_update=True)
        if task is None or task.state not in UNFINISHED:
            return None
        task.number = number
        following = _abandon(session, task, problem, now)
        return following.id if following is not None else None


def _abandon(session: Session, task: LongTask, problem: DomainError | None, now: datetime) -> LongTask | None:
    """The task ends with its reason; what earlier steps did stays done and is reported, or is taken back next."""
    task.state, task.finished_at = (FAILED if problem else CANCELLED), now
    if problem is not None:
        task.result = {**task.result, "problem": [problem.message, storable(problem.values)]}
    work = WORKS.get(task.kind)
    return work.on_abandoned(session, task, problem) if work is not None else None
