"""Who can own customers, and who manages the owners (Q-2, Q-4, C-7)."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.orm import Session

from crm.domain.organisation.units import PEOPLE_ORDER, UNIT_ORDER, Node
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import OrgUnit, Permission, PersonalGrant, Role, RoleGrant, RoleMember, User, rights_of
from crm.models.permissions import Right
from crm.models.rights import in_scope

ACTIVE = (User.deleted_at.is_(None), User.disabled_at.is_(None))


def permission_holders(permission: Right) -> CompoundSelect[int]:
    """The ids of the people who hold the permission, by a role or of their own."""
    by_role = (
        select(RoleMember.user_id)
        .join(Role, Role.id == RoleMember.role_id)
        .join(RoleGrant, RoleGrant.role_id == Role.id)
        .where(RoleGrant.permission == permission.value, Role.deleted_at.is_(None))
    )
    return union(by_role, select(PersonalGrant.user_id).where(PersonalGrant.permission == permission.value))


def owners_tree(session: Session) -> list[Node]:
    """The organisation with the people who can own customers; branches without any are left out."""
    can_own = User.id.in_(permission_holders(Permission.CUSTOMERS_SAVE))
    people = defaultdict(list)
    for person in session.scalars(select(User).where(*ACTIVE, can_own).order_by(*PEOPLE_ORDER)):
        people[person.unit_id].append(person)
    units = list(session.scalars(select(OrgUnit).where(OrgUnit.deleted_at.is_(None)).order_by(*UNIT_ORDER)))
    nodes = {unit.id: Node(unit.id, unit.kind, unit.name, [], people[unit.id]) for unit in units}
    roots: list[Node] = []
    for unit in units:
        above = nodes.get(unit.parent_id or 0)
        (above.units if above else roots).append(nodes[unit.id])
    return _with_people(roots)


def _with_people(nodes: list[Node]) -> list[Node]:
    for node in nodes:
        node.units = _with_people(node.units)
    return [node for node in nodes if node.people or node.units]


def require_owner(session: Session, owner_id: int) -> User:
    """The person, if customers can belong to them. Raises FieldError otherwise."""
    statement = select(User).where(
        User.id == owner_id, *ACTIVE, User.id.in_(permission_holders(Permission.CUSTOMERS_SAVE))
    )
    # Held until the end: somebody who is leaving at this moment gets nothing any more.
    owner = session.scalars(statement.with_for_update(read=True)).first()
    if owner is None:
        raise FieldError("owner_id", N_("This person cannot own customers. Please choose someone else."))
    return owner


def managers_of(session: Session, owner_ids: Iterable[int]) -> dict[int, list[int]]:
    """Manager → those of the owners whose customers they may assign. Administrators manage nobody by that alone."""
    owners = set(owner_ids)
    statement = select(User).where(*ACTIVE, User.id.in_(permission_holders(Permission.CUSTOMERS_ASSIGN)))
    owners_of = {}
    for person in session.scalars(statement.order_by(User.id)):
        rights = rights_of(session, person)
        if rights.administrator:
            continue
        reached = in_scope(User.id, rights, Permission.CUSTOMERS_ASSIGN)
        manageable = session.scalars(
            select(User.id).where(User.id.in_(owners), User.id != person.id, reached).order_by(User.id)
        )
        if owner_ids_managed := list(manageable):
            owners_of[person.id] = owner_ids_managed
    return owners_of
