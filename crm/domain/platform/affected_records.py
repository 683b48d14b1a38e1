"""Counts of the records affected by deleting or transferring others, for the confirmation (C-6, C-7)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import dependent_records
from crm.entities.registry import belonging_to, entity, entity_of
from crm.i18n import N_
from crm.models import ContactRecord, Customer, ScheduleItem

LabelCounts = list[tuple[str, int]]
"""(message id of the kind, how many)."""
PLANNED = N_("Planned follow-ups")


def count_deleted_with(session: Session, records: Sequence[Any]) -> LabelCounts:
    """What is deleted together with the records, by kind."""
    counts: Counter[str] = Counter()
    for record in records:
        counts.update({key: len(records) for key, records in dependent_records(session, record).items()})
    if not records:
        return []
    labels = {kind.key: link.label for kind, link in belonging_to(entity_of(records[0]).key) if link.label}
    return [(labels.get(key, entity(key).plural), count) for key, count in counts.items() if count]


def count_transferred_with(session: Session, customers: Sequence[Customer]) -> LabelCounts:
    """The open documents and plans that go to the new owner of the customers."""
    ids = [customer.id for customer in customers]
    counts = []
    for kind, link in belonging_to("customers"):
        if link.transferable is not None:
            model = kind.model
            statement = select(func.count()).select_from(model).where(model.deleted_at.is_(None), link.transferable())
            count = session.scalar(statement.where(getattr(model, link.attribute).in_(ids))) or 0
            counts.append((kind.plural, count))
    return [(label, count) for label, count in counts if count] + planned_with(session, customers)


def planned_with(session: Session, customers: Sequence[Customer]) -> LabelCounts:
    """What the customers' owners planned with them, in contact records."""
    statement = _planned().join(Customer, Customer.id == ScheduleItem.customer_id)
    statement = statement.where(Customer.id.in_([c.id for c in customers]), ScheduleItem.owner_id == Customer.owner_id)
    return _nonzero(session.scalar(statement))


def planned_by(session: Session, records: Sequence[ContactRecord]) -> LabelCounts:
    """What the contact records put into somebody's schedule."""
    return _nonzero(session.scalar(_planned().where(ScheduleItem.record_id.in_([record.id for record in records]))))


def _planned() -> Any:
    open_items = (
        ScheduleItem.done_at.is_(None),
        ScheduleItem.deleted_at.is_(None),
        ScheduleItem.record_id.is_not(None),
    )
    return select(func.count(ScheduleItem.id)).where(*open_items)


def _nonzero(count: int | None) -> LabelCounts:
    return [(PLANNED, count)] if count else []
