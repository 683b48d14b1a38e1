"""Checking a sent file and importing it: two kinds of long work on one run (I-4, I-6)."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.imports.checking import match_rows
from crm.domain.imports.declaration import ImportContext
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import HeadingsMissing
from crm.domain.imports.options import ALL_OR_NONE, Options
from crm.domain.imports.parts import split_plan
from crm.domain.imports.results import Result, known_duplicates, result_of
from crm.domain.imports.rows import NEW, PART, WRONG, Check
from crm.domain.imports.run_files import (
    asks_for_sheet,
    chosen_of_run,
    is_unassigned,
    offer_sheets,
    read_run,
    read_values,
    sheets_of_run,
    store_first_look,
)
from crm.domain.imports.runs import actor_of_run, fail_run, import_context, skip_written_rows, stored_problem
from crm.domain.imports.sent_files import delete_if_clean, folder_in
from crm.domain.imports.undo_data import record_writes
from crm.domain.imports.write_plan import WritePlan
from crm.domain.imports.writing import ConcurrentChange, prepare_plan, write_plan
from crm.entities.bulk_writes import bulk_record
from crm.entities.change_log import IMPORTED, log_action
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.i18n import N_
from crm.jobs.database import BUSY as LOCKED
from crm.jobs.database import read_session
from crm.jobs.import_undo import queue_taking_back
from crm.jobs.long_tasks import LongWork, declare, request_task
from crm.jobs.progress import RetryStep, RunningTask, TaskTaken, actor_of
from crm.models import ImportRun, LongTask
from crm.models.bounded_cache import cleared_with_all
from crm.models.engine import instance_folder_of
from crm.models.imports import CANCELLED, CHECKED, CHECKING, CHOOSING, DONE, FAILED, RUNNING
from crm.spreadsheets.errors import WrongEncoding
from crm.spreadsheets.sheet import Sheet

WRONG_ROWS = N_("Some rows have errors, and you chose to import all rows or none. Nothing was saved.")
BUSY = N_("Other people kept saving such records at the same time. Nothing was saved; please try again.")
CRASHED = N_("Something went wrong, and nothing was saved. Please tell your administrator this number: %(number)s")
GIVEN_UP = N_("It was cancelled. Nothing was saved.")
PREPARED = 90
"""Per cent of the progress that are reached before the first row is written."""
MAX_KEPT = 2

_kept: WeakKeyDictionary[Engine, OrderedDict[int, Check]] = WeakKeyDictionary()
"""What the last checks read: the file cannot have changed until it is imported."""
_keeping = Lock()
cleared_with_all(_kept.clear)


def initial_state(now: datetime) -> dict[str, Any]:
    """What is written of a run: up to which row new ones are, and the moment by which its records are known."""
    return {"began": now.isoformat(), "to": -1, "imported": 0, "updated": 0}


def has_written(result: Mapping[str, Any]) -> bool:
    return bool(result.get("imported") or result.get("updated"))


def final_counts(state: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a run that is done."""
    skipped = state["rows"] - state[WRONG] - state["imported"] - state["updated"] - state.get(PART, 0)
    return {**{k: v for k, v in state.items() if k not in ("to", "progress")}, "skipped": skipped}


def queue_import(session: Session, kind: LongWork, run: ImportRun, actor: Actor) -> LongTask:
    """The check or the import of the run, to be begun after this transaction."""
    task = request_task(session, kind.key, {"run": run.id}, actor)
    run.task_id = task.id
    return task


def uploads_of(session: Session) -> Path:
    return folder_in(instance_folder_of(session))


def stored_result(run: ImportRun, uploads: Path) -> Result | None:
    return Result.load(_result_path(run, uploads))


def _result_path(run: ImportRun, uploads: Path) -> Path:
    return uploads / f"{run.stored_name}.json"


def _run_of(session: Session, running: RunningTask, state: str) -> ImportRun:
    run = session.get(ImportRun, running.payload["run"])
    if run is None or run.state != state:
        raise TaskTaken
    return run


def context_of(session: Session, run: ImportRun, actor: Actor, running: RunningTask) -> ImportContext:
    options = Options.from_values(run.choices)
    return import_context(session, options, actor, running.report_progress, run.choices.get("rows"))


def check(running: RunningTask) -> None:
    """Read and judge the file; nothing is written but what was found."""
    try:
        _check(running)
    except (HeadingsMissing, WrongEncoding) as problem:
        _ask_for_choices(running, problem)


def _check(running: RunningTask) -> None:
    with read_session(running.engine) as session:
        run, uploads = _run_of(session, running, CHECKING), uploads_of(session)
        actor = actor_of_run(session, run, running.clock())
        importing = context_of(session, run, actor, running)
        sheets = sheets_of_run(run, uploads)
        if len(sheets) > 1 and "sheets" not in run.choices and _is_sheet_asked_for(running, run, sheets):
            return
        if is_unassigned(run):
            _store_first_look(running, run, sheets, importing)
            return
        chosen = chosen_of_run(run, sheets)
        checked, mapping = read_values(session, run, chosen, importing)
        unmatched = checked.copy()
        match_rows(session, KINDS[run.kind].of_firm(session), checked, importing)
        for row, unmatched_row in zip(checked.rows, unmatched.rows, strict=True):
            unmatched_row.keys = row.keys
        _keep_prepared(running.engine, run.id, unmatched)
        result = result_of(checked, KINDS[run.kind].of_firm(session), importing, mapping, chosen)
        result.duplicates = known_duplicates(session, KINDS[run.kind], checked)
    result.store(_result_path(run, uploads))
    with running.step() as session:
        _move(session, run.id, CHECKING, state=CHECKED, counts=result.counts)
        running.finish()


def _is_sheet_asked_for(running: RunningTask, run: ImportRun, sheets: Sequence[Sheet]) -> bool:
    """Notes the sheets; true where the person is asked first which one is meant."""
    asks = asks_for_sheet(run, sheets)
    with running.step() as session:
        offer_sheets(session, run, sheets, CHOOSING if asks else CHECKING)
        if asks:
            running.finish()
    return asks


def _store_first_look(running: RunningTask, run: ImportRun, sheets: Sequence[Sheet], importing: ImportContext) -> None:
    """Without a template its person says which column is which."""
    with running.step() as session:
        store_first_look(session, session.get_one(ImportRun, run.id), sheets, importing)
        running.finish()


def _ask_for_choices(running: RunningTask, problem: DomainError) -> None:
    """Another sheet, row, template or encoding may be meant: the person says so without sending the file again."""
    with running.step() as session:
        run = session.get_one(ImportRun, running.payload["run"])
        run.state, run.problem = CHOOSING, stored_problem(problem)
        running.finish()


def apply(running: RunningTask) -> None:
    """Import a run that was claimed (`running`); what a stopped server left half done goes on where it stood.

    Everything is prepared while others write; it is written in short batches, between which they write. Where they
    saved such records meanwhile, it looks again.
    """
    with read_session(running.engine) as session:
        run, uploads = _run_of(session, running, RUNNING), uploads_of(session)
        state = running.result if "began" in running.result else initial_state(running.clock())
        kind, actor = KINDS[run.kind], actor_of_run(session, run, datetime.fromisoformat(state["began"]))
        importing = context_of(session, run, actor, running)
        checked = _values(session, running, run, uploads, importing)
        match_rows(session, kind.of_firm(session), checked, importing)
        skip_written_rows(session, checked, kind.entity.model, actor, state["to"])
        if importing.options.wrong == ALL_OR_NONE and checked.rows_with(WRONG):
            raise DomainError(WRONG_ROWS)
        plan = kind.prepare(session, checked, importing)
        prepare_plan(session, plan)
    state = {**checked.counts(), **state, **({"resumed": 1} if running.is_resumed and has_written(state) else {})}
    try:
        counts = _write(running, checked, plan, state, actor)
    except (ConcurrentChange, IntegrityError, *LOCKED) as error:
        raise RetryStep(DomainError(BUSY)) from error
    finally:
        _forget_prepared(running.engine, run.id)  # a dictionary's item may be gone, too: another try reads anew
    delete_if_clean(run, counts, uploads)


def _write(
    running: RunningTask, checked: Check, plan: WritePlan, state: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    """Each batch and the count of imported rows are one transaction: after a crash the run goes on (I-6)."""
    new, items = [row.index for row in checked.rows_with(NEW)], checked.new_items()
    inserted, touched = 0, set[int]()
    run_id, running.result = running.payload["run"], state
    for part in split_plan(plan, lambda: running.size):
        with running.step() as session:
            if not inserted:
                actor_of_run(session, _run_of(session, running, RUNNING), actor.now)
            with bulk_record(session) as record:
                write_plan(session, part, items, actor)
            record_writes(session, run_id, record, actor.now)
            inserted += len(part.inserts)
            touched |= part.changed_ids
            running.result = {
                **running.result,
                "to": new[inserted - 1] if inserted else state["to"],
                "updated": state["updated"] + len(touched),
                "imported": state["imported"] + inserted,
            }
            running.done = PREPARED + (100 - PREPARED) * inserted // max(len(new), 1)
    counts = final_counts(running.result)
    with running.step() as session:
        _move(session, run_id, RUNNING, state=DONE, counts=counts, finished_at=running.clock())
        _log(session, run_id, counts, actor)
        running.finish()
    return counts


def _log(session: Session, run_id: int, counts: Mapping[str, Any], actor: Actor | None) -> None:
    run = session.get_one(ImportRun, run_id)
    if actor is not None:
        changes = {key: [None, counts[key]] for key in ("imported", "updated")}
        log_action(session, actor, IMPORTED, f"import_{run.kind}", run_id, run.file_name, changes)


def _move(session: Session, run_id: int, before: str, **values: Any) -> None:
    """The run's own row, in the transaction that writes the rest."""
    updated: Any = session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state == before)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if updated.rowcount != 1:
        raise TaskTaken


def _values(session: Session, running: RunningTask, run: ImportRun, uploads: Path, importing: ImportContext) -> Check:
    """What the check read, if this process still has it."""
    with _keeping:
        prepared = _kept.get(running.engine, OrderedDict[int, Check]()).get(run.id)
    return prepared.copy() if prepared is not None else read_values(session, run, read_run(run, uploads), importing)[0]


def _keep_prepared(engine: Engine, run_id: int, checked: Check) -> None:
    with _keeping:
        cache = _kept.setdefault(engine, OrderedDict())
        cache[run_id] = checked
        while len(cache) > MAX_KEPT:
            cache.popitem(last=False)


def _forget_prepared(engine: Engine, run_id: int) -> None:
    with _keeping:
        _kept.get(engine, OrderedDict[int, Check]()).pop(run_id, None)


def fail_abandoned(session: Session, task: LongTask, problem: DomainError | None) -> LongTask | None:
    """End the run with a reason; what its steps have written is taken back next, so that no file stays half imported
    (I-6)."""
    assert task.finished_at is not None
    run_id, state = task.payload["run"], FAILED if problem is not None else CANCELLED
    fail_run(session, run_id, problem or DomainError(GIVEN_UP), task.finished_at, state)
    if not has_written(task.result):
        return None
    _log(session, run_id, task.result, actor_of(session, task, task.finished_at))
    return queue_taking_back(session, task, state)


CHECK = declare(LongWork("import_check", check, fail_abandoned, crashed=CRASHED))
IMPORT = declare(LongWork("import", apply, fail_abandoned, crashed=CRASHED))
