"""One scenario, every verb, in each way of working."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ..firms import Firm
from ..person import Person
from . import stub

Enter = Callable[[str], Person]


def test_verbs(enter: Enter, firm: Firm) -> None:
    li = enter("li")
    li.open_menu("客戶列表")
    li.fill("名稱", "日昇工業")
    li.fill("日期", "2026-11-23")
    li.choose("級別", "重要")
    li.choose("性質", "代理")
    li.press("保存")
    li.sees("日昇工業(2,b)")
    li.does_not_see("大同", within=li.part("客戶"))
    li.finds("名稱", "")
    assert "日昇工業(2,b)" in stub.names(firm.app)


def test_upload_keeps_the_mask_on_the_page_after_it(enter: Enter, way: str) -> None:
    li = enter("li")
    li.upload("附件", {"name": "合同.txt", "mimeType": "text/plain", "buffer": b"x"})
    li.press("上傳")
    li.sees("合同.txt", within=li.row("合同.txt"))
    asked = li.page.get_by_label("日期").get_attribute("type")
    assert asked == ("text" if way == "ie11" else "date")


def test_download(enter: Enter) -> None:
    path: Path = enter("li").download("導出")
    assert path.name == "names.csv"
    assert "昌隆貿易" in path.read_text(encoding="utf-8")


def test_a_refusal_that_is_expected(enter: Enter) -> None:
    li = enter("li")
    with li.refused(404):
        li.go("/fault/404")
    li.go("/")
    with li.refused(422):
        li.press("保存")


@pytest.mark.ways("chromium")
def test_a_refusal_that_does_not_come(enter: Enter) -> None:
    li = enter("li")
    with pytest.raises(AssertionError, match="nothing was answered with 403"), li.refused(403):
        li.go("/")


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
def test_an_own_firm_holds_what_it_was_prepared_with(enter: Enter, firm: Firm) -> None:
    enter("li").sees("昌隆貿易")
    assert stub.names(firm.app) == ["昌隆貿易"]


@pytest.mark.ways("chromium")
def test_two_people_have_a_browser_each(enter: Enter) -> None:
    li, wang = enter("li"), enter("wang")
    li.go("/")
    wang.go("/")
    assert li.page.context is not wang.page.context
