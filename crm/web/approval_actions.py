"""Submitting, approving and rejecting several documents at once (SO-3, SO-4, RC-3)."""

from collections.abc import Callable
from typing import Any

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.sales.approval_fields import fields_of
from crm.domain.sales.document_lines import sold_too_low
from crm.domain.sales.workflow import Workflow
from crm.entities.record_saving import Acting
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Order
from crm.web.approvals import KINDS
from crm.web.table.bulk import BulkAction

WORDS = {
    ("orders", "submit"): (N_("%(count)s orders are submitted for approval."), N_("%(count)s orders submitted.")),
    ("orders", "approve"): (N_("%(count)s orders will be approved."), N_("%(count)s orders approved.")),
    ("orders", "reject"): (
        N_("%(count)s orders go back to the people who submitted them."),
        N_("%(count)s orders rejected."),
    ),
    ("receipts", "submit"): (
        N_("%(count)s receipts are submitted for approval."),
        N_("%(count)s receipts submitted."),
    ),
    ("receipts", "approve"): (N_("%(count)s receipts will be approved."), N_("%(count)s receipts approved.")),
    ("receipts", "reject"): (
        N_("%(count)s receipts go back to the people who submitted them."),
        N_("%(count)s receipts rejected."),
    ),
}
"""(kind, step) → what is asked, what is told at the end."""


def bulk_actions(kind: str, *steps: str) -> tuple[BulkAction, ...]:
    """The actions of a list of documents: `bulk_actions("orders")`, or only the steps named."""
    return tuple(_action(kind, name) for name in steps or ("submit", "approve", "reject"))


def _action(kind: str, name: str) -> BulkAction:
    workflow = KINDS[kind].workflow
    step = workflow.step(name)
    question, done = WORDS[kind, name]
    return BulkAction(
        name,
        step.label,
        workflow.approve if step.deciding else workflow.save,
        _verb(workflow, name),
        question,
        done,
        does=name,
        danger=name == "reject",
        fields=fields_of(kind, step),
        versioned=True,
        preview=ticked_documents,
    )


def ticked_documents(records: list[Any]) -> str:
    """Number, customer, salesperson, amount of each, and the sum."""
    wanted = select(Customer.id, Customer.name).where(Customer.id.in_({record.customer_id for record in records}))
    names = {row.id: row.name for row in db.session.execute(wanted)}
    orders = [record.id for record in records if isinstance(record, Order)]
    low = sold_too_low(db.session(), orders) if orders else set()
    rows = [(r.code, names[r.customer_id], r.owner_id, r.worth, bool(orders) and r.id in low) for r in records]
    return render_template("approvals/_ticked.html", rows=rows)


def _verb(workflow: Workflow, name: str) -> Callable[..., Any]:
    def verb(session: Session, record: Any, acting: Acting, **values: Any) -> Any:
        return workflow.fire(session, record, name, acting, **values)

    return verb
