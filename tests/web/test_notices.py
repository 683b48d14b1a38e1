"""F-4: the bell, the page 通知, opening and marking as read."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from crm.domain.office.notices import notify
from crm.domain.platform.settings import change_settings
from crm.entities.record_saving import discard
from crm.i18n import N_
from crm.models import Notice
from tests.factories import give, made_by, make_customer
from tests.web.test_customer_pages import rows

NOW = datetime(2026, 8, 31, 6, 5, tzinfo=UTC)
KNOWN = N_("Advanced search")  # any message that is translated stands in for a notice's text


@pytest.fixture
def customer(session, cast):
    return make_customer(session, cast.wang, name="台北電子")


def leave(session, user, url=None, message="%(customer)s!", now=NOW, **values):
    return notify(session, user.id, "assigned", message, {"customer": "台北電子", **values}, url, now)


def bell(answer):
    (found,) = html.fromstring(answer.text).xpath("//*[@id='top']//a[@id='bell']")
    return " ".join(found.text_content().split()), found.get("href"), found.get("aria-label")


def test_the_bell_counts_what_is_unread(as_user, session, cast, customer):
    assert bell(as_user("wang").get("/customers"))[1:] == ("/notices", None)
    leave(session, cast.wang)
    leave(session, cast.wang)
    leave(session, cast.li)
    text, _, label = bell(as_user("wang").get("/customers"))
    assert text.endswith(" 2")
    assert "2" in label
    assert bell(as_user("order").get("/"))[2] is None


def test_newest_first_with_time_and_state(as_user, session, cast):
    leave(session, cast.wang, message="早 %(customer)s")
    leave(session, cast.wang, message="晚 %(customer)s", now=NOW + timedelta(days=1))
    found = rows(as_user("wang").get("/notices"))
    assert [row[0] for row in found] == ["晚", "早"]
    assert "2026-08-31 14:05" in found[1]


def test_the_text_is_in_the_readers_language(as_user, session, cast):
    leave(session, cast.wang, message=KNOWN)
    wang = as_user("wang")
    assert "高級搜索" in rows(wang.get("/notices"))[0]
    wang.post("/language", {"language": "en", "next": "/notices"})
    assert "Advanced search" in rows(wang.get("/notices"))[0]


def test_values_are_shown_as_text(as_user, session, cast):
    leave(session, cast.wang, customer="<b>x</b>")
    assert "&lt;b&gt;x" in as_user("wang").get("/notices").text
    leave(session, cast.wang, message="%(gone)s and %(customer)s")
    assert "%(gone)s" in as_user("wang").get("/notices").text


def test_opening_marks_as_read_and_leads_there(as_user, session, cast, customer):
    notice = leave(session, cast.wang, f"/customers/{customer.id}")
    wang = as_user("wang")
    wang.get("/notices")
    assert session.get(Notice, notice.id).read_at is None
    answer = wang.post("/notices/open", {"open": str(notice.id)})
    assert (answer.status_code, answer.location) == (303, f"/customers/{customer.id}")
    assert session.get(Notice, notice.id).read_at is not None
    assert bell(wang.get("/notices"))[2] is None
    assert f'href="/customers/{customer.id}"' in wang.get("/notices").text


def test_one_without_an_address_stays_on_the_page(as_user, session, cast):
    notice = leave(session, cast.wang)
    wang = as_user("wang")
    assert wang.post("/notices/open", {"open": str(notice.id)}).location == "/notices"
    abroad = leave(session, cast.wang, "//evil.example")
    assert wang.post("/notices/open", {"open": str(abroad.id)}).location == "/"


def test_others_notices_are_not_there(as_user, session, cast):
    notice = leave(session, cast.wang, "/customers")
    li = as_user("li")
    assert rows(li.get("/notices")) == []
    for typed in (str(notice.id), "", "x", "²", "9" * 12):
        assert li.post("/notices/open", {"open": typed}).status_code == 404
    li.post("/notices/read")
    assert session.get(Notice, notice.id).read_at is None


def test_all_at_once(as_user, session, cast):
    for _ in range(3):
        leave(session, cast.wang)
    wang = as_user("wang")
    assert 'action="/notices/read"' in wang.get("/notices").text
    assert wang.post("/notices/read").status_code == 303
    page = wang.get("/notices").text
    assert 'action="/notices/read"' not in page
    assert 'name="open"' not in page


def test_many_have_pages(as_user, session, cast):
    for number in range(60):
        leave(session, cast.wang, message=f"{number:03}", now=NOW + timedelta(minutes=number))
    wang = as_user("wang")
    first, second = rows(wang.get("/notices")), rows(wang.get("/notices?page=2"))
    assert (len(first), len(second)) == (50, 10)
    assert re.match(r"059", first[0]) and re.match(r"000", second[-1])
    assert wang.get("/notices?page=x").status_code == 200
    assert wang.get("/notices?page=999999999999").status_code == 200


def test_the_bell_alone_for_htmx(as_user, session, cast):
    leave(session, cast.wang)
    wang = as_user("wang").htmx("bell")
    assert 'id="bell"' in wang.get("/notices/bell").text
    assert wang.get("/notices/bell").status_code == 200


def trigger(answer):
    return "notices-changed" in answer.headers.get("HX-Trigger", "")


def shows(count):
    return {"HX-Request": "true", "X-Notices": str(count)}


def test_an_answer_of_htmx_refreshes_a_bell_that_shows_another_number(as_user, session, cast):
    """However it changed: by this person, by others, in another window; and only then."""
    wang = as_user("wang")
    assert not trigger(wang.get("/customers", headers=shows(0)))
    leave(session, cast.wang)
    assert trigger(wang.get("/customers", headers=shows(0)))
    assert not trigger(wang.get("/customers", headers=shows(1)))
    assert not trigger(wang.get("/customers"))
    assert not trigger(wang.get("/notices/bell", headers=shows(0)))
    wang.post("/notices/read")
    assert trigger(wang.get("/customers", headers=shows(1)))
    assert 'data-count="0"' in wang.get("/notices/bell", headers=shows(1)).text


def test_a_refused_and_a_saved_form_tell_too_beside_their_own_events(as_user, session, cast, customer):
    leave(session, cast.wang)
    wang = as_user("wang")
    box = {**shows(0), "HX-Target": "box"}
    sent = {"name": "張三", "customer_id": f"{customer.name} [{customer.code}]"}
    answer = wang.post("/contacts", sent, headers=box)
    assert json.loads(answer.headers["HX-Trigger"]).keys() == {"box-close", "contacts-changed", "notices-changed"}
    assert trigger(wang.post("/contacts", {}, headers=box))
    session.commit()


def test_what_one_does_oneself_counts_at_once(as_user, session, cast):
    """A manager recycles by hand, and is told of the salespeople's customers."""
    change_settings(session, recycle_on=True, recycle_days=7)
    make_customer(session, cast.wang, now=datetime.now(UTC) - timedelta(days=30))
    manager = as_user("manager")
    assert bell(manager.get("/policy/recycling"))[2] is None
    answer = manager.post("/policy/recycling/run")
    assert "1" in bell(manager.get(answer.location))[2]
    assert trigger(manager.get("/customers", headers=shows(0)))


class TestOutOfSight:
    """What a notice is about may be gone by the time it is read: it says so, and is no dead end."""

    @pytest.mark.parametrize("how", ["deleted", "handed on", "never there"])
    def test_opening_says_so(self, as_user, session, cast, customer, how):
        number = 99999 if how == "never there" else customer.id
        notice = leave(session, cast.wang, f"/customers/{number}")
        if how == "deleted":
            discard(customer, made_by(session, cast.admin))
        elif how == "handed on":
            give(session, customer, cast.li, cast.admin)
        session.commit()
        wang = as_user("wang")
        assert "您已無權查看" in wang.get("/notices").text
        answer = wang.post("/notices/open", {"open": str(notice.id)})
        assert (answer.status_code, answer.location) == (303, "/notices")
        page = wang.get("/notices").text
        assert "這則通知所指的資料已刪除" in page
        assert f'href="/customers/{number}"' not in page
        assert session.get(Notice, notice.id).read_at is not None

    def test_of_every_kind_and_of_a_function_that_was_taken_away(self, as_user, session, cast, customer):
        urls = ("/orders/7", "/receipts/7", "/schedule/7", "/opportunities/7", "/quotes/7", "/contacts/7", "/jobs")
        for url in urls:
            leave(session, cast.wang, url)
        for url in ("/customers", "/pool/recycled", "/schedule/week?day=2026-08-31", f"/customers/{customer.id}"):
            leave(session, cast.wang, url)
        wang = as_user("wang")
        assert wang.get("/notices").text.count("您已無權查看") == len(urls)


def test_the_bells_own_address_has_one_bell(as_user, cast):
    """An id stands on a page once; what refreshes the bell gets it alone."""
    wang = as_user("wang")
    for headers in ({}, {"HX-Request": "true"}):
        assert wang.get("/notices/bell", headers=headers).text.count('id="bell"') == 1
