"""Long writes in short batches, with a pause after each that somebody waits for (I-6, C-6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from time import monotonic, sleep

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crm.jobs.database import write_session
from crm.models.engine import others_wait

GOAL = 0.2
"""Seconds for which a batch should hold the database: with the retry of a waiting writer, well below half a second."""
REST = 0.15
"""Whoever waits for SQLite looks again after 0.1 s at the latest: a shorter rest would let hardly anybody in."""
UNASKED = 1.0
"""After so many seconds of work it rests in any case: whether another process waits, nobody can see."""
MIN_BATCH, FIRST_BATCH, MAX_BATCH = 10, 20, 2000
"""Rows. The time is what counts: small batches on a quick machine would pause most of it."""


MAX_WAIT = 0.02
"""Seconds that one call of `give_way` takes at most: three lists are answered in that time."""


class Courtesy:
    """A job that calculates lets the pages that are asked for meanwhile go first.

    Python's threads take turns of a millisecond, and a page loses its turn whenever it asks the database: beside a job
    that only calculates it takes three times as long. The job may call `give_way` as often as it likes. It waits no
    longer than it has worked since, so that a request of minutes only halves its pace.
    """

    def __init__(self) -> None:
        self._asked: set[int] = set()
        self._since = monotonic()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Around the answer to a request, in its own thread."""
        self._asked.add(get_ident())
        try:
            yield
        finally:
            self._asked.discard(get_ident())

    def give_way(self) -> None:
        """Wait while somebody is served."""
        began = monotonic()
        until = began + min(MAX_WAIT, began - self._since)
        while self._asked and monotonic() < until:
            sleep(0.001)
        self._since = monotonic()


courtesy = Courtesy()


class BatchPacer:
    """Chooses the size of the next batch by how long the last one took, so that slow machines take fewer rows."""

    def __init__(self) -> None:
        self.size = FIRST_BATCH
        self._begun = False
        self._worked = 0.0

    @contextmanager
    def batch(self, engine: Engine) -> Iterator[Session]:
        """One transaction of at most `size` rows, after a rest where that is due."""
        if self._begun:
            sleep(REST if self._rest_is_due(engine) else 0)
        self._begun = True
        held = 0.0
        try:
            with write_session(engine) as session:
                session.connection()  # the database is ours from here on; waiting for it does not count
                held = monotonic()
                yield session
        finally:
            if held:
                self._learn(monotonic() - held)

    def _rest_is_due(self, engine: Engine) -> bool:
        if engine.dialect.name != "sqlite":  # elsewhere whoever waits for a row is the next to have it
            return False
        if not others_wait() and self._worked < UNASKED:
            return False
        self._worked = 0.0
        return True

    def _learn(self, took: float) -> None:
        self._worked += took
        factor = min(2.0, max(0.25, GOAL / max(took, 0.001)))
        self.size = max(MIN_BATCH, min(MAX_BATCH, int(self.size * factor)))
