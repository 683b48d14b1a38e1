"""Verbs of the people in the organisation (A-1).

Units: `unit_saving`; where people and units may be placed: `placement`; roles and grants: `roles_and_grants`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.accounts.password_links import INVITATION, can_email_links, email_link
from crm.domain.accounts.passwords import check_new_password, hash_password
from crm.domain.accounts.second_factor import turn_off
from crm.domain.accounts.sign_in import end_sessions
from crm.domain.organisation.ordering import last_place
from crm.domain.organisation.placement import check_person_place
from crm.domain.organisation.roles_and_grants import (
    administrators,
    check_can_grant,
    check_may_change_person,
    delete_role,
    require_an_administrator,
    save_role,
    set_personal_grants,
    set_roles,
)
from crm.domain.platform.settings import read_settings
from crm.entities.record_saving import Actor, assign, check_version, stamp
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Scope, User, rights_of

__all__ = [
    "administrators",
    "check_can_grant",
    "delete_role",
    "invite_person",
    "move_people",
    "new_password_hash",
    "reset_password",
    "reset_second_factor",
    "save_person",
    "save_role",
    "set_disabled",
    "set_password",
    "set_personal_grants",
    "set_roles",
]

NO_EMAILS = N_(
    "Emails cannot be sent yet: the mail server and the address of this program must be entered in the system settings."
)
PERSON_KEYS = tuple("unit_id email gender phone mobile job_title".split())
"""Attributes that need no check of rights, except the unit (`check_person_place`) and the email (`_check_email`)."""


def save_person(
    session: Session, user: User | None, values: Mapping[str, Any], actor: Actor, opened_version: int | None = None
) -> User:
    """Make or change a person. A first or reset password must be changed at the next login.

    `values` hold a `password`, or the `password_hash` of one already made by `new_password_hash` (it takes half
    a second, which a writing transaction should not wait for); or a new person is `invited`: without a password nobody
    signs in before one is chosen by the link. Raises FieldError for a login that is taken, a
    place that is not the person's to use, or a weak password; NotAllowed where an administrator is meant.
    """
    is_new = user is None
    user = user or User(password_hash="")
    check_version(user, opened_version)
    check_may_change_person(session, user, actor)
    if "unit_id" in values and values["unit_id"] != user.unit_id:
        check_person_place(session, user, values["unit_id"], actor)
        user.position = last_place(session, values["unit_id"])
    _set_login(session, user, values.get("login"), actor)
    _check_email(session, user, values, actor)
    user.name = values.get("name") or user.name
    user.pinyin = text.pinyin_code(user.name, person=True)
    assign(user, values, PERSON_KEYS)
    _set_first_password(session, user, values, actor)
    stamp(user, actor)
    if is_new:
        session.add(user)
    session.flush()
    return user


def move_people(session: Session, people: Sequence[User], unit_id: int, actor: Actor) -> int:
    """調動人員: all of them, or nobody; returns how many have a new department. Documents keep the one of their time.

    Raises FieldError for a place that is not the person's to use, NotAllowed where the move would show somebody more.
    """
    moved = [person for person in people if person.unit_id != unit_id]
    for person in moved:
        check_may_change_person(session, person, actor)
        check_person_place(session, person, unit_id, actor)
        person.position = last_place(session, unit_id)
        person.unit_id = unit_id
        stamp(person, actor)
        session.flush()
    return len(moved)


def _set_login(session: Session, user: User, login: str | None, actor: Actor) -> None:
    if not login or login == user.login:
        return
    login = check_login(session, login, user.id)
    _check_may_take_over(session, user, actor)
    user.login, user.login_key = login, text.login_key(login)


def check_login(session: Session, login: str, user_id: int | None = None) -> str:
    """The login as it is stored. Raises FieldError where it is invalid, or looks like somebody else's."""
    login = text.normalize_login(login)
    if not login or not text.is_of_one_script(login):
        message = N_("Please use letters of one alphabet, digits and characters such as . - _ @ for the login.")
        raise FieldError("login", message)
    with session.no_autoflush:
        other_keys = session.execute(select(User.id, User.login_key).where(User.id != (user_id or 0))).all()
    if any(text.login_skeleton(key) == text.login_skeleton(login) for _id, key in other_keys):
        raise FieldError("login", N_("This login is already used. Please choose another one."))
    return login


def _check_email(session: Session, user: User, values: Mapping[str, Any], actor: Actor) -> None:
    """Reminders, notices and whatever lets somebody in go there: an address is as good as a login."""
    if "email" in values and (values["email"] or None) != (user.email or None):
        _check_may_take_over(session, user, actor)


def _set_first_password(session: Session, user: User, values: Mapping[str, Any], actor: Actor) -> None:
    hashed, password = values.get("password_hash"), values.get("password")
    if password and not hashed:
        hashed = new_password_hash(password, user.login, "password")
    if hashed:
        _check_may_take_over(session, user, actor)
        _set_hash(session, user, hashed, actor, must_change=user.id != actor.user_id)
    elif user.id is None and not values.get("invited"):
        raise FieldError("password", N_("Please enter an initial password."))


def _check_may_take_over(session: Session, user: User, actor: Actor) -> None:
    """Whoever sets a login, password or email can act as that person: so they must hold what the person holds.

    The person's own records are somebody else's: a right of scope "own" does not reach them.
    """
    if user.id is None or user.id == actor.user_id:
        return
    check_may_change_person(session, user, actor)
    reached = {p: max(scope, Scope.DEPARTMENT) for p, scope in rights_of(session, user).scopes.items()}
    try:
        check_can_grant(session, actor, reached, [user.unit_id])
    except NotAllowed as error:
        raise NotAllowed(
            N_("This person has permissions that you do not have. Please ask an administrator to do this.")
        ) from error


def new_password_hash(password: str, login: str, field: str = "new_password") -> str:
    """The hash of a new password. Raises FieldError for a weak one; takes half a second on purpose."""
    check_new_password(password, login, field)
    return hash_password(password)


def set_password(
    session: Session, user: User, password: str, actor: Actor, must_change: bool, field: str = "new_password"
) -> None:
    """Set a password; the account's other sessions end (O-1)."""
    _check_may_take_over(session, user, actor)
    _set_hash(session, user, new_password_hash(password, user.login, field), actor, must_change)


def reset_password(
    session: Session, user: User, password_hash: str, actor: Actor, opened_version: int | None = None
) -> None:
    """A new password by an administrator, to be changed at the next login (A-1, hostile case 16)."""
    if user.id == actor.user_id:
        raise NotAllowed(N_("Please change your own password under My office, where the old password is required."))
    check_version(user, opened_version)
    _check_may_take_over(session, user, actor)
    _set_hash(session, user, password_hash, actor, must_change=True)
    stamp(user, actor)
    session.flush()


def invite_person(session: Session, user: User, path: str, actor: Actor) -> None:
    """Send an email with a link by which the person chooses a password, once and within some days (A-1).

    `path` is the address of that page, up to the token. Raises NotAllowed as a new password would, DomainError where no
    email can be sent.
    """
    _check_may_take_over(session, user, actor)
    if not can_email_links(read_settings(session)):
        raise DomainError(NO_EMAILS)
    if email_link(session, user, INVITATION, path, actor.now, actor.user_id) is None:
        raise DomainError(N_("%(name)s has no email address, or the account is disabled."), name=user.name)


def reset_second_factor(session: Session, user: User, actor: Actor) -> None:
    """For somebody who lost telephone and recovery codes: the password alone opens the account again (L-6).

    As with a new password: only who holds what the person holds. The person's sessions end.
    """
    if user.id == actor.user_id:
        raise NotAllowed(
            N_("Please turn off your own two-factor authentication under My office, where your password is required.")
        )
    _check_may_take_over(session, user, actor)
    turn_off(session, user.id)
    end_sessions(session, user.id, actor.now)


def _set_hash(session: Session, user: User, password_hash: str, actor: Actor, must_change: bool) -> None:
    user.password_hash = password_hash
    user.must_change_password = must_change
    if user.id is not None:
        end_sessions(session, user.id, actor.now, except_token=user.session_token)


def set_disabled(session: Session, user: User, actor: Actor, disabled: bool) -> None:
    """停用: close an account for a while, or open it again; nothing changes hands (whoever leaves for good: `leaving`).

    The last administrator and oneself stay open.
    """
    check_may_change_person(session, user, actor)
    if disabled == (user.disabled_at is not None):
        return
    if disabled:
        if user.id == actor.user_id:
            raise NotAllowed(N_("You cannot disable yourself."))
        require_an_administrator(session, without=[user.id])
        end_sessions(session, user.id, actor.now)
    user.disabled_at = actor.now if disabled else None
    stamp(user, actor)
    session.flush()
