"""Long work on its page, with scripts and without: how far it is, its end, and stopping it (C-6, 07)."""

from collections.abc import Callable, Iterator
from threading import Event

import pytest

from crm.web import background_work
from crm.web.table import export

from .firms import Firm
from .person import Person


@pytest.fixture
def held(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Even one row is a large export, and the background is busy until the event."""
    monkeypatch.setattr(export, "IN_REQUEST", 0)
    monkeypatch.setattr(background_work, "PATIENCE", 0.0)
    go_on = Event()
    with firm.app.app_context():
        background_work.runner().submit(lambda: go_on.wait(60) and None)
    yield go_on
    go_on.set()


def add_customer(person: Person, name: str) -> None:
    person.open_menu("客戶拜訪")
    person.follow("新增")
    person.fill("客戶名稱", name)
    person.press("保存")
    person.sees(name)


def test_a_large_export_shows_its_progress_and_is_fetched(
    firm: Firm, enter: Callable[[str], Person], held: Event
) -> None:
    li = enter("li")
    add_customer(li, "昌隆貿易")
    li.open_menu("客戶拜訪")
    li.follow("導出Excel")
    li.sees("您的作業排隊中。")
    li.screenshot("long-work")
    held.set()
    li.sees("Excel 檔案已完成，共 1 筆。")
    li.screenshot("long-work-done")
    assert li.download("下載").read_bytes()[:2] == b"PK"


def test_it_is_stopped(enter: Callable[[str], Person], held: Event) -> None:
    li = enter("li")
    add_customer(li, "永順機械")
    li.open_menu("客戶拜訪")
    li.follow("導出Excel")
    li.press("停止作業")
    li.sees("已停止；停止前已完成的部分保留不變。")
    li.follow("返回列表")
    li.sees("永順機械")
