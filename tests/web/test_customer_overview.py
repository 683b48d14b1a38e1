"""概覽 of a customer: one line of time, what is next, what is open; the file's tabs and actions (C-10, C-11)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html
from sqlalchemy.orm import Session

from crm.domain.schedule.items import complete_item, save_item
from crm.models import Customer
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import (
    approved_order,
    level,
    make_contact,
    make_customer,
    make_opportunity,
    make_quote,
    make_record,
)

AsUser = Callable[[str], Person]
NOW = datetime(2026, 8, 31, 3, tzinfo=UTC)


def page_of(person: Person, url: str) -> Any:
    answer = person.get(url)
    assert answer.status_code == 200, url
    return html.fromstring(answer.get_data(as_text=True))


def lines(page: Any) -> list[str]:
    return [" ".join(one.text_content().split()) for one in page.xpath("//*[@id='timeline']//li")]


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    return make_customer(session, cast.wang, "大同書局", now=NOW - timedelta(days=30))


def test_everything_stands_in_one_line_the_newest_first(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer
) -> None:
    contact = make_contact(session, customer, cast.wang, "林經理")
    vip = level(session, "重要客戶").id
    said = {"content": "談了報價\n下週回覆", "contact_id": contact.id, "level_id": vip, "next_plan": "帶樣品"}
    make_record(session, customer, cast.wang, NOW, **said)
    make_opportunity(session, customer, cast.wang, "會議室翻新", now=NOW + timedelta(hours=1), amount=5000)
    make_quote(session, customer, cast.wang, now=NOW + timedelta(hours=2))
    order = approved_order(session, customer, cast.wang, cast.order, "120", now=NOW + timedelta(hours=3))
    by = actor_as(session, cast.wang, NOW + timedelta(hours=4))
    item = save_item(session, None, {"title": "送樣品", "starts_at": by.now, "customer_id": customer.id}, by)
    complete_item(session, item, "送到了", by)
    session.commit()
    page = page_of(as_user("wang"), f"/customers/{customer.id}")
    found = lines(page)
    words = ("送樣品", order.code, "會議室翻新", "談了報價")
    places = [next(n for n, line in enumerate(found) if word in line) for word in words]
    assert places == sorted(places)
    record = next(line for line in found if "談了報價" in line)
    assert "林經理" in record and "下週回覆" in record and "帶樣品" in record and "2026-09-03" in record
    assert any("客戶等級" in line and "重要客戶" in line for line in found)
    assert "會議室翻新" in page.xpath("string(//*[@class='overview-side'])")
    assert order.code in page.xpath("string(//*[@class='overview-side'])")


def test_it_is_filtered_by_kind_and_paged(session: Session, cast: Cast, as_user: AsUser, customer: Customer) -> None:
    for n in range(45):
        make_record(session, customer, cast.wang, NOW - timedelta(hours=n // 3), NOW, content=f"第{n:02d}次")
    session.commit()
    wang, url, seen = as_user("wang"), f"/customers/{customer.id}?kind=records", []
    for count in (15, 15, 15):
        page = page_of(wang, url)
        found = lines(page)
        assert len(found) == count
        seen += [line.split("第")[1][:2] for line in found]
        url = next(iter(page.xpath("//*[@class='earlier']/a/@href")), "")
    assert url == ""
    assert sorted(seen) == [f"{n:02d}" for n in range(45)]
    assert not any("第" in line for line in lines(page_of(wang, f"/customers/{customer.id}?kind=changes")))
    for nonsense in ("kind=x", "before=x", "before=20260831T000000.0~1~9999999999", "before=~~", "before=" + "9" * 500):
        assert lines(page_of(wang, f"/customers/{customer.id}?{nonsense}"))


def test_it_shows_only_what_the_reader_may_see(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer
) -> None:
    make_record(session, customer, cast.wang, NOW, content="談了報價")
    order = approved_order(session, customer, cast.wang, cast.order)
    session.commit()
    assert as_user("li").get(f"/customers/{customer.id}").status_code == 404
    page = page_of(as_user("manager"), f"/customers/{customer.id}")
    assert any("談了報價" in line for line in lines(page)) and order.code in page.text_content()


def test_a_pool_customer_opens(session: Session, cast: Cast, as_user: AsUser) -> None:
    pooled = make_customer(session, cast.manager, "池中公司", pooled=True)
    make_record(session, pooled, cast.manager, NOW, content="以前談過")
    session.commit()
    for login in ("wang", "manager", "admin"):
        assert "池中公司" in page_of(as_user(login), f"/customers/{pooled.id}").text_content()
        assert page_of(as_user(login), f"/customers/{pooled.id}/details") is not None


def test_what_a_record_completed_is_said_once(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer
) -> None:
    make_record(session, customer, cast.wang, NOW, next_contact_at=NOW + timedelta(days=1), next_plan="帶樣品")
    make_record(session, customer, cast.wang, NOW + timedelta(days=1), content="樣品送到了")
    session.commit()
    found = lines(page_of(as_user("wang"), f"/customers/{customer.id}?kind=schedule"))
    assert found == []


def test_the_tabs_carry_their_counts_and_writing_a_record_is_first_on_each(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer
) -> None:
    for _ in range(3):
        make_record(session, customer, cast.wang, NOW)
    session.commit()
    wang = as_user("wang")
    page = page_of(wang, f"/customers/{customer.id}")
    tabs = page.xpath("//nav[@class='tabs']/a/@href")
    assert page.xpath("string(//nav[@class='tabs']/a[text()='聯繫記錄']/following-sibling::span[1])") == "3"
    for url in tabs:
        first = page_of(wang, url).xpath("//*[@class='actions']//a")[0]
        assert (first.text_content(), "primary" in first.get("class")) == ("寫聯繫記錄", True), url


def test_the_fields_are_values_with_a_button_to_change_them(as_user: AsUser, customer: Customer) -> None:
    wang = as_user("wang")
    page = page_of(wang, f"/customers/{customer.id}/details")
    assert not page.xpath("//*[@id='content']//input[@type='text']")
    assert "大同書局" in page.xpath("string(//*[@id='content'])")
    (change,) = page.xpath("//a[text()='修改']/@href")
    (form,) = page_of(wang, change).xpath(f"//form[@action='/customers/{customer.id}']")
    answer = wang.post(form.get("action"), {**dict(form.form_values()), "short_name": "大同"})
    assert answer.location == f"/customers/{customer.id}/details"
    assert "大同" in page_of(wang, answer.location).text_content()


def test_deleting_stands_under_more(as_user: AsUser, customer: Customer) -> None:
    wang = as_user("wang")
    page = page_of(wang, f"/customers/{customer.id}")
    assert not page.xpath("//a[contains(@href, '/delete')]")
    (more,) = page.xpath("//*[@class='actions']//a[text()='更多']/@href")
    assert page_of(wang, more).xpath(f"//a[@href='/customers/{customer.id}/delete']")


class TestNew:
    def test_it_begins_with_what_is_known_and_folds_the_rest(self, as_user: AsUser) -> None:
        page = page_of(as_user("manager"), "/customers/new")
        first = page.xpath("//fieldset[1]")[0]
        names = first.xpath(".//input[@type='text']/@name | .//select/@name")
        assert names == ["name", "phone", "main_contact", "main_mobile", "main_job_title", "level_id", "owner_id"]
        folds = page.xpath("//details[@class='fold']")
        assert len(folds) >= 5 and not [fold for fold in folds if fold.get("open") is not None]

    def test_what_was_filled_in_or_is_wrong_stays_open(self, as_user: AsUser) -> None:
        answer = as_user("wang").post("/customers", {"name": "", "notes": "重要", "email": "x"})
        page = html.fromstring(answer.text)
        open_ones = page.xpath("//details[@open]//*[@name='notes' or @name='email']/@name")
        assert (answer.status_code, sorted(open_ones)) == (422, ["email", "notes"])
        assert page.xpath("//details[not(@open)]//*[@name='bank']")


def test_what_comes_next_is_in_order_of_time_with_one_kind_of_date(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer
) -> None:
    by = actor_as(session, cast.wang, datetime.now(UTC))
    for title, days in (("後面", 6), ("前面", 2)):
        values = {"title": title, "starts_at": by.now + timedelta(days=days), "customer_id": customer.id}
        save_item(session, None, values, by)
    make_record(session, customer, cast.wang, NOW, next_contact_at=by.now + timedelta(days=4))
    session.commit()
    page = page_of(as_user("wang"), f"/customers/{customer.id}")
    (panel,) = page.xpath("//section[@aria-labelledby='next-title']")
    text = " ".join(panel.text_content().split())
    assert text.index("前面") < text.index("下次聯繫時間") < text.index("後面")
    times = [" ".join(one.text_content().split()) for one in panel.find_class("entry-time")]
    assert len({len(time) for time in times}) == 1, times
