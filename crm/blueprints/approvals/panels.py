"""The panels 待審核的銷售單, 待審核的銷售收款 and 被駁回的單據 (W-1, W-2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import func, or_, select

from crm.domain.sales.document_lines import orders_below_minimum
from crm.domain.sales.workflow_history import latest_events
from crm.entities.listing import LISTINGS, Parameters, Query, Reader
from crm.entities.listing.rows import visible_ids
from crm.i18n import N_
from crm.models import Customer, Order
from crm.models.documents import REJECTED
from crm.web.approvals import KINDS, Kind
from crm.web.panels import Panel, declare
from crm.web.translation import gettext as _

ROWS = 30
REJECTED_ROWS = 10
COUNTED = 100
EVENTS = ("orders-changed", "receipts-changed")


def awaiting_values(key: str, reader: Reader) -> dict[str, Any]:
    """What waits for this person's decision, those first that they were asked for, and of them the latest."""
    kind = KINDS[key]
    statement = kind.workflow.awaiting(reader.session, reader.actor)
    is_visible = kind.workflow.model.seen_by(reader.rights, kind.view)
    shown = statement.add_columns(Customer.name.label("customer"), is_visible.label("seen")).limit(ROWS)
    rows = reader.session.execute(shown).all()
    orders = [row[0].id for row in rows] if kind.workflow.model is Order else []
    return {
        "low": orders_below_minimum(reader.session, orders) if orders else (),
        "kind": kind,
        "rows": rows,
        "decisions": [step for step in kind.workflow.in_bulk() if step.deciding],
        "count": capped_count(reader, statement) if len(rows) == ROWS else len(rows),
    }


def capped_count(reader: Reader, statement: Any) -> int | str:
    """How many there are; a hint from a hundred on."""
    ids = statement.with_only_columns(func.count()).order_by(None)
    count = reader.session.scalar(ids) or 0
    return count if count < COUNTED else f"{COUNTED}+"


def rejected_values(reader: Reader) -> dict[str, Any]:
    """The person's own documents that were rejected, with the reason, the latest first."""
    rejected: list[_Rejection] = []
    for kind in KINDS.values():
        if reader.rights.may(kind.workflow.save):
            rejected += _rejections(reader, kind)
    rejected.sort(key=lambda rejection: rejection.at, reverse=True)
    shown = rejected[:REJECTED_ROWS]
    documents = {key: _documents(reader, KINDS[key], shown) for key in {rejection.kind.key for rejection in shown}}
    rows = []
    for rejection in shown:
        kind = rejection.kind
        record, customer = documents[kind.key][rejection.record_id]
        possible = kind.workflow.available_steps(reader.session, record, reader.actor)
        steps = [(_(step.label), kind.step_url(step, record)) for step in possible]
        rows.append({**vars(rejection), "record": record, "customer": customer, "steps": steps})
    return {"rows": rows, "count": len(rejected) if len(rejected) < COUNTED else f"{COUNTED}+"}


@dataclass(frozen=True)
class _Rejection:
    """That a document was rejected: when, by whom, and why, as far as the history says it."""

    kind: Kind
    record_id: int
    at: datetime
    by: int | None
    opinion: str


def _rejections(reader: Reader, kind: Kind) -> list[_Rejection]:
    model, own_id = kind.workflow.model, reader.rights.user_id
    own = or_(model.owner_id == own_id, model.created_by_id == own_id, model.submitted_by_id == own_id)
    query = Query(LISTINGS[kind.key], reader, Parameters([("state", REJECTED)]), where=(own,))
    latest = visible_ids(query).add_columns(model.updated_at).order_by(model.updated_at.desc()).limit(COUNTED)
    changed: dict[int, datetime] = {row[0]: row[1] for row in reader.session.execute(latest)}
    last = latest_events(reader.session, kind.key, list(changed)) if changed else {}
    return [
        _Rejection(kind, record_id, event.at, event.by_id, event.opinion or "")
        if (event := last.get(record_id)) is not None
        else _Rejection(kind, record_id, updated_at, None, "")
        for record_id, updated_at in changed.items()
    ]


def _documents(reader: Reader, kind: Kind, shown: list[_Rejection]) -> dict[int, tuple[Any, str]]:
    """The documents of the kind among those shown, each with its customer's name."""
    model, ids = kind.workflow.model, [rejection.record_id for rejection in shown if rejection.kind is kind]
    statement = select(model, Customer.name).join(Customer, Customer.id == model.customer_id).where(model.id.in_(ids))
    return {record.id: (record, customer) for record, customer in reader.session.execute(statement)}


def approving(key: str, kind: Kind, title: str, rank: int) -> Panel:
    values: Callable[[Reader], dict[str, Any]] = partial(awaiting_values, kind.key)
    return Panel(key, title, kind.workflow.approve, "approvals/_panel.html", values, EVENTS, column=0, rank=rank)


declare(approving("orders_to_approve", KINDS["orders"], N_("Sales orders to approve"), 1))
declare(approving("receipts_to_approve", KINDS["receipts"], N_("Receipts to approve"), 2))
declare(
    Panel(
        key="rejected",
        title=N_("Rejected documents"),
        permission=KINDS["orders"].workflow.save,
        or_permission=KINDS["receipts"].workflow.save,
        template="approvals/_rejected.html",
        values=rejected_values,
        refresh_on=EVENTS,
        column=None,
        rank=55,
    )
)
