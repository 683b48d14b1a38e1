"""One background thread of this process, started when there is work; one thing after the other."""

import logging
from collections.abc import Callable
from queue import Queue
from threading import Lock, Thread

log = logging.getLogger("crm.jobs")

Work = Callable[[], None]


class WorkerThread:
    """Does the work it is given in the order in which it comes.

    The thread does not keep the process alive: what is under way when the server stops stands
    where its last transaction left it, and goes on at the next start or says that nothing was saved.
    """

    def __init__(self, on_crash: Callable[[Exception], object] = lambda error: None) -> None:
        self._on_crash = on_crash
        self._waiting: Queue[Work] = Queue()
        self._starting = Lock()
        self._thread: Thread | None = None

    def submit(self, work: Work) -> None:
        self._waiting.put(work)
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="crm-jobs", daemon=True)
                self._thread.start()

    def finish(self) -> None:
        """Wait until everything given so far is done."""
        self._waiting.join()

    def _work(self) -> None:
        while True:
            work = self._waiting.get()
            try:
                work()
            except Exception as error:
                log.exception("a job failed")
                self._on_crash(error)
            finally:
                self._waiting.task_done()
