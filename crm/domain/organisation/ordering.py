"""The order of companies, departments and people among those beside them (A-1)."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from crm.domain.organisation.units import PEOPLE_ORDER, UNIT_ORDER
from crm.entities.record_saving import Actor
from crm.errors import StaleRecord
from crm.i18n import N_
from crm.models import OrgUnit, User

UP, DOWN = -1, 1
CHANGED = N_("People or departments changed since you opened this page. Please look at it again.")
Ordered = TypeVar("Ordered", OrgUnit, User)


def units_beside(session: Session, unit: OrgUnit) -> list[OrgUnit]:
    """Those with the same parent in their order, this one among them."""
    statement = select(OrgUnit).where(OrgUnit.parent_id == unit.parent_id, OrgUnit.deleted_at.is_(None))
    return list(session.scalars(statement.order_by(*UNIT_ORDER).with_for_update()))


def people_beside(session: Session, person: User) -> list[User]:
    statement = select(User).where(User.unit_id == person.unit_id, User.deleted_at.is_(None))
    return list(session.scalars(statement.order_by(*PEOPLE_ORDER).with_for_update()))


def move_unit(session: Session, unit: OrgUnit, step: int, actor: Actor) -> None:
    """One place up (-1) or down (1); at the end nothing happens. Whoever has the form open can still save it."""
    _move(session, units_beside(session, unit), unit, step, actor)


def move_person(session: Session, person: User, step: int, actor: Actor) -> None:
    _move(session, people_beside(session, person), person, step, actor)


def arrange_units(session: Session, units: Sequence[OrgUnit], actor: Actor) -> None:
    """In this order. Raises StaleRecord where those are not all that stand beside each other."""
    _arrange(session, units_beside(session, units[0]) if units else [], units, actor)


def arrange_people(session: Session, people: Sequence[User], actor: Actor) -> None:
    _arrange(session, people_beside(session, people[0]) if people else [], people, actor)


def last_place(session: Session, unit_id: int) -> int:
    """The place of somebody new: behind the others where these are arranged, by the name where they are not."""
    statement = select(func.max(User.position)).where(User.unit_id == unit_id, User.deleted_at.is_(None))
    with session.no_autoflush:
        last = session.scalar(statement) or 0
    return last + 1 if last else 0


def _move(session: Session, rows: list[Ordered], row: Ordered, step: int, actor: Actor) -> None:
    index = rows.index(row)
    target = index + step
    if 0 <= target < len(rows):
        rows[index], rows[target] = rows[target], rows[index]
        _number(session, rows, actor)


def _arrange(session: Session, known: Sequence[Ordered], new_order: Sequence[Ordered], actor: Actor) -> None:
    if len(known) != len(new_order) or {row.id for row in known} != {row.id for row in new_order}:
        raise StaleRecord(CHANGED)
    _number(session, new_order, actor)


def _number(session: Session, rows: Sequence[Ordered], actor: Actor) -> None:
    for position, row in enumerate(rows, 1):
        if row.position != position:
            row.position = position
            inspect(row).info["actor"] = actor
    session.flush()
