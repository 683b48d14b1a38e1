"""The history of documents that are decided by somebody else (SO-4)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.models import WorkflowEvent
from crm.models.documents import PENDING

CREATED = "create"
"""The step that the history of each document begins with."""


def record_step(
    session: Session,
    kind: str,
    record: Any,
    step: str,
    before: str | None,
    actor: Actor,
    opinion: str | None = None,
    for_id: int | None = None,
) -> WorkflowEvent:
    """A line of the document's history."""
    event = WorkflowEvent(
        kind=kind,
        record_id=record.id,
        at=actor.now,
        by_id=actor.user_id or None,
        step=step,
        state_before=before,
        state_after=record.state,
        to_id=record.approver_id if record.state == PENDING else None,
        opinion=(opinion or "").strip() or None,
        for_id=for_id,
    )
    session.add(event)
    session.flush()
    return event


def events_of(session: Session, kind: str, record_id: int) -> list[WorkflowEvent]:
    """The document's history, the newest first."""
    events = select(WorkflowEvent).where(WorkflowEvent.kind == kind, WorkflowEvent.record_id == record_id)
    return list(session.scalars(events.order_by(WorkflowEvent.at.desc(), WorkflowEvent.id.desc())))


def latest_event(session: Session, kind: str, record: Any) -> WorkflowEvent | None:
    events = select(WorkflowEvent).where(WorkflowEvent.kind == kind, WorkflowEvent.record_id == record.id)
    return session.scalars(events.order_by(WorkflowEvent.at.desc(), WorkflowEvent.id.desc()).limit(1)).first()


def latest_events(session: Session, kind: str, record_ids: Sequence[int]) -> dict[int, WorkflowEvent]:
    """Record's id → the last step that was taken with it."""
    last = select(func.max(WorkflowEvent.id)).where(WorkflowEvent.kind == kind, WorkflowEvent.record_id.in_(record_ids))
    events = session.scalars(select(WorkflowEvent).where(WorkflowEvent.id.in_(last.group_by(WorkflowEvent.record_id))))
    return {event.record_id: event for event in events}
