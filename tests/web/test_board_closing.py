"""An opportunity is won or lost from the board, and says why (B-4)."""

import pytest
from lxml import html
from sqlalchemy import select

from crm.models import StageEvent
from crm.models.opportunities import LOST, OPEN, WON
from tests.factories import make_customer, make_opportunity


@pytest.fixture
def one(session, cast):
    customer = make_customer(session, cast.wang, name="大同電子")
    return make_opportunity(session, customer, cast.wang, "影印機租賃")


def test_a_loss_needs_its_reason_and_is_kept_in_the_history(as_user, session, one):
    wang = as_user("wang")
    page = html.fromstring(wang.get(f"/opportunities/{one.id}/close/lost").text)
    version = page.xpath("string(//input[@name='version']/@value)")
    answer = wang.post(f"/opportunities/{one.id}/close/lost", {"version": version, "reason": ""})
    assert answer.status_code == 422
    assert "請填寫" in answer.text or "原因" in answer.text
    assert one.state == OPEN
    answer = wang.post(f"/opportunities/{one.id}/close/lost", {"version": version, "reason": "價格太高"})
    assert (answer.status_code, answer.location) == (303, "/opportunities/board")
    session.refresh(one)
    assert (one.state, one.reason) == (LOST, "價格太高")
    last = session.scalars(select(StageEvent).order_by(StageEvent.id.desc())).first()
    assert (last.state_after, last.reason) == (LOST, "價格太高")
    assert "影印機租賃" not in wang.get("/opportunities/board").text.split('id="board-table"')[1]


def test_winning_needs_no_reason(as_user, session, one):
    wang = as_user("wang").htmx("box")
    answer = wang.post(f"/opportunities/{one.id}/close/won", {"version": one.version, "reason": ""})
    assert answer.status_code == 200
    assert "opportunities-changed" in answer.headers["HX-Trigger"]
    session.refresh(one)
    assert one.state == WON


def test_the_drop_down_of_a_card_leads_to_the_same_question(as_user, one):
    wang = as_user("wang")
    card = html.fromstring(wang.get("/opportunities/board").text).xpath(f"//li[@id='card-{one.id}']")[0]
    assert card.xpath(".//option[@value='won' or @value='lost']/text()") == ["贏單…", "丟單…"]
    sent = {"move": f"{one.id}.{one.version}", f"stage-{one.id}": "lost"}
    answer = wang.post("/opportunities/board", sent)
    assert answer.status_code == 303
    assert answer.location.startswith(f"/opportunities/{one.id}/close/lost")


@pytest.mark.parametrize("state", ["shelved", "open", "x"])
def test_nothing_else_is_an_end(as_user, one, state):
    assert as_user("wang").get(f"/opportunities/{one.id}/close/{state}").status_code == 404


def test_it_is_closed_once_and_by_who_may(as_user, session, cast, one):
    assert as_user("li").get(f"/opportunities/{one.id}/close/won").status_code == 404
    wang = as_user("wang")
    stale = one.version
    wang.post(f"/opportunities/{one.id}/close/won", {"version": stale, "reason": ""})
    assert wang.post(f"/opportunities/{one.id}/close/lost", {"version": stale, "reason": "x"}).status_code in (409, 422)
    session.refresh(one)
    assert one.state == WON


def test_a_telephone_sees_one_stage_at_a_time(as_user, one):
    page = html.fromstring(as_user("wang").get("/opportunities/board").text)
    assert len(page.xpath("//section[@class='board-stage shown']//li[contains(@class, 'card')]")) == 1
    links = page.xpath("//nav[contains(@class, 'stage-tabs')]/a/@href")
    other = html.fromstring(as_user("wang").get(links[-1]).text)
    assert other.xpath("//section[@class='board-stage shown']//li[contains(@class, 'card')]") == []
