"""S-1 to S-5 as a browser sees them."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from crm.domain.schedule.items import complete_item, save_item
from crm.models import ScheduleItem
from tests.factories import give, item, make_customer, make_record


def page_of(answer):
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


@pytest.fixture
def put(session, actor):
    """Make an item in a person's schedule; done ones with words."""

    def make(user, title="拜訪", starts_at=None, done="", **values):
        by = actor(user)
        item = save_item(session, None, {"title": title, "starts_at": starts_at or datetime.now(UTC), **values}, by)
        if done:
            complete_item(session, item, done, by)
        session.commit()
        return item

    return make


@pytest.fixture
def wang(as_user):
    return as_user("wang")


def again(session, item):
    session.expire_all()
    return session.get(ScheduleItem, item.id)


def titles(page):
    return page.xpath("//*[@class='entry-text']/a[1]/text() | //*[@class='item-title']/text()")


class TestTabs:
    def test_today_with_what_is_left_above(self, wang, cast, put):
        put(cast.wang, "今天")
        put(cast.wang, "忘了", datetime.now(UTC) - timedelta(days=3))
        put(cast.wang, "以後", datetime.now(UTC) + timedelta(days=3))
        put(cast.li, "別人")
        page = page_of(wang.get("/schedule"))
        assert titles(page) == ["今天", "忘了"]
        assert len(page.xpath("//*[@class='entry-time late']")) == 1
        assert len(page.xpath("//nav[@class='tabs']/a")) == 4

    @pytest.mark.parametrize("tab", ["week", "month"])
    def test_grids_page_back_and_forth(self, wang, cast, put, tab):
        put(cast.wang, "九月", datetime(2026, 9, 9, 1, 0, tzinfo=UTC))
        page = page_of(wang.get(f"/schedule/{tab}?day=2026-09-07"))
        assert titles(page) == ["九月"]
        links = page.xpath("//*[@class='grid-head']/a/@href")[:2]
        for link in links:
            assert titles(page_of(wang.get(link))) == []
        assert [page_of(wang.get(link)).xpath("//*[@class='grid-head']/h2")[0].text for link in links] == (
            ["2026-08-31 – 2026-09-06", "2026-09-14 – 2026-09-20"] if tab == "week" else ["2026-08", "2026-10"]
        )

    @pytest.mark.parametrize("day", ["", "2026-02-31", "x", "2999-12-31", "1800-01-01", "1900-01-01"])
    def test_a_day_that_is_none_is_today(self, wang, day):
        assert wang.get(f"/schedule/week?day={day}").status_code == 200
        assert wang.get(f"/schedule/month?day={day}").status_code == 200

    def test_history_is_searched_by_period(self, wang, cast, put):
        put(cast.wang, "八月", datetime(2026, 8, 31, 15, 59, tzinfo=UTC), done="好")
        put(cast.wang, "九月", datetime(2026, 8, 31, 16, 0, tzinfo=UTC), done="好")
        put(cast.wang, "未完成", datetime(2026, 9, 1, 1, 0, tzinfo=UTC))
        put(cast.li, "別人", datetime(2026, 9, 1, 1, 0, tzinfo=UTC), done="好")
        everything = page_of(wang.get("/schedule/history"))
        assert everything.xpath("//tbody//a/text()") == ["九月", "八月"]
        august = page_of(wang.get("/schedule/history?period_from=2026-08-01&period_to=2026-08-31"))
        assert august.xpath("//tbody//a/text()") == ["八月"]

    def test_in_the_customers_file(self, wang, as_user, session, cast, put):
        customer = make_customer(session, cast.wang, "大同公司")
        put(cast.wang, "約好了", customer_id=customer.id)
        address = f"/customers/{customer.id}/schedule"
        assert titles(page_of(wang.get(address))) == ["約好了"]
        assert address in wang.get(f"/customers/{customer.id}").text
        assert as_user("li").get(address).status_code == 404

    def test_a_customer_given_away_is_named_nowhere(self, wang, session, cast, put):
        customer = make_customer(session, cast.wang, "大同公司")
        item = put(cast.wang, "約好了", customer_id=customer.id)
        done = put(cast.wang, "做完了", customer_id=customer.id, done="好")
        give(session, customer, cast.li, by=cast.manager)
        session.commit()
        for address in (
            "/schedule",
            "/schedule/week",
            "/schedule/history",
            f"/schedule/{item.id}",
            f"/schedule/{done.id}",
        ):
            assert "大同" not in wang.get(address).text, address


class TestStartOffered:
    """A new item is offered a start that the person can mean: of today, also late in the evening."""

    def offered(self, person, monkeypatch, clock, address="/schedule/new"):
        moment = datetime.fromisoformat(f"2099-09-07 {clock}+08:00")
        monkeypatch.setattr("crm.blueprints.schedule.items.now", lambda: moment)
        return page_of(person.get(address)).xpath("string(//input[@name='starts_at']/@value)")

    @pytest.mark.parametrize(
        ("clock", "start"),
        [("00:00", "01:00"), ("09:20", "10:00"), ("22:59", "23:00"), ("23:00", "23:15"), ("23:58", "23:58")],
    )
    def test_the_next_full_hour_but_today(self, wang, monkeypatch, clock, start):
        assert self.offered(wang, monkeypatch, clock) == f"2099-09-07 {start}"

    def test_a_day_that_was_clicked_begins_at_nine(self, wang, monkeypatch):
        assert self.offered(wang, monkeypatch, "23:30", "/schedule/new?day=2099-09-09") == "2099-09-09 09:00"


class TestForm:
    def send(self, person, address="/schedule", **form):
        return person.post(address, {"title": "拜訪", "starts_at": "2026-09-01 14:30", **form})

    def test_a_new_item(self, wang, session, cast):
        customer = make_customer(session, cast.wang, "大同公司")
        session.commit()
        answer = self.send(
            wang,
            customer_id=f"大同公司 [{customer.code}]",
            ends_at="2026/9/1 15:00",
            remind_minutes="15",
            content="樣品",
        )
        assert answer.status_code == 303, answer.text
        item = session.query(ScheduleItem).one()
        assert (item.owner_id, item.customer_id, item.remind_minutes) == (cast.wang.id, customer.id, 15)
        assert item.starts_at == datetime(2026, 9, 1, 6, 30, tzinfo=UTC)
        shown = wang.get(f"/schedule/{item.id}").text
        assert "2026-09-01 15:00" in shown
        assert "大同公司" in shown

    @pytest.mark.parametrize(
        "wrong",
        [{"title": ""}, {"starts_at": ""}, {"starts_at": "morgen"}, {"ends_at": "2026-08-31"}, {"remind_minutes": "3"}],
    )
    def test_a_wrong_field_is_marked_and_nothing_is_lost(self, wang, session, wrong):
        answer = self.send(wang, content="樣品三件", **wrong)
        assert answer.status_code == 422
        page = html.fromstring(answer.text)
        assert page.xpath("//*[@aria-invalid]/@name") == list(wrong)
        assert "樣品三件" in answer.text
        assert session.query(ScheduleItem).count() == 0

    def test_an_owner_in_the_form_is_ignored(self, wang, session, cast):
        self.send(wang, owner_id=str(cast.li.id), done_at="2026-01-01")
        item = session.query(ScheduleItem).one()
        assert (item.owner_id, item.done_at) == (cast.wang.id, None)

    def test_a_customer_out_of_sight_is_not_found(self, wang, session, cast):
        customer = make_customer(session, cast.li, "李的客戶")
        session.commit()
        assert self.send(wang, customer_id=customer.code).status_code == 422

    def test_changing_keeps_a_customer_given_away(self, wang, session, cast, put):
        customer = make_customer(session, cast.wang, "大同公司")
        item = put(cast.wang, customer_id=customer.id)
        give(session, customer, cast.li, by=cast.manager)
        session.commit()
        assert self.send(wang, f"/schedule/{item.id}", title="改了", version="1").status_code == 303
        assert (again(session, item).title, again(session, item).customer_id) == ("改了", customer.id)

    def test_a_late_save_shows_both(self, wang, session, cast, put):
        item = put(cast.wang)
        assert self.send(wang, f"/schedule/{item.id}", title="一", version="1").status_code == 303
        answer = self.send(wang, f"/schedule/{item.id}", title="二", version="1")
        assert answer.status_code == 409
        assert again(session, item).title == "一"

    def test_one_returns_to_where_one_came_from(self, wang):
        assert (
            self.send(wang, next="/schedule/week?day=2026-09-01").headers["Location"] == "/schedule/week?day=2026-09-01"
        )
        assert self.send(wang, next="//evil.example").headers["Location"] == "/"
        assert self.send(wang).headers["Location"] == "/schedule"

    def test_in_the_box_the_panels_are_told(self, wang):
        answer = self.send(wang.htmx("box"))
        assert answer.status_code == 200
        assert "schedule-changed" in answer.headers["HX-Trigger"]


class TestCompletingAndDeleting:
    def test_completing_asks_for_words(self, wang, session, cast, put):
        item = put(cast.wang)
        assert page_of(wang.get(f"/schedule/{item.id}/complete")).xpath("//textarea/@name") == ["done_note"]
        assert wang.post(f"/schedule/{item.id}/complete", {"done_note": "簽約了"}).status_code == 303
        assert (again(session, item).done_note, again(session, item).done_by_id) == ("簽約了", cast.wang.id)
        assert "簽約了" in wang.get(f"/schedule/{item.id}").text

    def test_the_red_cross_asks_and_deletes(self, wang, session, cast, put):
        item = put(cast.wang)
        (cross,) = page_of(wang.get(f"/schedule/{item.id}")).xpath("//a[starts-with(text(), '✕')]/@href")
        question = page_of(wang.get(cross))
        assert again(session, item).deleted_at is None
        (form,) = question.xpath("//form[@class='question']")
        assert wang.post(form.get("action"), {"next": "/"}).status_code == 303
        assert again(session, item).deleted_at is not None
        assert wang.get(f"/schedule/{item.id}").status_code == 404

    def test_what_is_completed_cannot_be_deleted(self, wang, session, cast, put):
        """S-3: no cross, and the server refuses."""
        item = put(cast.wang, done="好")
        for address in ("/schedule", "/schedule/week", "/schedule/month", "/workbench/panels/today"):
            page = page_of(wang.get(address))
            assert titles(page) == ["拜訪"]
            assert page.xpath("//a[@class='cross']") == []
            assert "完成" in page.xpath("string(//*[@class='entry done'])")
        assert wang.post(f"/schedule/{item.id}/delete").status_code == 403
        assert (
            wang.post(f"/schedule/{item.id}", {"title": "改", "starts_at": "2026-09-01", "version": "2"}).status_code
            == 403
        )
        assert (again(session, item).deleted_at, again(session, item).title) == (None, "拜訪")

    @pytest.mark.parametrize(
        ("who", "looks", "touches"), [("li", 404, 404), ("manager", 200, 403), ("order", 403, 403)]
    )
    def test_somebody_elses_item(self, as_user, session, cast, put, who, looks, touches):
        item = put(cast.wang, "機密")
        person = as_user(who)
        answer = person.get(f"/schedule/{item.id}")
        assert answer.status_code == looks
        assert ("機密" in answer.text) is (looks == 200)
        for path in ("edit", "complete", "delete"):
            assert person.get(f"/schedule/{item.id}/{path}").status_code == touches
        for path in ("", "/complete", "/delete"):
            form = {"title": "改", "starts_at": "2026-09-01"}
            assert person.post(f"/schedule/{item.id}{path}", form).status_code == touches
        kept = again(session, item)
        assert (kept.title, kept.done_at, kept.deleted_at) == ("機密", None, None)


class TestAnotherZone:
    """The firm's zone is changed on the page of the settings: whole days keep their day, on every page (S-1, S-2)."""

    @pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
    def test_whole_days_stand_on_their_day(self, as_user, wang, cast, put, session, zone):
        day = datetime(2026, 9, 9, 3, 0, tzinfo=UTC)
        item = put(cast.wang, "特休", day, all_day=True)
        trip = put(cast.wang, "出差", day, all_day=True, ends_at=day + timedelta(days=1))
        admin = as_user("admin")
        form = page_of(admin.get("/settings")).xpath("//form[@action='/settings']")[0]
        sent = {**dict(form.form_values()), "timezone": zone}
        assert admin.post("/settings", sent).status_code == 303
        page = page_of(wang.get(f"/schedule/{item.id}"))
        assert "2026-09-09" in page.text_content()
        assert "00:00" not in page.text_content()
        shown = page_of(wang.get(f"/schedule/{trip.id}")).text_content()
        assert "2026-09-09" in shown
        assert "2026-09-10" in shown
        week = page_of(wang.get("/schedule/week?day=2026-09-09"))
        (cell,) = [td for td in week.xpath("//td[.//*[@class='entry-text']]") if "特休" in td.text_content()]
        assert "2026-09-09" in cell.xpath("string(.//a[@class='day-link']/@title)")
        edit = page_of(wang.get(f"/schedule/{item.id}/edit"))
        values = dict(edit.xpath("//form[contains(@action, '/schedule/')]")[0].form_values())
        assert wang.post(f"/schedule/{item.id}", {**values, "title": "假"}).status_code == 303
        found = again(session, item)
        assert (found.title, str(found.first_day), str(found.last_day)) == ("假", "2026-09-09", "2026-09-09")

    def test_a_form_that_is_saved_unchanged_leaves_an_hour_that_comes_twice(self, wang, cast, put, session):
        from crm.domain.platform.settings import change_settings

        change_settings(session, timezone="America/New_York")
        first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30, before the clock is put back
        item = put(cast.wang, "夜班", first, ends_at=first + timedelta(hours=1))  # to 01:30, after
        values = dict(
            page_of(wang.get(f"/schedule/{item.id}/edit"))
            .xpath("//form[contains(@action, '/schedule/')]")[0]
            .form_values()
        )
        assert wang.post(f"/schedule/{item.id}", {**values, "title": "夜"}).status_code == 303
        found = again(session, item)
        assert (found.title, found.ends_at - found.starts_at) == ("夜", timedelta(hours=1))
        wrong = {**values, "version": found.version, "starts_at": "2027-03-14 02:30", "ends_at": ""}
        assert "沒有 02:30" in wang.post(f"/schedule/{item.id}", wrong).text


def test_a_whole_day_that_is_done_stands_in_the_history_without_a_clock(wang, cast, put):
    put(cast.wang, "特休", datetime(2026, 8, 31, 4, 0, tzinfo=UTC), done="休息了", all_day=True)
    put(cast.wang, "會議", datetime(2026, 8, 30, 6, 30, tzinfo=UTC), done="開了")
    rows = page_of(wang.get("/schedule/history")).xpath("//tbody/tr")
    assert ["2026-08-31 00:00" in row.text_content() for row in rows] == [False, False]
    assert "2026-08-31" in rows[0].text_content()
    assert "2026-08-30 14:30" in rows[1].text_content()


class TestPlansOfRecords:
    @pytest.fixture
    def customer(self, session, cast):
        customer = make_customer(session, cast.wang, name="大同電子")
        now = datetime.now(UTC)
        plan = {"next_contact_at": now, "next_plan": "大同電子"}
        make_record(session, customer, cast.wang, now - timedelta(days=1), **plan)
        session.commit()
        return customer

    def test_one_without_words_names_the_customer_once(self, wang, customer):
        for url in ("/schedule", "/workbench/panels/today"):
            (entry,) = page_of(wang.get(url)).xpath("//*[@class='entry-text']")
            assert entry.text_content().count("大同電子") == 1, url
            assert "聯繫客戶" in entry.text_content()
        (entry,) = page_of(wang.get(f"/customers/{customer.id}/schedule")).xpath("//*[@class='entry-text']")
        assert "大同電子" not in entry.text_content()

    def test_the_page_says_what_a_record_has_completed(self, wang, session, customer):
        page = page_of(wang.get(f"/customers/{customer.id}/records/new"))
        form = dict(page.xpath("//form[@action='/records']")[0].form_values())
        method = item(session, "contact_method", "電話").id
        answer = wang.post("/records", {**form, "content": "通過電話", "method_id": method})
        assert "計劃的「大同電子」已隨之完成" in wang.get(answer.location).text
        assert page_of(wang.get("/schedule")).xpath("//*[@class='entry-time late']") == []
