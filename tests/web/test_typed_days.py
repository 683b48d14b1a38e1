"""Days as people write them, by every door; a day to come where that is usually a slip is asked about (C-1, I-5)."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.fields import Context, Day, MomentType, ValueProblem
from crm.models import Contact, Customer, Order, Quote, Receipt
from crm.spreadsheets import cleaning
from tests.cast import ZONE, Cast
from tests.conftest import Person
from tests.factories import approved_order, make_customer
from tests.web.test_imports import begin, checked, make_template, send, xlsx

SignIn = Callable[[str], Person]

WRITTEN = (
    "2026/11/28",
    "2026.11.28",
    "2026 11 28",
    "2026-11/28",
    "20261128",
    "2026年11月28日",
    "2026年11月28號（六）",
    "115/11/28",
    "115.11.28",
    "115-11-28",
    "1151128",
    "115年11月28日",
    "民國115年11月28日",
    "中华民国115年11月28日",
    "民國 115/11/28",
    "１１５／１１／２８",
    "28-Nov-2026",
    "28 November 2026",
    "Nov. 28, 2026",
    "28/11/2026",
    "11/28/2026",
    "2026/11/28 星期六",
    "二〇二六年十一月二十八日",
    "民國一一五年十一月二十八日",
    "一百一十五年十一月廿八日".replace("廿", "二十"),
    "西元2026年11月28日",
    "民115/11/28",
    "2026–11–28",
    "2026、11、28",
    "2026\\11\\28",
    "2026 Nov 28",
    "28. November 2026",
    "Saturday, November 28, 2026",
    "2026/11/28 (Sat)",
)
DAY = date(2026, 11, 28)


@pytest.mark.parametrize("written", WRITTEN)
def test_forms_and_imports_read_the_same_days(written: str, context: Context) -> None:
    assert Day().parse(written, context) == DAY
    assert cleaning.date_of(written) == DAY
    assert MomentType().show(MomentType().parse(f"{written} 14:05", context), context) == "2026-11-28 14:05"
    found = cleaning.moment(f"{written} 14:05")
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == "2026-11-28 14:05"


CLOCKS = {
    "早上9點": "09:00",
    "晚上8:05": "20:05",
    "中午12:30": "12:30",
    "凌晨12點半": "00:30",
    "下午三點": "15:00",
    "9pm": "21:00",
    "14.05": "14:05",
    "14點整": "14:00",
    "06:05Z": "14:05",
    "08:05 +0200": "14:05",
}


@pytest.mark.parametrize("written", CLOCKS)
def test_a_time_of_day_is_read_as_people_say_it_and_a_named_zone_is_heeded(written: str, context: Context) -> None:
    wanted = f"2026-11-28 {CLOCKS[written]}"
    assert MomentType().show(MomentType().parse(f"2026/11/28 {written}", context), context) == wanted


def test_midnight_at_night_could_be_two(context: Context) -> None:
    with pytest.raises(ValueProblem):
        MomentType().parse("2026-11-28 晚上12點", context)


@pytest.mark.parametrize("written", ["39/12/29", "05/06/2026", "2026-11", "2026/2/30", "115/13/1", "soon", "8/31", "0"])
def test_what_is_no_day_or_could_be_two_is_refused_by_both(written: str, context: Context) -> None:
    with pytest.raises(ValueProblem):
        Day().parse(written, context)
    with pytest.raises(cleaning.CleaningError):
        cleaning.date_of(written + " ") if written != "0" else cleaning.date_of("0.5")


@pytest.fixture
def context(app: CRM) -> Context:
    from crm.web.firm_settings import field_context

    with app.test_request_context():
        return field_context()


def errors(answer: Any) -> list[str]:
    return re.findall(r'class="error"[^>]*>([^<]*)', answer.get_data(as_text=True))


def test_the_message_of_a_wrong_time_shows_a_date_with_its_time(as_user: SignIn) -> None:
    wang = as_user("wang")
    for typed in ("morgen", "28.11. um drei", "2026-11-28 99"):
        (told,) = errors(wang.post("/customers", {"name": "甲", "next_contact_at": typed}))
        assert typed in told
        assert "2026-08-31 14:05" in told
    (told,) = errors(wang.post("/customers", {"name": "甲", "next_contact_at": "2026-11-28 25:00"}))
    assert "2026-08-31 14:05" in told
    (told,) = errors(wang.post("/customers", {"name": "甲", "registered_on": "2026-11-28 14:05"}))
    assert told == "這裡只填日期，請去掉時間。"


@pytest.mark.parametrize("written", ["115/11/2", "民國115年11月2日", "2026年11月2日", "1151102"])
def test_filters_and_the_advanced_search_read_them_too(
    written: str, as_user: SignIn, session: Session, cast: Cast
) -> None:
    make_customer(session, cast.wang, name="早的", registered_on=date(2026, 11, 1))
    make_customer(session, cast.wang, name="晚的", registered_on=date(2026, 11, 3))
    session.commit()
    wang = as_user("wang")
    found = wang.get("/customers", query_string={"af": "registered_on", "ao": "from", "av": written})
    page = html.fromstring(found.get_data(as_text=True))
    names = [
        " ".join(row.text_content().split()) for row in page.xpath("//table[starts-with(@class, 'list')]/tbody/tr")
    ]
    assert len(names) == 1
    assert "晚的" in names[0]


@pytest.mark.parametrize("field", ["registered_on", "next_contact_at", "idle"])
def test_what_an_advanced_condition_cannot_read_names_its_field(field: str, as_user: SignIn) -> None:
    label = {"registered_on": "登記時間", "next_contact_at": "下次聯繫時間", "idle": "閒置天數"}[field]
    found = as_user("wang").get("/customers", query_string={"af": field, "ao": "from", "av": "morgen"})
    told = [
        " ".join(m.text_content().split())
        for m in html.fromstring(found.text).xpath("//*[@role='alert']|//*[contains(@class, 'message')]")
    ]
    assert any(text.startswith(f"{label}：") for text in told), told


def tomorrow() -> str:
    return (date.today() + timedelta(days=400)).isoformat()  # noqa: DTZ011


def tick_of(answer: Any) -> str:
    (tick,) = html.fromstring(answer.get_data(as_text=True)).xpath("//input[@name='sure']/@value")
    return str(tick)


class TestToCome:
    @pytest.mark.parametrize("field", ["registered_on", "founded_on"])
    def test_a_customers_day_is_asked_about_and_kept_when_ticked(
        self, field: str, as_user: SignIn, session: Session
    ) -> None:
        wang, sent = as_user("wang"), {"name": "未來公司", field: tomorrow()}
        answer = wang.post("/customers", sent)
        assert answer.status_code == 422
        assert [tomorrow() in told for told in errors(answer)] == [True]
        assert session.scalars(select(Customer)).all() == []
        assert wang.post("/customers", {**sent, "sure": tick_of(answer)}).status_code == 303
        customer = session.scalars(select(Customer)).one()
        assert getattr(customer, field).isoformat() == tomorrow()
        # What was decided is not asked again, another day is.
        kept = {"name": "未來公司", field: tomorrow(), "version": customer.version}
        assert wang.post(f"/customers/{customer.id}", kept).status_code == 303
        session.refresh(customer)
        other = {**kept, field: "2999-01-01", "sure": f"{field} {tomorrow()}", "version": customer.version}
        assert wang.post(f"/customers/{customer.id}", other).status_code == 422

    def test_two_days_are_asked_about_together(self, as_user: SignIn, session: Session) -> None:
        wang, sent = as_user("wang"), {"name": "甲", "registered_on": tomorrow(), "founded_on": "2999-01-01"}
        answer = wang.post("/customers", sent)
        ticks = html.fromstring(answer.text).xpath("//input[@name='sure']/@value")
        assert len(ticks) == len(errors(answer)) == 2
        half = wang.post("/customers", {**sent, "sure": ticks[:1]})
        assert half.status_code == 422
        assert html.fromstring(half.text).xpath("//input[@name='sure'][@checked]/@value") == ticks[:1]
        assert wang.post("/customers", {**sent, "sure": ticks}).status_code == 303

    def test_a_receipt_is_asked_about(self, as_user: SignIn, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        order = approved_order(session, customer, cast.wang, cast.order, "1000")
        session.commit()
        wang = as_user("wang")
        sent = {"customer": customer.id, "received_on": tomorrow(), f"amount-{order.id}": "100"}
        answer = wang.post("/receipts", sent)
        assert answer.status_code == 422
        assert session.scalars(select(Receipt)).all() == []
        assert wang.post("/receipts", {**sent, "sure": tick_of(answer)}).status_code == 303
        assert session.scalars(select(Receipt)).one().received_on.isoformat() == tomorrow()

    def test_the_other_days_that_are_usually_over(self, as_user: SignIn, session: Session, cast: Cast) -> None:
        customer = make_customer(session, cast.wang)
        session.commit()
        wang = as_user("wang")
        asked = {
            "/contacts": {"name": "王小明", "customer_id": customer.id, "birthday": tomorrow()},
            "/orders": {"customer_id": customer.id, "ordered_on": tomorrow()},
            "/quotes": {"customer_id": customer.id, "quoted_on": tomorrow(), "title": "x"},
        }
        for url, sent in asked.items():
            answer = wang.post(url, sent)
            assert answer.status_code == 422, url
            assert tick_of(answer).endswith(tomorrow()), url
        for model in (Contact, Order, Quote):
            assert session.scalars(select(model)).all() == []

    def test_an_import_warns_of_them_in_the_check(self, app: CRM, as_user: SignIn, session: Session) -> None:
        admin = as_user("admin")
        template = make_template(admin, session, {"name": "名稱", "registered_on": "登記"}, "customers")
        rows = [["名稱", "登記"], ["甲", tomorrow()], ["乙", "民國199年1月2日"], ["丙", "115/11/2"]]
        run = checked(admin, app, send(admin, template, xlsx(rows)))
        page = admin.get(run).get_data(as_text=True)
        assert page.count("在今天之後") == 2

    def test_an_import_takes_the_firms_day_and_clock_of_a_zone(
        self, app: CRM, as_user: SignIn, session: Session
    ) -> None:
        admin = as_user("admin")
        columns = {"name": "名稱", "registered_on": "登記", "next_contact_at": "下次"}
        template = make_template(admin, session, columns, "customers")
        rows = [
            ["名稱", "登記", "下次"],
            ["甲", "2026-01-27T16:00:00.000Z", "2026-12-27T16:30:00Z"],
            ["乙", "2026-01-28T00:00:00Z", "2026-12-28T00:00:00Z"],
        ]
        begin(admin, app, checked(admin, app, send(admin, template, xlsx(rows))))
        kept = session.scalars(select(Customer).order_by(Customer.id)).all()
        assert [c.registered_on for c in kept] == [date(2026, 1, 28)] * 2
        at = [c.next_contact_at.astimezone(ZONE).strftime("%m-%d %H:%M") for c in kept if c.next_contact_at]
        assert at == ["12-28 00:30", "12-28 09:00"]
