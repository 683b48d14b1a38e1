"""Behind HTTPS the browser is told to stay there, and to whom the cookie belongs (CRM_HTTPS)."""

from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import make_app


def login_page(instance: Path, **config: Any) -> TestResponse:
    from crm.extensions import db
    from crm.models.engine import set_read_only
    from crm.web.server.upgrade import upgrade_database

    app = make_app(instance, **config)
    with app.app_context():
        set_read_only(False)
        upgrade_database(app)
        db.session.remove()
        db.engine.dispose()
    return Context().run(app.test_client().get, "/setup", base_url="https://crm.example")


def test_behind_https(tmp_path: Path) -> None:
    answer = login_page(tmp_path, CRM_HTTPS="1")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-crm=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


@pytest.mark.parametrize("off", ["", "0", "no"])
def test_without_https(tmp_path: Path, off: str) -> None:
    """On the office network there may be none: the cookie then goes by HTTP too."""
    answer = login_page(tmp_path, CRM_HTTPS=off)
    assert "Strict-Transport-Security" not in answer.headers
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("crm=") and "Secure" not in cookie
