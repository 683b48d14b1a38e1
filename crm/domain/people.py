"""Verbs of the organisation: units, people, roles (A-1, A-5, A-6), with the rules against self-promotion."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm.domain import text
from crm.domain.errors import FieldError, NotAllowed
from crm.domain.passwords import check_new_password, hash_password
from crm.domain.saving import Acting, assign, check_version, discard, stamp
from crm.domain.signing_in import end_sessions, login_key
from crm.i18n import N_
from crm.models import OrgUnit, Permission, PersonalGrant, Role, RoleGrant, RoleMember, Scope, User
from crm.models.roles import ADMINISTRATOR, UNDELETABLE

UNIT_KEYS = tuple("name parent_id phone fax address leader notes position".split())
PERSON_KEYS = tuple("unit_id email gender phone mobile job_title".split())


def save_unit(
    session: Session, unit: OrgUnit | None, values: Mapping[str, Any], acting: Acting, opened: int | None = None
) -> OrgUnit:
    """Make or change a company or department; it never lies under itself (hostile case 14)."""
    fresh = unit is None
    unit = unit or OrgUnit(kind=values["kind"])
    check_version(unit, opened)
    if not fresh and values.get("parent_id") in _below(session, unit.id):
        raise FieldError("parent_id", N_("A unit cannot lie below itself. Please choose another place."))
    if not fresh and unit.parent_id is None and values.get("parent_id") is not None:
        raise FieldError("parent_id", N_("The firm itself stays at the top of the tree."))
    assign(unit, values, UNIT_KEYS)
    stamp(unit, acting)
    if fresh:
        session.add(unit)
    session.flush()
    return unit


def _below(session: Session, unit_id: int) -> set[int]:
    parents = dict(session.execute(select(OrgUnit.id, OrgUnit.parent_id)).tuples().all())
    found = {unit_id}
    grew = True
    while grew:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grew = bool(more)
    return found


def save_person(
    session: Session, user: User | None, values: Mapping[str, Any], acting: Acting, opened: int | None = None
) -> User:
    """Make or change a person. A first or reset password must be changed at the next login.

    Raises FieldError for a login that is taken or a weak password.
    """
    fresh = user is None
    user = user or User(password_hash="")
    check_version(user, opened)
    _set_login(session, user, values.get("login"))
    user.name = values.get("name") or user.name
    user.pinyin = text.pinyin_code(user.name, person=True)
    assign(user, values, PERSON_KEYS)
    password = values.get("password")
    if password:
        set_password(session, user, password, acting, must_change=user.id != acting.user_id, field="password")
    elif fresh:
        raise FieldError("password", N_("Please give a first password."))
    stamp(user, acting)
    if fresh:
        session.add(user)
    session.flush()
    return user


def _set_login(session: Session, user: User, login: str | None) -> None:
    if not login or login == user.login:
        return
    key = login_key(login)
    with session.no_autoflush:
        taken = session.scalars(select(User).where(User.login_key == key)).first()
    if taken is not None and taken is not user:
        raise FieldError("login", N_("This login is already used. Please choose another one."))
    user.login, user.login_key = login.strip(), key


def set_password(
    session: Session, user: User, password: str, acting: Acting, must_change: bool, field: str = "new_password"
) -> None:
    """Set a password; the account's other sessions end (O-1)."""
    check_new_password(password, user.login, field)
    user.password_hash = hash_password(password)
    user.must_change_password = must_change
    if user.id is not None:
        end_sessions(session, user.id, acting.now, but=user.session_token)


def disable_person(session: Session, user: User, acting: Acting, disabled: bool) -> None:
    """Close or open an account; the last administrator and oneself stay open."""
    if disabled:
        if user.id == acting.user_id:
            raise NotAllowed(N_("You cannot disable yourself."))
        _keep_an_administrator(session, without=user.id)
        end_sessions(session, user.id, acting.now)
    user.disabled_at = acting.now if disabled else None
    stamp(user, acting)
    session.flush()


def administrators(session: Session) -> set[int]:
    wanted = (
        select(RoleMember.user_id)
        .join(Role, Role.id == RoleMember.role_id)
        .join(User, User.id == RoleMember.user_id)
        .where(Role.key == ADMINISTRATOR, User.deleted_at.is_(None), User.disabled_at.is_(None))
    )
    return set(session.scalars(wanted))


def _keep_an_administrator(session: Session, without: int) -> None:
    if administrators(session) == {without}:
        raise NotAllowed(N_("The firm needs at least one administrator who can sign in."))


def role_rights(session: Session, role: Role) -> dict[str, int]:
    permissions = session.scalars(select(RoleGrant.permission).where(RoleGrant.role_id == role.id))
    return dict.fromkeys(permissions, role.scope)


def check_can_grant(acting: Acting, permissions: Mapping[str, int]) -> None:
    """Nobody can grant what they do not hold, nor further than they hold it (A-5, hostile case 15)."""
    for permission, scope in permissions.items():
        held = acting.rights.scopes.get(permission)
        beyond = held is None or held < scope
        # An administrator sets rights up but does not approve: granting is part of the job.
        if beyond and not acting.rights.administrator:
            raise NotAllowed(N_("You cannot grant a right that you do not hold yourself."))


def set_roles(session: Session, user: User, role_ids: Iterable[int], acting: Acting) -> None:
    """Give and take roles; each change must lie within what the acting person holds."""
    wanted = set(role_ids)
    held = set(session.scalars(select(RoleMember.role_id).where(RoleMember.user_id == user.id)))
    roles = {role.id: role for role in session.scalars(select(Role).where(Role.deleted_at.is_(None)))}
    if not wanted <= set(roles):
        raise FieldError("roles", N_("Please choose one of the list."))
    for role_id in wanted ^ held:
        if role_id in roles:
            _check_may_change_role(session, roles[role_id], user, acting)
    if any(roles[r].key == ADMINISTRATOR for r in held - wanted if r in roles):
        _keep_an_administrator(session, without=user.id)
    session.execute(delete(RoleMember).where(RoleMember.user_id == user.id, RoleMember.role_id.not_in(wanted)))
    session.add_all(RoleMember(role_id=role_id, user_id=user.id) for role_id in sorted(wanted - held))
    session.flush()


def _check_may_change_role(session: Session, role: Role, user: User, acting: Acting) -> None:
    if role.key == ADMINISTRATOR and not acting.rights.administrator:
        raise NotAllowed(N_("Only an administrator can make or unmake administrators."))
    check_can_grant(acting, role_rights(session, role))


def save_role(
    session: Session,
    role: Role | None,
    name: str,
    scope: Scope,
    permissions: Iterable[Permission],
    acting: Acting,
    opened: int | None = None,
) -> Role:
    """Make or change a role with its grid of permissions (A-5)."""
    fresh = role is None
    role = role or Role(position=(session.scalar(select(func.max(Role.position))) or 0) + 1)
    check_version(role, opened)
    if not name:
        raise FieldError("name", N_("Please fill this in."))
    wanted = {permission.value for permission in permissions}
    held = {} if fresh else role_rights(session, role)
    if role.key == ADMINISTRATOR:
        _check_administrator_role(acting, wanted, held, scope)
    changed = {p: int(scope) for p in wanted ^ set(held)} if role.scope == scope else {p: int(scope) for p in wanted}
    check_can_grant(acting, changed)
    role.name, role.scope = name, int(scope)
    stamp(role, acting)
    if fresh:
        session.add(role)
    session.flush()
    session.execute(delete(RoleGrant).where(RoleGrant.role_id == role.id))
    session.add_all(RoleGrant(role_id=role.id, permission=permission) for permission in sorted(wanted))
    session.flush()
    return role


def _check_administrator_role(acting: Acting, wanted: set[str], held: Mapping[str, int], scope: Scope) -> None:
    """The administrators keep their rights: the role can grow, never shrink."""
    if not acting.rights.administrator:
        raise NotAllowed(N_("Only an administrator can change the administrators' role."))
    if set(held) - wanted or scope is not Scope.EVERYTHING:
        raise NotAllowed(N_("The administrators' role keeps its rights."))


def delete_role(session: Session, role: Role, acting: Acting) -> None:
    if role.key in UNDELETABLE:
        raise NotAllowed(N_("This role is part of the system and cannot be deleted."))
    check_can_grant(acting, role_rights(session, role))
    session.execute(delete(RoleMember).where(RoleMember.role_id == role.id))
    discard(role, acting)
    session.flush()


def set_personal_grants(session: Session, user: User, grants: Mapping[str, int], acting: Acting) -> None:
    """Replace a person's own grants (permission → scope); what changes must be held by the giver."""
    wanted_rows = select(PersonalGrant.permission, PersonalGrant.scope).where(PersonalGrant.user_id == user.id)
    held = dict(session.execute(wanted_rows).tuples().all())
    changed = {p: s for p, s in grants.items() if held.get(p) != s} | {p: s for p, s in held.items() if p not in grants}
    if changed and user.id == acting.user_id and not acting.rights.administrator:
        raise NotAllowed(N_("You cannot change your own rights."))
    check_can_grant(acting, changed)
    session.execute(delete(PersonalGrant).where(PersonalGrant.user_id == user.id))
    session.add_all(PersonalGrant(user_id=user.id, permission=p, scope=s) for p, s in sorted(grants.items()))
    session.flush()
