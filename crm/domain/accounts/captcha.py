"""The captcha of the login page: digits as a picture and as a sound, good for one try (L-1).

Nothing is kept about a captcha that was only shown. Its nonce is signed together with the visitor's own
random mark, and the digits follow from the nonce and the server's key; so neither the page nor the cookie
holds the answer. Only a nonce that was posted is written down, and refused from then on.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.models import UsedNonce

DIGITS = 5
GOOD_FOR = timedelta(minutes=10)
_FULL_WIDTH = {ord("０") + digit: ord("0") + digit for digit in range(10)}


def _signed(key: bytes, purpose: str, text: str) -> str:
    return hmac.new(key, f"captcha {purpose} {text}".encode(), sha256).hexdigest()


def new_nonce(key: bytes, visitor: str, now: datetime) -> str:
    """A nonce for one visitor; at most 64 characters, safe in addresses."""
    body = f"{secrets.token_hex(9)}-{int(now.timestamp()):x}"
    return f"{body}-{_signed(key, visitor, body)[:32]}"


def is_valid_nonce(key: bytes, visitor: str, nonce: str, now: datetime) -> bool:
    """True where the nonce was made here, for this visitor, within ten minutes; clocks are set back, too."""
    body, _, signature = nonce.rpartition("-")
    if not hmac.compare_digest(signature.encode(), _signed(key, visitor, body)[:32].encode()):
        return False
    age = int(now.timestamp()) - int(body.rpartition("-")[2], 16)
    return abs(age) <= GOOD_FOR.total_seconds()


def answer_of(key: bytes, nonce: str) -> str:
    """The digits that belong to a nonce."""
    return f"{int(_signed(key, 'answer', nonce), 16) % 10**DIGITS:0{DIGITS}d}"


def is_answer(key: bytes, nonce: str, typed: str) -> bool:
    """True for the right digits; full-width ones and blanks between them do not matter."""
    digits = "".join(typed.translate(_FULL_WIDTH).split())
    return hmac.compare_digest(digits.encode(), answer_of(key, nonce).encode())


def use_nonce(session: Session, nonce: str, now: datetime) -> bool:
    """Mark the nonce as used; False where it was before. Nonces too old to be good are forgotten."""
    session.execute(delete(UsedNonce).where(UsedNonce.used_at < now - 2 * GOOD_FOR))
    try:
        with session.begin_nested():
            session.add(UsedNonce(nonce=nonce, used_at=now))
    except IntegrityError:
        return False
    return True
