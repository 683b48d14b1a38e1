"""系統狀態: each line says whether it is fine, or what to do and where."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from lxml import html
from sqlalchemy.orm import Session

from crm import VERSION
from crm.app import CRM
from crm.domain.platform.settings import change_settings
from crm.jobs import system_state
from crm.models import JobRun, SystemLog
from tests.cast import Cast
from tests.conftest import Person
from tests.conventions.test_statements import counted
from tests.factories import make_letter


@pytest.fixture
def admin(app: CRM, as_user: Callable[[str], Person]) -> Person:
    app.page_times.__init__(datetime.now(UTC))
    return as_user("admin")


def line(admin: Person, label: str) -> tuple[str, str, list[str]]:
    """(status, everything in the row, links) of the line."""
    answer = admin.get("/system-status")
    assert answer.status_code == 200
    (row,) = html.fromstring(answer.text).xpath("//tr[th[normalize-space() = $label]]", label=label)
    return row.xpath("string(td[1])").strip(), " ".join(row.text_content().split()), row.xpath(".//a/@href")


def put_backup(app: CRM, made: datetime) -> None:
    folder = Path(app.config["CRM_INSTANCE"]) / "backups"
    folder.mkdir(exist_ok=True)
    (folder / f"shuke-{made:%Y%m%d-%H%M%S}.zip").write_bytes(b"x")


def test_the_menu_leads_the_administrator_to_it_and_nobody_else(
    admin: Person, as_user: Callable[[str], Person]
) -> None:
    assert html.fromstring(admin.get("/").text).xpath("//nav[@id='menu']//a[@href='/system-status']")
    wang = as_user("wang")
    assert "/system-status" not in wang.get("/").text
    assert wang.get("/system-status").status_code == 403


def test_the_version_and_who_is_at_work(admin: Person, as_user: Callable[[str], Person]) -> None:
    as_user("wang").get("/")
    text = html.fromstring(admin.get("/system-status").text).text_content()
    assert VERSION in text
    assert "2 人使用" in text and "王" in text


class TestBackup:
    def test_none_yet(self, admin: Person) -> None:
        status, words, links = line(admin, "上次備份")
        assert status == "請立即處理" and "還沒有備份" in words and links == ["/backup/now"]

    def test_an_old_one_and_where_to_make_one(self, admin: Person, app: CRM) -> None:
        put_backup(app, datetime.now(UTC) - timedelta(days=3, hours=1))
        status, words, links = line(admin, "上次備份")
        assert status == "請立即處理" and "已是 3 天前" in words and links == ["/backup/now"]

    def test_a_recent_one_is_fine(self, admin: Person, app: CRM, session: Session) -> None:
        put_backup(app, datetime.now(UTC) - timedelta(hours=9))
        change_settings(session, backup_on=True)
        status, _words, links = line(admin, "上次備份")
        assert status == "正常" and links == []

    def test_none_by_itself(self, admin: Person, app: CRM, session: Session) -> None:
        put_backup(app, datetime.now(UTC) - timedelta(hours=9))
        change_settings(session, backup_on=False)
        status, words, links = line(admin, "上次備份")
        assert status == "請留意" and "沒有自動備份" in words and links == ["/backup/settings"]


def test_a_disk_that_is_nearly_full(admin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assert line(admin, "資料庫")[0] == "正常"
    monkeypatch.setattr(system_state.shutil, "disk_usage", lambda _path: SimpleNamespace(free=300 * 1024**2))
    status, words, links = line(admin, "磁碟可用空間")
    assert status == "請立即處理" and "300.0 MB" in words and "1.0 GB" in words and links == ["/restore"]


def run(session: Session, job: str, at: datetime, state: str = "done") -> None:
    told = json.dumps(["%(count)s reminders sent.", {"count": 4}])
    session.add(JobRun(job=job, due=at.isoformat(), state=state, claimed_at=at, finished_at=at, result=told))


class TestJobs:
    def test_the_last_run_counts(self, admin: Person, session: Session) -> None:
        now = datetime.now(UTC)
        run(session, "recycling", now - timedelta(days=1), "failed")
        run(session, "recycling", now - timedelta(hours=2))
        run(session, "reminders", now - timedelta(hours=1))
        assert line(admin, "定時任務")[0] == "正常"
        run(session, "recycling", now, "failed")
        status, words, links = line(admin, "定時任務")
        assert status == "請立即處理" and "閒置客戶回收" in words and links == ["/jobs"]

    def test_they_stand_still(self, admin: Person, session: Session) -> None:
        run(session, "recycling", datetime.now(UTC) - timedelta(days=3))
        status, words, _links = line(admin, "定時任務")
        assert status == "請立即處理" and "重新啟動" in words


class TestMail:
    def test_no_server(self, admin: Person) -> None:
        assert line(admin, "郵件")[0] == "請留意"
        assert line(admin, "郵件")[2] == ["/settings/mail"]

    def test_what_was_not_sent_lately(self, admin: Person, session: Session, cast: Cast) -> None:
        change_settings(session, mail_host="mail.example.com", mail_from="crm@example.com")
        now = datetime.now(UTC)
        make_letter(session, cast.wang, now - timedelta(days=30), state="failed")
        make_letter(session, cast.wang, now)
        status, words, _links = line(admin, "郵件")
        assert status == "正常" and "1 封等待寄出" in words
        make_letter(session, cast.wang, now, state="failed")
        status, words, links = line(admin, "郵件")
        assert status == "請留意" and "1 封郵件沒有寄出" in words and links == ["/jobs/letters"]

    def test_nobody_sends_them(self, admin: Person, session: Session, cast: Cast) -> None:
        change_settings(session, mail_host="mail.example.com", mail_from="crm@example.com")
        make_letter(session, cast.wang, datetime.now(UTC) - timedelta(hours=1))
        status, words, _links = line(admin, "郵件")
        assert status == "請立即處理" and "重新啟動" in words


def test_errors_of_the_last_day(admin: Person, session: Session) -> None:
    now = datetime.now(UTC)
    session.add(SystemLog(at=now - timedelta(days=2), kind="error", number="0A0A0A0A"))
    assert line(admin, "最近 24 小時的錯誤")[0] == "正常"
    session.add(SystemLog(at=now, kind="error", number="0B0B0B0B"))
    status, _words, links = line(admin, "最近 24 小時的錯誤")
    assert status == "請留意"
    shown = admin.get(links[0]).text
    assert "0B0B0B0B" in shown and "0A0A0A0A" in shown


def test_the_slow_pages_of_the_day(admin: Person, app: CRM) -> None:
    admin.get("/customers")
    admin.get("/static/css/app.css")
    app.page_times.note("quotes.index", 3.2, datetime.now(UTC))
    for _n in range(5):
        app.page_times.note("orders.index", 4.2, datetime.now(UTC))
    page = html.fromstring(admin.get("/system-status").text)
    found = page.xpath("//tr[td/span[@class='quiet-text']]")
    rows = [[" ".join(cell.text_content().split()) for cell in row.xpath("td")] for row in found]
    assert rows[0] == ["偏慢 銷售訂單 /orders", "5", "5.0 s", "4.20 s"]
    assert not rows[1][0].startswith("偏慢"), "opened once, which tells nothing"
    assert "客戶拜訪 /customers" in [row[0] for row in rows] and not any("static" in row[0] for row in rows)
    assert "有些頁面偏慢" in page.text_content()


def test_it_takes_few_statements(admin: Person, app: CRM, session: Session) -> None:
    for n in range(30):
        run(session, "reminders", datetime.now(UTC) - timedelta(minutes=n))
    for url in ("/system-status", "/jobs"):
        admin.get(url)
        with counted(app) as statements:
            assert admin.get(url).status_code == 200
        assert len([s for s in statements if s.startswith("SELECT")]) <= 8, url
