"""A copy of the database alone tells neither the mail password nor a second factor; another key is said in words."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from pyotp import TOTP
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from crm.domain.accounts.second_factor import begin_setup, confirm
from crm.domain.platform.settings import change_settings, read_settings
from crm.extensions import db
from crm.installation.encryption import decrypt, encrypt
from crm.installation.revisions import MIGRATIONS
from crm.models import SecondFactor, User
from crm.models.encrypted import set_encryption_key
from crm.models.engine import set_read_only
from crm.models.table_versions import clear_cache
from crm.web.server.upgrade import upgrade_database
from tests.cast import Cast
from tests.conftest import Person, make_app
from tests.postgres import sqlite_only
from tests.web.visitor import Visitor

PASSWORD = "gar nicht geheim 密碼"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("secret", ["p w", "密碼 with blanks ", "x" * 5000, "🙂\n"])
def test_only_the_same_key_opens_it(secret: str) -> None:
    sealed = encrypt(secret, "key")
    assert secret not in sealed
    assert decrypt(sealed, "key") == secret
    assert decrypt(sealed, "another") is None
    assert decrypt(sealed[:-2], "key") is None
    assert decrypt(secret, "key") is None
    assert encrypt(secret, "key") != sealed


def stored(session: Session) -> str:
    """All that the tables say, as whoever copied them reads it."""
    values = session.execute(text("SELECT value FROM settings")).scalars()
    secrets = session.execute(text("SELECT secret FROM second_factors")).scalars()
    return " ".join(map(str, (*values, *secrets)))


def with_secrets(session: Session, user: User) -> tuple[str, list[str]]:
    change_settings(session, mail_host="127.0.0.1", mail_from="a@b.tw", mail_user="a", mail_password=PASSWORD)
    begin_setup(session, user, LONG_AGO)
    secret = session.get_one(SecondFactor, user.id).secret
    codes = confirm(session, user, TOTP(secret).at(LONG_AGO), LONG_AGO)
    session.commit()
    session.expire_all()
    return secret, codes


def test_the_tables_hold_neither(session: Session, cast: Cast) -> None:
    secret, _codes = with_secrets(session, cast.wang)
    assert "geheim" not in stored(session)
    assert secret not in stored(session)
    assert read_settings(session).mail_password == PASSWORD
    assert not read_settings(session).is_mail_password_unreadable
    assert session.get_one(SecondFactor, cast.wang.id).secret == secret


def test_an_emptied_password_is_no_secret(session: Session) -> None:
    change_settings(session, mail_password="")
    session.commit()
    assert read_settings(session).mail_password == ""
    assert not read_settings(session).is_mail_password_unreadable


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = "2026-01-01 00:00:00"


def older(app: Flask) -> None:
    """A database of before, in which both stand as they are."""
    upgrade(MIGRATIONS, "0006")
    with db.engine.begin() as connection:
        insert(connection, "org_units", name="A", kind="company")
        insert(connection, "users", login="a", login_key="a", name="A", unit_id=1, created_at=NOW, updated_at=NOW)
        insert(connection, "second_factors", user_id=1, secret=SECRET, begun_at=NOW)
        insert(connection, "settings", key="mail_password", value=f'"{PASSWORD}"')
        insert(connection, "settings", key="firm_name", value='"老店"')


def insert(connection: Connection, table: str, **values: object) -> None:
    """A row in the table as it is at that version; what else it needs is 0."""
    columns = connection.dialect.get_columns(connection, table)
    needed = {c["name"]: 0 for c in columns if not c["nullable"] and c["default"] is None and c["name"] != "id"}
    row = {**needed, **values}
    connection.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + n for n in row)})"), row)


@pytest.fixture
def old_app(tmp_path: Path) -> Flask:
    return make_app(tmp_path / "instance")


@sqlite_only("a database of an older version, as a file")
def test_a_migration_locks_up_what_is_there_and_opens_it_again(old_app: Flask) -> None:
    with old_app.app_context():
        set_read_only(False)
        older(old_app)
        upgrade_database(old_app)
        session = db.session()
        assert "geheim" not in stored(session)
        assert SECRET not in stored(session)
        assert read_settings(session).mail_password == PASSWORD
        assert read_settings(session).firm_name == "老店"
        assert session.query(SecondFactor).one().secret == SECRET
        db.session.remove()
        db.engine.dispose()
        written = (Path(old_app.config["CRM_INSTANCE"]) / "crm.sqlite3").read_bytes()
        assert SECRET.encode() not in written
        assert b"gar nicht" not in written
        downgrade(MIGRATIONS, "0006")
        assert SECRET in stored(db.session())
        assert "gar nicht geheim" in stored(db.session())
        db.session.remove()
        db.engine.dispose()


@sqlite_only("a database of an older version, as a file")
def test_going_back_under_another_key_is_refused_and_changes_nothing(old_app: Flask) -> None:
    with old_app.app_context():
        set_read_only(False)
        older(old_app)
        upgrade_database(old_app)
        before = stored(db.session())
        db.session.remove()
        set_encryption_key(db.engine.dialect, "another")
        with pytest.raises((SystemExit, RuntimeError)):
            downgrade(MIGRATIONS, "0006")
        assert stored(db.session()) == before
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def lost(app: Flask, session: Session, cast: Cast) -> list[str]:
    """The database was restored beside another key. Wang's recovery codes."""
    _secret, codes = with_secrets(session, cast.wang)
    set_encryption_key(db.engine.dialect, "another")
    clear_cache()
    yield codes  # type: ignore[misc]
    set_encryption_key(db.engine.dialect, str(app.config["SECRET_KEY"]))


def test_the_mail_page_says_that_the_password_is_lost(
    session: Session, as_user: Callable[[str], Person], lost: list[str]
) -> None:
    admin = as_user("admin")
    page = admin.get("/settings/mail").get_data(as_text=True)
    assert "無法讀取已保存的密碼" in page
    tested = admin.post("/settings/mail/test", data={"test_address": "b@example.com"})
    assert tested.status_code == 422
    assert "請先重新輸入密碼" in tested.get_data(as_text=True)
    values = {"mail_host": "127.0.0.1", "mail_port": "25", "mail_security": "none", "mail_from": "a@b.tw"}
    saved = admin.post("/settings/mail", data={**values, "mail_user": "a", "mail_password": "neu"})
    assert saved.status_code == 303, saved.get_data(as_text=True)
    assert read_settings(session).mail_password == "neu"
    assert "無法讀取" not in admin.get("/settings/mail").get_data(as_text=True)


def test_a_recovery_code_opens_the_account_whose_secret_is_lost(app: Flask, cast: Cast, lost: list[str]) -> None:
    visitor = Visitor(app)
    visitor.sign_in("wang", cast.password)
    visitor.open("/login/code")
    assert "can no longer check the app" in visitor.page.text
    assert visitor.send({"Code of the app": "123456"}).status_code == 422
    assert "can no longer check the app" in visitor.page.text
    assert visitor.send({"Code of the app": lost[0]}).status_code == 303
    assert "turn off two-factor authentication" in visitor.open("/second-factor").text
