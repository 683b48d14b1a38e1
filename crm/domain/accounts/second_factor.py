"""The second factor: codes of an authenticator app, recovery codes for whoever lost it (L-6).

Everything that uses up a code does it in one statement that says whether it was still there: of two tries at once
one gets in.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from unicodedata import normalize

from pyotp import TOTP, random_base32
from sqlalchemy import Executable, delete, func, select, update
from sqlalchemy.orm import Session

from crm.domain.accounts.sign_in import end_sessions, token_hash
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import RecoveryCode, SecondFactor, User
from crm.models.encrypted import Undecryptable

SECONDS = 30
TOLERANCE = 1
"""Clocks may differ: the code before and the one after count as well."""
CODES = 10
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH, GROUP = 16, 4
"""A recovery code has 80 random bits, so that it cannot be guessed from its plain hash."""


@dataclass(frozen=True)
class FactorState:
    """What the account's page shows."""

    on_since: datetime | None = None
    secret: str = ""
    codes_left: int = 0
    is_undecryptable: bool = False


def state_of(session: Session, user_id: int) -> FactorState:
    factor = session.get(SecondFactor, user_id)
    if factor is None:
        return FactorState()
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    if factor.confirmed_at is None:
        return FactorState(secret=factor.secret)
    return FactorState(
        on_since=factor.confirmed_at,
        codes_left=session.scalar(unused) or 0,
        is_undecryptable=isinstance(factor.secret, Undecryptable),
    )


def is_on(session: Session, user_id: int) -> bool:
    statement = select(SecondFactor.user_id).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
    )
    return session.scalar(statement) is not None


def is_undecryptable(session: Session, user_id: int) -> bool:
    """Whether the secret was encrypted with another key: then only recovery codes work."""
    return isinstance(session.scalar(select(SecondFactor.secret).where(SecondFactor.user_id == user_id)), Undecryptable)


def begin_setup(session: Session, user: User, now: datetime) -> None:
    """A new secret to be entered in the app; no code is required before it is confirmed."""
    factor = session.get(SecondFactor, user.id, with_for_update=True)
    if factor is not None and factor.confirmed_at is not None:
        raise DomainError(N_("Two-factor authentication is already on. Turn it off first to set up another device."))
    if factor is None:
        factor = SecondFactor(user_id=user.id)
        session.add(factor)
    factor.secret, factor.begun_at, factor.last_step = random_base32(), now, 0
    session.flush()


def provisioning_uri(secret: str, login: str, firm: str) -> str:
    """What the square code holds: the app shows the firm and the login beside its numbers."""
    return TOTP(secret).provisioning_uri(name=login, issuer_name=firm or "Shuke CRM")


def confirm(session: Session, user: User, typed: str, now: datetime) -> list[str]:
    """Turn it on by a first code; the account's other sessions end. Returns the recovery codes, shown this once.

    Raises FieldError for a code that does not fit, DomainError where nothing is being set up.
    """
    factor = session.get(SecondFactor, user.id, with_for_update=True)
    if factor is None or factor.confirmed_at is not None or isinstance(factor.secret, Undecryptable):
        raise DomainError(N_("Please start again: nothing is being set up at the moment."))
    if not _use_app_code(session, factor, normalize_code(typed), now):
        raise FieldError("code", N_("This code is wrong. Please enter the one currently shown by the app."))
    factor.confirmed_at = now
    end_sessions(session, user.id, now, except_token=user.session_token)
    return new_codes(session, user.id)


def turn_off(session: Session, user_id: int) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


def new_codes(session: Session, user_id: int) -> list[str]:
    """Fresh recovery codes; the former ones are good no more."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(CODES)]
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=_hashed(user_id, code)) for code in codes)
    session.flush()
    return ["-".join(code[n : n + GROUP] for n in range(0, LENGTH, GROUP)) for code in codes]


def verify_code(session: Session, user_id: int, typed: str, now: datetime) -> bool:
    """Whether the code of the app, or a recovery code, is right and unused; it is used up by this."""
    factor = session.get(SecondFactor, user_id)
    if factor is None or factor.confirmed_at is None:
        return False
    code = normalize_code(typed)
    return _use_app_code(session, factor, code, now) or _use_recovery_code(session, user_id, code, now)


def normalize_code(typed: str) -> str:
    """As people type it: with blanks and hyphens, full-width, in small letters."""
    return "".join(c for c in normalize("NFKC", typed).upper() if c.isalnum())[:40]


def _use_app_code(session: Session, factor: SecondFactor, code: str, now: datetime) -> bool:
    if isinstance(factor.secret, Undecryptable):
        return False
    app, this = TOTP(factor.secret, interval=SECONDS), int(now.timestamp()) // SECONDS
    steps = range(this - TOLERANCE, this + TOLERANCE + 1)
    matching_steps = [step for step in steps if compare_digest(app.generate_otp(step).encode(), code.encode())]
    if not matching_steps:
        return False
    row = SecondFactor
    # A code that was used, or an older one, is good no more.
    statement = (
        update(row)
        .where(row.user_id == factor.user_id, row.last_step < matching_steps[0])
        .values(last_step=matching_steps[0])
    )
    return _changes_a_row(session, statement.returning(row.user_id))


def _use_recovery_code(session: Session, user_id: int, code: str, now: datetime) -> bool:
    row = RecoveryCode
    unused_code = (row.user_id == user_id, row.code_hash == _hashed(user_id, code), row.used_at.is_(None))
    return _changes_a_row(session, update(row).where(*unused_code).values(used_at=now).returning(row.id))


def _changes_a_row(session: Session, statement: Executable) -> bool:
    return session.execute(statement).first() is not None


def _hashed(user_id: int, code: str) -> str:
    return token_hash(f"{user_id}:{code}")
