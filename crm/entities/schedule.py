"""The fields of a schedule item with its participants and repetition (S-2), and of its completion (S-4)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from crm.entities.entity import BelongsTo, Entity, Field, Happening, OnDelete
from crm.entities.people import MultipleChoice
from crm.fields import Context, Day, FixedChoice, LongText, MomentType, PersonChoice, Reference, Text, YesNo
from crm.i18n import N_
from crm.models import ContactRecord, ScheduleItem
from crm.models.schedule import DAILY, FOLLOWING, MONTHLY, THIS_ONE, WEEKLY

MINUTES = (
    ("0", N_("At the start")),
    ("5", N_("5 minutes before")),
    ("15", N_("15 minutes before")),
    ("30", N_("30 minutes before")),
    ("60", N_("1 hour before")),
    ("120", N_("2 hours before")),
    ("1440", N_("1 day before")),
)


FREQUENCIES = FixedChoice(options=((DAILY, N_("Every day")), (WEEKLY, N_("Every week")), (MONTHLY, N_("Every month"))))
EXTENT = FixedChoice(options=((THIS_ONE, N_("Only this one")), (FOLLOWING, N_("This one and the following"))))


@dataclass(frozen=True)
class MinutesBefore(FixedChoice):
    """How long before the start one is reminded, in minutes; none is no reminder."""

    options: tuple[tuple[str, str], ...] = MINUTES

    def read(self, text: str, context: Context) -> Any:
        return int(super().read(text, context))

    def show(self, value: Any, context: Context) -> str:
        return super().show(self.edit(value, context), context)

    def edit(self, value: Any, context: Context) -> str:
        return "" if value is None else str(value)


def _not_by_record(customer_id: Any) -> ColumnElement[bool]:
    """Not by a contact record, which was written in the same moment and says it all (R-6)."""
    return ScheduleItem.done_at.not_in(select(ContactRecord.created_at).where(ContactRecord.customer_id == customer_id))


ITEM = Entity(
    "schedule",
    N_("Schedule item"),
    ScheduleItem,
    (
        Field(
            "applies_to",
            N_("Applies to"),
            EXTENT,
            required=True,
            wide=True,
            help=N_("An item that was changed individually stays as it is when the others change."),
        ),
        Field("title", N_("Title"), Text(200), required=True, wide=True),
        Field("starts_at", N_("Start"), MomentType(), required=True),
        Field("ends_at", N_("End"), MomentType(hour=18)),
        Field("all_day", N_("All day"), YesNo(), help=N_("Takes the whole day, or all days from start to end.")),
        Field("remind_minutes", N_("Reminder"), MinutesBefore(), help=N_("Leave empty for no reminder.")),
        Field("customer_id", N_("Customer"), Reference(target="customers"), wide=True),
        Field(
            "repeat",
            N_("Repetition"),
            FREQUENCIES,
            help=N_("Every month: if a month has no 29th, 30th or 31st, its last day is used."),
        ),
        Field("repeat_until", N_("Repeat until"), Day(), help=N_("The last day; at most 366 items are created.")),
        Field(
            "participants",
            N_("Participants"),
            MultipleChoice(),
            wide=True,
            help=N_("They see it in their own schedule but cannot change it."),
        ),
        Field("content", N_("Content"), LongText(), wide=True),
        Field("owner_id", N_("Person"), PersonChoice(), editable=False),
        Field("done_at", N_("Completed at"), MomentType(), editable=False),
        Field("done_by_id", N_("Completed by"), PersonChoice(), editable=False),
        Field("done_note", N_("What was done"), LongText(), wide=True, editable=False),
    ),
    plural=N_("Schedule items"),
    named="title",
    owner="owner_id",
    belongs_to=(
        BelongsTo(
            "customers",
            "customer_id",
            deletable=lambda: ScheduleItem.done_at.is_(None),
            label=N_("Planned schedule items"),
        ),
        BelongsTo("records", "record_id", OnDelete.STAYS, tab=False),
    ),
    mergeable=False,
    unfinished=lambda: ScheduleItem.done_at.is_(None),
    timeline=(
        Happening("done_at", N_("Completed"), "done_by_id", title="title", text="done_note", when=_not_by_record),
    ),
    held=lambda: ScheduleItem.series_id.is_not(None),
)

FORM_KEYS = tuple(field.key for field in ITEM if field.editable and field.key != "applies_to")
REPEATED_FORM_KEYS = ("applies_to", *FORM_KEYS)
DONE_KEYS = ("done_note",)
DELETING = Field("applies_to", N_("Applies to"), EXTENT, help=N_("Completed items are always kept."))
