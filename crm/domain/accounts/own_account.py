"""One's own password and data (O-1)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.accounts.passwords import check_new_password, hash_password, password_fits
from crm.domain.accounts.sign_in import end_sessions
from crm.entities.record_saving import Actor, assign, check_version, stamp
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import User

OWN_KEYS = ("email", "mobile", "phone", "language")


def new_password_hash(user: User, old: str, new: str, repeated: str) -> str:
    """The hash to keep for a new password; half a second's work twice, so not within a writing transaction.

    Raises FieldError beside the field that is wrong.
    """
    if not old:
        raise FieldError("old_password", N_("Please enter your current password."))
    check_new_password(new, user.login)
    if new != repeated:
        raise FieldError("confirm", N_("The two passwords differ. Please type the same one twice."))
    if not password_fits(user.password_hash, old):
        raise FieldError("old_password", N_("This is not your current password."))
    if new == old:
        raise FieldError("new_password", N_("The new password must differ from the old one."))
    return hash_password(new)


def change_own_account(
    session: Session,
    user: User,
    values: Mapping[str, Any],
    new_hash: str,
    actor: Actor,
    opened_version: int | None = None,
) -> User:
    """Save the own data and, where there is a new password, end the account's other sessions."""
    check_version(user, opened_version)
    assign(user, values, OWN_KEYS)
    if new_hash:
        user.password_hash, user.must_change_password = new_hash, False
        end_sessions(session, user.id, actor.now, except_token=user.session_token)
    stamp(user, actor)
    session.flush()
    return user
