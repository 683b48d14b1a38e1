"""Another server process on the same database, which runs what is due whenever it is told to."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys
from datetime import datetime
from crm import create_app
from crm.extensions import db
from crm.domain import recycling, reminders
from crm.jobs.running import run_due

moves, stop_at = 0, 0

def counting(real):
    def counted(*args):
        global moves
        done = real(*args)
        moves += 1
        if moves == stop_at:
            args[0].flush()
            print("middle", flush=True)
            sys.stdin.readline()
        return done
    return counted

recycling.move_customer = counting(recycling.move_customer)
reminders.notify = counting(reminders.notify)
app = create_app({"CRM_LOGIN_CAPTCHA": "off"})
with app.app_context():
    print("ready", flush=True)
    for line in sys.stdin:
        now, at = line.split()
        moves, stop_at = 0, int(at)
        print("ran", ",".join(run_due(db.engine, datetime.fromisoformat(now))), flush=True)
"""


class Process:
    def __init__(self, app):
        own = {key: app.config[key] for key in ("CRM_INSTANCE", "CRM_DATABASE_URL")}
        environment = {**os.environ, **own}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.expect("ready")

    def expect(self, word):
        line = self.process.stdout.readline().strip()
        assert line.startswith(word), line
        return line

    def go(self, now: datetime, stop_at=0):
        """Run what is due at that time; with `stop_at`, wait after so many moves or reminders, before the commit."""
        self.process.stdin.write(f"{now.isoformat()} {stop_at}\n")
        self.process.stdin.flush()

    def end(self):
        with self.process:
            self.process.stdin.close()
            self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.end()
