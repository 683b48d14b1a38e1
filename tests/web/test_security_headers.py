"""What every answer tells the browser, and what no address gives away."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha1, sha256
from pathlib import Path

import pytest
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts.sign_in import start_session, token_hash
from crm.models import LoginSession
from tests.cast import Cast
from tests.conftest import Person

from .visitor import Visitor

ELSEWHERE = {"Origin": "https://elsewhere.example", "Referer": "https://elsewhere.example/"}
TEXTS = ("text/", "application/json", "application/javascript", "application/manifest")


def pages(app: CRM) -> Iterator[str]:
    """The addresses that can be asked for without a record, a style sheet, a script and one that is not there."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments and not rule.endpoint.endswith("export"):
            yield rule.rule
    yield from ("/static/css/app.css", "/static/js/boot.js", "/nothing-is-here")


def test_every_answer_says_what_it_is_and_what_may_be_done_with_it(app: CRM, as_user: Callable[[str], Person]) -> None:
    """Type and encoding, the policy, no framing by others, no guessing; nothing for pages of other sites."""
    admin, wrong, asked = as_user("admin"), [], 0
    for url in pages(app):
        answer = admin.get(url, headers=ELSEWHERE)
        headers, asked = answer.headers, asked + 1
        said = [
            answer.status_code < 500,
            "script-src 'self'" in headers["Content-Security-Policy"]
            or "sandbox" in headers["Content-Security-Policy"],
            "unsafe-eval" not in headers["Content-Security-Policy"],
            headers["X-Content-Type-Options"] == "nosniff",
            headers["X-Frame-Options"] == "SAMEORIGIN",
            headers["Referrer-Policy"] == "same-origin",
            not any(name.lower().startswith("access-control-") for name, _value in headers),
            not answer.data or bool(answer.mimetype),
            not (answer.data and answer.mimetype.startswith("text/")) or "charset=utf-8" in answer.content_type.lower(),
        ]
        if not all(said):
            wrong.append((url, answer.status_code, answer.content_type, said))
    assert asked > 60
    assert wrong == []


def test_no_page_holds_a_script_of_its_own(app: CRM, as_user: Callable[[str], Person]) -> None:
    """Scripts are files of the program: nothing that somebody typed is ever written into one."""
    admin, wrong, asked = as_user("admin"), [], 0
    for url in pages(app):
        answer = admin.get(url)
        if answer.status_code != 200 or answer.mimetype != "text/html" or not answer.data.strip():
            continue
        asked += 1
        tree = html.fromstring(answer.text)
        inline = tree.xpath("//script[not(@src)] | //@*[starts-with(name(), 'on')]")
        if inline or tree.xpath("//script[not(starts-with(@src, '/static/'))]"):
            wrong.append(url)
    assert asked > 50
    assert wrong == []


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config",
        "/.git/HEAD",
        "/.svn/entries",
        "/.env",
        "/crm/app.py",
        "/instance/secret_key",
        "/secret_key",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/../../.git/HEAD",
        "/static/../../instance/secret_key",
        "/static//etc/passwd",
        "/static/",
    ],
)
def test_no_file_but_those_meant_to_is_served(path: str, app: CRM, as_user: Callable[[str], Person]) -> None:
    answer = as_user("admin").get(path, follow_redirects=True)
    assert answer.status_code in (400, 404)
    assert not (Path(app.static_folder or "") / ".git").exists()


def test_a_sessions_token_is_random_long_and_kept_as_a_hash(session: Session, cast: Cast) -> None:
    begun = cast.wang.created_at
    tokens = {start_session(session, cast.wang, "192.0.2.7", "", begun) for _ in range(100)}
    assert len(tokens) == 100 and all(len(token) >= 43 for token in tokens), "256 bits in 43 signs"
    kept = set(session.scalars(select(LoginSession.token_hash)))
    assert {token_hash(token) for token in tokens} <= kept and not tokens & kept


def test_cookies_and_forms_are_signed_with_sha256(app: CRM, cast: Cast) -> None:
    """A cookie that carries the same words under the older signature (SHA-1) opens nothing."""
    wang = Visitor(app)
    wang.sign_in("wang", cast.password)
    key = str(app.config["SECRET_KEY"])
    serializer = app.session_interface.get_signing_serializer(app)
    assert serializer is not None
    words = wang.cookie().rpartition(".")[0].rpartition(".")[0]
    older = TimestampSigner(key, salt="cookie-session", key_derivation="hmac", digest_method=sha1).sign(words)
    assert serializer.loads(wang.cookie())
    with pytest.raises(BadSignature):
        serializer.loads(older)
    assert TimestampSigner.default_digest_method is URLSafeTimedSerializer(key).make_signer("x").digest_method is sha256
    assert wang.is_signed_in()
    wang.take_cookie(older.decode())
    assert not wang.is_signed_in()


def test_an_ended_session_gives_a_page_that_is_still_open_nothing(app: CRM, cast: Cast) -> None:
    """No page is kept by the browser; what an open one asks for after the end is the login page alone."""
    wang = Visitor(app)
    wang.sign_in("wang", cast.password)
    for path in ("/", "/customers", "/notices/news", "/logout"):
        assert wang.open(path).headers["Cache-Control"] == "no-store", path
    wang.send({})
    for path in ("/customers", "/notices/news", "/notices/bell"):
        answer = wang.open(path, HX_Request="true")
        assert answer.headers["HX-Redirect"].startswith("/login") and not answer.data, path
        assert wang.open(path).status_code == 303, path


def test_htmx_runs_no_texts_asks_no_other_site_and_keeps_no_pages(app: CRM, as_user: Callable[[str], Person]) -> None:
    (told,) = html.fromstring(as_user("wang").get("/customers").text).xpath("//meta[@name='htmx-config']/@content")
    config = json.loads(told)
    assert (config["allowEval"], config["selfRequestsOnly"], config["historyCacheSize"]) == (False, True, 0)
