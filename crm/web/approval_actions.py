"""Submitting, approving and rejecting several documents at once (SO-3, SO-4, RC-3)."""

from collections.abc import Callable
from typing import Any

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.sales.approval_fields import fields_of
from crm.domain.sales.document_lines import orders_below_minimum
from crm.domain.sales.transitions import Transition
from crm.domain.sales.workflow import Workflow
from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Order
from crm.models.documents import APPROVED, PENDING
from crm.web.approvals import KINDS
from crm.web.table.bulk.action import BulkAction


def bulk_actions(kind: str, deciding: bool = False) -> tuple[BulkAction, ...]:
    """The actions of a list of documents: the steps that have words for several; or only the `deciding` ones."""
    workflow = KINDS[kind].workflow
    return tuple(_action(workflow, step) for step in workflow.in_bulk() if step.deciding or not deciding)


def _action(workflow: Workflow, step: Transition) -> BulkAction:
    return BulkAction(
        step.name,
        step.label,
        workflow.approve if step.deciding else workflow.save,
        _verb(workflow, step.name),
        step.bulk_question,
        step.bulk_done,
        policy_action=step.name,
        danger=step.tone == "danger",
        fields=fields_of(workflow.kind, step),
        versioned=True,
        preview=ticked_documents,
        waits=_is_pending if step.target == APPROVED else None,
        partly_done=N_("%(count)s approved by you; by the rules they need another approval."),
    )


def _is_pending(record: Any) -> bool:
    return bool(record.state == PENDING)


def ticked_documents(records: list[Any]) -> str:
    """Number, customer, salesperson, amount of each, and the sum."""
    statement = select(Customer.id, Customer.name).where(Customer.id.in_({record.customer_id for record in records}))
    names = {row.id: row.name for row in db.session.execute(statement)}
    orders = [record.id for record in records if isinstance(record, Order)]
    low = orders_below_minimum(db.session(), orders) if orders else set()
    rows = [(r.code, names[r.customer_id], r.owner_id, r.worth, bool(orders) and r.id in low) for r in records]
    return render_template("approvals/_ticked.html", rows=rows)


def _verb(workflow: Workflow, name: str) -> Callable[..., Any]:
    def verb(session: Session, record: Any, actor: Actor, **values: Any) -> Any:
        return workflow.fire(session, record, name, actor, **values)

    return verb
