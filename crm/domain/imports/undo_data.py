"""What an import wrote, kept for thirty days so that it can be undone (I-7)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from crm.entities.bulk_writes import BulkRecord, ChangedRow
from crm.entities.change_log import to_json_value
from crm.entities.undo import COUNTED, DERIVED
from crm.models import ImportRun, ImportWrite
from crm.models.deletions import RESTORABLE_FOR
from crm.models.imports import UNDOING


def record_writes(session: Session, run_id: int, record: BulkRecord, at: datetime) -> None:
    """Keep what a step wrote, in the step's own transaction."""
    if record.made or record.changed or record.items:
        changed = [[kind, change.id, _pairs(change)] for kind, change in record.changed]
        items = [list(item) for item in record.items]
        session.add(ImportWrite(run_id=run_id, at=at, made=record.made, changed=changed, items=items))
        session.flush()


def _pairs(change: ChangedRow) -> dict[str, list[Any]]:
    return {
        key: [to_json_value(change.before[key]), to_json_value(value)]
        for key, value in change.values.items()
        if key not in (COUNTED, DERIVED)
    }


def runs_with_writes(session: Session, run_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of the runs that can still be undone: their writes are kept."""
    statement = select(ImportWrite.run_id).where(
        ImportWrite.run_id.in_(list(run_ids)), ImportWrite.at > now - RESTORABLE_FOR
    )
    return set(session.scalars(statement.distinct()))


def has_expired_writes(session: Session, now: datetime) -> bool:
    return session.scalar(_expired(now).limit(1)) is not None


def delete_expired_writes(session: Session, now: datetime) -> int:
    """Delete what is too old to be undone, except for runs that are being undone now."""
    deleted: Any = session.execute(
        delete(ImportWrite).where(ImportWrite.id.in_(_expired(now))).execution_options(synchronize_session=False)
    )
    return int(deleted.rowcount)


def _expired(now: datetime) -> Select[int]:
    old = select(ImportWrite.id).join(ImportRun).where(ImportWrite.at <= now - RESTORABLE_FOR)
    return old.where(ImportRun.state != UNDOING)
