"""The threads that serve: whoever only reads always finds one, however long others wait to write.

A request that may write waits for the database's lock, for seconds where another process holds it. So those have only
some of the threads, and what takes long by itself (a sent file, the hash of a password) has fewer still; of those who
want a picture one waits for the process that draws. The others wait their turn in a queue that costs no thread.
"""

import logging
from collections import Counter, deque
from threading import Condition, Thread, current_thread
from time import monotonic
from typing import Any

log = logging.getLogger("crm")

THREADS, MAX_WRITING, MAX_HEAVY, MAX_DRAWING = 5, 3, 2, 1
READING, WRITING, HEAVY, DRAWING = "reading", "writing", "heavy", "drawing"
HASHES = frozenset({"/login", "/login/code", "/setup", "/password"})
"""What is sent there has a password hashed."""
PICTURE, REPORTS, WORKBOOK = "/chart.png", "/reports/", "/export"
"""A picture, and the workbook of a report, which holds one."""


def lane_of(request: Any) -> str:
    """How a request of waitress uses a thread, as far as its head tells."""
    if request.error:
        return READING
    if getattr(request, "command", "GET").upper() in ("GET", "HEAD", "OPTIONS"):
        return DRAWING if _wants_a_picture(request.path) else READING
    if request.path.rstrip("/") in HASHES or request.headers.get("CONTENT_TYPE", "").startswith("multipart/"):
        return HEAVY
    return WRITING


def _wants_a_picture(path: str) -> bool:
    return path.endswith(PICTURE) or (path.startswith(REPORTS) and path.endswith(WORKBOOK))


class Dispatcher:
    """What waitress gives its requests to, in place of its own queue: the first one for which there is a thread."""

    def __init__(self, threads: int = THREADS) -> None:
        self._waiting: deque[tuple[str, Any]] = deque()
        self._running: Counter[str] = Counter()
        self._changed = Condition()
        self._stopped = False
        self._served = monotonic()
        self.threads = {Thread(target=self._work, name=f"crm-serving-{n}", daemon=True) for n in range(threads)}
        for thread in tuple(self.threads):
            thread.start()

    def add_task(self, task: Any) -> None:
        with self._changed:
            self._waiting.append((lane_of(task.requests[0]), task))
            self._changed.notify()

    def is_quiet(self, seconds: float) -> bool:
        """Whether nobody has been waiting for an answer for so long."""
        with self._changed:
            busy = self._waiting or any(self._running.values())
            return not busy and monotonic() - self._served >= seconds

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Let what is under way come to its end, for some seconds; what waits is given up."""
        end = monotonic() + timeout
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            while self.threads and (remaining := end - monotonic()) > 0:
                self._changed.wait(remaining)
            if self.threads:
                log.warning("%d requests were cut off", len(self.threads))
            while cancel_pending and self._waiting:
                self._waiting.popleft()[1].cancel()
        return cancel_pending

    def _work(self) -> None:
        while (lane_and_task := self._next()) is not None:
            lane, task = lane_and_task
            try:
                task.service()
            except BaseException:
                log.exception("serving %r failed", task)
            finally:
                with self._changed:
                    self._running[lane] -= 1
                    self._served = monotonic()

    def _next(self) -> tuple[str, Any] | None:
        with self._changed:
            while not self._stopped:
                for index, (lane, _task) in enumerate(self._waiting):
                    if self._has_room(lane):
                        waiting = self._waiting[index]
                        del self._waiting[index]
                        self._running[lane] += 1
                        return waiting
                self._changed.wait()
            self.threads.discard(current_thread())
            self._changed.notify_all()
            return None

    def _has_room(self, lane: str) -> bool:
        if lane == READING:
            return True
        if lane == DRAWING:
            return self._running[DRAWING] < MAX_DRAWING
        writing = self._running[WRITING] + self._running[HEAVY]
        return writing < MAX_WRITING and (lane != HEAVY or self._running[HEAVY] < MAX_HEAVY)
