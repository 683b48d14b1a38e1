"""The one-time code of the set-up page (L-3): printed at start, gone once the firm has its administrator."""

import hmac
import os
import secrets
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import select

from crm.extensions import db
from crm.models import User
from crm.models.table_versions import get_or_compute


def _has_people() -> bool:
    return db.session.scalar(select(User.id).limit(1)) is not None


def needs_setup() -> bool:
    """True until the firm has its first person, whichever process made that one."""
    founded = get_or_compute("has_people", ("users",), _has_people, seconds=3600) or _has_people()
    return not founded


def _file(app: Flask) -> Path:
    return Path(app.config["CRM_INSTANCE"]) / "setup_code"


def setup_code(app: Flask) -> str:
    """The code, made at the first need and kept in the instance folder, for the server only, until it is used."""
    file = _file(app)
    code = file.read_text().strip() if file.exists() else ""
    if not code:
        code = secrets.token_hex(5)
        with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            out.write(code)
    return code


def setup_link(app: Flask) -> str:
    """The address of the set-up page with the code, or nothing where it is not needed."""
    with app.app_context():
        needed = needs_setup()
        db.session.remove()
    return f"/setup?code={setup_code(app)}" if needed else ""


def code_fits(code: str) -> bool:
    return hmac.compare_digest(code.strip().lower().encode(), setup_code(current_app).encode())


def forget_code() -> None:
    _file(current_app).unlink(missing_ok=True)
