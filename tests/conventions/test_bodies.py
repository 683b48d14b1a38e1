"""No address reads a body of a kind that it does not declare, for nobody (hostile case 55)."""

# ruff: noqa: F401, F811 — fixtures of another module

from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Customer, SystemLog
from tests.cast import Cast
from tests.conftest import Person
from tests.conventions.test_access import address, contents, ids, requests, rules

FORM = "application/x-www-form-urlencoded"
TEXT_PART = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nabc\r\n--x--\r\n'
BODIES = {
    "an object": ("application/json", b'{"name": {"a": 1}}'),
    "a list": ("application/json", b"[1]"),
    "broken JSON": ("application/json; charset=utf-8", b"{"),
    "another JSON": ("application/vnd.api+json", b'{"name": "x"}'),
    "no JSON at all": ("application/json", b""),
    "text": ("text/plain", b"name=x"),
    "XML": ("application/xml", b"<name>x</name>"),
    "bytes": ("application/octet-stream", b"name=x"),
    "no kind": ("", b"name=x"),
    "a kind that is none": (";;;", b"name=x"),
    "an odd charset": (f"{FORM}; charset=utf-16", "name=x".encode("utf-16")),
    "a charset of UTF-7": (f"{FORM}; charset=utf-7", b"name=+ACI-"),
    "two charsets": (f"{FORM}; charset=utf-8; charset=latin-1", b"name=x"),
    "an odd parameter": (f"{FORM}; boundary=x", b"name=x"),
    "two kinds": (f"{FORM}, application/json", b"[1]"),
}
FILES = {"parts": ("multipart/form-data; boundary=x", TEXT_PART), "no boundary": ("multipart/form-data", TEXT_PART)}


def send(client: Any, url: str, kind: str, body: bytes, token: str = "", method: str = "POST") -> int:
    headers = {"X-CSRFToken": token} if token else {}
    more = {"content_type": kind} if kind else {}
    code: int = Context().run(client.open, url, method=method, data=body, headers=headers, **more).status_code
    return code


def errors_logged(session: Session) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(SystemLog).where(SystemLog.kind == "error")) or 0


@pytest.mark.parametrize("signed_in", [pytest.param(True, marks=pytest.mark.long), False])
def test_an_undeclared_body_is_refused_at_every_address(
    signed_in: bool,
    rules: list[Any],
    ids: dict[str, Any],
    as_user: Callable[[str], Person],
    app: CRM,
    session: Session,
) -> None:
    """With a good CSRF token in the header too, where Flask-WTF would take JSON for a form."""
    admin = as_user("admin")
    client, token = (admin.client, admin.token()) if signed_in else (app.test_client(), "")
    session.commit()
    before, wrong = contents(app), []
    for endpoint, method, url in requests(rules, ids):
        if method != "POST":
            continue
        bodies = BODIES if getattr(app.view_functions[endpoint], "takes_files", False) else BODIES | FILES
        if endpoint.partition(".")[0] not in ("auth", "customers", "workbench", "imports"):
            bodies = {name: bodies[name] for name in ("a list", "text", "parts") if name in bodies}
        for name, (kind, body) in bodies.items():
            code = send(client, url, kind, body, token)
            if code != 415:
                wrong.append((endpoint, name, code))
    assert wrong == []
    assert contents(app) == before
    assert errors_logged(session) == 0


def test_a_body_that_is_packed_is_not_read(as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    assert wang.post("/customers", {"name": "甲"}, headers={"Content-Encoding": "gzip"}).status_code == 415


def test_what_browsers_send_is_taken(session: Session, as_user: Callable[[str], Person]) -> None:
    """jQuery and old Firefox name the charset; others write it in capitals and in quotes."""
    wang = as_user("wang")
    kinds = [FORM, f"{FORM}; charset=UTF-8", f'{FORM};charset="utf-8"', FORM.upper()]
    for number, kind in enumerate(kinds):
        body = f"csrf_token={wang.token()}&name=%E9%95%B7%E6%A6%AE{'甲乙丙丁'[number]}".encode()
        assert send(wang.client, "/customers", kind, body) == 303
    assert session.scalar(select(func.count()).select_from(Customer)) == len(kinds)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", ["a list", "an object", "text"])
def test_other_methods_are_no_way_in(method: str, body: str, app: CRM, as_user: Callable[[str], Person]) -> None:
    admin = as_user("admin")
    for client, token in ((admin.client, admin.token()), (app.test_client(), "")):
        for url in ("/customers", "/customers/1", "/login", "/language", "/settings", "/nowhere"):
            assert send(client, url, *BODIES[body], token, method) in (404, 405)


def test_a_page_that_is_read_takes_no_body(app: CRM, as_user: Callable[[str], Person], session: Session) -> None:
    wang = as_user("wang")
    for client in (wang.client, app.test_client()):
        for url in ("/customers", "/login", "/customers/new"):
            assert send(client, url, *BODIES["a list"], method="GET") == 415
            assert send(client, url, FORM, b"name=x", method="GET") == 415
    assert errors_logged(session) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--y\r\n\r\n--y--",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname',
        b"--x\r\n" + b"A: b\r\n" * 5000 + b"\r\n--x--",
        TEXT_PART.replace(b"form-data", b"attachment"),
    ],
)
def test_a_broken_form_with_a_file_is_refused(
    body: bytes,
    ids: dict[str, Any],
    as_user: Callable[[str], Person],
    session: Session,
) -> None:
    admin = as_user("admin")
    url = f"/imports/customers/templates/{ids['customers_template']}/file"
    session.commit()
    for token in ("", admin.token()):
        code = send(admin.client, url, "multipart/form-data; boundary=x", body, token)
        assert code in ((400,) if not token else (400, 413, 422))
    assert errors_logged(session) == 0


@pytest.mark.parametrize("name", ["csrf_token", "once", "version"])
def test_what_a_page_sends_once_is_not_taken_twice(name: str, as_user: Callable[[str], Person], cast: Cast) -> None:
    wang = as_user("wang")
    sent: dict[str, Any] = {"name": "甲", "once": "one", "version": "1"}
    sent[name] = [wang.token() if name == "csrf_token" else "1", "2"]
    assert wang.post("/customers", sent).status_code == 400


def test_a_nul_in_a_name_is_refused(as_user: Callable[[str], Person]) -> None:
    assert as_user("wang").post("/customers", {"name": "甲", "a\x00b": "x"}).status_code == 400
