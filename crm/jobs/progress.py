"""A long task while it runs: its steps, its progress, whether it was cancelled (C-6, I-6)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from crm.domain.platform.settings import read_settings
from crm.entities.record_saving import Actor
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.jobs.database import BUSY
from crm.jobs.pacing import BatchPacer, courtesy
from crm.models import LongTask, User, rights_of
from crm.models.engine import read_only, short_busy_timeout
from crm.models.jobs import DONE, STOPPING, UNFINISHED

NO_RIGHT = N_("You no longer have permission for this, so the rest was not done.")
REPORT_SECONDS = 1.0
"""How often reading reports its progress."""
REPORT_MILLISECONDS = 50
"""Where others are writing, the progress is stored the next time."""


def actor_of(session: Session, task: Any, now: datetime | None) -> Actor | None:
    """The person who asked for it, with today's rights (hostile case 12); None for somebody who has left."""
    user = session.get(User, task.by_id)
    if user is None or not user.is_active or now is None:
        return None
    return Actor(rights_of(session, user), now, read_settings(session).zone, task.payload.get("address", ""))


class Cancelled(Exception):
    """The person who asked for it has cancelled it."""


class TaskTaken(Exception):
    """The task is finished, or another process works on it."""


class RetryStep(Exception):
    """What was prepared is out of date: the work begins again where its last step left it.

    `problem` is the message for its person when that happens too often.
    """

    def __init__(self, problem: DomainError) -> None:
        super().__init__(problem.message)
        self.problem = problem


class RunningTask:
    """What the code of a long task is given: it changes `done` and `result` within a step, which saves them.

    `is_resumed`: another process worked on it before, and was stopped.
    """

    def __init__(
        self,
        engine: Engine,
        task: LongTask,
        clock: Callable[[], datetime],
        may_cancel: Callable[[LongTask], bool],
        taken_up: bool,
    ) -> None:
        self.engine, self.clock, self.is_resumed = engine, clock, taken_up
        self.id, self.by_id, self.asked_at = task.id, task.by_id, task.asked_at
        self.payload: dict[str, Any] = task.payload
        self.done, self.total, self.result = task.done, task.total, dict(task.result)
        self.file: str | None = task.file
        self.is_over = False
        self.is_saved_as_done = False
        self.has_progressed = False
        """Whether a step came to its end."""
        self._may_cancel = may_cancel
        self._noted = task.done
        self._pace = BatchPacer()
        self._told = monotonic()

    @property
    def size(self) -> int:
        """How many rows the next step should take."""
        return self._pace.size

    def actor(self, session: Session) -> Actor:
        """As `actor_of`. Raises NotAllowed for somebody who has left."""
        actor = actor_of(session, self, self.clock())
        if actor is None:
            raise NotAllowed(NO_RIGHT)
        return actor

    @contextmanager
    def step(self) -> Iterator[Session]:
        """One short transaction that also saves the progress: after a crash the task goes on from here.

        Raises Cancelled before it begins where that is wanted, and TaskTaken where the task is finished.
        """
        with self._pace.batch(self.engine) as session:
            self._check_claim(session)
            yield session
            session.execute(
                update(LongTask)
                .where(LongTask.id == self.id)
                .values(**self._values())
                .execution_options(synchronize_session=False)
            )
        self._noted, self.has_progressed = self.done, True
        self.is_saved_as_done = self.is_over

    def finish(self) -> None:
        """Within a step: it is the last one, and its end saves the task as done."""
        self.is_over = True

    def report_progress(self, done: int, total: int = 100) -> None:
        """Report the progress of reading, at most once a second; nothing else is saved. Raises as `step` does.

        To be called every few milliseconds: pages go first.
        """
        courtesy.give_way()
        if monotonic() - self._told < REPORT_SECONDS:
            return
        self._told = monotonic()
        table: Any = LongTask.__table__
        telling = update(table).where(table.c.id == self.id, table.c.state.in_(UNFINISHED))
        try:
            with (
                read_only(False),
                self.engine.connect() as connection,
                short_busy_timeout(connection, REPORT_MILLISECONDS),
                connection.begin(),
            ):
                connection.execute(telling.values(done=done, total=total))
        except BUSY:
            return
        self._noted, self.done, self.total = done, done, total
        with read_only(True), Session(self.engine) as session:
            self._check_claim(session)

    def _check_claim(self, session: Session) -> None:
        statement = select(LongTask).where(LongTask.id == self.id).with_for_update()
        task = session.scalars(statement).first()
        if task is None or task.state not in UNFINISHED or task.done != self._noted:
            raise TaskTaken
        if task.state == STOPPING and self._may_cancel(task):
            raise Cancelled

    def _values(self) -> dict[str, Any]:
        values = {"done": self.done, "total": self.total, "result": self.result, "file": self.file, "starts": 0}
        return {**values, "state": DONE, "finished_at": self.clock()} if self.is_over else values
