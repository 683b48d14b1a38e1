"""The fields of companies, departments, people and roles (A-1, A-5)."""

from dataclasses import dataclass
from typing import Any

from crm.entities.contacts import GENDERS
from crm.entities.entity import NOT_FILLED, Field, FieldSet
from crm.fields import Choice, Context, Email, FieldType, FixedChoice, LongText, Password, Phone, Text
from crm.fields.choices import Choices
from crm.i18n import N_
from crm.models import OrgUnit, Role, Scope, User
from crm.models.organisation import COMPANY
from crm.models.permissions import SCOPE_LABELS


@dataclass(frozen=True)
class MultipleChoice(FieldType):
    """Several of a list; the view gives the choices, the value is a set of keys."""

    kind = "ticks"


@dataclass(frozen=True)
class UnitChoice(Choice):
    """A company or department."""

    def choices(self, context: Context) -> Choices:
        return context.lookups.units


@dataclass(frozen=True)
class IntegerChoice(FixedChoice):
    """A fixed choice that is kept as a whole number."""

    def read(self, text: str, context: Context) -> Any:
        return int(super().read(text, context))

    def show(self, value: Any, context: Context) -> str:
        return super().show(self.edit(value, context), context)

    def edit(self, value: Any, context: Context) -> str:
        return "" if value is None else str(int(value))


SCOPES = tuple((str(int(scope)), SCOPE_LABELS[scope]) for scope in Scope)

ABOVE = Field("parent_id", N_("Parent unit"), UnitChoice(), required=True)


def _unit(label: str, name: str) -> FieldSet:
    return FieldSet(
        "organisation",
        label,
        OrgUnit,
        (
            ABOVE,
            Field("name", name, Text(100), required=True),
            Field("phone", N_("Telephone"), Phone(max_length=40)),
            Field("fax", N_("Fax"), Phone(max_length=40)),
            Field("address", N_("Address"), Text(200), wide=True),
            Field("leader", N_("Person in charge"), Text(60)),
            Field("notes", N_("Notes"), LongText(), wide=True),
        ),
    )


COMPANY_FIELDS = _unit(N_("Company"), N_("Company name"))
DEPARTMENT_FIELDS = _unit(N_("Department"), N_("Department name"))


def unit_fields(kind: str) -> FieldSet:
    return COMPANY_FIELDS if kind == COMPANY else DEPARTMENT_FIELDS


BY_PASSWORD, BY_EMAIL, BY_SLIP = "password", "email", "slip"
FIRST_LOGIN = (
    (BY_PASSWORD, N_("With the initial password below")),
    (BY_EMAIL, N_("With an invitation by email")),
    (BY_SLIP, N_("With a printed slip")),
)
"""How somebody new signs in first: they choose a password by the emailed link, or change the given one."""

PERSON = FieldSet(
    "people",
    N_("Person"),
    User,
    (
        Field("unit_id", N_("Parent unit"), UnitChoice(), required=True),
        Field("name", N_("Full name"), Text(60), required=True),
        Field("login", N_("Login"), Text(60), required=True, autocomplete=NOT_FILLED),
        Field("email", N_("email"), Email(), required=True, autocomplete="off"),
        Field("gender", N_("Gender"), FixedChoice(options=GENDERS), required=True),
        Field("phone", N_("Telephone"), Phone(max_length=40)),
        Field("mobile", N_("Mobile"), Phone(max_length=40)),
        Field("job_title", N_("Job title"), Text(60)),
        Field("roles", N_("Roles"), MultipleChoice(), wide=True, importable=False),
        Field("first_login", N_("First sign-in"), FixedChoice(options=FIRST_LOGIN), importable=False),
        Field(
            "password",
            N_("Initial password"),
            Password(),
            help=N_("At least 8 characters. It must be changed at the first sign-in."),
            importable=False,
        ),
    ),
)

PERSON_FORM = tuple(field for field in PERSON if field.key not in ("password", "first_login"))
NEW_PERSON_FORM = tuple(PERSON)

MOVE_FORM = (Field("unit_id", N_("Move to department"), UnitChoice(), required=True),)
"""調動人員."""

REINSTATE_FORM = (Field("unit_id", N_("Parent unit"), UnitChoice(), required=True),)
"""Of somebody who left and comes back."""

NEW_PASSWORD = (
    Field(
        "password",
        N_("New password"),
        Password(),
        required=True,
        help=N_("At least 8 characters. It must be changed at the next sign-in."),
    ),
    Field("repeated", N_("Confirm new password"), Password(), required=True),
)

ROLE = FieldSet(
    "roles",
    N_("Role"),
    Role,
    (
        Field("name", N_("Role name"), Text(60), required=True),
        Field(
            "scope",
            N_("Data scope"),
            IntegerChoice(options=SCOPES),
            required=True,
            help=N_("Whose records the permissions of this role cover."),
        ),
    ),
)
