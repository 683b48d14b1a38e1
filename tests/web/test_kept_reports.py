"""我的報表: kept, shared, on the workbench, planned to be sent (X-6)."""

import io
from collections.abc import Callable
from typing import Any

import lxml.html
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Role, SavedReport
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_customer


@pytest.fixture(autouse=True)
def customers(session: Session, cast: Cast) -> None:
    make_customer(session, cast.wang, "甲公司")
    make_customer(session, cast.li, "乙公司")
    session.commit()


def seen(person: Person, url: str) -> Any:
    answer = person.get(url, follow_redirects=True)
    assert answer.status_code == 200, (url, answer.status)
    return lxml.html.fromstring(answer.text)


def links(page: Any) -> dict[str, str]:
    return {a.text_content().strip(): a.get("href") for a in page.xpath("//a")}


def keep(person: Person, name: str, address: str = "by=owner&period=month", **more: Any) -> Any:
    return person.post(f"/reports/customer-classes/keep?{address}", {"name": name, **more})


def test_kept_conditions_are_opened_again(as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    page = seen(manager, "/reports/customer-classes?by=owner&period=month")
    form = seen(manager, links(page)["保存條件"])
    assert form.xpath("//label[contains(., '名稱')]")
    answer = keep(manager, "每月新客戶")
    assert answer.status_code == 303
    mine = seen(manager, "/reports")
    assert "每月新客戶" in links(mine) and "按月" not in mine.text_content()
    page = seen(manager, links(mine)["每月新客戶"])
    assert page.xpath("//select[@name='by']/option[@selected]/text()") == ["業務人員"]
    assert page.xpath("//select[@name='period']/option[@selected]/text()") == ["本月"]
    assert "定時發送" in links(page) and page.xpath("//button[text()='放到工作臺']")
    assert "我的報表" in links(page)


def test_without_a_name_nothing_is_kept(session: Session, as_user: Callable[[str], Person]) -> None:
    answer = keep(as_user("wang"), "  ")
    assert answer.status_code == 422 and "請填寫" in answer.text
    assert session.scalars(select(SavedReport)).all() == []


def test_the_same_name_is_replaced(session: Session, as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    keep(wang, "新客戶")
    keep(wang, "新客户", "by=source")
    (found,) = session.scalars(select(SavedReport)).all()
    assert (found.query, found.name) == ("by=source", "新客户")


def test_shared_with_a_role_it_shows_each_their_own(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    role = session.scalars(select(Role).where(Role.name == "業務員")).one()
    keep(as_user("manager"), "大家的", role_id=str(role.id))
    wang = as_user("wang")
    page = seen(wang, links(seen(wang, "/reports"))["大家的"])
    assert page.xpath("string(//p[@class='report-main']/b)") == "1"
    kept = session.scalars(select(SavedReport)).one()
    assert wang.get(f"/reports/kept/{kept.id}/email").status_code == 404
    assert wang.post(f"/reports/kept/{kept.id}/delete").status_code == 404
    keep(as_user("manager"), "大家的")
    assert "大家的" not in links(seen(wang, "/reports"))


def test_on_the_workbench_as_a_panel(session: Session, as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    keep(wang, "我的新客戶")
    kept_id = session.scalars(select(SavedReport)).one().id
    assert wang.post(f"/reports/kept/{kept_id}/workbench").status_code == 303
    page = seen(wang, "/")
    (panel,) = page.xpath(f"//*[@id='panel-report-{kept_id}']")
    assert "我的新客戶" in panel.text_content() and panel.xpath(".//img[contains(@src, 'chart.png')]")
    li = as_user("li")
    assert li.get(f"/workbench/panels/report-{kept_id}").status_code == 404
    assert wang.post(f"/reports/kept/{kept_id}/delete").status_code == 303
    assert not seen(wang, "/").xpath(f"//*[@id='panel-report-{kept_id}']")


def test_planning_an_email(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    cast.wang.email = "wang@example.com"
    session.commit()
    wang = as_user("wang")
    keep(wang, "我的新客戶")
    kept = session.scalars(select(SavedReport)).one()
    url = f"/reports/kept/{kept.id}/email"
    page = seen(wang, url)
    assert "尚未設定郵件伺服器" in page.text_content()
    sent = {"every": "first_workday", "weekday": "0", "month_day": "1", "hour": "8", "version": "1"}
    answer = wang.post(url, sent)
    (said,) = lxml.html.fromstring(answer.text).xpath("//fieldset[@id='receivers']//*[@id='receivers-error']")
    assert answer.status_code == 422 and "請選擇收件人" in said.text_content()
    answer = wang.post(url, {**sent, "receivers": [str(cast.wang.id)]})
    assert answer.status_code == 303
    assert "每月第一個工作日 · 08:00" in seen(wang, "/reports").text_content()
    assert wang.post(url, {**sent, "receivers": [str(cast.wang.id)]}).status_code == 409


def test_days_off_are_days(as_user: Callable[[str], Person]) -> None:
    admin = as_user("admin")
    page = seen(admin, "/settings")
    assert page.xpath("//label[contains(., '休假日')]")


def test_its_picture_is_small_enough_to_be_read(session: Session, as_user: Callable[[str], Person]) -> None:
    """Drawn for the panel's width at twice its pixels, instead of the page's picture made smaller."""
    wang = as_user("wang")
    keep(wang, "我的新客戶")
    kept = session.scalars(select(SavedReport)).one()
    panel = lxml.html.fromstring(wang.get(f"/workbench/panels/report-{kept.id}").text)
    (picture,) = panel.xpath("//img[contains(@src, 'chart.png')]")
    drawn = Image.open(io.BytesIO(wang.get(picture.get("src")).data))
    assert picture.get("width") == "380" and drawn.width == 760
