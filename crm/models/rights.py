"""What one person may do, and how far it reaches; read once per request (A-5, A-7)."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    false,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.models.bounded_cache import LRUCache
from crm.models.organisation import OrgUnit, User
from crm.models.permissions import Right, Scope
from crm.models.roles import ADMINISTRATOR, PersonalGrant, Role, RoleGrant, RoleMember


@dataclass(frozen=True)
class Rights:
    """A person's permissions with the widest scope of each. An absent permission is denied."""

    user_id: int
    unit_id: int
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    administrator: bool = False
    made: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was made from these rights alone, such as conditions: every page asks for the same ones."""

    def may(self, permission: Right) -> bool:
        return permission.value in self.scopes

    def scope(self, permission: Right) -> Scope | None:
        return self.scopes.get(permission.value)

    def make_once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` makes from these rights and what the `key` says, kept beside them."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]


def _grants() -> CompoundSelect[Any]:
    """Everything granted to a person, with the scope's number; 0 stands for the administrator's role."""
    user_id = bindparam("user_id", type_=Integer)
    by_role = (
        select(RoleGrant.permission, Role.scope)
        .join(Role, Role.id == RoleGrant.role_id)
        .join(RoleMember, RoleMember.role_id == Role.id)
        .where(RoleMember.user_id == user_id, Role.deleted_at.is_(None))
    )
    personal = select(PersonalGrant.permission, PersonalGrant.scope).where(PersonalGrant.user_id == user_id)
    administrator = (
        select(Role.key, literal(0))
        .join(RoleMember, RoleMember.role_id == Role.id)
        .where(RoleMember.user_id == user_id, Role.key == ADMINISTRATOR)
    )
    return union_all(by_role, personal, administrator)


_GRANTS = _grants()
"""Made once: every request asks it, and making it took longer than asking."""
_SCOPES = {int(scope): scope for scope in Scope}
MAX_PEOPLE, BYTES_EACH = 200, 60_000
"""So many people's rights are kept; about so many bytes are one's, with the conditions that were made of them."""
_rights = LRUCache(MAX_PEOPLE * BYTES_EACH, MAX_PEOPLE)


def rights_of(session: Session, user: User) -> Rights:
    """Roles' grants with the role's scope and personal grants with their own, in one statement.

    They are read each time, and what is made of the same ones is made once, the conditions with it.
    """
    granted = tuple((permission, scope) for permission, scope in session.execute(_GRANTS, {"user_id": user.id}))
    key = (user.id, user.unit_id, granted)
    rights: Rights | None = _rights.get(key)
    if rights is None:
        rights = _widest(user, granted)
        _rights.put(key, rights, BYTES_EACH)
    return rights


def _widest(user: User, granted: Iterable[tuple[str, int]]) -> Rights:
    scopes: dict[str, Scope] = {}
    is_administrator = False
    for permission, scope in granted:
        if scope:
            scopes[permission] = max(_SCOPES[scope], scopes.get(permission, Scope.OWN))
        else:
            is_administrator = True
    return Rights(user.id, user.unit_id, scopes, is_administrator)


def units_below(unit_id: int) -> Select[int]:
    """The unit and everything below it, as a recursive query. Without a name: a statement may hold it twice."""
    tree = select(literal(unit_id).label("id")).cte(recursive=True)
    tree = tree.union(select(OrgUnit.id).join(tree, OrgUnit.parent_id == tree.c.id))
    return select(tree.c.id)


def people_in_scope(rights: Rights, scope: Scope) -> Select[int]:
    if scope is Scope.DEPARTMENT:
        return select(User.id).where(User.unit_id == rights.unit_id)
    return select(User.id).where(User.unit_id.in_(units_below(rights.unit_id)))


BY_OWNER, BY_UNIT, BY_CUSTOMER, BY_POOL = "owner", "unit", "customer", "pool"
BY_REQUEST, BY_MAKER, BY_TAKING_PART, BY_FIRM, BY_RULE = "request", "maker", "taking_part", "firm", "rule"


@dataclass(frozen=True)
class Way:
    """One of the ways in which a right reaches records; `through` says by what of the record.

    A model's scope is made of its ways, so that whoever asks why somebody sees a record is told what decided.
    """

    through: str
    condition: ColumnElement[bool]


def any_way(ways: Iterable[Way]) -> ColumnElement[bool]:
    """The condition that one of the ways leads to the record; false where there is none."""
    return or_(false(), *(way.condition for way in ways))


def in_scope(
    owner: InstrumentedAttribute[int | None] | InstrumentedAttribute[int], rights: Rights, permission: Right
) -> ColumnElement[bool]:
    """The condition that an owner lies in the scope of the person's permission; false without it."""
    scope = rights.scope(permission)
    if scope is None:
        return false()
    if scope is Scope.EVERYTHING:
        return true()
    if scope is Scope.OWN:
        return owner == rights.user_id
    return owner.in_(people_in_scope(rights, scope))


def surely_in_scope(owner_id: int | None, rights: Rights, permission: Right) -> bool:
    """Whether the owner lies in the scope for certain, without a statement: everything does, and one's own does.

    False leaves it open: the scope may hold the owner's department.
    """
    scope = rights.scope(permission)
    return scope is Scope.EVERYTHING or (scope is not None and owner_id == rights.user_id)


def in_unit(
    unit: InstrumentedAttribute[int | None] | InstrumentedAttribute[int], rights: Rights, permission: Right
) -> ColumnElement[bool]:
    """The condition that a department stored with a record lies in the scope of the permission (A-5)."""
    scope = rights.scope(permission)
    if scope is None or scope is Scope.OWN:
        return false()
    if scope is Scope.EVERYTHING:
        return true()
    if scope is Scope.DEPARTMENT:
        return unit == rights.unit_id
    return unit.in_(units_below(rights.unit_id))
