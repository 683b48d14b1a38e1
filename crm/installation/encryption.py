"""Encryption of the secrets that the program must be able to read, with a key derived from the installation's."""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

LABEL = b"shuke-crm secrets in the database, 1"
"""Its own, so that the key that signs cookies is not the one that locks up secrets."""


@lru_cache(maxsize=4)
def _fernet(secret_key: str) -> "Fernet":
    from cryptography.fernet import Fernet  # only where there is a secret: it is no part of a quick start
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=LABEL).derive(secret_key.encode())
    return Fernet(urlsafe_b64encode(derived))


def derived_key(secret_key: str, label: bytes) -> bytes:
    """A key of 32 bytes for a purpose of its own: who knows it learns nothing of the installation's or of another."""
    return hmac.digest(secret_key.encode(), label, "sha256")


def encrypt(text: str, secret_key: str) -> str:
    return _fernet(secret_key).encrypt(text.encode()).decode()


def decrypt(sealed: str, secret_key: str) -> str | None:
    """None for what was encrypted with another key, or is damaged."""
    from cryptography.fernet import InvalidToken

    try:
        return _fernet(secret_key).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError):
        return None
