"""Placement in the organisation (A-1): units are made and moved, people are placed.

A move never shows anybody more than the mover may grant, neither the mover nor those above the new place (hostile case
15). Whatever sets `parent_id` of a unit or `unit_id` of a person asks here.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.organisation.roles_and_grants import check_can_grant
from crm.domain.organisation.units import ancestor_ids, descendant_ids, units_within
from crm.entities.record_saving import Actor, assign, check_version, stamp
from crm.errors import FieldError, NotAllowed
from crm.i18n import N_
from crm.models import OrgUnit, Permission, Scope, User, rights_of
from crm.text import fold

UNIT_KEYS = tuple("name parent_id phone fax address leader notes position".split())
NOT_OFFERED = N_("Please choose one from the list.")
TWIN = N_("There is already one with this name in the same place.")
RELATIVE = (Scope.DEPARTMENT, Scope.BELOW)


def save_unit(
    session: Session, unit: OrgUnit | None, values: Mapping[str, Any], actor: Actor, opened_version: int | None = None
) -> OrgUnit:
    """Make or change a company or department; it never lies under itself (hostile case 14).

    Raises FieldError for a place that is not the person's to use and for a name that another unit there has,
    StaleRecord where somebody else saved first.
    """
    is_new = unit is None
    unit = unit or OrgUnit(kind=values["kind"])
    check_version(unit, opened_version)
    is_moved = is_new or values.get("parent_id", unit.parent_id) != unit.parent_id
    if is_moved:
        _check_parent(session, unit, values.get("parent_id"), actor)
    _check_name(session, unit, values, is_moved)
    assign(unit, values, UNIT_KEYS)
    if is_new and unit.position is None:
        last = select(func.max(OrgUnit.position)).where(OrgUnit.parent_id == unit.parent_id)
        unit.position = (session.scalar(last) or 0) + 1
    stamp(unit, actor)
    if is_new:
        session.add(unit)
    session.flush()
    return unit


def _check_parent(session: Session, unit: OrgUnit, parent_id: int | None, actor: Actor) -> None:
    _lock_tree(session)
    if unit.id is not None and unit.parent_id is None:
        raise FieldError("parent_id", N_("The company itself stays at the top of the tree."))
    if parent_id is None:
        raise FieldError("parent_id", N_("Please fill this in."))
    if unit.id is not None and parent_id in descendant_ids(session, unit.id):
        raise FieldError("parent_id", N_("A department cannot be placed under itself. Please choose another place."))
    check_place(session, parent_id, actor, "parent_id")
    if unit.id is not None and unit.parent_id is not None:
        _check_others(session, unit.parent_id, parent_id, actor)


def _check_name(session: Session, unit: OrgUnit, values: Mapping[str, Any], is_moved: bool) -> None:
    """Two of one name in one place could not be told apart, nor read back from a workbook (A-4). Those that are there
    already can be changed otherwise."""
    name = fold(values.get("name", unit.name) or "")
    renamed = unit.name is None or fold(unit.name) != name
    if not is_moved and not renamed:
        return
    _lock_tree(session)
    siblings = select(OrgUnit.name).where(OrgUnit.parent_id == values.get("parent_id", unit.parent_id))
    siblings = siblings.where(OrgUnit.deleted_at.is_(None), OrgUnit.id != (unit.id or 0))
    if any(fold(other) == name for other in session.scalars(siblings)):
        raise FieldError("name" if renamed else "parent_id", TWIN)


def check_place(session: Session, unit_id: int | None, actor: Actor, field: str) -> None:
    """The place in the tree exists and lies where the person may change the organisation."""
    unit = session.get(OrgUnit, unit_id) if unit_id is not None else None
    if unit is None or unit.deleted_at is not None:
        raise FieldError(field, NOT_OFFERED)
    if actor.rights.administrator:
        return
    reached = select(OrgUnit.id).where(units_within(actor.rights, Permission.ORGANISATION_SAVE))
    if session.scalar(reached.where(OrgUnit.id == unit.id)) is None:
        raise FieldError(field, NOT_OFFERED)


def _lock_tree(session: Session) -> None:
    """Lock the whole tree: two moves at once could close a circle."""
    session.execute(select(OrgUnit.id).with_for_update()).all()


def check_person_place(session: Session, user: User, unit_id: int | None, actor: Actor) -> None:
    """A person is placed or moved; the moved person, too, reaches no further than the mover may grant."""
    _lock_tree(session)
    check_place(session, unit_id, actor, "unit_id")
    if user.id is None or unit_id is None or actor.rights.administrator:
        return
    if user.id == actor.user_id:
        raise NotAllowed(N_("You cannot move yourself. Please ask an administrator."))
    _check_others(session, user.unit_id, unit_id, actor, person=True)
    relative = {p: scope for p, scope in rights_of(session, user).scopes.items() if scope in RELATIVE}
    check_can_grant(session, actor, relative, [unit_id])


def _check_others(session: Session, before: int, after: int, actor: Actor, person: bool = False) -> None:
    """Raises where the move would let somebody reach people for whom they would need a grant."""
    if actor.rights.administrator:
        return
    _check_own_view(session, before, after, actor)
    gaining = ancestor_ids(session, after) - ancestor_ids(session, before)
    statement = select(User).where(
        User.unit_id.in_(gaining | {after}), User.deleted_at.is_(None), User.id != actor.user_id
    )
    for user in session.scalars(statement).all():
        department = Scope.DEPARTMENT if person and user.unit_id == after else None
        reached = {Scope.BELOW if user.unit_id in gaining else None, department}
        gained = {p: scope for p, scope in rights_of(session, user).scopes.items() if scope in reached}
        try:
            check_can_grant(session, actor, gained, [user.unit_id])
        except NotAllowed as error:
            raise NotAllowed(
                N_(
                    "Someone above the new place would get access to more than you may grant. Please ask an "
                    "administrator."
                )
            ) from error


def _check_own_view(session: Session, before: int, after: int, actor: Actor) -> None:
    """Moving others under oneself would show their customers: only an administrator does that."""
    if not any(scope in RELATIVE for scope in actor.rights.scopes.values()):
        return
    own = descendant_ids(session, actor.rights.unit_id)
    if after in own and before not in own:
        raise NotAllowed(N_("You cannot move others into your own department. Please ask an administrator."))
