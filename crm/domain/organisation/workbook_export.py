"""組織架構 written as a workbook; what is written comes back unchanged by the import (A-4)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.organisation.unit_names import UnitNames
from crm.domain.organisation.units import PEOPLE_ORDER, UNIT_ORDER, descendant_ids, people_within, units_within
from crm.domain.organisation.workbook_sheets import FIELDS, PEOPLE, STARRED, TITLES
from crm.entities.people import PERSON
from crm.entities.record_saving import Actor
from crm.i18n import say
from crm.models import OrgUnit, Permission, Role, RoleMember, User
from crm.models.organisation import COMPANY, DEPARTMENT
from crm.spreadsheets.writing import Column, SheetToWrite


def organisation_sheets(
    session: Session, actor: Actor, language: str, units: Collection[int] = (), people: Collection[int] = ()
) -> list[SheetToWrite]:
    """The chosen units with all below them, and the chosen people; without a choice everything within reach."""
    right = Permission.ORGANISATION_SAVE
    chosen_units = select(OrgUnit).where(units_within(actor.rights, right))
    chosen_people = select(User).where(people_within(actor.rights, right))
    if units or people:
        below = {id_ for unit in units for id_ in descendant_ids(session, unit)}
        chosen_units = chosen_units.where(OrgUnit.id.in_(below))
        chosen_people = chosen_people.where(User.unit_id.in_(below) | User.id.in_(people))
    units_from_top = _from_the_top(session.scalars(chosen_units.order_by(*UNIT_ORDER)).all())
    places = {unit.id: index for index, unit in enumerate(units_from_top)}
    persons = list(session.scalars(chosen_people.order_by(*PEOPLE_ORDER)))
    persons.sort(key=lambda person: places.get(person.unit_id, len(places)))
    names = UnitNames(session)
    rows = {
        COMPANY: [_unit_row(unit, names) for unit in units_from_top if unit.kind == COMPANY],
        DEPARTMENT: [_unit_row(unit, names) for unit in units_from_top if unit.kind == DEPARTMENT],
        PEOPLE: _people_rows(session, persons, names, language),
    }
    return [_sheet(kind, language, rows[kind]) for kind in TITLES]


def blank_sheets(language: str) -> list[SheetToWrite]:
    """空白模版."""
    return [_sheet(kind, language, []) for kind in TITLES]


def _sheet(kind: str, language: str, rows: Sequence[Sequence[Any]]) -> SheetToWrite:
    star = STARRED[kind]
    columns = [
        Column(f"*{say(language, column.label)}" if column.key in star else say(language, column.label), "text")
        for column in FIELDS[kind]
    ]
    return SheetToWrite(say(language, TITLES[kind]), columns, rows)


def _from_the_top(units: Sequence[OrgUnit]) -> list[OrgUnit]:
    """Each above what lies under it, so that a file is read from the top."""
    ids, under = {unit.id for unit in units}, defaultdict(list)
    for unit in units:
        under[unit.parent_id if unit.parent_id in ids else None].append(unit)

    def below(parent: int | None) -> Iterator[OrgUnit]:
        for unit in under[parent]:
            yield unit
            yield from below(unit.id)

    return list(below(None))


def _unit_row(unit: OrgUnit, names: UnitNames) -> list[Any]:
    values = {column.attr: getattr(unit, column.attr) for column in list(FIELDS[unit.kind])[1:]}
    return [names.of(unit.parent_id), *{**values, "name": names.called(unit)}.values()]


def _people_rows(session: Session, people: Sequence[User], names: UnitNames, language: str) -> list[list[Any]]:
    ids = [person.id for person in people]
    held = select(RoleMember.user_id, Role.name).join(Role, Role.id == RoleMember.role_id)
    held = held.where(RoleMember.user_id.in_(ids), Role.deleted_at.is_(None)).order_by(Role.position, Role.id)
    roles = defaultdict(list)
    for user_id, name in session.execute(held):
        roles[user_id].append(name)
    genders = dict(PERSON["gender"].type.options)  # type: ignore[attr-defined]
    rows = []
    for person in people:
        values: dict[str, Any] = {column.key: getattr(person, column.attr) for column in list(FIELDS[PEOPLE])[1:-1]}
        values["gender"] = say(language, genders[person.gender]) if person.gender else None
        rows.append([names.of(person.unit_id), *values.values(), "、".join(roles[person.id])])
    return rows
