"""Another server process on the same database, which runs what is due whenever it is told to.

Forked from a process that has the program loaded already: starting one is quick, and it is killed as any other.
"""

import multiprocessing
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from crm.domain.platform.log_seals import OWN_JOB

WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["crm.app", "crm.blueprints", "crm.jobs.due_jobs", "tests.jobs.process"])


def but_sealing(ran: list[str]) -> list[str]:
    """The jobs that ran, but for the sealing of the logs: it follows whatever was written there, in either process."""
    return [key for key in ran if key != OWN_JOB]


def work(config: dict[str, Any], pipe: Connection) -> None:
    """What the other process does: for each (now, stop_at) it runs what is due, and says so."""
    from crm import create_app
    from crm.domain.customers import idle_customers
    from crm.domain.schedule import reminders
    from crm.extensions import db
    from crm.jobs.due_jobs import run_due

    left = 0

    def counting(real: Any) -> Any:
        def counted(*args: Any) -> Any:
            nonlocal left
            done = real(*args)
            left -= 1
            if left == 0:
                args[0].flush()
                pipe.send("middle")
                pipe.recv()
            return done

        return counted

    idle_customers.move_customer = counting(idle_customers.move_customer)
    reminders.notify = counting(reminders.notify)
    app = create_app({"CRM_LOGIN_CAPTCHA": "off", **config})
    with app.app_context():
        while (told := pipe.recv()) is not None:
            now, left = told
            pipe.send(f"ran {','.join(but_sealing(run_due(db.engine, now)))}".strip())


class Process:
    def __init__(self, app: Any) -> None:
        own = {key: app.config[key] for key in ("CRM_INSTANCE", "CRM_DATABASE_URL")}
        self.pipe, theirs = WARM.Pipe()
        self.process = WARM.Process(target=work, args=(own, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def expect(self, word: str) -> str:
        """The next thing it says. Raises EOFError where it has ended."""
        line: str = self.pipe.recv()
        assert line.startswith(word), line
        return line

    def go(self, now: datetime, stop_at: int = 0) -> None:
        """Run what is due at that time; with `stop_at`, wait after so many moves or reminders, before the commit."""
        self.pipe.send((now, stop_at))

    def end(self) -> None:
        self.pipe.send(None)
        self.process.join()
        assert self.process.exitcode == 0

    def kill(self) -> None:
        """As `kill -9`."""
        self.process.kill()
        self.process.join()
