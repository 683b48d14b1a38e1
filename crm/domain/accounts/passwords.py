"""Passwords: at least 8 characters, any composition, not among the common ones, not the login (O-1)."""

import secrets
from functools import cache
from importlib import resources

from werkzeug.security import check_password_hash, generate_password_hash

from crm.errors import FieldError
from crm.i18n import N_

METHOD = "scrypt:32768:8:3"
PLAIN = "abcdefghjkmnpqrstuvwxyz23456789"
MIN_LENGTH, MAX_LENGTH = 8, 200
DECOY = f"{METHOD}$nobodys-password${'0' * 128}"
"""Checked where the name is unknown, so that both answers take the same time (L-1). No password fits it."""


@cache
def _common() -> frozenset[str]:
    return frozenset(resources.files("crm.data").joinpath("common-passwords.txt").read_text().split())


def check_new_password(password: str, login: str, field: str = "new_password") -> None:
    if len(password) < MIN_LENGTH:
        raise FieldError(field, N_("Please choose a password with at least %(least)s characters."), least=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise FieldError(field, N_("Please choose a password with at most %(most)s characters."), most=MAX_LENGTH)
    if password.casefold() == login.casefold():
        raise FieldError(field, N_("The password must not be the login name. Please choose another one."))
    if password.casefold() in _common():
        raise FieldError(field, N_("This password is too common and easily guessed. Please choose another one."))


def generate_first_password() -> str:
    """For a printed slip: letters and digits that nobody takes for each other, 59 random bits."""
    return "-".join("".join(secrets.choice(PLAIN) for _ in range(4)) for _ in range(3))


def hash_password(password: str) -> str:
    return generate_password_hash(password, METHOD)


def password_fits(password_hash: str | None, password: str) -> bool:
    """True where the password is right, as it was typed; takes its half second in any case."""
    fits = check_password_hash(password_hash or DECOY, password[:MAX_LENGTH])
    return fits and len(password) <= MAX_LENGTH and password_hash is not None
