"""A sales target of a person and year (TG-1)."""

from sqlalchemy import false

from crm.entities.entity import Entity, Field
from crm.entities.people import UnitChoice
from crm.fields import Amount, Integer, PersonChoice
from crm.i18n import N_
from crm.models import SalesTarget

WHOSE, MONTHLY = N_("Sales target"), N_("Monthly amounts")

MONTH_LABELS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
MONTH_KEYS = tuple(f"month_{n}" for n in range(1, 13))

TARGET = Entity(
    "target_setting",
    N_("Sales target"),
    SalesTarget,
    (
        Field("unit_id", N_("Belongs to department"), UnitChoice(), required=True, group=WHOSE),
        Field("user_id", N_("Sales staff"), PersonChoice(), required=True, group=WHOSE),
        Field("year", N_("Year"), Integer(2000, 2100), required=True, group=WHOSE),
        Field(
            "year_amount",
            N_("Annual amount"),
            Amount(),
            group=MONTHLY,
            importable=False,
            wide=True,
            help=N_("“Spread evenly” divides it among the twelve months; the monthly amounts are what counts."),
        ),
        *(Field(key, label, Amount(), group=MONTHLY) for key, label in zip(MONTH_KEYS, MONTH_LABELS, strict=True)),
    ),
    plural=N_("Sales targets"),
    named="year",
    owner="user_id",
    mergeable=False,
    unfinished=false,
)
