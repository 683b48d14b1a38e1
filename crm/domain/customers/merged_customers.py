"""What follows for customers that are made one, or apart again (C-4, C-9, R-4)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.customers.contact_records import newest_record
from crm.domain.customers.customer_events import FOLLOWED, MERGED, event_row, tracked_change_rows
from crm.domain.customers.customers import check_city, refresh_idle
from crm.domain.platform.merging import Before, settled_after_merging, settled_after_unmerging
from crm.entities.record_saving import Actor
from crm.entities.undo import UnrevertedRow
from crm.models import Customer, CustomerEvent


@settled_after_merging("customers")
def _after_merging(
    session: Session, survivor: Customer, merged_customers: Sequence[Customer], before: Before, actor: Actor
) -> None:
    """Its last contact is the newest of all; the ledger tells what went into it, and what else became of it."""
    check_city(session, survivor.province_id, survivor.city_id)
    _show_newest(session, survivor)
    changed = {key: getattr(survivor, key) for key in FOLLOWED}
    rows = list(tracked_change_rows(survivor.id, before, changed, actor))
    rows += [event_row(survivor.id, actor, MERGED, merged.name, survivor.name) for merged in merged_customers]
    session.add_all(CustomerEvent(**row) for row in rows)


@settled_after_unmerging("customers")
def _after_unmerging(
    session: Session, customers: Sequence[Any], unreverted: Sequence[UnrevertedRow], actor: Actor
) -> None:
    """Where others worked on it meanwhile, each customer shows its own newest record."""
    if unreverted:
        for customer in customers:
            _show_newest(session, customer)


def _show_newest(session: Session, customer: Customer) -> None:
    newest = newest_record(session, customer)
    customer.last_contact_at = newest.contacted_at if newest is not None else None
    refresh_idle(customer)
