"""The three sheets of 組織架構 as a workbook: companies, departments, people; their columns and headings (A-4, I-4)."""

from typing import Any

from crm.domain.imports.contacts import GENDER_WORDS
from crm.domain.imports.declaration import ImportKind
from crm.entities.entity import Field, FieldSet
from crm.entities.people import PERSON, unit_fields
from crm.fields import Phone, Text
from crm.i18n import N_
from crm.models import OrgUnit, Permission, User
from crm.models.organisation import COMPANY, DEPARTMENT

PEOPLE = "people"
TITLES = {COMPANY: N_("Companies"), DEPARTMENT: N_("Departments"), PEOPLE: N_("People")}


def _above(label: str) -> Field:
    return Field("above", label, Text(600))


def _fields(kind: str) -> FieldSet:
    """The fields of the form, with names in place of chosen records."""
    if kind == PEOPLE:
        own = PERSON.pick("name", "login", "email", "gender", "phone", "mobile", "job_title")
        return FieldSet(PEOPLE, N_("Person"), User, (_above(PERSON["unit_id"].label), *own, _ROLES))
    fields = tuple(column for column in unit_fields(kind) if column.key != "parent_id")
    return FieldSet("organisation", TITLES[kind], OrgUnit, (_above(unit_fields(kind)["parent_id"].label), *fields))


_ROLES = Field("role_names", PERSON["roles"].label, Text(600))
FIELDS = {kind: _fields(kind) for kind in TITLES}
REQUIRED = {COMPANY: ("name",), DEPARTMENT: ("above", "name"), PEOPLE: ("above", "name", "login")}
"""Without these a row says nothing; what else somebody new must have is asked of those alone."""
STARRED = {**REQUIRED, COMPANY: ("above", "name"), PEOPLE: ("above", "name", "login", "email", "gender")}
NEEDED = PERSON.pick("email", "gender")


def _import_kind(kind: str) -> ImportKind:
    fields: Any = FIELDS[kind]
    return ImportKind(
        key=kind,
        title=TITLES[kind],
        entity=fields,
        required=REQUIRED[kind],
        view=Permission.ORGANISATION_SAVE,
        save=Permission.ORGANISATION_SAVE,
        match=_unused,
        prepare=_unused,
        synonyms={"gender": GENDER_WORDS},
        numbers_as_text=tuple(
            column.key for column in fields if isinstance(column.type, Phone) or column.key in ("login", "name")
        ),
    )


def _unused(*_: Any) -> Any:
    raise NotImplementedError


KINDS = {kind: _import_kind(kind) for kind in TITLES}
