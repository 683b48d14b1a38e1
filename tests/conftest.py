"""One migrated database with the cast per worker, copied for each test; people signed in without a password."""

import gc
import os
import re
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from flask import Flask
from flask import session as flask_session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from crm import create_app
from crm.app import CRM
from crm.domain.accounts import passwords
from crm.domain.accounts.sign_in import start_session
from crm.domain.platform.settings import change_settings
from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.models import User
from crm.models.engine import set_read_only
from crm.web.bundle import write_bundles
from crm.web.preserved_input import new_form_secret
from crm.web.server.upgrade import upgrade_database
from tests import postgres
from tests.bench.cookies import signed
from tests.cast import CHEAP, Cast, actor_as, hire, read_cast
from tests.compiled_templates import CompiledTemplates
from tests.instances import close, instance_folder_of, put, restore_app, take

CONFIG = {"TESTING": True, "CRM_LOGIN_CAPTCHA": "off", "CRM_DATABASE_URL": "", "PROPAGATE_EXCEPTIONS": False}


def make_app(instance: Path, **config: Any) -> CRM:
    """The app of the folder, on its own database: SQLite's file in it, or one on the PostgreSQL server."""
    app = create_app(
        {**CONFIG, "CRM_DATABASE_URL": postgres.url_for(instance), "CRM_INSTANCE": str(instance), **config}
    )
    app.jinja_env.bytecode_cache = CompiledTemplates()
    return app


def pytest_addoption(parser: pytest.Parser) -> None:
    long = os.environ.get("CI") == "true"
    parser.addoption("--long", action="store_true", default=long, help="the long ones too")
    parser.addoption("--attempts", type=int, default=40 if long else 15, help="random forms (test_gaining_rights)")
    parser.addoption("--every-grouping", action="store_true", help="reports under all sets of conditions (an hour)")
    parser.addoption("--files", type=int, default=0, help="good files of each form and kind (test_good_files)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked long says the same of more people, seeds or rounds; it runs with --long and where CI=true."""
    if not wants_all(config):
        leave_out(config, items, [item for item in items if item.get_closest_marker("long")])


def wants_all(config: pytest.Config) -> bool:
    """The long ones too; whoever names a test by itself gets it."""
    return config.getoption("--long") or config.option.keyword or any("::" in str(one) for one in config.args)


def leave_out(config: pytest.Config, items: list[pytest.Item], those: list[pytest.Item]) -> None:
    if those:
        config.hook.pytest_deselected(items=those)
        gone = set(those)
        items[:] = [item for item in items if item not in gone]


def pytest_configure() -> None:
    write_bundles()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end: looking through it for garbage takes a tenth of all time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(10_000, 20, 20)


def pytest_sessionfinish() -> None:
    postgres.drop_all()


DEAR = {"METHOD": passwords.METHOD, "DECOY": passwords.DECOY}
"""As people's passwords are hashed."""


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """A password takes no third of a second: what it costs is tested where it matters (`dear_passwords`)."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in DEAR.items():
            patch.setattr(passwords, name, value.replace(DEAR["METHOD"], CHEAP))
        yield


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in DEAR.items():
        monkeypatch.setattr(passwords, name, value)


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> CRM:
    """Made once for each worker, as its addresses and templates are the same for all tests."""
    app = make_app(tmp_path_factory.mktemp("one") / "instance")
    _made_for_all.append(app)
    return app


_made_for_all: list[CRM] = []


@pytest.fixture(scope="session")
def migrated(one_app: CRM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder as a new installation has it."""

    def made() -> Path:
        with one_app.app_context():
            set_read_only(False)
            upgrade_database(one_app)
        return take(one_app, tmp_path_factory.mktemp("migrated") / "instance")

    return Context().run(made)


@pytest.fixture(scope="session")
def grown(one_app: CRM, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with the firm hired."""

    def filled() -> Path:
        put(one_app, migrated)
        with one_app.app_context():
            set_read_only(False)
            hire(db.session())
            # A backup would be made whenever a test runs what is due.
            change_settings(db.session(), backup_on=False)
            db.session.commit()
        return take(one_app, tmp_path_factory.mktemp("grown") / "instance")

    return Context().run(filled)


Told = TypeVar("Told")


def grow(grown: Path, folder: Path, fill: Callable[[Session, Cast], Told]) -> Told:
    """The hired firm in `folder`, with what `fill` puts in: for modules whose tests all begin with the same things.

    Such a module overrides `firm_folder` with the folder; what `fill` tells is returned.
    """

    def filled() -> Told:
        app = _made_for_all[0]
        put(app, grown)
        with app.app_context():
            set_read_only(False)
            told = fill(db.session(), read_cast(db.session()))
            db.session.commit()
        take(app, folder)
        return told

    return Context().run(filled)


def identities(told: Any) -> Any:
    """For `grow`: of the records in what a module's firm is told with, what `found_again` finds each test's own by."""
    if isinstance(told, dict):
        return {key: identities(value) for key, value in told.items()}
    return tuple(identities(one) for one in told) if isinstance(told, tuple) else (type(told), told.id)


def found_again(session: Session, told: Any) -> Any:
    if isinstance(told, dict):
        return {key: found_again(session, value) for key, value in told.items()}
    if isinstance(told[0], type):
        return session.get_one(*told)
    return tuple(found_again(session, one) for one in told)


@pytest.fixture
def firm_folder(grown: Path) -> Path:
    """The folder that each test has a fresh copy of; a module may have another (`grow`)."""
    return grown


@pytest.fixture
def app(one_app: CRM, firm_folder: Path) -> Iterator[CRM]:
    """The app on a fresh copy of the small firm; what a test changes in the app is put back."""
    before = dict(one_app.config), dict(one_app.extensions)
    put(one_app, firm_folder)
    yield one_app
    restore_app(one_app, before)
    close(one_app)
    postgres.drop_for(instance_folder_of(one_app))


@pytest.fixture
def session(app: CRM) -> Iterator[Session]:
    """A session outside any request, for the domain and for looking at what a request left behind."""
    with app.app_context():
        set_read_only(False)
        yield db.session()
        db.session.remove()


@pytest.fixture
def cast(session: Session) -> Cast:
    return read_cast(session)


@pytest.fixture
def actor(session: Session) -> Callable[..., Actor]:
    def act(user: User, now: datetime | None = None) -> Actor:
        return actor_as(session, user, now)

    return act


def _form_token(app: Flask, secret: str) -> str:
    with app.test_request_context():
        flask_session["csrf_token"] = secret
        return generate_csrf()


class Person:
    """Somebody in front of a browser: gets pages, and sends forms with their token.

    Each request runs in a context of its own, as on a server. Before it the test's own session is
    committed (what the test made is seen, and nothing is locked), and after it refreshed.
    """

    def __init__(self, app: CRM, session: Session, token: str, user: User) -> None:
        self.client: FlaskClient = app.test_client()
        self.session = session
        self.headers: dict[str, str] = {}
        self._user_id = user.id
        self._token = ""
        self.client.set_cookie(app.config["SESSION_COOKIE_NAME"], signed(app, token, datetime.now(UTC)))

    def get(self, url: str, **kwargs: Any) -> TestResponse:
        return self._send(self.client.get, url, **kwargs)

    def post(self, url: str, data: dict[str, Any] | None = None, exactly: bool = False, **kwargs: Any) -> TestResponse:
        """Send a form; its CSRF token is the one that pages have.

        The version is taken from a page, where the test does not speak of one and the form is refused without it (with
        `exactly` it stays refused).
        """
        sent = {"csrf_token": self.token(), **(data or kwargs.pop("data", None) or {})}
        answer = self._send(self.client.post, url, data=sent, **kwargs)
        if answer.status_code != 409 or "version" in sent or exactly:
            return answer
        shown = re.search(r'name="version"[^>]* value="(\d+)"', answer.get_data(as_text=True))
        return self._send(self.client.post, url, data={**sent, "version": shown[1]}, **kwargs) if shown else answer

    def _send(self, send: Callable[..., TestResponse], url: str, **kwargs: Any) -> TestResponse:
        headers = {**self.headers, **kwargs.pop("headers", {})}
        self.session.commit()
        answer = Context().run(send, url, headers=headers, **kwargs)
        self.session.expire_all()
        return answer

    def token(self) -> str:
        """Good for the whole session, as in a page that stays open; made as pages make it, none is asked for."""
        if not self._token:
            with self.client.session_transaction() as kept:
                secret = kept.setdefault("csrf_token", new_form_secret(self._user_id))
            self._token = Context().run(_form_token, self.client.application, secret)
        return self._token

    def htmx(self, target: str = "") -> "Person":
        self.headers = {"HX-Request": "true", **({"HX-Target": target} if target else {})}
        return self


@pytest.fixture
def as_user(app: CRM, session: Session, cast: Cast) -> Callable[[str], Person]:
    """`as_user("wang")` is Wang, signed in."""

    def sign_in(login: str) -> Person:
        user: User = getattr(cast, login)
        token = start_session(session, user, "127.0.0.1", "test", datetime.now(UTC))
        session.commit()
        return Person(app, session, token, user)

    return sign_in


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input; tests that need it say so where it is absent."""
    folder = Path(os.environ.get("CRM_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    if not folder.exists():
        pytest.skip(f"the folder of real input is absent ({folder.name})")
    return folder
