"""Roles and personal grants (A-5, A-6), with the rules against promoting oneself (hostile cases 15 and 20)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.office.notices import notify
from crm.domain.organisation.units import descendant_ids
from crm.entities.change_log import GRANTED, log_action, log_related_change
from crm.entities.record_saving import Actor, check_version, discard, stamp
from crm.errors import FieldError, NotAllowed
from crm.i18n import N_
from crm.models import ApprovalRule, Permission, PersonalGrant, Role, RoleGrant, RoleMember, Scope, User, rights_of
from crm.models.permissions import Right, right
from crm.models.roles import ADMINISTRATOR, UNDELETABLE

BEYOND = N_("You cannot grant a permission that you do not have yourself.")


def administrators(session: Session) -> set[int]:
    """The administrators who can sign in."""
    statement = (
        select(RoleMember.user_id)
        .join(Role, Role.id == RoleMember.role_id)
        .join(User, User.id == RoleMember.user_id)
        .where(Role.key == ADMINISTRATOR, User.deleted_at.is_(None), User.disabled_at.is_(None))
    )
    return set(session.scalars(statement))


def require_an_administrator(session: Session, without: Collection[int]) -> None:
    """Raises where the change would leave no administrator."""
    # Held until the end, so that two administrators cannot demote each other at the same moment.
    session.execute(select(Role.id).where(Role.key == ADMINISTRATOR).with_for_update()).all()
    administrator_ids = administrators(session)
    if administrator_ids and administrator_ids <= set(without):
        raise NotAllowed(N_("There must be at least one administrator who can sign in."))


def check_may_change_person(session: Session, user: User, actor: Actor) -> None:
    """Only administrators change administrators, whatever else somebody holds."""
    if user.id is None or actor.rights.administrator:
        return
    if rights_of(session, user).administrator:
        raise NotAllowed(N_("Only an administrator can change an administrator."))


def check_can_grant(
    session: Session, actor: Actor, permissions: Mapping[str, int], unit_ids: Iterable[int] = ()
) -> None:
    """Nobody can grant what they do not hold, nor further than they hold it (A-5, hostile case 15).

    `unit_ids` are the units of those who get it: "the department" of somebody elsewhere is more than the own one.
    """
    # An administrator sets rights up but does not approve: granting is part of the job.
    if actor.rights.administrator:
        return
    places = set(unit_ids)
    for permission, scope in permissions.items():
        held = actor.rights.scopes.get(permission)
        if held is None or held < scope or not _reaches_all(session, actor, held, scope, places):
            raise NotAllowed(BEYOND)


def _reaches_all(session: Session, actor: Actor, held: Scope, scope: int, places: set[int]) -> bool:
    if scope == Scope.OWN or held is Scope.EVERYTHING or not places:
        return True
    own = actor.rights.unit_id
    return places <= (descendant_ids(session, own) if held is Scope.BELOW else {own})


def role_rights(session: Session, role: Role) -> dict[str, int]:
    permissions = session.scalars(select(RoleGrant.permission).where(RoleGrant.role_id == role.id))
    return dict.fromkeys(permissions, role.scope)


@dataclass(frozen=True)
class OfferedRole:
    """A role that a person may have; `is_grantable` says whether the actor may give and take it."""

    id: int
    name: str
    is_grantable: bool


def offered_roles(session: Session, actor: Actor, user: User | None = None) -> list[OfferedRole]:
    """All roles in their order. Nobody but an administrator gives roles to themselves."""
    roles = session.scalars(select(Role).where(Role.deleted_at.is_(None)).order_by(Role.position, Role.id))
    return [OfferedRole(role.id, role.name, _may_give(session, role, user, actor)) for role in roles]


def _may_give(session: Session, role: Role, user: User | None, actor: Actor) -> bool:
    try:
        _check_own(user, actor)
        _check_may_give(session, role, [user.unit_id] if user else [], actor)
    except NotAllowed:
        return False
    return True


def _check_may_give(session: Session, role: Role, unit_ids: Iterable[int], actor: Actor) -> None:
    if role.key == ADMINISTRATOR and not actor.rights.administrator:
        raise NotAllowed(N_("Only an administrator can add or remove administrators."))
    check_can_grant(session, actor, role_rights(session, role), unit_ids)


def _check_own(user: User | None, actor: Actor) -> None:
    if user is not None and user.id == actor.user_id and not actor.rights.administrator:
        raise NotAllowed(N_("You cannot change your own permissions."))


def roles_of(session: Session, user: User) -> set[int]:
    return set(session.scalars(select(RoleMember.role_id).where(RoleMember.user_id == user.id)))


def set_roles(session: Session, user: User, role_ids: Iterable[int], actor: Actor) -> None:
    """Give and take roles; each change must lie within what the acting person holds."""
    roles = {role.id: role for role in session.scalars(select(Role).where(Role.deleted_at.is_(None)))}
    new_ids, held = set(role_ids), roles_of(session, user) & set(roles)
    if not new_ids <= set(roles):
        raise FieldError("roles", N_("Please choose one from the list."))
    if new_ids == held:
        return
    _check_own(user, actor)
    check_may_change_person(session, user, actor)
    for role_id in new_ids ^ held:
        _check_may_give(session, roles[role_id], [user.unit_id], actor)
    before = set(rights_of(session, user).scopes)
    if any(roles[role_id].key == ADMINISTRATOR for role_id in held - new_ids):
        require_an_administrator(session, without=[user.id])
    if new_ids != held:
        log_action(session, actor, GRANTED, "people", user.id, user.name, {"roles": [sorted(held), sorted(new_ids)]})
    session.execute(delete(RoleMember).where(RoleMember.user_id == user.id, RoleMember.role_id.not_in(new_ids)))
    session.add_all(RoleMember(role_id=role_id, user_id=user.id) for role_id in sorted(new_ids - held))
    session.flush()
    gained = set(rights_of(session, user).scopes) - before
    tell_administrators(session, actor, gained, user.name, f"/grants/{user.id}")


def change_members(session: Session, role: Role, add: Iterable[User], remove: Iterable[User], actor: Actor) -> None:
    """Who belongs to the role (角色人員). Only the differences are sent, so two people's changes add up."""
    for user, belongs in [*((u, True) for u in add), *((u, False) for u in remove)]:
        held = roles_of(session, user)
        new_ids = held | {role.id} if belongs else held - {role.id}
        if new_ids != held:
            set_roles(session, user, new_ids, actor)
            # Whoever has the person's form open is told when saving.
            stamp(user, actor)
    session.flush()


def members_of(session: Session, role: Role) -> set[int]:
    return set(session.scalars(select(RoleMember.user_id).where(RoleMember.role_id == role.id)))


def save_role(
    session: Session,
    role: Role | None,
    name: str,
    scope: Scope,
    permissions: Iterable[Right],
    actor: Actor,
    opened_version: int | None = None,
) -> Role:
    """Make or change a role with its grid of permissions (A-5).

    Raises FieldError for a name that is missing or taken, NotAllowed for what the person does not hold.
    """
    is_new = role is None
    role = role or Role(position=(session.scalar(select(func.max(Role.position))) or 0) + 1)
    check_version(role, opened_version)
    _check_role_name(session, role, name)
    new_permissions = {permission.value for permission in permissions}
    held = {} if is_new else role_rights(session, role)
    _check_may_change_role(session, role, new_permissions, held, scope, actor)
    role.name, role.scope = name, int(scope)
    stamp(role, actor)
    if is_new:
        session.add(role)
    session.flush()
    before = [] if is_new else sorted(held)
    if before != sorted(new_permissions):
        log_action(
            session, actor, GRANTED, "roles", role.id, role.name, {"permissions": [before, sorted(new_permissions)]}
        )
    session.execute(delete(RoleGrant).where(RoleGrant.role_id == role.id))
    session.add_all(RoleGrant(role_id=role.id, permission=permission) for permission in sorted(new_permissions))
    session.flush()
    tell_administrators(session, actor, new_permissions - set(before), role.name, f"/roles/{role.id}/permissions")
    return role


def _check_role_name(session: Session, role: Role, name: str) -> None:
    if not name:
        raise FieldError("name", N_("Please fill this in."))
    with session.no_autoflush:
        other_roles = session.execute(select(Role.id, Role.name).where(Role.deleted_at.is_(None))).all()
    if any(text.fold(other_name) == text.fold(name) for id_, other_name in other_roles if id_ != role.id):
        raise FieldError("name", N_("There is already a role with this name. Please choose another one."))


def _check_may_change_role(
    session: Session, role: Role, new_permissions: set[str], held: Mapping[str, int], scope: Scope, actor: Actor
) -> None:
    """The person must be allowed to give both what is granted and what is revoked."""
    if role.key == ADMINISTRATOR:
        _check_administrator_role(actor, new_permissions, held, scope)
    changed = new_permissions ^ set(held) if role.scope in (None, scope) else new_permissions | set(held)
    reach = {permission: max(int(scope), held.get(permission, 0)) for permission in changed}
    if not reach or role.id is None:
        check_can_grant(session, actor, reach)
        return
    members = list(session.scalars(select(User).where(User.id.in_(members_of(session, role)))))
    for user in members:
        _check_own(user, actor)
    check_can_grant(session, actor, reach, {user.unit_id for user in members})


def _check_administrator_role(actor: Actor, new_permissions: set[str], held: Mapping[str, int], scope: Scope) -> None:
    """The administrators keep their rights: the role can grow, never shrink."""
    if not actor.rights.administrator:
        raise NotAllowed(N_("Only an administrator can change the administrators' role."))
    if set(held) - new_permissions or scope is not Scope.EVERYTHING:
        raise NotAllowed(N_("The permissions of the administrator role cannot be reduced."))


def check_deletable(role: Role) -> None:
    if role.key in UNDELETABLE:
        raise NotAllowed(N_("This role is part of the system and cannot be deleted."))


def delete_role(session: Session, role: Role, actor: Actor) -> None:
    """Delete a role; those who belonged to it lose what it gave. Built-in ones stay (A-5)."""
    check_deletable(role)
    named = select(ApprovalRule.id).where(ApprovalRule.role_id == role.id, ApprovalRule.deleted_at.is_(None))
    if session.scalar(named.limit(1)) is not None:
        raise NotAllowed(N_("An approval rule names this role. Please change the rule first."))
    members = list(session.scalars(select(User).where(User.id.in_(members_of(session, role)))))
    for user in members:
        _check_own(user, actor)
    check_can_grant(session, actor, role_rights(session, role), {user.unit_id for user in members})
    session.execute(delete(RoleMember).where(RoleMember.role_id == role.id))
    log_related_change(session, role, "members", [user.id for user in members], [])
    discard(role, actor)
    session.flush()


def personal_grants(session: Session, user: User) -> dict[str, int]:
    statement = select(PersonalGrant.permission, PersonalGrant.scope).where(PersonalGrant.user_id == user.id)
    return dict(session.execute(statement).all())


def set_personal_grants(session: Session, user: User, grants: Mapping[str, int], actor: Actor) -> None:
    """Replace a person's own grants (permission → scope); what changes must be held by the giver."""
    held = personal_grants(session, user)
    changed = {p: max(s, held.get(p, 0)) for p, s in grants.items() if held.get(p) != s}
    changed |= {p: s for p, s in held.items() if p not in grants}
    if not changed:
        return
    _check_own(user, actor)
    check_may_change_person(session, user, actor)
    check_can_grant(session, actor, changed, [user.unit_id])
    log_action(session, actor, GRANTED, "people", user.id, user.name, {"grants": [held, dict(grants)]})
    session.execute(delete(PersonalGrant).where(PersonalGrant.user_id == user.id))
    session.add_all(PersonalGrant(user_id=user.id, permission=p, scope=s) for p, s in sorted(grants.items()))
    session.flush()
    further = {p for p, s in grants.items() if s > held.get(p, 0)}
    tell_administrators(session, actor, further, user.name, f"/grants/{user.id}")


@dataclass(frozen=True)
class Source:
    """Where one permission of a person comes from: a role, or a personal grant (then there is no role)."""

    permission: Right
    scope: Scope
    role_id: int | None = None
    role: str = ""


def sources_of(session: Session, user: User) -> list[Source]:
    """Everything granted to a person: by roles in their order, then personally (A-6)."""
    by_role = (
        select(RoleGrant.permission, Role.scope, Role.id, Role.name)
        .join(Role, Role.id == RoleGrant.role_id)
        .join(RoleMember, RoleMember.role_id == Role.id)
        .where(RoleMember.user_id == user.id, Role.deleted_at.is_(None))
        .order_by(Role.position, Role.id)
    )
    from_roles = [Source(right(key), Scope(scope), id_, name) for key, scope, id_, name in session.execute(by_role)]
    return from_roles + [Source(right(key), Scope(scope)) for key, scope in personal_grants(session, user).items()]


def sources_of_rights(session: Session, user: User) -> dict[str, list[Source]]:
    """Permission → where it comes from (A-6)."""
    sources: dict[str, list[Source]] = defaultdict(list)
    for source in sources_of(session, user):
        sources[source.permission.value].append(source)
    return dict(sources)


APPROVING = {
    Permission.ORDERS_APPROVE.value: N_("%(person)s has given %(name)s the permission to approve sales orders."),
    Permission.RECEIPTS_APPROVE.value: N_("%(person)s has given %(name)s the permission to approve receipts."),
    Permission.RECEIVABLES_APPROVE.value: N_("%(person)s has given %(name)s the permission to approve receivables."),
}
OTHER_APPROVING = N_("%(person)s has given %(name)s a permission to approve.")
RIGHTS_NOTICES = "rights"


def tell_administrators(session: Session, actor: Actor, granted: Iterable[str], name: str, url: str) -> None:
    """Granting somebody 審核 notifies the other administrators, so that nobody does it unseen (A-5)."""
    messages = [APPROVING.get(key, OTHER_APPROVING) for key in sorted(granted) if right(key).verb == "approve"]
    other_ids = administrators(session) - {actor.user_id} if messages else set()
    by = session.get(User, actor.user_id)
    for person_id in sorted(other_ids):
        for message in messages:
            values = {"person": by.name if by is not None else "", "name": name}
            notify(session, person_id, RIGHTS_NOTICES, message, values, url, actor.now)
