"""The check and the import of a run, done here and now as the background does them."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from crm.domain.imports.sent_files import folder_in
from crm.jobs.database import write_session
from crm.jobs.imports import CHECK, IMPORT, queue_import
from crm.jobs.long_tasks import LongWork, run_task, unfinished
from crm.models import ImportRun, User
from crm.models.engine import FOLDER
from tests.cast import actor_as


def now() -> datetime:
    return datetime.now(UTC)


class Imports:
    """The imports of an installation; `uploads` is where sent files lie."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.uploads = folder_in(Path(engine.get_execution_options()[FOLDER]))

    def check(self, run_id: int) -> int:
        return self._work(CHECK, run_id)

    def apply(self, run_id: int) -> int:
        return self._work(IMPORT, run_id)

    def go_on(self) -> None:
        """What the next start does with what a stopped server left."""
        for task_id in unfinished(self.engine):
            run_task(self.engine, task_id, now)

    def _work(self, kind: LongWork, run_id: int) -> int:
        with write_session(self.engine) as session:
            run = session.get_one(ImportRun, run_id)
            task_id = queue_import(session, kind, run, actor_as(session, session.get_one(User, run.by_id))).id
        run_task(self.engine, task_id, now)
        return task_id
