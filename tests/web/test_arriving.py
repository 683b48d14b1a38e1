"""What happens arrives by itself, what is done is gone, and who is new is told where to begin (W-6, W-7, W-9, B-4)."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.office.notices import notify
from crm.domain.sales.orders import ORDER_WORKFLOW, SOLD
from crm.domain.schedule.items import save_item
from crm.models import Customer, Notice, Opportunity
from crm.models.opportunities import WON
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import line, make_customer, make_opportunity, make_order, make_product, make_record, submitted

AsUser = Callable[[str], Person]
NOW = datetime.now(UTC)


def tree(answer: Any) -> Any:
    return html.fromstring(answer.text)


def remind(session: Session, person: Any, title: str) -> Notice | None:
    values = {"title": title, "time": "14:00"}
    return notify(session, person.id, "reminder", "Reminder: %(title)s, %(time)s", values, "/schedule/1", NOW, title)


class TestNews:
    def asked(self, person: Person, state: str) -> Any:
        return person.client.get("/notices/news", headers={"If-None-Match": f'"{state}"'})

    def test_nothing_new_is_answered_304(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        remind(session, cast.wang, "開會")
        session.commit()
        wang = as_user("wang")
        (bell,) = tree(wang.get("/notices")).xpath("//*[@id='bell']")
        answer = self.asked(wang, bell.get("data-state"))
        assert (answer.status_code, answer.data) == (304, b"")

    def test_a_new_reminder_comes_with_its_words_once(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        wang = as_user("wang")
        (bell,) = tree(wang.get("/notices")).xpath("//*[@id='bell']")
        remind(session, cast.wang, "開會")
        session.commit()
        news = self.asked(wang, bell.get("data-state")).get_json()
        assert news["told"] == ["提醒：開會，14:00"]
        state = html.fromstring(news["bell"]).get("data-state")
        assert self.asked(wang, state).status_code == 304

    def test_it_is_no_sign_of_life(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        """L-7: the session ends though the page asks every minute."""
        wang = as_user("wang")
        wang.get("/notices")
        answer = self.asked(wang, "x")
        assert answer.status_code == 200
        assert not [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("session=")]

    def test_who_is_signed_out_gets_nothing(self, app: CRM) -> None:
        assert app.test_client().get("/notices/news").status_code == 303

    def test_the_title_shows_the_number(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        remind(session, cast.wang, "開會")
        session.commit()
        assert tree(as_user("wang").get("/customers")).xpath("string(//title)").startswith("(1) ")
        assert not tree(as_user("li").get("/customers")).xpath("string(//title)").startswith("(")


def test_what_a_notice_asked_for_and_was_done_is_gone(as_user: AsUser, session: Session, cast: Cast) -> None:
    order = submitted(session, make_order(session, make_customer(session, cast.wang), cast.wang), cast.wang, cast.order)
    session.commit()
    approver = as_user("order")
    assert order.code in approver.get("/notices").text
    ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order))
    session.commit()
    assert order.code not in approver.get("/notices").text
    assert order.code in as_user("wang").get("/notices").text


class TestWon:
    @pytest.fixture
    def opportunity(self, session: Session, cast: Cast) -> Opportunity:
        customer = make_customer(session, cast.wang)
        found = make_opportunity(session, customer, cast.wang, "會議室翻新")
        order = make_order(session, customer, cast.wang, opportunity_id=found.id)
        submitted(session, order, cast.wang, cast.order)
        ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order))
        session.commit()
        return found

    def test_its_owner_is_asked_and_answers_by_one_click(
        self, as_user: AsUser, session: Session, opportunity: Opportunity
    ) -> None:
        wang = as_user("wang")
        page = tree(wang.get("/notices"))
        (button,) = page.xpath("//button[@name='won']")
        assert "會議室翻新" in page.text_content()
        assert wang.post("/notices/open", {"won": button.get("value")}).location == "/notices"
        session.refresh(opportunity)
        assert opportunity.state == WON
        again = tree(wang.get("/notices"))
        assert not again.xpath("//button[@name='won']")

    def test_it_is_asked_of_an_open_one_alone_and_of_its_owner_alone(
        self, as_user: AsUser, session: Session, cast: Cast, opportunity: Opportunity
    ) -> None:
        found = session.scalars(select(Notice).where(Notice.kind == SOLD)).all()
        assert [notice.user_id for notice in found] == [cast.wang.id]
        assert as_user("li").post("/notices/open", {"won": found[0].id}).status_code == 404
        as_user("wang").post("/notices/open", {"won": found[0].id})
        assert as_user("wang").post("/notices/open", {"won": found[0].id}).status_code in (303, 409)


class TestToday:
    def at(self, session: Session, cast: Cast, title: str, days: float, customer: Customer | None = None) -> None:
        by = actor_as(session, cast.wang)
        starts = by.now.astimezone(by.zone).replace(hour=12, minute=0) + timedelta(days=days)
        values = {"title": title, "starts_at": starts, "customer_id": customer.id if customer else None}
        save_item(session, None, values, by)
        session.commit()

    def test_the_day_is_first_and_what_is_late_is_folded(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        for title, days in (("上週的事", -7), ("今天的事", 0), ("明天的事", 1)):
            self.at(session, cast, title, days)
        text = as_user("wang").get("/workbench/panels/today").text
        assert text.index("今天的事") < text.index("上週的事")
        (folded,) = html.fromstring(text).xpath("//details")
        assert folded.get("open") is None and "上週的事" in folded.text_content()
        assert "逾期 1" in " ".join(folded.text_content().split())
        assert "明天的事" not in text and "✕" not in text

    def test_an_empty_day_shows_the_next_seven(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        for title, days in (("三天後", 3), ("九天後", 9)):
            self.at(session, cast, title, days)
        text = as_user("wang").get("/workbench/panels/today").text
        assert "三天後" in text and "九天後" not in text

    def test_a_customer_in_the_days_schedule_is_marked_among_those_to_contact(
        self, as_user: AsUser, session: Session, cast: Cast
    ) -> None:
        for name in ("大同書局", "永豐紙業"):
            customer = make_customer(session, cast.wang, name, now=NOW - timedelta(days=9), phone="02-2531-7099")
            make_record(session, customer, cast.wang, NOW - timedelta(days=9), next_contact_at=NOW - timedelta(hours=1))
        self.at(session, cast, "送樣品", 0, customer)
        rows = tree(as_user("wang").get("/workbench/panels/due")).xpath("//li[@class='entry']")
        marked = [row.text_content().split()[-1] for row in rows if "已在今日日程" in row.text_content()]
        assert len(rows) == 2 and len(marked) == 1
        assert all(row.xpath(".//a[@href='tel:02-2531-7099']") for row in rows)


class TestFirstSteps:
    @pytest.fixture(autouse=True)
    def just_hired(self, session: Session, cast: Cast) -> None:
        cast.wang.created_at = NOW
        session.commit()

    def steps(self, person: Person) -> dict[str, bool]:
        found = tree(person.get("/workbench/panels/first_steps")).xpath("//*[@class='entries']/li")
        return {one.text_content().split()[0]: "done" in one.get("class").split() for one in found}

    def test_somebody_new_sees_what_to_do_and_what_is_done(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        wang = as_user("wang")
        assert set(self.steps(wang).values()) == {False}
        customer = make_customer(session, cast.wang)
        make_record(session, customer, cast.wang)
        session.commit()
        assert list(self.steps(wang).values()).count(True) == 2

    def test_the_administrator_is_led_through_the_set_up(self, as_user: AsUser) -> None:
        found = self.steps(as_user("admin"))
        assert len(found) == 5 and True in found.values()  # there are people

    def test_on_a_page_left_open_it_says_that_all_is_done(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        cast.wang.created_at = NOW - timedelta(days=90)
        session.commit()
        answer = as_user("wang").get("/workbench/panels/first_steps")
        assert answer.status_code == 200 and "全部完成" in answer.text

    def test_it_is_not_there_for_who_is_here_for_long(self, as_user: AsUser, session: Session, cast: Cast) -> None:
        cast.wang.created_at = NOW - timedelta(days=90)
        session.commit()
        assert "panel-first_steps" not in as_user("wang").get("/").text

    def test_it_is_dismissed_for_good(self, as_user: AsUser) -> None:
        wang = as_user("wang")
        assert "panel-first_steps" in wang.get("/").text
        assert wang.post("/workbench/first-steps").status_code == 303
        assert "panel-first_steps" not in wang.get("/").text


def test_an_approver_decides_in_the_row_and_is_warned_of_low_prices(
    as_user: AsUser, session: Session, cast: Cast
) -> None:
    order = submitted(session, make_order(session, make_customer(session, cast.wang), cast.wang), cast.wang, cast.order)
    session.commit()
    page = tree(as_user("order").get("/workbench/panels/orders_to_approve"))
    assert page.xpath(f"//a[starts-with(@href, '/orders/{order.id}/transitions/approve')]")


def test_a_new_order_is_saved_and_submitted_by_one_button(as_user: AsUser, session: Session, cast: Cast) -> None:
    assert tree(as_user("wang").get("/orders/new")).xpath("//button[@name='then' and @value='submit']")


def test_the_workbook_of_orders_has_their_lines(as_user: AsUser, session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.wang, "大同書局")
    goods = [line(make_product(session, name, specification="A4"), "2", "50") for name in ("影印紙", "墨水")]
    order = make_order(session, customer, cast.wang, lines=goods)
    session.commit()
    book = openpyxl.load_workbook(io.BytesIO(as_user("manager").get("/orders/export").data))
    first, second = book.worksheets
    assert first.max_row == 2
    rows = [[cell.value for cell in row] for row in second.iter_rows(min_row=2)]
    assert [row[:2] + row[3:5] for row in rows] == [[order.code, "大同書局", name, "A4"] for name in ("影印紙", "墨水")]
    assert [row[6] * row[7] for row in rows] == [100, 100]
