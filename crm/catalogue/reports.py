"""The fields of saving a report and of emailing it (X-6)."""

from crm.entities.entity import Field, FieldSet
from crm.entities.people import IntegerChoice
from crm.fields import FixedChoice, RoleChoice, Text
from crm.i18n import N_
from crm.models import SavedReport
from crm.models.reports import DAILY, FIRST_WORKDAY, MONTHLY, NEVER, WEEKLY

EVERY = (
    (NEVER, N_("Not sent")),
    (DAILY, N_("Every day")),
    (WEEKLY, N_("Every week")),
    (MONTHLY, N_("Every month")),
    (FIRST_WORKDAY, N_("First working day of the month")),
)
WEEKDAYS = (
    ("0", N_("Monday")),
    ("1", N_("Tuesday")),
    ("2", N_("Wednesday")),
    ("3", N_("Thursday")),
    ("4", N_("Friday")),
    ("5", N_("Saturday")),
    ("6", N_("Sunday")),
)
MONTH_DAYS = tuple((str(day), str(day)) for day in range(1, 32))
HOURS = tuple((str(hour), f"{hour:02d}:00") for hour in range(24))
KEEPING = FieldSet(
    "saved_reports",
    N_("Saved report"),
    SavedReport,
    (
        Field("name", N_("Name"), Text(60), required=True),
        Field(
            "role_id",
            N_("Shared with role"),
            RoleChoice(),
            help=N_(
                "Members of the role find it under My reports, each with their own figures. Leave empty for only you."
            ),
        ),
    ),
)
SENDING = FieldSet(
    "report_emails",
    N_("Send by email"),
    SavedReport,
    (
        Field("every", N_("Sending schedule"), FixedChoice(options=EVERY), required=True),
        Field("weekday", N_("Day of the week"), IntegerChoice(options=WEEKDAYS), required=True,
              help=N_("For “Every week”.")),
        Field("month_day", N_("Day of the month"), IntegerChoice(options=MONTH_DAYS),
              required=True, help=N_("For “Every month”; in shorter months, the last day.")),
        Field("hour", N_("Hour"), IntegerChoice(options=HOURS), required=True),
    ),
)  # fmt: skip
