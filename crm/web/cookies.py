"""The signed cookie of a session, good also after the clock of the server was set back.

Flask's own is refused as soon as its stamp lies one second in the future: setting a clock right that ran fast signed
everybody out. Nobody but this server can sign a stamp, so one of the near future only says that the clock was changed
since. One of the far future is refused: with it an abandoned browser would stay signed in until that day.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import itsdangerous
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

itsdangerous.Signer.default_digest_method = staticmethod(sha256)
"""Of all that is signed here, the form tokens of Flask-WTF too; itsdangerous would take SHA-1."""
AHEAD = timedelta(days=1)
"""So far a clock is set back in practice: a wrong zone, a wrong date."""


def is_fresh(stamp: float, now: float, seconds: float) -> bool:
    """Whether a signed stamp is at most so old; one of the near future is as fresh as one of now."""
    return -AHEAD.total_seconds() <= now - stamp <= seconds


class Signer(TimestampSigner):
    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        value, stamp = super().unsign(signed_value, None, return_timestamp=True)
        if max_age is not None and not is_fresh(stamp.timestamp(), self.get_timestamp(), max_age):
            raise SignatureExpired("the stamp is too old, or far in the future", payload=value, date_signed=stamp)
        return (value, stamp) if return_timestamp else value


class Sessions(SecureCookieSessionInterface):
    digest_method = staticmethod(sha256)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = Signer
        return serializer
