"""The fields of a numbering rule (D-5)."""

import re
from dataclasses import dataclass

from crm.entities.entity import Field, FieldSet
from crm.fields import Context, FixedChoice, Integer, PlainText, ValueProblem
from crm.i18n import N_
from crm.models import NumberingRule

DATE_PARTS = (
    ("none", N_("No date")),
    ("year", N_("Year (2026)")),
    ("month", N_("Year and month (202608)")),
    ("day", N_("Year, month and day (20260831)")),
)
RESTARTS = (
    ("never", N_("Never restarts")),
    ("yearly", N_("Every year")),
    ("monthly", N_("Every month")),
    ("daily", N_("Every day")),
)


_PREFIX = re.compile(r"[A-Za-z0-9-]*")


@dataclass(frozen=True)
class Prefix(PlainText):
    """What codes begin with: letters, digits and dashes, so that they can be typed and read out everywhere."""

    max_length: int = 10

    def read(self, text: str, context: Context) -> str:
        text = super().read(text, context)
        if not _PREFIX.fullmatch(text):
            raise ValueProblem(N_("Please use only letters A to Z, digits and dashes."))
        return text


RULE = FieldSet(
    "numbering",
    N_("Numbering rule"),
    NumberingRule,
    (
        Field("prefix", N_("Prefix"), Prefix(), help=N_("Letters, digits and dashes; may be empty.")),
        Field("date_part", N_("Date in the code"), FixedChoice(options=DATE_PARTS), required=True),
        Field(
            "width",
            N_("Number of digits"),
            Integer(1, 10),
            required=True,
            help=N_("Minimum number of digits of the running number, padded with zeros."),
        ),
        Field("restart", N_("Start over"), FixedChoice(options=RESTARTS), required=True),
    ),
)
