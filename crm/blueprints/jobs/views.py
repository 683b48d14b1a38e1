"""Each job with its last and next run, its result, and 立即執行."""

import json
from typing import Any

from flask import abort, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.blueprints.jobs import blueprint
from crm.extensions import db
from crm.jobs.registry import JOBS, Job, schedule_of
from crm.models import JobRun, Permission
from crm.models.jobs import DONE, FAILED
from crm.web.access import may, requires
from crm.web.firm_settings import settings
from crm.web.jobs_by_hand import run_now
from crm.web.request_clock import now
from crm.web.respond import page

SHOWN_RUNS = 50


@blueprint.get("/jobs")
@requires(Permission.JOBS_VIEW)
def index() -> Any:
    session, firm = db.session(), settings()
    rows: list[dict[str, Any]] = [
        {"job": job, "last": _last_run(session, job.key), "next": schedule_of(job, firm).next(now(), firm.zone)}
        for job in JOBS.values()
    ]
    for row in rows:
        row["result"] = run_text(row["last"])
        row["failed"] = row["last"] is not None and row["last"].state == FAILED
    return page("jobs/index.html", rows=rows, may_run=may(Permission.JOBS_SAVE))


@blueprint.get("/jobs/<key>")
@requires(Permission.JOBS_VIEW)
def show(key: str) -> Any:
    """The job's runs, the latest first."""
    job = _job_or_404(key)
    wanted = select(JobRun).where(JobRun.job == key).order_by(JobRun.claimed_at.desc(), JobRun.id.desc())
    runs = [(run, run_text(run)) for run in db.session.scalars(wanted.limit(SHOWN_RUNS))]
    return page("jobs/show.html", job=job, runs=runs, failed=FAILED, may_run=may(Permission.JOBS_SAVE))


@blueprint.get("/jobs/<key>/run")
@requires(Permission.JOBS_SAVE)
def ask(key: str) -> Any:
    return page("jobs/run.html", job=_job_or_404(key))


@blueprint.post("/jobs/<key>/run")
@requires(Permission.JOBS_SAVE)
def run(key: str) -> Any:
    """【立即執行】: the same work as at its hour, now and in this person's name."""
    return run_now(_job_or_404(key), Permission.JOBS_SAVE, url_for("jobs.index"))


def _job_or_404(key: str) -> Job:
    if key not in JOBS:
        abort(404)
    return JOBS[key]


def _last_run(session: Session, key: str) -> JobRun | None:
    wanted = select(JobRun).where(JobRun.job == key, JobRun.state.in_((DONE, FAILED)))
    return session.scalars(wanted.order_by(JobRun.claimed_at.desc(), JobRun.id.desc()).limit(1)).first()


def run_text(run: JobRun | None) -> str:
    """What the run did, in the reader's language."""
    if run is None or not run.result:
        return ""
    message, values = json.loads(run.result)
    return _(message, **values)
