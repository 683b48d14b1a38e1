"""The one-time code of the set-up page (L-3): printed at start, gone once an administrator exists."""

import hmac
import secrets
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import select

from crm.domain.generations import keep
from crm.domain.people import administrators
from crm.extensions import db
from crm.models import User


def needs_setup() -> bool:
    """True until the firm has its first person."""
    found: bool = keep(
        "needs_setup", ("users",), lambda: db.session.scalar(select(User.id).limit(1)) is None, seconds=3600
    )
    return found


def _file(app: Flask) -> Path:
    return Path(app.config["CRM_INSTANCE"]) / "setup_code"


def setup_code(app: Flask) -> str:
    """The code, made at the first need and kept in the instance folder until it is used."""
    file = _file(app)
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(4))
    return file.read_text().strip()


def setup_link(app: Flask) -> str:
    with app.app_context():
        missing = not administrators(db.session())
        db.session.remove()
    return f"/setup?code={setup_code(app)}" if missing else ""


def code_fits(code: str) -> bool:
    return hmac.compare_digest(code.strip().lower().encode(), setup_code(current_app).encode())


def forget_code() -> None:
    _file(current_app).unlink(missing_ok=True)
