"""Each job with its last and next run, its result, and 立即執行."""

from typing import Any

from flask import abort, url_for
from sqlalchemy import select

from crm.blueprints.jobs import blueprint
from crm.extensions import db
from crm.jobs.last_runs import last_runs
from crm.jobs.registry import JOBS, Job, schedule_of
from crm.models import JobRun, Permission
from crm.models.jobs import FAILED
from crm.web.access import may, requires
from crm.web.firm_settings import settings
from crm.web.job_words import run_text
from crm.web.manual_jobs import run_now
from crm.web.request_clock import now
from crm.web.respond import page

SHOWN_RUNS = 50


@blueprint.get("/jobs")
@requires(Permission.JOBS_VIEW)
def index() -> Any:
    runs, firm = last_runs(db.session()), settings()
    rows: list[dict[str, Any]] = [
        {"job": job, "last": runs.get(job.key), "next": schedule_of(job, firm).next(now(), firm.zone)}
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
    statement = select(JobRun).where(JobRun.job == key).order_by(JobRun.claimed_at.desc(), JobRun.id.desc())
    runs = [(run, run_text(run)) for run in db.session.scalars(statement.limit(SHOWN_RUNS))]
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
