"""What is planned for a day keeps its day in every time zone: whole-day items, next contacts (S-2, R-2).

Of an item of whole days its days count. The moments at which they begin are kept beside them, for lists that are in
the order of time; they follow the days.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from crm import clock
from crm.models import ContactRecord, Customer, ScheduleItem
from crm.models.table_versions import invalidate

PLANNED_AT = time(9)
"""The hour of what is planned for a day without a time."""
Shift = Callable[[datetime | None], datetime | None]


def settle_days(item: ScheduleItem, zone: ZoneInfo) -> None:
    """Whole days by the moments that were entered: the item begins with its first day."""
    if not item.all_day:
        item.first_day = item.last_day = None
        return
    item.first_day = clock.day_of(item.starts_at, zone)
    item.last_day = clock.day_of(item.ends_at or item.starts_at, zone)
    item.starts_at = clock.start_of(item.first_day, zone)
    item.ends_at = clock.start_of(item.last_day, zone) if item.ends_at is not None else None


def days_of(item: Any, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day that the item touches; one that ends at midnight does not touch the next day."""
    if item.all_day:
        return item.first_day, item.last_day
    first_day = clock.day_of(item.starts_at, zone)
    if item.ends_at is None or item.ends_at <= item.starts_at:
        return first_day, first_day
    return first_day, clock.day_of(item.ends_at - timedelta(microseconds=1), zone)


def over_at(item: Any, zone: ZoneInfo) -> datetime:
    """The moment after which the item is over."""
    ends: datetime = clock.end_of(item.last_day, zone) if item.all_day else item.ends_at or item.starts_at
    return ends


def preserve_days(session: Session, before: ZoneInfo, after: ZoneInfo) -> None:
    """After a change of the firm's time zone, move what was planned for a day so that it keeps its day.

    Appointments with a time are moments and stay as they are; a contact at 09:00 is one that was planned or noted for
    a day (R-2), and is at 09:00 of that day by the new clock as well.
    """
    _move_whole_days(session, after)
    turn = _zone_shift(before, after)
    _move_plans(session, turn)
    _move(session, Customer, ("next_contact_at", "last_contact_at", "idle_since"), turn)
    _move(session, ContactRecord, ("next_contact_at", "next_contact_before", "contacted_at"), turn)
    session.expire_all()


def _move_whole_days(session: Session, zone: ZoneInfo) -> None:
    row: Any = ScheduleItem.__table__
    items = session.execute(select(row.c.id, row.c.first_day, row.c.last_day, row.c.ends_at).where(row.c.all_day))
    new_times = [
        {
            "row_id": id_,
            "start": clock.start_of(first, zone),
            "end": clock.start_of(last, zone) if ends_at is not None else None,
        }
        for id_, first, last, ends_at in items
    ]
    _write(session, ScheduleItem, {"starts_at": "start", "ends_at": "end"}, new_times)


def _move_plans(session: Session, turn: Shift) -> None:
    """What contact records put into the schedule goes with their next contact; how long it takes stays."""
    row, record = ScheduleItem, ContactRecord
    statement = select(row.id, row.starts_at, row.ends_at).join(record, record.id == row.record_id)
    new_times = []
    for id_, starts_at, ends_at in session.execute(
        statement.where(row.starts_at == record.next_contact_at, row.all_day.is_(False))
    ):
        start = turn(starts_at)
        if start is not None and start != starts_at:
            new_times.append({"row_id": id_, "start": start, "end": ends_at and ends_at + (start - starts_at)})
    _write(session, row, {"starts_at": "start", "ends_at": "end"}, new_times)


def _move(session: Session, model: Any, keys: tuple[str, ...], turn: Shift) -> None:
    new_times = []
    for id_, *old in session.execute(select(model.id, *(getattr(model, key) for key in keys))):
        new = [turn(moment) for moment in old]
        if new != old:
            new_times.append({"row_id": id_, **{f"new_{key}": moment for key, moment in zip(keys, new, strict=True)}})
    _write(session, model, {key: f"new_{key}" for key in keys}, new_times)


def _write(session: Session, model: Any, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
    """By the row's id, past the session: nobody changed these records."""
    if not rows:
        return
    table = model.__table__
    values: dict[str, Any] = {name: bindparam(parameter) for name, parameter in columns.items()}
    session.connection().execute(update(table).where(table.c.id == bindparam("row_id")).values(values), rows)
    invalidate(session, table.name)


def _zone_shift(before: ZoneInfo, after: ZoneInfo) -> Shift:
    """Moments planned for a day become the same day and clock in the new zone; each moment is worked out once."""
    known: dict[datetime, datetime] = {}

    def turn(moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        if moment not in known:
            local = moment.astimezone(before)
            planned = local.time() == PLANNED_AT
            known[moment] = clock.at_hour(local.date(), PLANNED_AT.hour, after) if planned else moment
        return known[moment]

    return turn
