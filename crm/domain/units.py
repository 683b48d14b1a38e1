"""Companies and departments as a tree, and the part of it that a right reaches (A-1, A-7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, false, func, select, true
from sqlalchemy.orm import Session

from crm.domain.errors import FieldError, NotAllowed
from crm.domain.saving import Acting, assign, check_version, stamp
from crm.i18n import N_
from crm.models import OrgUnit, Permission, Rights, Scope, User
from crm.models.rights import in_scope, units_below

UNIT_KEYS = tuple("name parent_id phone fax address leader notes position".split())
NOT_OFFERED = N_("Please choose one of the list.")


def people_within(rights: Rights, permission: Permission) -> ColumnElement[bool]:
    """The people of the firm that the right reaches; who was deleted is reached by nobody."""
    return User.deleted_at.is_(None) & in_scope(User.id, rights, permission)


def units_within(rights: Rights, permission: Permission) -> ColumnElement[bool]:
    """The units that the right reaches. With the scope "own" one sees the own unit and changes none."""
    scope = rights.scope(permission)
    reached: ColumnElement[bool] = false()
    if scope is Scope.EVERYTHING:
        reached = true()
    elif scope is Scope.BELOW:
        reached = OrgUnit.id.in_(units_below(rights.unit_id))
    elif scope is Scope.DEPARTMENT or (scope is Scope.OWN and permission.verb == "view"):
        reached = OrgUnit.id == rights.unit_id
    return OrgUnit.deleted_at.is_(None) & reached


def below(session: Session, unit_id: int) -> set[int]:
    """The unit itself and all units under it."""
    return set(session.scalars(units_below(unit_id)))


def save_unit(
    session: Session, unit: OrgUnit | None, values: Mapping[str, Any], acting: Acting, opened: int | None = None
) -> OrgUnit:
    """Make or change a company or department; it never lies under itself (hostile case 14).

    Raises FieldError for a place that is not the person's to use, StaleRecord where somebody else saved first.
    """
    fresh = unit is None
    unit = unit or OrgUnit(kind=values["kind"])
    check_version(unit, opened)
    if fresh or values.get("parent_id", unit.parent_id) != unit.parent_id:
        _check_parent(session, unit, values.get("parent_id"), acting)
    assign(unit, values, UNIT_KEYS)
    if fresh and unit.position is None:
        last = select(func.max(OrgUnit.position)).where(OrgUnit.parent_id == unit.parent_id)
        unit.position = (session.scalar(last) or 0) + 1
    stamp(unit, acting)
    if fresh:
        session.add(unit)
    session.flush()
    return unit


def _check_parent(session: Session, unit: OrgUnit, parent_id: int | None, acting: Acting) -> None:
    # The whole tree is held while it is looked at: two moves at once could close a circle.
    session.execute(select(OrgUnit.id).with_for_update()).all()
    if unit.id is not None and unit.parent_id is None:
        raise FieldError("parent_id", N_("The firm itself stays at the top of the tree."))
    if parent_id is None:
        raise FieldError("parent_id", N_("Please fill this in."))
    if unit.id is not None and parent_id in below(session, unit.id):
        raise FieldError("parent_id", N_("A unit cannot lie below itself. Please choose another place."))
    check_place(session, parent_id, acting, "parent_id")
    if unit.id is not None:
        check_view_stays(session, unit.parent_id, parent_id, acting)


def check_place(session: Session, unit_id: int | None, acting: Acting, field: str) -> None:
    """The place in the tree exists and lies where the person may change the organisation."""
    place = session.get(OrgUnit, unit_id) if unit_id is not None else None
    if place is None or place.deleted_at is not None:
        raise FieldError(field, NOT_OFFERED)
    if acting.rights.administrator:
        return
    reached = select(OrgUnit.id).where(units_within(acting.rights, Permission.ORGANISATION_SAVE))
    if session.scalar(reached.where(OrgUnit.id == place.id)) is None:
        raise FieldError(field, NOT_OFFERED)


def check_view_stays(session: Session, before: int | None, after: int, acting: Acting) -> None:
    """Moving others under oneself would show their customers: only an administrator does that (hostile case 15)."""
    relative = any(scope in (Scope.DEPARTMENT, Scope.BELOW) for scope in acting.rights.scopes.values())
    if acting.rights.administrator or not relative:
        return
    own = below(session, acting.rights.unit_id)
    if after in own and before not in own:
        raise NotAllowed(N_("You cannot move others into your own department. Please ask an administrator."))


@dataclass
class Node:
    """A unit of the tree with the units and people in it."""

    id: int
    kind: str
    name: str
    units: list["Node"] = field(default_factory=list)
    people: list[User] = field(default_factory=list)


def tree(session: Session, rights: Rights, permission: Permission) -> list[Node]:
    """The part of the organisation that the right reaches, as one or several trees; two statements."""
    units = list(
        session.scalars(select(OrgUnit).where(units_within(rights, permission)).order_by(OrgUnit.position, OrgUnit.id))
    )
    nodes = {unit.id: Node(unit.id, unit.kind, unit.name) for unit in units}
    people = session.scalars(select(User).where(people_within(rights, permission)).order_by(User.pinyin, User.id))
    for person in people:
        if person.unit_id in nodes:
            nodes[person.unit_id].people.append(person)
    roots: list[Node] = []
    for unit in units:
        parent = nodes.get(unit.parent_id or 0)
        (parent.units if parent else roots).append(nodes[unit.id])
    return roots


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """All units from the top down, each before those under it."""
    return [found for node in nodes for found in (node, *in_order(node.units))]
