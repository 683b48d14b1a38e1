"""Taking an import back: long work that its person asked for, or that follows from an import that failed (I-6, I-7)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.runs import check_may_import, stored_problem
from crm.domain.imports.undoing import Outcome, forget_writes, is_taken_back, remove_items, take_back_part
from crm.domain.platform.settings import read_settings
from crm.entities.change_log import IMPORT_UNDONE, log_action
from crm.entities.record_saving import Actor, system_actor
from crm.errors import DomainError
from crm.i18n import N_
from crm.jobs.long_tasks import LongWork, declare, request_task
from crm.jobs.progress import RunningTask, TaskTaken, actor_of
from crm.models import ImportRun, ImportWrite, LongTask
from crm.models.imports import DONE, UNDOING, UNDONE
from crm.models.jobs import WAITING

NOT_TAKEN_BACK = N_("Not everything was undone. Please undo the import once more.")
AFTER = "after"
"""In the payload: the state of the run afterwards. What a failed import wrote is taken back whoever is there."""


def queue_undo(session: Session, run: ImportRun, actor: Actor) -> LongTask:
    """【撤銷導入】, to be begun after this transaction; the run was claimed for it."""
    task = request_task(session, UNDO.key, {"run": run.id, AFTER: UNDONE}, actor, _rows(session, run))
    run.task_id = task.id
    return task


def queue_taking_back(session: Session, task: LongTask, state: str) -> LongTask:
    """What the failed or cancelled import has written is taken back, whatever its person may do by now."""
    run = session.get_one(ImportRun, task.payload["run"], populate_existing=True)
    following = LongTask(kind=UNDO.key, by_id=task.by_id, asked_at=task.finished_at, state=WAITING, result={})
    following.payload = {"run": run.id, AFTER: state, "address": task.payload.get("address", "")}
    following.total = _rows(session, run)
    session.add(following)
    session.flush()
    run.state, run.task_id = UNDOING, following.id
    return following


def _rows(session: Session, run: ImportRun) -> int:
    written = select(ImportWrite.made, ImportWrite.changed).where(ImportWrite.run_id == run.id)
    return sum(sum(map(len, made.values())) + len(changed) for made, changed in session.execute(written)) or 1


def undo(running: RunningTask) -> None:
    """Step by step, the last one first; what is taken back is forgotten in the same transaction, so that a stopped
    server goes on where it was."""
    run_id = running.payload["run"]
    while not running.is_over:
        with running.step() as session:
            run = session.get(ImportRun, run_id)
            if run is None or run.state != UNDOING:
                raise TaskTaken
            outcome = Outcome.of(running.result.get("outcome", {}))
            actor = _actor(session, running, run)
            newest = select(ImportWrite).where(ImportWrite.run_id == run_id).order_by(ImportWrite.id.desc())
            write = session.scalars(
                newest.where(ImportWrite.id < running.result.get("below", 2**31 - 1)).limit(1)
            ).first()
            if write is None:
                _finish(session, running, run, outcome, actor)
            else:
                running.done += take_back_part(session, write, run.kind, running.size, actor, outcome)
                if is_taken_back(write):
                    running.result["below"] = write.id
            running.result = {**running.result, "outcome": outcome.stored()}


def _newest(session: Session, run_id: int, below: int | None) -> ImportWrite | None:
    statement = select(ImportWrite).where(ImportWrite.run_id == run_id).order_by(ImportWrite.id.desc()).limit(1)
    return session.scalars(statement.where(ImportWrite.id < below) if below is not None else statement).first()


def _actor(session: Session, running: RunningTask, run: ImportRun) -> Actor:
    """Whoever asked, with today's rights; what failed is taken back in any case."""
    now = running.clock()
    if running.payload[AFTER] != UNDONE:
        return actor_of(session, running, now) or system_actor(now, read_settings(session).zone)
    actor = running.actor(session)
    check_may_import(run.kind, actor)
    return actor


def _finish(session: Session, running: RunningTask, run: ImportRun, outcome: Outcome, actor: Actor) -> None:
    items = select(ImportWrite.items).where(ImportWrite.run_id == run.id)
    added = [item for ids in session.scalars(items) for item in ids]
    removed, stays = remove_items(session, added, actor)
    outcome.remove("items", removed)
    outcome.keep(stays)
    forget_writes(session, run.id)
    run.state, run.finished_at = running.payload[AFTER], running.clock()
    run.counts = {**run.counts, "undone": outcome.stored(), "undone_by": actor.user_id}
    changes = {"removed": [None, sum(outcome.removed.values())], "updated": [None, outcome.restored]}
    log_action(session, actor, IMPORT_UNDONE, f"import_{run.kind}", run.id, run.file_name, changes)
    running.finish()


def abandoned(session: Session, task: LongTask, problem: DomainError | None) -> None:
    """What is not taken back yet can still be: the run offers it again."""
    run = session.get(ImportRun, task.payload["run"])
    if run is None or run.state != UNDOING:
        return
    after = task.payload[AFTER]
    run.state = DONE if after == UNDONE else after
    run.problem = stored_problem(problem if problem is not None else DomainError(NOT_TAKEN_BACK))


UNDO = declare(LongWork("import_undo", undo, abandoned, may_cancel=lambda task: False))
