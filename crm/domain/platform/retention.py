"""Entries that are deleted after a while: sent forms, finished long tasks; the logs: `log_seals` (A-9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.models import LongTask, SentForm

KEEP_FORMS = timedelta(days=2)
"""Nobody sends the same page again after that; a browser that was closed over a weekend has lost it."""
KEEP_TASKS = timedelta(days=30)
"""Its person has seen long ago what came of it; the history of imports stays."""
MAX_AT_ONCE = 20_000
"""So many rows of a kind in one run: others wait for it to save. What is left goes the next day."""


@dataclass(frozen=True)
class DeletedCounts:
    forms: int
    tasks: int


def has_expired_entries(session: Session, now: datetime) -> bool:
    statements = (
        select(SentForm.token).where(SentForm.sent_at < now - KEEP_FORMS),
        select(LongTask.id).where(LongTask.finished_at < now - KEEP_TASKS),
    )
    return any(session.scalars(statement.limit(1)).first() is not None for statement in statements)


def delete_expired_entries(session: Session, now: datetime) -> DeletedCounts:
    """Delete expired entries, the oldest first."""
    forms = _delete_before(session, SentForm, SentForm.sent_at, now - KEEP_FORMS)
    tasks = _delete_before(session, LongTask, LongTask.finished_at, now - KEEP_TASKS)
    return DeletedCounts(forms, tasks)


def _delete_before(session: Session, model: Any, at: Any, before: datetime) -> int:
    """In one statement up to a moment, which the index finds; the row after the last one that may go says which."""
    next_kept = session.scalar(select(at).where(at < before).order_by(at).offset(MAX_AT_ONCE).limit(1))
    deleted: Any = session.execute(delete(model).where(at < (next_kept or before)))
    return int(deleted.rowcount)
