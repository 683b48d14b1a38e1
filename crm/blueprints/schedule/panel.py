"""The panel 今日日程, and what it has in common with the schedule's first tab."""

from typing import Any

from crm.domain.schedule import agenda
from crm.entities.listing import Reader
from crm.entities.registry import entity
from crm.i18n import N_
from crm.models import ScheduleItem
from crm.web.panels import Panel, declare

MAX_COMING = 10
MAX_OVERDUE = 20
"""More than these are old; the newest of them are shown."""


def own_day(reader: Reader) -> dict[str, Any]:
    """The person's own day first, what is left from earlier days below it; where the day brings nothing, what comes in
    the next seven (W-6)."""
    session, rights, day, actor = reader.session, reader.rights, reader.today, reader.actor
    late = agenda.latest_overdue(session, rights, day, actor, MAX_OVERDUE)
    todays = agenda.entries(session, rights, agenda.of_person_on(rights.user_id, day, day, actor))
    values = {"late": late, "todays": agenda.with_conflicts(todays, actor), "coming": [], "today": day}
    if not todays:
        week = agenda.of_person_on(rights.user_id, day + agenda.DAY, day + 7 * agenda.DAY, actor)
        values["coming"] = agenda.entries(session, rights, week, ScheduleItem.done_at.is_(None), limit=MAX_COMING)
    return values


def panel_values(reader: Reader) -> dict[str, Any]:
    values = own_day(reader)
    open_items = [entry for entry in values["late"] + values["todays"] if entry.item.done_at is None]
    return {**values, "count": len(open_items)}


declare(
    Panel(
        key="today",
        title=N_("Today's schedule"),
        permission=entity("schedule").permission("view"),
        template="schedule/_panel.html",
        values=panel_values,
        refresh_on=("schedule-changed", "records-changed", "customers-changed"),
        rank=20,
    )
)
