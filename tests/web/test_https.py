"""Behind HTTPS the browser is told to stay there, and to whom the cookie belongs (CRM_HTTPS)."""

import shutil
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import make_app
from tests.instances import close
from tests.sampling import mostly_long


def login_page(migrated: Path, instance: Path, **config: Any) -> TestResponse:
    shutil.copytree(migrated, instance)
    app = make_app(instance, **config)
    answer = Context().run(app.test_client().get, "/setup", base_url="https://crm.example")
    close(app)
    return answer


def test_behind_https(migrated: Path, tmp_path: Path) -> None:
    answer = login_page(migrated, tmp_path / "instance", CRM_HTTPS="1")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-crm=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


@pytest.mark.parametrize("off", mostly_long(["", "0", "no"], ["0"]))
def test_without_https(migrated: Path, tmp_path: Path, off: str) -> None:
    """On the office network there may be none: the cookie then goes by HTTP too."""
    answer = login_page(migrated, tmp_path / "instance", CRM_HTTPS=off)
    assert "Strict-Transport-Security" not in answer.headers
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("crm=") and "Secure" not in cookie
