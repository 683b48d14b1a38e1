"""The fields of a schedule item (S-2) and of its completion (S-4)."""

from dataclasses import dataclass
from typing import Any

from crm.catalogue.field import Entity, Field
from crm.catalogue.types import Context, FixedChoice, LongText, MomentType, PersonChoice, Reference, Text, YesNo
from crm.i18n import N_
from crm.models import ScheduleItem

MINUTES = (
    ("0", N_("At the start")),
    ("5", N_("5 minutes before")),
    ("15", N_("15 minutes before")),
    ("30", N_("30 minutes before")),
    ("60", N_("1 hour before")),
    ("120", N_("2 hours before")),
    ("1440", N_("1 day before")),
)


@dataclass(frozen=True)
class MinutesBefore(FixedChoice):
    """How long before the start one is reminded, in minutes; none is no reminder."""

    options: tuple[tuple[str, str], ...] = MINUTES

    def parse(self, text: str, context: Context) -> Any:
        return int(super().parse(text, context))

    def show(self, value: Any, context: Context) -> str:
        return super().show(self.edit(value, context), context)

    def edit(self, value: Any, context: Context) -> str:
        return "" if value is None else str(value)


ITEM = Entity(
    "schedule",
    N_("Schedule item"),
    ScheduleItem,
    (
        Field("title", N_("Title"), Text(200), required=True, wide=True),
        Field("starts_at", N_("Start"), MomentType(), required=True),
        Field("ends_at", N_("End"), MomentType(hour=18)),
        Field("all_day", N_("All day"), YesNo()),
        Field("remind_minutes", N_("Reminder"), MinutesBefore(), help=N_("Left empty, nobody is reminded.")),
        Field("customer_id", N_("Customer"), Reference(what="customers"), wide=True),
        Field("content", N_("Content"), LongText(), wide=True),
        Field("owner_id", N_("Person"), PersonChoice(), editable=False),
        Field("done_at", N_("Completed at"), MomentType(), editable=False),
        Field("done_by_id", N_("Completed by"), PersonChoice(), editable=False),
        Field("done_note", N_("What was done"), LongText(), wide=True, editable=False),
    ),
)

FORM_KEYS = tuple(field.key for field in ITEM if field.editable)
DONE_KEYS = ("done_note",)
