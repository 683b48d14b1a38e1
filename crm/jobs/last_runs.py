"""The last run of each scheduled job that came to an end, in one statement."""

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from crm.jobs.registry import JOBS
from crm.models import JobRun
from crm.models.jobs import DONE, FAILED


def last_runs(session: Session) -> dict[str, JobRun]:
    """Job → its last run, done or failed; a job that never ran is not in it."""
    ended = select(JobRun.id).where(JobRun.state.in_((DONE, FAILED)))
    ended = ended.order_by(JobRun.claimed_at.desc(), JobRun.id.desc()).limit(1)
    newest = union_all(*(select(ended.where(JobRun.job == key).subquery().c.id) for key in JOBS))
    return {run.job: run for run in session.scalars(select(JobRun).where(JobRun.id.in_(newest)))}
