"""The one place that knows the real application: how it is made, installed and filled with a tiny firm, and how
somebody is let in without typing a password."""

from contextvars import Context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from flask import Flask

from tests.compiled_templates import CompiledTemplates
from tests.instances import close, restore_app

from .firms import Plant

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PASSWORD = "klar-Wasser-7"
"""Everybody's password in the tiny firm and in the demonstration firm."""
FIRM_NAME = "熟客測試公司"
SALESPEOPLE = {"wang": "王小明", "li": "李美玲"}


def make(instance: Path) -> Flask:
    """The application with everything of its own in `instance`, on SQLite, without captcha."""
    from crm import create_app

    app = create_app(
        {
            "CRM_INSTANCE": str(instance),
            "CRM_DATABASE_URL": "",
            "CRM_LOGIN_CAPTCHA": "off",
            "CRM_DEMO_PASSWORD": PASSWORD,
        }
    )
    app.jinja_env.bytecode_cache = CompiledTemplates()
    _made_with[app] = dict(app.config), dict(app.extensions)
    return app


_made_with: WeakKeyDictionary[Flask, tuple[dict[str, Any], dict[str, Any]]] = WeakKeyDictionary()


def let_go(app: Flask) -> None:
    """As between two tests (tests/conftest.py)."""
    restore_app(app, _made_with[app])
    Context().run(close, app)


def install(app: Flask, instance: Path) -> None:
    """What `flask upgrade` does on a new machine: tables, and what every firm begins with."""
    with app.app_context():  # as the flask command has it
        done = app.test_cli_runner().invoke(args=["upgrade"])
    assert done.exit_code == 0, done.output or done.exception


def tiny_firm(app: Flask) -> None:
    """The administrator `admin` and the salespeople `wang` and `li` in one company, and nothing else."""
    from crm.extensions import db

    with app.app_context():
        found(db.session(), datetime.now(UTC) - timedelta(days=90))
        db.session.commit()


def found(session: "Session", now: datetime) -> None:
    """What the set-up page does (L-3), then two people by the verbs of the organisation."""
    from sqlalchemy import select

    from crm.domain.accounts.passwords import hash_password
    from crm.domain.organisation import people
    from crm.domain.platform.settings import change_settings, read_settings
    from crm.domain.platform.start_data import seed
    from crm.entities.record_saving import Actor
    from crm.models import OrgUnit, Role, RoleMember, User, rights_of
    from crm.models.organisation import COMPANY
    from crm.models.roles import ADMINISTRATOR, SALESPERSON

    seed(session, "zh_Hant", now)
    change_settings(session, firm_name=FIRM_NAME, timezone="Asia/Taipei", language="zh_Hant")
    roles = {role.key: role.id for role in session.scalars(select(Role))}
    firm = OrgUnit(kind=COMPANY, name=FIRM_NAME, created_at=now, updated_at=now)
    session.add(firm)
    session.flush()
    admin = User(login="admin", login_key="admin", name="管理員", unit_id=firm.id)
    admin.password_hash = hash_password(PASSWORD)
    admin.created_at = admin.updated_at = now
    session.add(admin)
    session.flush()
    session.add(RoleMember(role_id=roles[ADMINISTRATOR], user_id=admin.id))
    session.flush()
    actor = Actor(rights_of(session, admin), now, read_settings(session).zone)
    for login, name in SALESPEOPLE.items():
        values = {"login": login, "name": name, "unit_id": firm.id, "password": PASSWORD}
        person = people.save_person(session, None, values, actor)
        person.must_change_password = False
        people.set_roles(session, person, [roles[SALESPERSON]], actor)


def let_in(app: Flask, login: str) -> dict[str, str]:
    """The cookie of somebody who has just signed in: how that is done at the door, test_signing_in.py shows."""
    from tests.bench.cookies import session_cookie

    def give() -> dict[str, str]:
        with app.app_context():
            return session_cookie(app, login)

    return Context().run(give)


def forget() -> None:
    """The application keeps some values in memory for the whole process; another firm has others."""
    from crm.models.table_versions import clear_cache

    clear_cache()


REAL = Plant(make=make, install=install, prepare=tiny_firm, forget=forget, let_go=let_go, let_in=let_in)
