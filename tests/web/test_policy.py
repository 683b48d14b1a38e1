"""P-1 to P-4: each page says what its policy does and how many customers it touches, and asks before it takes any."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from crm.domain.platform.settings import change_settings, read_settings
from tests.bare_sales import bare_order
from tests.factories import level, make_customer
from tests.web.test_pool import text

URL = "/policy/recycling"


@pytest.fixture
def idle(session, cast):
    """Customers idle for 20, 30 and 40 days."""
    now = datetime.now(UTC)
    return [make_customer(session, cast.wang, name=f"閒置公司{n}", now=now - timedelta(days=n)) for n in (20, 30, 40)]


@pytest.fixture
def sent(session):
    def form(**changes):
        values = {
            "version": read_settings(session).version,
            "recycle_on": "1",
            "recycle_days": "25",
            "recycle_warn_days": "5",
            "recycle_exempt_open_opportunities": "1",
            "recycle_exempt_unpaid_orders": "1",
            "claim_on": "1",
            "claim_most_owned": "20",
            "claim_most_a_day": "2",
        }
        return {k: v for k, v in {**values, **changes}.items() if v is not None}

    return form


def asked(answer):
    """How many customers the question names; None where nothing is asked."""
    found = html.fromstring(answer.text).xpath("//input[@name='taken']/@value")
    return int(found[0]) if found else None


def is_on(session):
    session.rollback()
    return read_settings(session).recycle_on


def test_switching_on_asks_when_the_next_run_would_take_customers(as_user, session, idle, sent):
    admin = as_user("admin")
    answer = admin.post(URL, sent())
    assert (answer.status_code, asked(answer), is_on(session)) == (422, 2, False)
    tomorrow = (datetime.now(UTC) + timedelta(hours=6)).date() + timedelta(days=1)  # 02:00 in Taipei is the day's run
    assert tomorrow.isoformat() in text(answer) and "02:00" in text(answer)
    buttons = html.fromstring(answer.text).xpath("//button[@name='answer']")
    assert [b.text_content() for b in buttons] == ["是", "否"]
    assert html.fromstring(answer.text).xpath("//input[@name='recycle_days']/@value") == ["25"]
    assert admin.post(URL, sent(answer="yes", taken="2")).status_code == 303
    assert is_on(session)


def test_no_saves_nothing_and_what_was_chosen_stays(as_user, session, idle, sent):
    answer = as_user("admin").post(URL, sent(answer="no", taken="2"))
    page = html.fromstring(answer.text)
    assert (answer.status_code, asked(answer), is_on(session)) == (422, None, False)
    assert page.xpath("//input[@name='recycle_on']/@checked") and page.xpath("//input[@value='25']")


def test_a_yes_to_another_number_is_no_yes(as_user, session, idle, sent):
    answer = as_user("admin").post(URL, sent(recycle_days="10", answer="yes", taken="2"))
    assert (answer.status_code, asked(answer), is_on(session)) == (422, 3, False)


def test_only_what_is_tightened_asks_and_only_of_those_it_adds(as_user, session, cast, idle, sent):
    change_settings(session, recycle_on=True, recycle_days=35)
    admin = as_user("admin")
    assert asked(admin.post(URL, sent(recycle_days="25"))) == 1
    assert admin.post(URL, sent(recycle_days="36")).status_code == 303
    assert admin.post(URL, sent(recycle_days="36", recycle_on=None)).status_code == 303
    change_settings(session, recycle_on=True, recycle_days=35)
    bare_order(session, idle[2], cast.wang, "approved")
    assert asked(admin.post(URL, sent(recycle_days="35", recycle_exempt_unpaid_orders=None))) == 1
    assert admin.post(URL, sent(recycle_days="35")).status_code == 303


def test_a_wrong_form_is_told_before_anything_is_asked(as_user, session, idle, sent):
    answer = as_user("admin").post(URL, sent(recycle_warn_days="26"))
    assert (answer.status_code, asked(answer)) == (422, None)
    assert as_user("admin").post(URL, sent(version="1")).status_code == 409


def sentence(answer):
    (found,) = html.fromstring(answer.text).xpath("//p[@class='now-shown']")
    return " ".join(found.text_content().split())


def numbers(answer):
    return [int(n) for n in re.findall(r"\d+", sentence(answer))]


def test_each_page_says_plainly_what_it_does_and_how_many_it_touches(as_user, session, cast, idle):
    admin = as_user("admin")
    assert 1 in numbers(admin.get(URL))  # more than the usual 30 days
    change_settings(session, recycle_on=True, recycle_days=35, recycle_warn_days=7)
    assert [n for n in numbers(admin.get(URL)) if n in (35, 1)] == [35, 1, 1]
    assert 3 in numbers(admin.get("/policy/lookup"))
    idle[0].level_id = level(session, "重要客戶").id
    assert numbers(admin.get("/policy/levels"))[-2:] == [1, 2]


def test_the_levels_say_how_many_customers_have_them(as_user, session, cast, idle):
    important = level(session, "重要客戶")
    for customer in idle[:2]:
        customer.level_id = important.id
    rows = html.fromstring(as_user("admin").get("/policy/levels").text).xpath("//tbody/tr")
    counts = {row[0].text_content().split()[0]: row[2].text_content().strip() for row in rows}
    assert counts == {"重要客戶": "2", "一般客戶": "0", "潛在客戶": "0", "低價值客戶": "0"}
