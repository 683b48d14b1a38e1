"""The ledger of customers: each change of level, status, owner and pool, with before and after (C-9).

Rows are made here, for one customer by a form or for ten thousand by an import.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.models import Customer, CustomerEvent

CREATED, LEVEL, OWNER, STATUS, IN_POOL = "created", "level", "owner", "status", "pool"
PLANS = "plans"
"""Planned follow-ups that changed hands with the customer: how many stands in `before`."""
MERGED = "merged"
"""Another customer that went into this one (C-4): its name stands in `before`."""
FOLLOWED = {"level_id": LEVEL, "status_id": STATUS}
"""The attributes whose every change is a line of its own."""

Row = dict[str, Any]


def event_row(customer_id: int, actor: Actor, kind: str, before: Any, after: Any, reason: str = "") -> Row:
    """A line of the ledger; ids as numbers, states of the pool as words (C-9)."""
    return {
        "customer_id": customer_id,
        "at": actor.now,
        "by_id": actor.user_id or None,
        "kind": kind,
        "before_id": before if isinstance(before, int) else None,
        "after_id": after if isinstance(after, int) else None,
        "before": before if isinstance(before, str) else None,
        "after": after if isinstance(after, str) else None,
        "reason": reason or None,
    }


def created_row(customer_id: int, owner_id: int | None, actor: Actor) -> Row:
    return event_row(customer_id, actor, CREATED, None, owner_id)


def tracked_change_rows(
    customer_id: int, before: Mapping[str, Any], changed: Mapping[str, Any], actor: Actor
) -> Iterable[Row]:
    """The lines of a change; `changed` are the new values."""
    for key, kind in FOLLOWED.items():
        if key in changed and changed[key] != before[key]:
            yield event_row(customer_id, actor, kind, before[key], changed[key])


def record_event(
    session: Session, customer: Customer, actor: Actor, kind: str, before: Any, after: Any, reason: str = ""
) -> None:
    session.add(CustomerEvent(**event_row(customer.id, actor, kind, before, after, reason)))


def write_rows(session: Session, rows: list[Row]) -> None:
    if rows:
        session.connection().execute(insert(CustomerEvent), rows)
