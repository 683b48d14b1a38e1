"""A column whose text is encrypted with the installation's key: it cannot be read from a copy of the database alone."""

from typing import Any

from sqlalchemy import JSON, Engine, Text, TypeDecorator
from sqlalchemy.engine import Dialect

from crm.installation.encryption import decrypt, encrypt

KEY = "crm_secret_key"


class Secret(str):
    """A text that is never stored in plain."""

    __slots__ = ()


class Undecryptable(str):
    """Stands for a secret that was encrypted with another key, as in a database restored without its own."""

    __slots__ = ()


UNDECRYPTABLE = Undecryptable()


def set_encryption_key(dialect: Dialect, secret_key: str) -> None:
    """Keep the key with the engine's dialect, so that it is available wherever a value is written or read."""
    setattr(dialect, KEY, secret_key)


def key_of(engine: Engine) -> str:
    """The installation's key, for data that is encrypted outside of a column."""
    return str(getattr(engine.dialect, KEY))


def _encrypted(value: str, dialect: Any) -> str:
    if isinstance(value, Undecryptable):
        raise ValueError("a secret that cannot be decrypted is not written again")
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
    """Any value; a `Secret` is encrypted."""

    impl = JSON
    cache_ok = True
    mark = "sealed"

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return {self.mark: _encrypted(value, dialect)} if isinstance(value, Secret | Undecryptable) else value

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        sealed = value.get(self.mark) if isinstance(value, dict) and set(value) == {self.mark} else None
        return value if sealed is None else _decrypted(sealed, dialect)
