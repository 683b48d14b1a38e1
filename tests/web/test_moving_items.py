"""An item goes to another day or hour: dragged there, or by the buttons in its box (S-1)."""

from datetime import datetime, timedelta

import pytest
from lxml import html

from crm.domain.schedule.items import complete_item, save_item


@pytest.fixture
def meeting(session, cast, actor):
    start = datetime.fromisoformat("2099-03-28 10:00+08:00")
    values = {"title": "會議", "starts_at": start, "ends_at": start + timedelta(hours=2)}
    return save_item(session, None, values, actor(cast.wang))


def clock(moment):
    return moment.astimezone(datetime.fromisoformat("2099-01-01 00:00+08:00").tzinfo).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("by", "start", "end"),
    [
        ("3d", "03-31 10:00", "03-31 12:00"),
        ("-1d", "03-27 10:00", "03-27 12:00"),
        ("-1h", "03-28 09:00", "03-28 11:00"),
    ],
)
def test_it_goes_there_with_its_end(as_user, session, meeting, by, start, end):
    answer = as_user("wang").post(f"/schedule/{meeting.id}/move", {"by": by, "version": meeting.version})
    assert answer.status_code == 303
    session.refresh(meeting)
    assert (clock(meeting.starts_at), clock(meeting.ends_at)) == (start, end)


def test_htmx_gets_the_word_and_the_grid_hears_of_it(as_user, meeting):
    sent = {"by": "1d", "version": meeting.version}
    answer = as_user("wang").htmx("").post(f"/schedule/{meeting.id}/move", sent)
    assert answer.status_code == 200
    assert "schedule-changed" in answer.headers["HX-Trigger"]
    assert "已改到 2099-03-29 10:00" in answer.text


def test_what_is_out_of_date_done_or_somebody_elses_stays(as_user, session, cast, meeting, actor):
    address, version = f"/schedule/{meeting.id}/move", meeting.version
    assert as_user("wang").post(address, {"by": "1d"}).status_code == 409
    assert as_user("wang").post(address, {"by": "soon", "version": version}).status_code == 400
    assert as_user("li").post(address, {"by": "1d", "version": version}).status_code == 404
    complete_item(session, meeting, None, actor(cast.wang))
    assert as_user("wang").post(address, {"by": "1d", "version": meeting.version}).status_code == 403
    session.refresh(meeting)
    assert clock(meeting.starts_at) == "03-28 10:00"


def test_a_whole_day_moves_by_days_alone(as_user, session, cast, actor):
    start = datetime.fromisoformat("2099-03-28 00:00+08:00")
    item = save_item(session, None, {"title": "盤點", "starts_at": start, "all_day": True}, actor(cast.wang))
    wang = as_user("wang")
    assert html.fromstring(wang.get(f"/schedule/{item.id}").text).xpath("//button[@name='by']/@value") == [
        "-1d",
        "1d",
        "7d",
    ]
    assert wang.post(f"/schedule/{item.id}/move", {"by": "1h", "version": item.version}).status_code == 409
    wang.post(f"/schedule/{item.id}/move", {"by": "7d", "version": item.version})
    session.refresh(item)
    assert str(item.first_day) == "2099-04-04"


def test_a_day_of_the_month_is_one_line_an_item_and_says_what_it_leaves_out(as_user, session, cast, actor):
    for hour in range(9, 14):
        start = datetime.fromisoformat(f"2099-03-28 {hour:02d}:00+08:00")
        save_item(session, None, {"title": f"會議{hour}", "starts_at": start}, actor(cast.wang))
    page = html.fromstring(as_user("wang").get("/schedule/month?day=2099-03-01").text)
    (day,) = page.xpath("//ul[@data-day='2099-03-28']")
    assert [" ".join(one.text_content().split()) for one in day.xpath("li")] == [
        f"{h:02d}:00 會議{h}" for h in (9, 10, 11)
    ]
    assert page.xpath("string(//p[@class='grid-more']/a)").startswith("+還有 2") or "2" in page.xpath(
        "string(//p[@class='grid-more']/a)"
    )
