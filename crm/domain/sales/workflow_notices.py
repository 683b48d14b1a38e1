"""The notices of a workflow's steps: who was asked to decide, and whose document was decided on, hear of it (F-4)."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.clock import day_of
from crm.domain.office.notices import mark_done, notify
from crm.domain.sales.approval_rules import involved_people
from crm.domain.sales.stand_ins import stand_ins_of
from crm.domain.sales.transitions import Transition
from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.models import User, WorkflowEvent
from crm.models.documents import APPROVED, PENDING

APPROVALS = "approvals"
"""The kind of these notices."""
ASKED_NEXT = N_("%(person)s has approved %(code)s. It needs your approval as well.")
HALF_APPROVED = N_("%(person)s has approved %(code)s. It now needs the approval of %(next)s as well.")
HALF_APPROVED_BY_RULES = N_("%(person)s has approved %(code)s. It needs another approval by the rules.")


class HasTransitions(Protocol):
    """What notices need to know of a workflow."""

    @property
    def kind(self) -> str: ...

    @property
    def transitions(self) -> Sequence[Transition]: ...


def mark_earlier_notices_done(session: Session, workflow: HasTransitions, record: Any, actor: Actor) -> None:
    """Mark the notices of earlier steps as done, whoever took this one."""
    event = WorkflowEvent
    asked_ids = select(event.to_id).where(event.kind == workflow.kind, event.record_id == record.id)
    people = {person_id for person_id in session.scalars(asked_ids) if person_id} | involved_people(record)
    people |= stand_ins_of(session, people, day_of(actor.now, actor.zone))
    messages = [ASKED_NEXT, *(step.notice for step in workflow.transitions if step.wants_reply)]
    mark_done(session, people, APPROVALS, messages, _url(workflow, record), actor.now)


def notify_of_step(
    session: Session,
    workflow: HasTransitions,
    step: Transition,
    record: Any,
    actor: Actor,
    opinion: str,
    event: WorkflowEvent,
) -> None:
    """Notify whoever was asked to decide; of a deciding step, the people whose document it is."""
    by = session.get(User, actor.user_id)
    values = {"code": record.code, "person": by.name if by else "", "opinion": opinion}

    def send(people: set[int], message: str, values: dict[str, Any]) -> None:
        for person_id in sorted(p for p in people - {actor.user_id} if p):
            key = f"{workflow.kind}-{event.id}"
            notify(session, person_id, APPROVALS, message, values, _url(workflow, record), actor.now, key)

    if step.target == APPROVED and record.state == PENDING:
        next_approver = session.get(User, record.approver_id or 0)
        message = HALF_APPROVED if next_approver is not None else HALF_APPROVED_BY_RULES
        values_with_next = {**values, "next": next_approver.name if next_approver is not None else ""}
        send(involved_people(record), message, values_with_next)
        send(_approver_and_stand_ins(session, record, actor), ASKED_NEXT, values)
        return
    people = involved_people(record) if step.deciding else _approver_and_stand_ins(session, record, actor)
    send(people, step.notice, values)


def _approver_and_stand_ins(session: Session, record: Any, actor: Actor) -> set[int]:
    """Who was asked to decide, and who stands in for them today."""
    if record.approver_id is None:
        return set()
    return {record.approver_id} | stand_ins_of(session, [record.approver_id], day_of(actor.now, actor.zone))


def _url(workflow: HasTransitions, record: Any) -> str:
    return f"/{workflow.kind}/{record.id}"
