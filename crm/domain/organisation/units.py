"""Companies and departments as a tree, and the part of it that a right reaches (A-1, A-7)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from crm.models import OrgUnit, Permission, Rights, Scope, User
from crm.models.rights import in_scope, units_below

PEOPLE_ORDER = (User.position, User.pinyin, User.id)
"""By name until somebody arranges them."""
UNIT_ORDER = (OrgUnit.position, OrgUnit.id)


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


def ancestor_ids(session: Session, unit_id: int) -> set[int]:
    """The unit itself and all units it lies under."""
    parents = dict(session.execute(select(OrgUnit.id, OrgUnit.parent_id)).all())
    ids: set[int] = set()
    at: int | None = unit_id
    while at is not None and at not in ids:
        ids.add(at)
        at = parents.get(at)
    return ids


def descendant_ids(session: Session, unit_id: int) -> set[int]:
    """The unit itself and all units under it."""
    return set(session.scalars(units_below(unit_id)))


@dataclass
class Node:
    """A unit of the tree with the units and people in it."""

    id: int
    kind: str
    name: str
    units: list["Node"] = field(default_factory=list)
    people: list[User] = field(default_factory=list)


def unit_tree(session: Session, rights: Rights, permission: Permission) -> list[Node]:
    """The part of the organisation that the right reaches, as one or several trees; two statements."""
    units = list(session.scalars(select(OrgUnit).where(units_within(rights, permission)).order_by(*UNIT_ORDER)))
    nodes = {unit.id: Node(unit.id, unit.kind, unit.name) for unit in units}
    people = session.scalars(select(User).where(people_within(rights, permission)).order_by(*PEOPLE_ORDER))
    for person in people:
        if person.unit_id in nodes:
            nodes[person.unit_id].people.append(person)
    roots: list[Node] = []
    for unit in units:
        parent = nodes.get(unit.parent_id or 0)
        (parent.units if parent else roots).append(nodes[unit.id])
    return roots


def flatten(nodes: Iterable[Node]) -> list[Node]:
    """All units from the top down, each before those under it."""
    return [descendant for node in nodes for descendant in (node, *flatten(node.units))]
