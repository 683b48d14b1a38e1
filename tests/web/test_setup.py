"""The set-up page of an empty database (L-3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.platform.settings import read_settings
from crm.extensions import db
from crm.models import OrgUnit, SystemLog, User
from crm.models.engine import read_only
from crm.web.setup_code import setup_link

from .visitor import Visitor

ANSWERS = {
    "Company name": "鐵龍股份有限公司",
    "Administrator's name": "管理員",
    "User name": "admin",
    "Password": "klar-Wasser-7",
    "Confirm password": "klar-Wasser-7",
}


@pytest.fixture
def firm_folder(migrated: Path) -> Path:
    """An instance folder whose database has its tables and nothing in them."""
    return migrated


@pytest.fixture
def empty(app: CRM) -> CRM:
    return app


@contextmanager
def looking(app: Flask) -> Iterator[Session]:
    with app.app_context(), read_only(True):
        yield db.session()


@pytest.fixture
def visitor(empty: CRM) -> Visitor:
    """At the page that the printed link leads to."""
    visitor = Visitor(empty)
    visitor.open(setup_link(empty))
    return visitor


def people(app: Flask) -> int:
    with looking(app) as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


@pytest.mark.parametrize("address", ["/", "/login", "/customers", "/password", "/logout"])
def test_every_page_leads_there_at_first(empty: CRM, address: str) -> None:
    answer = Visitor(empty).open(address)
    assert (answer.status_code, answer.location) == (303, "/setup")


@pytest.mark.parametrize(
    ("language", "zone"),
    [
        ("zh-TW", "Asia/Taipei"),
        ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "Asia/Taipei"),
        ("zh-Hant-TW", "Asia/Taipei"),
        ("zh-Hant", "Asia/Taipei"),
        ("en-US,en;q=0.9,zh-TW;q=0.8", "Asia/Taipei"),
        ("zh-CN", "Asia/Shanghai"),
        ("zh", "Asia/Shanghai"),
        ("zh-CN,zh;q=0.9,zh-TW;q=0.8,zh-HK;q=0.7", "Asia/Shanghai"),
        ("zh-HK,zh;q=0.9", "Asia/Hong_Kong"),
        ("en-HK", "Asia/Hong_Kong"),
        ("zh-Hans-HK", "Asia/Hong_Kong"),
        ("zh-MO", "Asia/Macau"),
        ("zh-SG", "Asia/Singapore"),
        ("ms-MY,en;q=0.5", "Asia/Kuala_Lumpur"),
        ("en-US", "Asia/Shanghai"),
        ("", "Asia/Taipei"),
        ("x-x, ;q=, zh-", "Asia/Taipei"),
    ],
)
def test_the_time_zone_offered_follows_the_language(empty: CRM, language: str, zone: str) -> None:
    page = Visitor(empty).open("/setup", Accept_Language=language).text
    assert f'<option value="{zone}" selected' in page


def test_a_firm_is_founded_and_its_administrator_is_in(visitor: Visitor) -> None:
    assert visitor.field("Time zone").value == "Asia/Shanghai"
    assert visitor.field("Language").value == "en"
    done = visitor.send({**ANSWERS, "Time zone": "Asia/Taipei", "Language": "zh_Hant"})
    assert (done.status_code, done.location) == (303, "/")
    assert "鐵龍股份有限公司" in visitor.open("/").text
    with looking(visitor.app) as session:
        firm = read_settings(session)
        assert (firm.firm_name, firm.timezone, firm.language) == ("鐵龍股份有限公司", "Asia/Taipei", "zh_Hant")
        admin = session.scalars(select(User)).one()
        assert (admin.name, admin.login, admin.language) == ("管理員", "admin", "zh_Hant")
        assert not admin.must_change_password
        assert session.scalars(select(OrgUnit.name)).one() == "鐵龍股份有限公司"
        assert "set_up" in session.scalars(select(SystemLog.kind)).all()


def test_then_the_page_and_the_code_are_gone(visitor: Visitor) -> None:
    link = setup_link(visitor.app)
    visitor.send(ANSWERS)
    assert setup_link(visitor.app) == ""
    assert not (Path(visitor.app.config["CRM_INSTANCE"]) / "setup_code").exists()
    for each in (visitor, Visitor(visitor.app)):
        assert each.open(link).status_code == 404
        assert each.open("/setup").status_code == 404
    visitor.open("/logout")
    assert visitor.ask("POST", "/setup", data={"csrf_token": visitor.token}).status_code == 404
    assert people(visitor.app) == 1


def test_the_same_person_comes_in_again(visitor: Visitor) -> None:
    visitor.send(ANSWERS)
    assert Visitor(visitor.app).sign_in("admin", "klar-Wasser-7").status_code == 303


@pytest.mark.parametrize("code", ["", "0000000000", "geheim", "é"])
def test_nobody_founds_a_firm_without_the_code(visitor: Visitor, code: str) -> None:
    done = visitor.send({**ANSWERS, "One-time code": code})
    assert done.status_code == 422
    assert len(visitor.told("One-time code")) == 1
    assert visitor.field("Company name").value == "鐵龍股份有限公司"
    assert "klar-Wasser-7" not in done.text
    assert people(visitor.app) == 0


def test_an_empty_file_of_the_code_lets_nobody_in(empty: CRM) -> None:
    (Path(empty.config["CRM_INSTANCE"]) / "setup_code").touch()
    visitor = Visitor(empty)
    visitor.open("/setup")
    assert visitor.send({**ANSWERS, "One-time code": ""}).status_code == 422
    assert people(empty) == 0


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("Company name", " "),
        ("Administrator's name", ""),
        ("User name", ""),
        ("Password", "short"),
        ("Password", "admin"),
        ("Password", "password"),
        ("Confirm password", "klar-Wasser-8"),
        ("Time zone", "Mars/Olympus"),
        ("Language", "xx"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(visitor: Visitor, label: str, answer: str) -> None:
    answers = {**ANSWERS, label: answer}
    if label == "Password":
        answers["Confirm password"] = answer
    done = visitor.send(answers)
    assert done.status_code == 422
    assert len(visitor.told(label)) == 1
    assert people(visitor.app) == 0


def test_all_that_is_wrong_is_said_at_once(visitor: Visitor) -> None:
    wrong = {
        "Company name": "",
        "User name": "аdmin",
        "Password": "abc",
        "Confirm password": "xyz",
        "One-time code": "1",
    }
    assert visitor.send({**ANSWERS, **wrong}).status_code == 422
    assert {label for label in ANSWERS if visitor.told(label)} | {"One-time code"} == set(wrong)
    assert visitor.told("One-time code")
    assert people(visitor.app) == 0


def test_demonstration_data_come_where_they_are_wanted(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr("crm.domain.demo.make_demo", lambda session, password, now: made.append(password))
    visitor.send({**ANSWERS, "Load demo data": "1"})
    assert made == ["klar-Wasser-7"]


def test_the_database_is_filled_once_by_two_at_once(visitor: Visitor) -> None:
    other = Visitor(visitor.app)
    other.open(setup_link(visitor.app))
    visitor.send(ANSWERS)
    assert other.send(ANSWERS).status_code == 404
    assert people(visitor.app) == 1
