"""The browser that somebody has signed in with before: a signed cookie that lasts, and opens nothing by itself (L-2).

It says whose wrong tries are whose, where many people share an address: what others type there, or strangers type
elsewhere, does not lock out a browser that is known to be this person's.
"""

import secrets
from datetime import timedelta

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from crm.domain.accounts.logged_logins import logged_login
from crm.domain.accounts.login_limits import NO_DEVICE, Device, FailedAttempts, device_mark, failed_attempts
from crm.domain.accounts.sign_in import FAILED
from crm.extensions import db
from crm.models import User
from crm.web.cookies import Signer
from crm.web.log import write_system_log
from crm.web.request_clock import now

KEPT = timedelta(days=180)
MAX_PEOPLE = 20
"""So many people of a shared PC are remembered, the latest ones."""


def attempts_here(login: str) -> FailedAttempts:
    """The wrong tries that count for this name in this browser at this address."""
    return failed_attempts(db.session(), login, request.remote_addr or "", now(), this_device())


def record_failed_attempt(login: str) -> None:
    write_system_log(FAILED, name=logged_login(db.session(), login), detail=device_mark(this_device()))


def this_device() -> Device:
    try:
        number, people = _serializer().loads(request.cookies.get(_name(), ""), max_age=int(KEPT.total_seconds()))
        return Device(str(number), tuple(int(user_id) for user_id in people))
    except (BadSignature, ValueError, TypeError):
        return NO_DEVICE


def remember_device(user: User) -> None:
    """With this request's answer: this person has signed in here."""
    known = this_device()
    people = [user_id for user_id in known.people if user_id != user.id][-MAX_PEOPLE + 1 :]
    value = _serializer().dumps([known.number or secrets.token_hex(8), [*people, user.id]])

    @after_this_request
    def put(response: Response) -> Response:
        response.set_cookie(
            _name(),
            str(value),
            max_age=KEPT,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def _name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="device", signer=Signer)
