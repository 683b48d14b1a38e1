"""Records that a form points to: found by name or title, initials and code, within what the person may see (B-1)."""

import pytest
from lxml import html

from crm.errors import DomainError
from crm.web import references
from crm.web.references import resolve, shown_reference
from tests.factories import make_customer, make_opportunity


@pytest.fixture
def two(session, cast):
    customer = make_customer(session, cast.wang, name="台北電子")
    return [make_opportunity(session, customer, cast.wang, title) for title in ("伺服器採購", "伺服器維護")]


@pytest.fixture
def as_seen_by(monkeypatch, acting):
    def see(user):
        monkeypatch.setattr(references, "_rights", lambda: acting(user).rights)

    return see


def offered(answer):
    return html.fromstring(f"<div>{answer.text}</div>").xpath("//*[@role='option']/@data-choose")


def test_typing_offers_opportunities_by_title_initials_and_code(as_user, two):
    wang = as_user("wang").htmx()
    for typed in ("伺服", two[0].pinyin[:3], "伺服器採購", two[0].code):
        for field in ("q", "opportunity_id", "for_opportunity"):
            found = offered(wang.get("/find/opportunities", query_string={field: typed}))
            assert f"伺服器採購 [{two[0].code}]" in found, (field, typed)
    assert offered(wang.get("/find/opportunities?q=")) == []
    assert offered(as_user("li").htmx().get("/find/opportunities?q=伺服")) == []


def test_what_was_typed_becomes_the_one_that_is_meant(session, cast, two, as_seen_by):
    as_seen_by(cast.wang)
    one, other = two
    for typed in (f"伺服器採購 [{one.code}]", one.code, "伺服器採購", "採購"):
        assert resolve("opportunities", typed) == one.id, typed
    assert resolve("customers", "台北電子") == one.customer_id
    assert shown_reference("opportunities", other.id) == f"伺服器維護 [{other.code}]"
    with pytest.raises(DomainError) as several:
        resolve("opportunities", "伺服器")
    assert set(several.value.values["found"]) == set(two)
    with pytest.raises(DomainError):
        resolve("opportunities", "沒有")


def test_what_is_not_the_persons_to_see_is_not_there(session, cast, two, as_seen_by):
    as_seen_by(cast.li)
    assert shown_reference("opportunities", two[0].id) == ""
    with pytest.raises(DomainError):
        resolve("opportunities", two[0].code)
