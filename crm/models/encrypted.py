"""A column whose text is locked up with the installation's key: a copy of the database alone does not tell it."""

from typing import Any

from sqlalchemy import JSON, Text, TypeDecorator
from sqlalchemy.engine import Dialect

from crm.installation.sealing import decrypt, encrypt

KEY = "crm_secret_key"


class Secret(str):
    """A text that is never written as it is."""

    __slots__ = ()


class Undecryptable(str):
    """Stands for a secret that was locked up under another key, as in a database restored without its own."""

    __slots__ = ()


UNDECRYPTABLE = Undecryptable()


def set_encryption_key(dialect: Dialect, secret_key: str) -> None:
    """The engine's dialect carries the key: it is at hand wherever a value is written or read, in migrations too."""
    setattr(dialect, KEY, secret_key)


def _encrypted(value: str, dialect: Any) -> str:
    if isinstance(value, Undecryptable):
        raise ValueError("a secret that cannot be read is not written again")
    return encrypt(value, getattr(dialect, KEY))


def _decrypted(sealed: str, dialect: Any) -> str:
    text = decrypt(sealed, getattr(dialect, KEY))
    return UNDECRYPTABLE if text is None else Secret(text)


class EncryptedText(TypeDecorator[str]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else _encrypted(value, dialect)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else _decrypted(value, dialect)


class EncryptableJSON(TypeDecorator[Any]):
    """Any value; one that is a `Secret` is locked up."""

    impl = JSON
    cache_ok = True
    mark = "sealed"

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return {self.mark: _encrypted(value, dialect)} if isinstance(value, Secret | Undecryptable) else value

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        sealed = value.get(self.mark) if isinstance(value, dict) and set(value) == {self.mark} else None
        return value if sealed is None else _decrypted(sealed, dialect)
