"""R-6: one act writes the record, completes what was planned for it, and plans what comes next."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.customers.contact_records import delete_contact_record
from crm.domain.schedule.items import save_item
from crm.models import ContactRecord, Customer, ScheduleItem
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import item, make_customer, make_record

AsUser = Callable[[str], Person]


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    return make_customer(session, cast.wang, "大同書局", now=datetime.now(UTC) - timedelta(days=9))


@pytest.fixture
def visit(session: Session, cast: Cast, customer: Customer) -> ScheduleItem:
    """Entered by hand for an hour ago."""
    by = actor_as(session, cast.wang)
    values = {"title": "拜訪大同", "starts_at": by.now - timedelta(hours=1), "customer_id": customer.id}
    return save_item(session, None, values, by)


def form_of(person: Person, url: str) -> Any:
    return html.fromstring(person.get(url).text).xpath("//form[@action='/records']")[0]


def write(person: Person, url: str, **typed: Any) -> Any:
    return person.post("/records", {**dict(form_of(person, url).form_values()), "content": "談妥了", **typed})


def test_the_due_item_is_offered_ticked_and_done_with_the_records_words(
    session: Session, as_user: AsUser, customer: Customer, visit: ScheduleItem
) -> None:
    session.commit()
    wang, url = as_user("wang"), f"/records/new?customer_id={customer.id}"
    form = form_of(wang, url)
    (tick,) = form.xpath(".//input[@name='completes']")
    assert tick.get("checked") is not None
    assert "完成「拜訪大同」" in form.text_content()
    answer = write(wang, url)
    assert answer.status_code == 303
    session.refresh(visit)
    assert visit.done_at is not None and visit.done_note == "談妥了"


def test_an_unticked_one_stays_to_be_done(
    session: Session, as_user: AsUser, customer: Customer, visit: ScheduleItem
) -> None:
    session.commit()
    wang, url = as_user("wang"), f"/records/new?customer_id={customer.id}"
    sent = {key: value for key, value in form_of(wang, url).form_values() if key != "completes"}
    assert wang.post("/records", {**sent, "content": "談了"}).status_code == 303
    session.refresh(visit)
    assert visit.done_at is None


def test_the_ticks_survive_a_mistake(
    session: Session, as_user: AsUser, customer: Customer, visit: ScheduleItem
) -> None:
    session.commit()
    wang, url = as_user("wang"), f"/records/new?customer_id={customer.id}"
    sent = {key: value for key, value in form_of(wang, url).form_values() if key != "completes"}
    again = html.fromstring(wang.post("/records", {**sent, "content": ""}).text)
    assert [tick.get("checked") for tick in again.xpath("//input[@name='completes']")] == [None]


def test_nobody_completes_a_colleagues_item(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer, visit: ScheduleItem
) -> None:
    visit.owner_id = visit.created_by_id = cast.manager.id
    session.commit()
    assert write(as_user("wang"), f"/records/new?customer_id={customer.id}", completes=visit.id).status_code == 303
    session.refresh(visit)
    assert visit.done_at is None


def test_without_a_plan_nothing_comes_into_the_schedule(session: Session, as_user: AsUser, customer: Customer) -> None:
    session.commit()
    write(as_user("wang"), f"/records/new?customer_id={customer.id}", next_contact_at="2099-01-01 09:00")
    assert session.scalars(select(ScheduleItem)).all() == []
    session.refresh(customer)
    assert customer.next_contact_at is not None


def test_deleting_the_record_opens_it_again(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer, visit: ScheduleItem
) -> None:
    session.commit()
    write(as_user("wang"), f"/records/new?customer_id={customer.id}")
    delete_contact_record(session, session.scalars(select(ContactRecord)).one(), actor_as(session, cast.wang))
    session.refresh(visit)
    assert visit.done_at is None


def test_the_form_opens_with_the_last_method_and_the_cursor_in_the_content(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer
) -> None:
    make_record(session, customer, cast.wang, method_id=item(session, "contact_method", "電子郵件").id)
    session.commit()
    form = form_of(as_user("wang"), f"/records/new?customer_id={customer.id}")
    assert form.xpath(".//select[@name='method_id']/option[@selected]/text()") == ["電子郵件"]
    assert form.xpath(".//*[@autofocus]/@name") == ["content"]
    assert form.xpath(".//button[@data-set]/text()") == ["明天", "3 天", "1 周"]


def test_the_message_names_the_planned_day(session: Session, as_user: AsUser, customer: Customer) -> None:
    session.commit()
    wang = as_user("wang")
    answer = write(wang, f"/records/new?customer_id={customer.id}", next_contact_at="2099-01-02 09:00", suggested="")
    assert "下次聯繫時間：2099-01-02 09:00" in wang.get(answer.location).text


def test_what_is_due_comes_when_the_customer_is_chosen_in_the_form(
    session: Session, as_user: AsUser, customer: Customer, visit: ScheduleItem
) -> None:
    session.commit()
    wang = as_user("wang")
    assert "拜訪大同" in wang.get("/records/due", query_string={"customer_id": "大同書局"}).text
    assert "拜訪大同" not in wang.get("/records/due", query_string={"customer_id": "別家"}).text
    assert "拜訪大同" not in as_user("li").get("/records/due", query_string={"customer_id": "大同書局"}).text
