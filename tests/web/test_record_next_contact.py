"""The next contact in the record's form: the level's date follows the contact time until a person types one (R-2)."""

import re

import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.platform.settings import change_settings
from crm.models import ContactRecord, Customer
from tests.factories import item, level, make_customer, make_record


def shown(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found, f"no field {name}"
    return re.search(r'value="([^"]*)"', found.group()).group(1)


@pytest.fixture
def sent(session, cast):
    """The form of a visit on 31 August to a customer whose level says three days."""
    customer = make_customer(session, cast.wang, name="大同", level_id=level(session, "重要客戶").id)
    return {
        "customer_id": f"大同 [{customer.code}]",
        "contacted_at": "2026-08-31 14:00",
        "method_id": item(session, "contact_method", "拜訪").id,
        "content": "談了報價",
        "level_id": level(session, "重要客戶").id,
    }


def test_a_level_chosen_beforehand_shows_its_date_at_once(as_user, session, sent):
    customer = session.scalars(select(Customer)).one()
    page = as_user("wang").htmx("box").get(f"/records/new?customer_id={customer.id}").get_data(as_text=True)
    planned = shown(page, "next_contact_at")
    assert planned.endswith("09:00")
    assert planned == shown(page, "suggested")


@pytest.mark.parametrize("level_name", ["重要客戶", ""])
def test_the_date_follows_the_contact_time(as_user, session, sent, level_name):
    """Left empty, the level is the customer's: the browser says what saving will say."""
    chosen = level(session, level_name).id if level_name else ""
    asked = {**sent, "level_id": chosen, "contacted_at": "2026-08-20 10:00"}
    asked |= {"next_contact_at": "2026-09-03 09:00", "suggested": "2026-09-03 09:00"}
    wang = as_user("wang")
    page = wang.get("/records/next", query_string=asked).get_data(as_text=True)
    assert shown(page, "next_contact_at") == "2026-08-23 09:00"
    wang.post("/records", asked)
    assert session.scalars(select(ContactRecord)).one().next_contact_at.isoformat() == "2026-08-23T01:00:00+00:00"


@pytest.mark.parametrize("suggested", ["2026-09-03 09:00", ""])
def test_a_typed_date_stays(as_user, session, sent, suggested):
    asked = {**sent, "contacted_at": "2026-08-20 10:00", "next_contact_at": "2026-09-05 10:00", "suggested": suggested}
    wang = as_user("wang")
    assert (
        shown(wang.get("/records/next", query_string=asked).get_data(as_text=True), "next_contact_at")
        == "2026-09-05 10:00"
    )
    wang.post("/records", asked)
    assert session.scalars(select(ContactRecord)).one().next_contact_at.isoformat() == "2026-09-05T02:00:00+00:00"


def test_a_date_typed_like_the_suggested_one_stays(as_user, session, sent):
    """Whoever typed is told apart by the browser, which empties the suggestion."""
    as_user("wang").post(
        "/records", {**sent, "contacted_at": "2026-08-20", "next_contact_at": "2026-09-03 09:00", "suggested": ""}
    )
    assert session.scalars(select(ContactRecord)).one().next_contact_at.isoformat() == "2026-09-03T01:00:00+00:00"


def test_a_form_that_comes_back_goes_on_following(as_user, session, sent):
    asked = {**sent, "content": "", "contacted_at": "2026-08-20 10:00"}
    asked |= {"next_contact_at": "2026-09-03 09:00", "suggested": "2026-09-03 09:00"}
    answer = as_user("wang").post("/records", asked)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert shown(page, "next_contact_at") == shown(page, "suggested") == "2026-08-23 09:00"


def test_a_corrected_visit_moves_a_date_that_the_level_gave(as_user, session, cast, sent):
    customer = session.scalars(select(Customer)).one()
    record = make_record(session, customer, cast.wang, None, level_id=sent["level_id"])
    wang = as_user("wang")
    page = wang.get(f"/records/{record.id}").get_data(as_text=True)
    planned = shown(page, "suggested")
    assert planned == shown(page, "next_contact_at")
    changed = {**sent, "version": record.version, "next_contact_at": planned, "suggested": planned}
    changed.pop("customer_id")
    assert wang.post(f"/records/{record.id}", changed).status_code == 303
    assert session.get(Customer, customer.id).next_contact_at.isoformat() == "2026-09-03T01:00:00+00:00"


def test_a_level_of_no_days_is_saved_after_the_visit(as_user, session, sent):
    level(session, "重要客戶").reminder_days = 0
    wang = as_user("wang")
    page = wang.get("/records/next", query_string=sent).get_data(as_text=True)
    assert shown(page, "next_contact_at") == "2026-09-01 09:00"
    assert (
        wang.post(
            "/records", {**sent, "next_contact_at": "2026-09-01 09:00", "suggested": "2026-09-01 09:00"}
        ).status_code
        == 303
    )


class TestReminderByEmail:
    """R-3: what a reminder lacks is said in the form, before anybody relies on it."""

    NO_SERVER = "尚未設定郵件伺服器"

    def help_of(self, page: str) -> str:
        (box,) = html.fromstring(page).xpath(
            "//input[@name='remind_by_email']/ancestor::*[contains(@class, 'field')][1]/.."
        )
        return str(box.text_content())

    def test_without_a_mail_server_it_says_who_sets_it_up(self, as_user, session, sent):
        customer = session.scalars(select(Customer)).one()
        for url in ("/records/new", f"/customers/{customer.id}/records/new"):
            told = self.help_of(as_user("wang").get(url).text)
            assert self.NO_SERVER in told
            assert "請洽系統管理員" in told
            assert "系統設置 › 郵件伺服器" in self.help_of(as_user("admin").get(url).text)
        wang = as_user("wang")
        answer = wang.post("/records", {**sent, "remind_by_email": "1"})
        assert self.NO_SERVER in wang.get(answer.location).text
        answer = wang.post("/records", {**sent, "content": "再談"})
        assert self.NO_SERVER not in wang.get(answer.location).text

    def test_without_an_address_it_says_whose(self, as_user, session, cast, sent):
        change_settings(session, mail_host="mail.example.com", mail_from="crm@example.com")
        cast.wang.email = None
        session.commit()
        customer = session.scalars(select(Customer)).one()
        url = f"/customers/{customer.id}/records/new"
        assert "您還沒有電子郵件地址" in self.help_of(as_user("wang").get(url).text)
        assert "王小明 還沒有電子郵件地址" in self.help_of(as_user("admin").get(url).text)
        cast.wang.email = "wang@example.com"
        session.commit()
        assert "地址" not in self.help_of(as_user("wang").get(url).text)


@pytest.mark.parametrize(("plan", "ticked", "said"), [("", True, True), ("送樣品", True, False), ("", False, False)])
def test_what_does_not_get_into_the_schedule_is_said(as_user, session, sent, plan, ticked, said):
    """加入日程 is ticked at first, and without words of a plan nothing is put there."""
    wang = as_user("wang")
    assert "沒有填寫計劃則不排入" in wang.get("/records/new").text
    data = {**sent, "next_plan": plan, "next_contact_at": "2026-12-24 10:00"}
    assert wang.post("/records", {**data, **({"add_to_schedule": "1"} if ticked else {})}).status_code == 303
    (message,) = html.fromstring(wang.get("/records").text).xpath("//*[@id='messages']")
    assert ("沒有排入日程" in message.text_content()) is said
