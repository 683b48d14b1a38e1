"""Checking and importing a sent file, in the request for small files and in the background for others (I-6)."""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError

from crm.domain.errors import DomainError
from crm.domain.imports.declaration import Importing
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.options import ALL_OR_NONE, Options
from crm.domain.imports.results import Result, result_of
from crm.domain.imports.rows import DUPLICATE, WRONG, Check
from crm.domain.imports.runs import acting_for, fail_run, importing_for, read_run, read_values
from crm.domain.imports.sent_files import drop_finished
from crm.domain.imports.writing import Overtaken, make_ready, write_plan
from crm.i18n import N_
from crm.jobs.database import reading, writing
from crm.jobs.locks import WorkLock
from crm.models import ImportRun
from crm.models.imports import CHECKED, CHECKING, DONE, RUNNING

log = logging.getLogger("crm.jobs")

TRIES = 3
PROGRESS_SECONDS = 1.0
STOPPED = N_("The server was stopped in the meantime. Nothing was saved; please import the file again.")
WRONG_ROWS = N_("Some rows are wrong, and all rows or none were to be imported. Nothing was saved.")
BUSY = N_("Others saved such records at the same time, again and again. Nothing was saved; please try again.")
CRASHED = N_("Something went wrong, and nothing was saved. Please tell your administrator this number: %(number)s")


def utc_now() -> datetime:
    return datetime.now(UTC)


class Imports:
    """The imports of one installation: its database, and the folder of the files that were sent."""

    def __init__(self, engine: Engine, uploads: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = engine
        self.uploads = uploads
        self.clock = clock
        self._read: OrderedDict[int, Check] = OrderedDict()
        self._reading = Lock()

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
        """Import a run that was claimed (`running`): all of it in one transaction, or nothing."""
        self._guarded(run_id, self._apply)

    def recover(self) -> None:
        """Runs that a stopped server left behind are not done, and say so."""
        with reading(self.engine) as session:
            left = list(session.scalars(select(ImportRun).where(ImportRun.state.in_((CHECKING, RUNNING)))))
        for run in left:
            lock = self.lock(run)
            if lock.take():
                with writing(self.engine) as session:
                    fail_run(session, run.id, DomainError(STOPPED), self.clock())
                lock.release()

    def _guarded(self, run_id: int, work: Callable[[int], None]) -> None:
        try:
            work(run_id)
        except DomainError as problem:
            self._fail(run_id, problem)
        except Exception as error:
            number = secrets.token_hex(4).upper()
            log.exception("import %s failed, error %s", run_id, number, exc_info=error)
            self._fail(run_id, DomainError(CRASHED, number=number))

    def _fail(self, run_id: int, problem: DomainError) -> None:
        with writing(self.engine) as session:
            fail_run(session, run_id, problem, self.clock())

    def _check(self, run_id: int) -> None:
        with reading(self.engine) as session:
            run = session.get_one(ImportRun, run_id)
            acting = acting_for(session, run, self.clock())
            importing = importing_for(session, Options.of(run.choices), acting, self._progress(run_id))
            sheet = read_run(run, self.uploads)
            check, mapping = read_values(run, sheet, importing)
            kept = check.copy()
            KINDS[run.kind].match(session, check, importing)
            for row, fresh in zip(check.rows, kept.rows, strict=True):
                fresh.keys = row.keys
            self._keep(run_id, kept)
            result = result_of(check, KINDS[run.kind], importing, mapping, sheet.encoding)
        result.store(self._result_path(run))
        with writing(self.engine) as session:
            self._move(session, run_id, CHECKING, state=CHECKED, counts=result.counts)

    def _apply(self, run_id: int) -> None:
        for _attempt in range(TRIES):
            try:
                self._try_apply(run_id)
                return
            except (Overtaken, IntegrityError):
                self._forget(run_id)  # a dictionary's item may be gone, too: read anew
        raise DomainError(BUSY)

    def _try_apply(self, run_id: int) -> None:
        """Everything is made ready while others write; only the writing itself makes them wait."""
        with reading(self.engine) as session:
            run = session.get_one(ImportRun, run_id)
            kind = KINDS[run.kind]
            acting = acting_for(session, run, self.clock())
            importing = importing_for(session, Options.of(run.choices), acting, self._progress(run_id))
            check = self._values(run, importing)
            kind.match(session, check, importing)
            if importing.options.wrong == ALL_OR_NONE and check.those(WRONG):
                raise DomainError(WRONG_ROWS)
            plan = kind.prepare(session, check, importing)
            make_ready(session, plan)
        items = check.new_items()
        with writing(self.engine) as session:
            acting_for(session, run, self.clock())
            write_plan(session, plan, items, acting)
            counts = {
                **check.counts(),
                "imported": len(plan.inserts),
                "updated": plan.changed,
                "skipped": len(check.those(DUPLICATE)) - plan.changed,
            }
            self._move(session, run_id, RUNNING, state=DONE, counts=counts, finished_at=self.clock())
        self._forget(run_id)
        drop_finished(run, counts, self.uploads)

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

    def _progress(self, run_id: int) -> Callable[[int], None]:
        """Writes the percentage into the run's row, at most once a second."""
        told = monotonic()

        def tell(percent: int) -> None:
            nonlocal told
            if monotonic() - told < PROGRESS_SECONDS:
                return
            told = monotonic()
            with writing(self.engine) as session:
                values = {"counts": {"progress": percent}}
                session.execute(
                    update(ImportRun)
                    .where(ImportRun.id == run_id)
                    .values(**values)
                    .execution_options(synchronize_session=False)
                )

        return tell
