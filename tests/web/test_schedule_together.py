"""S-1, S-2 as a browser sees them: conflicts in words, participants, repetition, clicking a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from lxml import html

from crm.domain.schedule.items import complete_item, save_item
from crm.domain.schedule.participants import participants
from crm.models import ScheduleItem
from tests.cast import ZONE
from tests.factories import make_customer

START = datetime(2099, 9, 7, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Taipei
HOUR = timedelta(hours=1)


def page_of(answer):
    assert answer.status_code in (200, 422), answer.text
    return html.fromstring(answer.text)


@pytest.fixture
def put(session, actor):
    def put(user, title="拜訪", starts_at=START, **values):
        item = save_item(session, None, {"title": title, "starts_at": starts_at, **values}, actor(user))
        session.commit()
        return item

    return put


@pytest.fixture
def wang(as_user):
    return as_user("wang")


def send(person, address="/schedule", **form):
    return person.post(address, {"title": "拜訪", "starts_at": "2099-09-07 09:00", **form})


def items(session):
    session.expire_all()
    alive = session.query(ScheduleItem).filter(ScheduleItem.deleted_at.is_(None))
    return alive.order_by(ScheduleItem.starts_at, ScheduleItem.id).all()


TITLES = ".//*[@class='entry-text']/a[1]/text() | .//*[@class='item-title']/text()"
"""Of items as lines, and in the month, where one is a single link."""


def words(page):
    return [" ".join(text.split()) for text in page.xpath("//*[@id='messages']//text()") if text.strip()]


class TestConflicts:
    def test_every_view_says_it_in_words(self, wang, cast, put):
        noon = datetime.now(ZONE).replace(hour=12)
        for title, begin, end in (("甲", 0, 2), ("乙", 1, 3), ("丙", 4, 5)):
            put(cast.wang, title, noon + begin * timedelta(minutes=1), ends_at=noon + end * timedelta(minutes=1))
        for address in ("/schedule", "/schedule/week", "/schedule/month", "/workbench/panels/today"):
            page = page_of(wang.get(address))
            clashing = page.xpath("//li[contains(@class, 'entry')][contains(., '衝突')]")
            marked = [title for item in clashing for title in item.xpath(TITLES)]
            assert set(marked) == {"甲", "乙"}, address

    def test_saving_warns_and_saves(self, wang, session, cast, put):
        put(cast.wang, "週會", ends_at=START + HOUR)
        answer = send(wang, title="新的", starts_at="2099-09-07 09:30", ends_at="2099-09-07 11:00")
        assert answer.status_code == 303
        told = " ".join(words(page_of(wang.get("/schedule"))))
        assert "時間衝突：王小明 在 2099-09-07 09:00–10:00 已有「週會」。" in told
        assert "日程已保存" in told
        assert [item.title for item in items(session)] == ["週會", "新的"]

    def test_the_box_warns_too(self, wang, cast, put):
        put(cast.wang, "週會", ends_at=START + HOUR)
        assert "時間衝突" in send(wang.htmx("box"), starts_at="2099-09-07 09:30").text

    def test_a_colleagues_appointment_is_only_a_time(self, wang, as_user, cast, put):
        put(cast.li, "面試", ends_at=START + HOUR)
        send(wang, participants=str(cast.li.id))
        told = " ".join(words(page_of(wang.get("/schedule"))))
        assert "李小華 在 2099-09-07 09:00–10:00 已有安排" in told
        assert "面試" not in told
        send(as_user("manager"), participants=str(cast.li.id))

    def test_the_manager_who_sees_it_reads_its_title(self, as_user, cast, put):
        put(cast.li, "面試", ends_at=START + HOUR)
        manager = as_user("manager")
        send(manager, participants=str(cast.li.id))
        assert "「面試」" in " ".join(words(page_of(manager.get("/schedule"))))

    def test_the_items_own_page_says_with_what(self, wang, cast, put):
        put(cast.wang, "週會", ends_at=START + HOUR)
        item = put(cast.wang, "拜訪", START + HOUR / 2)
        assert "已有「週會」" in wang.get(f"/schedule/{item.id}").text

    def test_many_are_counted(self, wang, cast, put):
        for n in range(5):
            put(cast.wang, f"會{n}", START, ends_at=START + HOUR)
        send(wang)
        assert "另外還有 2 處時間衝突" in " ".join(words(page_of(wang.get("/schedule"))))


class TestParticipants:
    def test_chosen_in_the_form(self, wang, session, cast):
        page = page_of(wang.get("/schedule/new"))
        names = page.xpath("//*[@role='group'][.//span[text()='參與人']]//label/text()")
        assert set(names) == {"李小華", "陳經理", "管理員"}
        answer = send(wang, participants=str(cast.li.id))
        assert answer.status_code == 303
        assert participants(session, items(session)[0].id) == {cast.li.id}

    def test_they_see_who_made_it_everywhere(self, wang, as_user, session, cast, put):
        customer = make_customer(session, cast.li, "李的客戶")
        item = put(cast.wang, "週會", datetime.now(UTC), participants={cast.li.id})
        of_customer = put(cast.wang, "談合約", participants={cast.li.id}, customer_id=customer.id)
        li = as_user("li")
        for address in ("/schedule", "/schedule/week", "/schedule/month", "/workbench/panels/today"):
            page = page_of(li.get(address))
            assert page.xpath(TITLES) == ["週會"], address
            assert "由 王小明 建立" in page.text_content(), address
            assert page.xpath("//*[@class='entry-actions']") == []
        assert "談合約" in li.get(f"/customers/{customer.id}/schedule").text
        shown = page_of(li.get(f"/schedule/{item.id}"))
        assert "李小華" in shown.text_content()
        assert shown.xpath("//*[@class='buttons']/a/text()") == ["變更歷史", "關閉"]
        assert of_customer.id

    @pytest.mark.parametrize("path", ["", "/complete", "/delete"])
    def test_they_cannot_change_it(self, as_user, session, cast, put, path):
        item = put(cast.wang, "週會", participants={cast.li.id})
        li = as_user("li")
        assert send(li, f"/schedule/{item.id}{path}", title="改").status_code == 403
        assert (items(session)[0].title, items(session)[0].done_at) == ("週會", None)

    def test_once_taken_out_it_is_not_there(self, wang, as_user, cast, put):
        item = put(cast.wang, "週會", participants={cast.li.id})
        send(wang, f"/schedule/{item.id}", version="1")
        assert as_user("li").get(f"/schedule/{item.id}").status_code == 404

    def test_a_stranger_in_the_form_is_refused(self, wang, session, cast):
        for stranger in (cast.finance.id, 999, "x"):
            assert send(wang, participants=str(stranger)).status_code == 422
        assert items(session) == []

    def test_what_was_completed_stands_in_their_history(self, as_user, session, cast, put, actor):
        complete_item(session, put(cast.wang, "週會", participants={cast.li.id}), "好", actor(cast.wang))
        session.commit()
        page = page_of(as_user("li").get("/schedule/history"))
        assert page.xpath("//tbody//a/text()") == ["週會"]
        assert "已經完成" in page.xpath("//tbody")[0].text_content()


class TestRepetition:
    def test_entered_and_shown(self, wang, session):
        assert send(wang, repeat="weekly", repeat_until="2099-09-28").status_code == 303
        assert len(items(session)) == 4
        assert "每週，至 2099-09-28" in wang.get(f"/schedule/{items(session)[2].id}").text

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"repeat": "weekly"}, "repeat_until"),
            ({"repeat_until": "2099-09-28"}, "repeat"),
            ({"repeat": "daily", "repeat_until": "2099-09-06"}, "repeat_until"),
            ({"repeat": "daily", "repeat_until": "2199-09-06"}, "repeat_until"),
            ({"repeat": "hourly", "repeat_until": "2099-09-08"}, "repeat"),
        ],
    )
    def test_what_is_wrong_is_said_beside_the_field(self, wang, session, wrong, field):
        answer = send(wang, content="樣品三件", **wrong)
        assert answer.status_code == 422
        assert page_of(answer).xpath("//*[@aria-invalid]/@name") == [field]
        assert "樣品三件" in answer.text
        assert items(session) == []

    @pytest.fixture
    def weekly(self, cast, put):
        return put(cast.wang, "週會", repeat="weekly", repeat_until=date(2099, 9, 28))

    def change(self, wang, item, **form):
        fields = {"applies_to": "this", "repeat": "weekly", "repeat_until": "2099-09-28", "title": "新會"}
        starts_at = f"{item.starts_at + timedelta(hours=8):%Y-%m-%d %H:%M}"
        return send(wang, f"/schedule/{item.id}", starts_at=starts_at, version=str(item.version), **{**fields, **form})

    @pytest.mark.parametrize(
        ("extent", "titles"), [("this", "週會 新會 週會 週會"), ("following", "週會 新會 新會 新會")]
    )
    def test_this_one_or_the_following_too(self, wang, session, weekly, extent, titles):
        assert self.change(wang, items(session)[1], applies_to=extent).status_code == 303
        assert [item.title for item in items(session)] == titles.split()

    def test_the_rule_of_one_alone_is_refused_beside_it(self, wang, session, weekly):
        answer = self.change(wang, items(session)[1], repeat="daily")
        assert answer.status_code == 422
        assert page_of(answer).xpath("//*[@aria-invalid]/@name") == ["repeat"]

    def test_the_question_asks_how_much_to_delete(self, wang, session, weekly):
        second = items(session)[1]
        page = page_of(wang.get(f"/schedule/{second.id}/delete"))
        assert page.xpath("//form[@class='question']//select/option/text()") == ["只有這一次", "這一次和以後的"]
        assert wang.post(f"/schedule/{second.id}/delete", {"applies_to": "this"}).status_code == 303
        assert len(items(session)) == 3
        third = items(session)[1]
        wang.post(f"/schedule/{third.id}/delete", {"applies_to": "following"})
        assert len(items(session)) == 1
        assert "已刪除 2 個日程" in wang.get("/schedule").text

    def test_one_alone_asks_nothing_more(self, wang, cast, put):
        item = put(cast.wang)
        assert page_of(wang.get(f"/schedule/{item.id}/delete")).xpath("//form[@class='question']//select") == []
        assert page_of(wang.get(f"/schedule/{item.id}/edit")).xpath("//*[@name='applies_to']") == []


class TestGrids:
    @pytest.mark.parametrize("tab", ["week", "month"])
    def test_each_day_is_a_link_to_a_form_with_that_day(self, wang, tab):
        links = page_of(wang.get(f"/schedule/{tab}?day=2026-09-09")).xpath("//a[@class='day-link']/@href")
        assert len(links) == (7 if tab == "week" else 35)
        form = page_of(wang.get(next(link for link in links if "day=2026-09-09" in link)))
        assert form.xpath("//input[@name='starts_at']/@value") == ["2026-09-09 09:00"]

    def test_a_full_day_of_the_month_leads_to_its_week(self, wang, session, cast, put, actor):
        for n in range(7):
            item = put(cast.wang, f"第{n}", START + n * HOUR)
            if n < 2:
                complete_item(session, item, "好", actor(cast.wang))
        session.commit()
        month = page_of(wang.get("/schedule/month?day=2099-09-07"))
        assert month.xpath(TITLES) == ["第2", "第3", "第4"]
        (more,) = month.xpath("//*[@class='grid-more']/a")
        assert more.text == "還有 4 項"
        assert len(page_of(wang.get(more.get("href"))).xpath(TITLES)) == 7

    def test_the_week_begins_as_the_firm_has_set(self, wang, session):
        from crm.domain.platform.settings import change_settings

        change_settings(session, week_starts_on=6)
        session.commit()
        page = page_of(wang.get("/schedule/week?day=2026-09-09"))
        assert page.xpath("//thead//th/text()")[:2] == ["日", "一"]
        assert "2026-09-06 – 2026-09-12" in page.text_content()

    def test_one_comes_back_to_this_week(self, wang):
        page = page_of(wang.get("/schedule/week?day=2026-09-09"))
        assert page.xpath("//*[@class='grid-head']/a/text()") == ["上一周", "下一周", "本周"]
