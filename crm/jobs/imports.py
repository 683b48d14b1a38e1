"""Checking and importing a sent file, in the request for small files and in the background for others (I-6)."""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError

from crm.domain.imports.declaration import Importing
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import HeadingsMissing
from crm.domain.imports.options import ALL_OR_NONE, Options
from crm.domain.imports.parts import parts_of
from crm.domain.imports.plan import Plan
from crm.domain.imports.results import Result, result_of
from crm.domain.imports.rows import NEW, WRONG, Check
from crm.domain.imports.runs import (
    acting_for,
    asks_for_sheet,
    chosen_of_run,
    fail_run,
    importing_for,
    leave_out_written,
    offer_sheets,
    read_run,
    read_values,
    sheets_of_run,
    stored_problem,
)
from crm.domain.imports.sent_files import drop_finished
from crm.domain.imports.writing import Overtaken, make_ready, write_plan
from crm.entities.change_log import IMPORTED, note
from crm.entities.saving import Acting
from crm.errors import DomainError
from crm.i18n import N_
from crm.jobs.database import BUSY as LOCKED
from crm.jobs.database import reading, writing
from crm.jobs.locks import WorkLock
from crm.jobs.pace import Pace
from crm.models import ImportRun
from crm.models.imports import CHECKED, CHECKING, CHOOSING, DONE, RUNNING
from crm.spreadsheets.sheet import Sheet

log = logging.getLogger("crm.jobs")

TRIES = 3
PROGRESS_SECONDS = 1.0
STOPPED = N_("The server was stopped in the meantime. Nothing was saved; please import the file again.")
WRONG_ROWS = N_("Some rows are wrong, and all rows or none were to be imported. Nothing was saved.")
BUSY = N_("Others saved such records at the same time, again and again. Nothing was saved; please try again.")
CRASHED = N_("Something went wrong, and nothing was saved. Please tell your administrator this number: %(number)s")


def utc_now() -> datetime:
    return datetime.now(UTC)


PARTLY = N_(
    "The import stopped before its end: %(imported)s rows were imported and %(updated)s updated; the rest was not."
)


def begun(now: datetime) -> dict[str, Any]:
    """What is written of a run: up to which row new ones are, and the moment by which its records are known."""
    return {"began": now.isoformat(), "to": -1, "imported": 0, "updated": 0}


def wrote(counts: Mapping[str, Any]) -> bool:
    return bool(counts.get("imported") or counts.get("updated"))


def final(state: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a run that is done."""
    skipped = state["rows"] - state[WRONG] - state["imported"] - state["updated"]
    return {**{k: v for k, v in state.items() if k not in ("to", "progress")}, "skipped": skipped}


class Imports:
    """The imports of one installation: its database, and the folder of the files that were sent."""

    def __init__(self, engine: Engine, uploads: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = engine
        self.uploads = uploads
        self.clock = clock
        self._read: OrderedDict[int, Check] = OrderedDict()
        self._reading = Lock()
        self.working_on: int | None = None

    def lock(self, run: ImportRun) -> WorkLock:
        return WorkLock(self.uploads / f"{run.stored_name}.lock")

    def result(self, run: ImportRun) -> Result | None:
        return Result.load(self._result_path(run))

    def _result_path(self, run: ImportRun) -> Path:
        return self.uploads / f"{run.stored_name}.json"

    def check(self, run_id: int) -> None:
        """Read and judge the file; nothing is written but what was found."""
        self._guarded(run_id, self._check)

    def apply(self, run_id: int) -> None:
        """Import a run that was claimed (`running`); what a stopped server left half done goes on where it stood."""
        self._guarded(run_id, self._apply)

    def recover(self, begin: Callable[[Callable[[], None]], None] = lambda work: work()) -> None:
        """What a stopped server left behind: an import that had begun to write is finished (`begin` starts it), so
        that no file is half imported; of the others nothing is saved, and they say so."""
        with reading(self.engine) as session:
            left = list(session.scalars(select(ImportRun).where(ImportRun.state.in_((CHECKING, RUNNING)))))
        for run in left:
            lock = self.lock(run)
            if not lock.take():
                continue
            if run.state == RUNNING and wrote(run.counts):
                with writing(self.engine) as session:
                    self._move(session, run.id, RUNNING, counts={**run.counts, "resumed": 1})
                begin(partial(self._finish, run.id, lock))
                continue
            with writing(self.engine) as session:
                fail_run(session, run.id, DomainError(STOPPED), self.clock())
            lock.release()

    def _finish(self, run_id: int, lock: WorkLock) -> None:
        try:
            self.apply(run_id)
        finally:
            lock.release()

    def _guarded(self, run_id: int, work: Callable[[int], None]) -> None:
        self.working_on = run_id
        try:
            work(run_id)
        except HeadingsMissing as problem:
            self._ask_again(run_id, problem)
        except DomainError as problem:
            self._fail(run_id, problem)
        except Exception as error:
            number = secrets.token_hex(4).upper()
            log.exception("import %s failed, error %s", run_id, number, exc_info=error)
            self._fail(run_id, DomainError(CRASHED, number=number))
        finally:
            self.working_on = None

    def _ask_again(self, run_id: int, problem: HeadingsMissing) -> None:
        """The chosen sheet was the wrong one; where there is no other, the file is."""
        with writing(self.engine) as session:
            run = session.get_one(ImportRun, run_id)
            if len(run.choices.get("sheets", ())) > 1 and "sheet" in run.choices and run.state == CHECKING:
                run.state, run.problem = CHOOSING, stored_problem(problem)
            else:
                fail_run(session, run_id, problem, self.clock())

    def _fail(self, run_id: int, problem: DomainError) -> None:
        """The run ends and says why; where pieces of it are saved, it says how many rows they hold."""
        with writing(self.engine) as session:
            counts = session.get_one(ImportRun, run_id).counts
            if wrote(counts):
                problem = DomainError(PARTLY, imported=counts["imported"], updated=counts["updated"])
            fail_run(session, run_id, problem, self.clock())

    def _check(self, run_id: int) -> None:
        with reading(self.engine) as session:
            run = session.get_one(ImportRun, run_id)
            acting = acting_for(session, run, self.clock())
            importing = importing_for(session, Options.of(run.choices), acting, self._progress(run_id))
            sheets = sheets_of_run(run, self.uploads)
            if len(sheets) > 1 and "sheets" not in run.choices and self._asked(run, sheets):
                return
            chosen = chosen_of_run(run, sheets)
            check, mapping = read_values(run, chosen.sheet, importing)
            kept = check.copy()
            KINDS[run.kind].match(session, check, importing)
            for row, fresh in zip(check.rows, kept.rows, strict=True):
                fresh.keys = row.keys
            self._keep(run_id, kept)
            result = result_of(check, KINDS[run.kind], importing, mapping, chosen)
        result.store(self._result_path(run))
        with writing(self.engine) as session:
            self._move(session, run_id, CHECKING, state=CHECKED, counts=result.counts)

    def _asked(self, run: ImportRun, sheets: Sequence[Sheet]) -> bool:
        """Notes the sheets; true where the person is asked first which one is meant."""
        asks = asks_for_sheet(run, sheets)
        with writing(self.engine) as session:
            offer_sheets(session, run, sheets, CHOOSING if asks else CHECKING)
        return asks

    def _apply(self, run_id: int) -> None:
        failures = 0
        while not self._go_on(run_id):
            failures += 1
            if failures == TRIES:
                raise DomainError(BUSY)
            self._forget(run_id)  # a dictionary's item may be gone, too: read anew

    def _go_on(self, run_id: int) -> bool:
        """Import what is still to be imported. False where others saved such records meanwhile: then look again.

        Everything is made ready while others write; it is written in short pieces, between which they write.
        """
        with reading(self.engine) as session:
            run = session.get_one(ImportRun, run_id)
            kind, state = KINDS[run.kind], dict(run.counts) if "began" in run.counts else begun(self.clock())
            acting = acting_for(session, run, datetime.fromisoformat(state["began"]))
            importing = importing_for(session, Options.of(run.choices), acting, self._progress(run_id, state))
            check = self._values(run, importing)
            kind.match(session, check, importing)
            leave_out_written(session, check, kind.entity.model, acting, state["to"])
            if importing.options.wrong == ALL_OR_NONE and check.those(WRONG):
                raise DomainError(WRONG_ROWS)
            plan = kind.prepare(session, check, importing)
            make_ready(session, plan)
        state = {**check.counts(), **state}
        try:
            self._write(run_id, check, plan, state, acting)
        except (Overtaken, IntegrityError, *LOCKED):
            return False
        self._forget(run_id)
        drop_finished(run, state, self.uploads)
        return True

    def _write(self, run_id: int, check: Check, plan: Plan, state: dict[str, Any], acting: Acting) -> None:
        """Each piece and the count of what is imported are one transaction: after a crash the run goes on (I-6)."""
        new, items = [row.index for row in check.those(NEW)], check.new_items()
        inserted, touched, updated = 0, set[int](), state["updated"]
        pace = Pace()
        for part in parts_of(plan, lambda: pace.size):
            with pace.piece(self.engine) as session:
                if not inserted:
                    acting_for(session, session.get_one(ImportRun, run_id), acting.now)
                write_plan(session, part, items, acting)
                inserted += len(part.inserts)
                touched |= part.touched
                after = {"to": new[inserted - 1] if inserted else state["to"], "updated": updated + len(touched)}
                after |= {"imported": state["imported"] + len(part.inserts)}
                after["progress"] = 90 + 10 * inserted // max(len(new), 1)
                self._move(session, run_id, RUNNING, counts={**state, **after})
            state.update(after)
        with writing(self.engine) as session:
            self._move(session, run_id, RUNNING, state=DONE, counts=final(state), finished_at=self.clock())
            run = session.get_one(ImportRun, run_id)
            told = {key: [None, state[key]] for key in ("imported", "updated")}
            note(session, acting, IMPORTED, f"import_{run.kind}", run_id, run.file_name, told)

    def _move(self, session: Any, run_id: int, before: str, **values: Any) -> None:
        """The run's own row, in the transaction that writes the rest; somebody may have given it up."""
        moved = session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.state == before)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        if moved.rowcount != 1:
            raise DomainError(STOPPED)

    def _values(self, run: ImportRun, importing: Importing) -> Check:
        """What the check read, if this process still has it; the file cannot have changed."""
        with self._reading:
            kept = self._read.get(run.id)
        return kept.copy() if kept is not None else read_values(run, read_run(run, self.uploads), importing)[0]

    def _keep(self, run_id: int, check: Check) -> None:
        with self._reading:
            self._read[run_id] = check
            while len(self._read) > 2:
                self._read.popitem(last=False)

    def _forget(self, run_id: int) -> None:
        with self._reading:
            self._read.pop(run_id, None)

    def _progress(self, run_id: int, state: Mapping[str, Any] | None = None) -> Callable[[int], None]:
        """Writes the percentage into the run's row, at most once a second, beside what is imported already."""
        told = monotonic()

        def tell(percent: int) -> None:
            nonlocal told
            if monotonic() - told < PROGRESS_SECONDS:
                return
            told = monotonic()
            with writing(self.engine) as session:
                values = {"counts": {**(state or {}), "progress": percent}}
                session.execute(
                    update(ImportRun)
                    .where(ImportRun.id == run_id)
                    .values(**values)
                    .execution_options(synchronize_session=False)
                )

        return tell
