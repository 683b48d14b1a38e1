"""The history of documents that are decided by somebody else, and the words told about each step (SO-4, SO-7, F-4)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.entities.record_saving import Acting
from crm.i18n import N_
from crm.models import WorkflowEvent
from crm.models.documents import PENDING

CREATED = "create"
STEPS = {
    CREATED: N_("Created"),
    "submit": N_("Submitted"),
    "withdraw": N_("Withdrawn"),
    "approve": N_("Approved"),
    "reject": N_("Rejected"),
    "void": N_("Voided"),
}
HAPPENED = {
    CREATED: N_("%(code)s is a draft. It has to be submitted first."),
    "submit": N_("%(code)s was submitted by %(person)s and is awaiting approval."),
    "withdraw": N_("%(code)s was withdrawn by %(person)s in the meantime."),
    "approve": N_("%(code)s was approved by %(person)s in the meantime."),
    "reject": N_("%(code)s was rejected by %(person)s in the meantime."),
    "void": N_("%(code)s was voided by %(person)s in the meantime."),
}
"""What somebody who comes too late is told about the last step."""
APPROVALS = "approvals"
NOTICES = {
    ("orders", "submit"): N_("%(person)s asks you to approve the sales order %(code)s."),
    ("orders", "withdraw"): N_("%(person)s has withdrawn the sales order %(code)s."),
    ("orders", "approve"): N_("%(person)s has approved the sales order %(code)s. %(opinion)s"),
    ("orders", "reject"): N_("%(person)s has rejected the sales order %(code)s: %(opinion)s"),
    ("orders", "void"): N_("%(person)s has voided the sales order %(code)s: %(opinion)s"),
    ("receipts", "submit"): N_("%(person)s asks you to approve the receipt %(code)s."),
    ("receipts", "withdraw"): N_("%(person)s has withdrawn the receipt %(code)s."),
    ("receipts", "approve"): N_("%(person)s has approved the receipt %(code)s. %(opinion)s"),
    ("receipts", "reject"): N_("%(person)s has rejected the receipt %(code)s: %(opinion)s"),
}


def declare_words(kind: str, step: str, label: str) -> None:
    """General words for a step of which nothing particular is said above."""
    STEPS.setdefault(step, label)
    HAPPENED.setdefault(step, N_("%(code)s was changed by %(person)s in the meantime."))
    NOTICES.setdefault((kind, step), N_("%(person)s has changed %(code)s. %(opinion)s"))


def note_step(
    session: Session,
    kind: str,
    record: Any,
    step: str,
    before: str | None,
    acting: Acting,
    opinion: str | None = None,
) -> WorkflowEvent:
    """A line of the document's history."""
    event = WorkflowEvent(
        kind=kind,
        record_id=record.id,
        at=acting.now,
        by_id=acting.user_id or None,
        step=step,
        state_before=before,
        state_after=record.state,
        to_id=record.approver_id if record.state == PENDING else None,
        opinion=(opinion or "").strip() or None,
    )
    session.add(event)
    session.flush()
    return event


def events_of(session: Session, kind: str, record_id: int) -> list[WorkflowEvent]:
    """The document's history, the newest first."""
    mine = select(WorkflowEvent).where(WorkflowEvent.kind == kind, WorkflowEvent.record_id == record_id)
    return list(session.scalars(mine.order_by(WorkflowEvent.at.desc(), WorkflowEvent.id.desc())))


def latest_event(session: Session, kind: str, record: Any) -> WorkflowEvent | None:
    mine = select(WorkflowEvent).where(WorkflowEvent.kind == kind, WorkflowEvent.record_id == record.id)
    return session.scalars(mine.order_by(WorkflowEvent.at.desc(), WorkflowEvent.id.desc()).limit(1)).first()


def latest_events(session: Session, kind: str, record_ids: Sequence[int]) -> dict[int, WorkflowEvent]:
    """Record's id → the last step that was taken with it."""
    last = select(func.max(WorkflowEvent.id)).where(WorkflowEvent.kind == kind, WorkflowEvent.record_id.in_(record_ids))
    found = session.scalars(select(WorkflowEvent).where(WorkflowEvent.id.in_(last.group_by(WorkflowEvent.record_id))))
    return {event.record_id: event for event in found}
