"""數據備份 and 數據還原 as people use them (D-3, D-4)."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.platform.settings import change_settings, read_settings
from crm.installation.backup_files import backups_in
from crm.models import Customer, SystemLog
from tests.cast import PASSWORD, Cast
from tests.conftest import Person
from tests.factories import make_customer

AsUser = Callable[[str], Person]


@pytest.fixture
def folder(app: CRM) -> Path:
    return Path(app.config["CRM_INSTANCE"]) / "backups"


@pytest.fixture
def admin(as_user: AsUser) -> Person:
    return as_user("admin")


def make(admin: Person) -> str:
    answer = admin.post("/backup/now", follow_redirects=True)
    for _ in range(200):
        if "is made and checked" in answer.get_data(as_text=True) or "備份" not in answer.get_data(as_text=True):
            break
        if answer.request.path == "/restore":
            break
        answer = admin.get(answer.request.full_path, follow_redirects=True)
    found = re.findall(r"shuke-[\d-]+\.(?:zip|backup)", answer.get_data(as_text=True))
    assert found, answer.get_data(as_text=True)[:2000]
    return found[0]


def restore(admin: Person, name: str, **given: str) -> str:
    """The text of the page on which it ends."""
    answer = admin.post(f"/restore/{name}", {"password": PASSWORD, **given}, follow_redirects=True)
    for _ in range(400):
        if "Refresh" not in answer.headers:
            break
        answer = admin.get(answer.request.full_path, follow_redirects=True)
    return answer.get_data(as_text=True)


def test_made_then_restored_with_the_password(session: Session, cast: Cast, admin: Person, folder: Path) -> None:
    make_customer(session, cast.wang, name="留下的客戶")
    name = make(admin)
    gone = make_customer(session, cast.wang, name="後來的客戶")
    session.commit()
    asked = admin.get(f"/restore/{name}").get_data(as_text=True)
    assert "新增 1 筆" in asked
    refused = admin.post(f"/restore/{name}", {"password": "wrong"})
    assert refused.status_code == 422
    assert session.get(Customer, gone.id) is not None
    told = restore(admin, name)
    assert "已還原備份" in told
    assert "其他人都已被登出" in told
    session.rollback()
    assert set(session.scalars(select(Customer.name))) >= {"留下的客戶"}
    assert "後來的客戶" not in set(session.scalars(select(Customer.name)))
    assert len(backups_in(folder)) == 2


def test_a_colleague_is_asked_to_sign_in_again(session: Session, admin: Person, as_user: AsUser) -> None:
    wang = as_user("wang")
    name = make(admin)
    assert wang.get("/customers").status_code == 200
    restore(admin, name)
    assert wang.get("/customers").status_code == 303
    assert admin.get("/customers").status_code == 200


def test_an_encrypted_one_goes_out_and_comes_back(session: Session, admin: Person, folder: Path) -> None:
    admin.post("/backup/settings", {**settings_form(admin), **twice("a long one")})
    (stored,) = session.execute(text("SELECT value FROM settings WHERE key = 'backup_password'")).one()
    assert "a long one" not in str(stored)
    name = make(admin)
    content = admin.get(f"/restore/{name}/file").get_data()
    assert b"shuke-crm-encrypted" in content[:100]
    assert admin.post(f"/restore/{name}/check").status_code == 303, "with the password of the settings"
    admin.post(f"/restore/{name}/delete")
    assert upload(admin, content).status_code == 303
    admin.post(f"/restore/{backups_in(folder)[0].name}/delete")
    assert backups_in(folder) == []
    refused = upload(admin, content, "wrong")
    assert refused.status_code == 422
    assert backups_in(folder) == []
    assert upload(admin, content, "a long one").status_code == 303
    (taken,) = backups_in(folder)
    assert taken.checked_at is not None
    assert "已還原備份" in restore(admin, taken.name)
    kinds = set(session.scalars(select(SystemLog.name).where(SystemLog.kind == "backup")))
    assert "restored" in kinds


def upload(admin: Person, content: bytes, password: str = ""):  # type: ignore[no-untyped-def]
    data = {"file": (io.BytesIO(content), "x.zip"), "backup_password": password}
    return admin.post("/restore/upload", data, content_type="multipart/form-data")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all" * 100, b'{"magic": "shuke-crm-encrypted"}\n'])
def test_what_is_no_backup_is_refused_and_not_kept(admin: Person, folder: Path, content: bytes) -> None:
    answer = upload(admin, content)
    assert answer.status_code == 422
    assert list(folder.glob("*")) == []


def settings_form(admin: Person) -> dict[str, str]:
    page = admin.get("/backup/settings").get_data(as_text=True)
    version = re.search(r'name="version"[^>]* value="(\d+)"', page)
    assert version
    return {
        "version": version[1],
        "backup_on": "1",
        "backup_time": "12:30",
        "backup_folder": "",
        "backup_keep": "14",
        "backup_keep_days": "90",
        "backup_second": "",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("backup_time", "25:00"),
        ("backup_time", "noon"),
        ("backup_folder", "../elsewhere"),
        ("backup_folder", "/elsewhere"),
        ("backup_folder", "a/../../b"),
        ("backup_second", "relative/path"),
        ("backup_second", "/no/such/folder"),
        ("backup_keep", "0"),
    ],
)
def test_wrong_settings_are_told_beside_their_field(session: Session, admin: Person, field: str, value: str) -> None:
    answer = admin.post("/backup/settings", {**settings_form(admin), field: value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in page
    assert value in page
    session.rollback()
    assert read_settings(session).backup_time == "12:30"


def twice(password: str) -> dict[str, str]:
    return {"backup_password": password, "backup_password_again": password}


@pytest.mark.parametrize(
    ("given", "beside"),
    [
        (twice("short"), "backup_password"),
        ({"backup_password": "a long one"}, "backup_password_again"),
        ({"backup_password": "a long one", "backup_password_again": "a lonq one"}, "backup_password_again"),
        ({"backup_password_again": "a long one"}, "backup_password_again"),
        ({**twice("another long one"), "no_password": "1"}, "no_password"),
    ],
)
def test_a_mistyped_password_is_told_beside_its_field_and_not_kept(
    session: Session, admin: Person, given: dict[str, str], beside: str
) -> None:
    """A backup with a mistyped password would be worth nothing."""
    if "no_password" in given:
        change_settings(session, backup_password="the present one")
    session.commit()
    answer = admin.post("/backup/settings", {**settings_form(admin), **given})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#f-{beside}"' in page
    assert not any(typed in page for typed in given.values() if typed != "1"), "no page repeats a password"
    session.rollback()
    assert read_settings(session).backup_password == ("the present one" if "no_password" in given else "")


def test_an_empty_password_leaves_the_present_one_and_a_tick_takes_it_away(session: Session, admin: Person) -> None:
    assert admin.post("/backup/settings", {**settings_form(admin), **twice("a long one")}).status_code == 303
    assert admin.post("/backup/settings", {**settings_form(admin), **twice("")}).status_code == 303
    session.rollback()
    assert read_settings(session).backup_password == "a long one"
    assert admin.post("/backup/settings", {**settings_form(admin), "no_password": "1"}).status_code == 303
    session.rollback()
    assert read_settings(session).backup_password == ""


def test_the_second_folder_may_not_be_the_first_ones(session: Session, admin: Person, app: CRM, tmp_path: Path) -> None:
    inside = admin.post("/backup/settings", {**settings_form(admin), "backup_second": app.config["CRM_INSTANCE"]})
    assert inside.status_code == 422
    assert admin.post("/backup/settings", {**settings_form(admin), "backup_second": str(tmp_path)}).status_code == 303


@pytest.mark.parametrize("name", ["..%2f..%2fcrm.sqlite3", "%2e%2e", "shuke-20260101-000000.zip%00", "crm.sqlite3"])
def test_no_other_file_is_given_away(admin: Person, name: str) -> None:
    """Hostile case 57."""
    make(admin)
    for door in (f"/restore/{name}/file", f"/restore/{name}"):
        assert admin.get(door).status_code in (400, 404)


def test_whoever_may_only_look_restores_nothing(session: Session, cast: Cast, admin: Person, as_user: AsUser) -> None:
    name = make(admin)
    for door in (f"/restore/{name}", f"/restore/{name}/delete", f"/restore/{name}/check", "/backup/now"):
        assert as_user("wang").post(door).status_code == 403
    assert as_user("manager").get(f"/restore/{name}/file").status_code == 403


def test_switched_off_it_says_so(session: Session, admin: Person) -> None:
    change_settings(session, backup_on=False)
    session.commit()
    assert "不自動備份" in admin.get("/backup").get_data(as_text=True)
