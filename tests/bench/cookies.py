"""Signed in without a password: a session's row and the cookie that belongs to it."""

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from crm.domain.accounts.sign_in import start_session
from crm.extensions import db
from crm.models import User
from crm.models.engine import set_read_only
from crm.web.cookies import Sessions
from crm.web.sessions import SEEN


def cookies_of(app: Flask, login: str) -> dict[str, str]:
    """The cookies of somebody who has just signed in with a browser that runs our scripts."""
    return {**session_cookie(app, login), "scripts": "1"}


def session_cookie(app: Flask, login: str) -> dict[str, str]:
    """The cookie of somebody who has just signed in, by its name; asked for inside the application's context."""
    set_read_only(False)
    now = datetime.now(UTC)
    user = db.session.scalars(select(User).where(User.login == login)).one()
    token = start_session(db.session(), user, "127.0.0.1", "bench", now)
    db.session.commit()
    return {app.config["SESSION_COOKIE_NAME"]: signed(app, token, now)}


def signed(app: Flask, token: str, now: datetime) -> str:
    """What the cookie of a session that began with this token holds."""
    signer = Sessions().get_signing_serializer(app)
    assert signer is not None
    return str(signer.dumps({"_user_id": token, "_fresh": True, SEEN: int(now.timestamp())}))
