"""N-2 公共檢索 and P-2: everybody's customers, as rows, with what the policy shows and nothing else."""

from datetime import UTC, datetime

import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.customers.customers import move_customer
from crm.domain.platform.settings import change_settings
from crm.models import SystemLog
from crm.models.customers import RECYCLED
from tests.cast import actor_as
from tests.conftest import found_again, grow, identities
from tests.conventions.test_statements import statements_of
from tests.factories import item, make_customer
from tests.web.test_customer_pages import rows
from tests.web.test_settings import stored


@pytest.fixture(scope="module")
def looked_up(grown, tmp_path_factory):
    folder = tmp_path_factory.mktemp("looked_up") / "instance"
    return folder, grow(grown, folder, lambda session, cast: identities(fill(session, cast)))


@pytest.fixture
def firm_folder(request, grown):
    return request.getfixturevalue("looked_up")[0] if "firm" in request.fixturenames else grown


@pytest.fixture
def firm(session, looked_up):
    return found_again(session, looked_up[1])


def fill(session, cast):
    closed = item(session, "customer_status", "成交").id
    secret = {
        "phone": "02-2531-7099、0912-345-678",
        "tax_number": "22099131",
        "short_name": "台積電",
        "address": "秘密路1號",
        "notes": "秘密備註",
        "bank_account": "777-888",
        "status_id": closed,
    }
    theirs = make_customer(session, cast.li, name="台灣積體電路", **secret)
    make_customer(session, cast.wang, name="台灣積木", phone="03-5636699")
    make_customer(session, cast.manager, name="台灣積雪", pooled=True)
    gone = make_customer(session, cast.li, name="台灣積水")
    move_customer(session, gone, actor_as(session, cast.manager), None, RECYCLED)
    deleted = make_customer(session, cast.li, name="台灣積灰")
    deleted.deleted_at = datetime(2026, 8, 31, tzinfo=UTC)
    return theirs


def names(person, query):
    answer = person.get(f"/lookup?{query}")
    assert answer.status_code == 200
    return [td.text_content() for td in html.fromstring(answer.text).xpath("//table/tbody/tr/td[1]")]


def headings(answer):
    return [th.text_content().strip() for th in html.fromstring(answer.text).xpath("//table//th")]


def test_it_finds_everybodys_customers_as_rows(as_user, firm):
    """Owned, pool and recycled; deleted ones never; no link to any file."""
    wang = as_user("wang")
    assert sorted(names(wang, "name=台灣")) == ["台灣積木", "台灣積水", "台灣積雪", "台灣積體電路"]
    answer = wang.get("/lookup?name=台灣")
    assert headings(answer) == ["客戶名稱▲", "簡稱", "客戶狀態", "區域", "所屬人"]
    assert rows(answer)[2] == "台灣積體電路台積電成交李小華"
    content = html.fromstring(answer.text).xpath("//table")[0]
    assert content.xpath(".//tbody//a") == []
    assert not [link for link in html.fromstring(answer.text).xpath("//*[@id='main']//@href") if "/customers/" in link]


@pytest.mark.parametrize("typed", ["积体", "積體", "tjd", "twjt", "台积电"])
def test_by_name_in_either_script_and_by_initials(as_user, firm, typed):
    assert names(as_user("wang"), f"name={typed}") == ["台灣積體電路"]


def test_by_owner(as_user, cast, firm):
    assert names(as_user("wang"), f"owner={cast.li.id}") == ["台灣積體電路"]


@pytest.mark.parametrize(
    "typed",
    [
        "02-2531-7099",
        "0225317099",
        "2-25317099",
        "%2B886-2-2531-7099",
        "0912345678",
        "2531-7099",
        "２５３１７０９９",
        "00886+2+2531+7099",
        "886912345678",
        "%2B886+(0)2+2531+7099",
    ],
)
def test_a_hidden_telephone_is_found_whole(as_user, firm, typed):
    assert names(as_user("wang"), f"phone={typed}") == ["台灣積體電路"]


@pytest.mark.parametrize(
    "typed",
    [
        "2531",
        "0225",
        "25317",
        "253170",
        "31-7099",
        "022531709",
        "22099131",
        "%",
        "1",
        "04-2531-7099",
        "%2B852+2531+7099",
        "12345678",
        "886912",
    ],
)
def test_and_is_not_guessed_by_parts(as_user, firm, typed):
    assert names(as_user("wang"), f"phone={typed}") == []


def test_a_shown_telephone_is_found_by_a_part_but_not_by_other_numbers(as_user, session, firm):
    change_settings(session, lookup_columns=["name", "phone"])
    wang = as_user("wang")
    assert names(wang, "phone=2531") == ["台灣積體電路"]
    assert names(wang, "phone=0225") == ["台灣積體電路"]
    assert names(wang, "phone=%2B886+912+345+678") == ["台灣積體電路"]
    assert names(wang, "phone=8862-2531-7099") == ["台灣積體電路"]
    assert names(wang, "phone=%2B852+2531+7099") == []
    assert names(wang, "phone=22099131") == []
    assert "02-2531-7099" in wang.get("/lookup?phone=2531").text


@pytest.mark.parametrize("query", ["", "name=台", "name= ", "name=%25%25", "sort=name", "page=2", "owner=", "phone=-"])
def test_nothing_is_shown_before_something_is_asked(as_user, firm, query):
    assert names(as_user("wang"), query) == []


def test_hidden_columns_do_not_leak(as_user, firm):
    """Not in the rows, by sorting, by the quick search, by a condition, by a choice of columns, by export."""
    wang = as_user("wang")
    plain = rows(wang.get("/lookup?name=台灣"))
    for key in ("phone", "tax_number", "address", "notes", "bank_account", "credit_limit", "code", "last_contact_at"):
        assert rows(wang.get(f"/lookup?name=台灣&sort={key}")) == plain
        assert rows(wang.get(f"/lookup?name=台灣&af={key}&ao=filled&av=")) == plain
        assert rows(wang.get(f"/lookup?name=台灣&af={key}&ao=has&av=秘密")) == plain
        assert names(wang, f"af={key}&ao=has&av=22") == []
        assert f'value="{key}"' not in wang.get("/lists/lookup/advanced").text
        wang.post("/lists/lookup/columns", {"columns": ["name", key]})
        assert rows(wang.get("/lookup?name=台灣")) == plain
    for typed in ("2531", "22099131", "C000001", "秘密"):
        assert names(wang, f"name={typed}") == []
    text = wang.get("/lookup?name=台灣").text
    assert "2531" not in text
    assert "秘密" not in text
    assert "/export" not in text
    assert wang.get("/lookup/export").status_code == 404


def test_a_hidden_owner_is_no_condition(as_user, session, cast, firm):
    change_settings(session, lookup_columns=["name"])
    wang = as_user("wang")
    assert names(wang, f"owner={cast.li.id}") == []
    assert len(names(wang, f"name=台灣&owner={cast.li.id}")) == 4
    assert len(names(wang, f"name=台灣&af=owner_id&ao=is&av={cast.li.id}")) == 4
    assert "李小華" not in wang.get("/lookup?name=台灣").text


def test_a_kept_search_over_a_column_that_was_hidden_since_says_nothing(as_user, session, firm):
    change_settings(session, lookup_columns=["name", "address"])
    wang = as_user("wang")
    kept = "af=address&ao=has&av=秘密路"
    assert names(wang, kept) == ["台灣積體電路"]
    change_settings(session, lookup_columns=["name"])
    assert names(wang, kept) == []
    assert len(names(wang, f"name=台灣&{kept}")) == 4


def test_the_advanced_search_over_what_is_shown(as_user, firm, session):
    closed = item(session, "customer_status", "成交").id
    wang = as_user("wang")
    assert names(wang, f"af=status_id&ao=is&av={closed}") == ["台灣積體電路"]
    assert names(wang, "af=name&ao=has&av=積木") == ["台灣積木"]
    for listing in ("af=name&ao=filled&av=", "af=name&ao=lacks&av=xx", "af=name&ao=has&av=台", "af=name&ao=not&av=xx"):
        assert names(wang, listing) == []
        assert names(wang, f"af=name&ao=has&av=積木&{listing}&am=any") == []


def test_a_value_that_cannot_be_read_lists_nothing(as_user, session, firm):
    change_settings(session, lookup_columns=["name", "founded_on"])
    assert names(as_user("wang"), "af=founded_on&ao=is&av=gestern") == []


def test_range_and_statuses_are_the_policys(as_user, session, firm):
    wang = as_user("wang")
    change_settings(session, lookup_pools=["owned"])
    assert sorted(names(wang, "name=台灣")) == ["台灣積木", "台灣積體電路"]
    change_settings(session, lookup_pools=["pool", "recycled"])
    assert sorted(names(wang, "name=台灣")) == ["台灣積水", "台灣積雪"]
    assert names(wang, "phone=0225317099") == []
    change_settings(session, lookup_pools=["owned"], lookup_statuses=[item(session, "customer_status", "成交").id])
    assert names(wang, "name=台灣") == ["台灣積體電路"]


def test_searches_stand_in_the_log(as_user, session, cast, firm):
    wang = as_user("wang")
    wang.get("/lookup")
    wang.get("/lookup?name=台")
    wang.get("/lookup?name=積體")
    (row,) = session.scalars(select(SystemLog).where(SystemLog.kind == "lookup"))
    assert row.user_id == cast.wang.id
    assert "積體" in row.detail


def test_only_with_the_right_and_in_the_menu(as_user, firm):
    assert as_user("finance").get("/lookup?name=台灣").status_code == 403
    assert 'href="/lookup"' in as_user("wang").get("/customers").text


def test_it_takes_few_statements(app, as_user, firm):
    assert len(statements_of(app, as_user("wang"), "/lookup?name=台灣")) <= 8


# 公共檢索設置


def filled(person):
    form = html.fromstring(person.get("/policy/lookup").text).xpath("//form[@action='/policy/lookup']")[0]
    ticked = {
        name: form.xpath(f".//input[@name='{name}'][@checked and not(@disabled)]/@value")
        for name in ("lookup_columns", "lookup_pools", "lookup_statuses")
    }
    return {"version": form.xpath(".//input[@name='version']/@value")[0], **ticked}


def test_the_page_says_what_the_policy_does_now(as_user, session, firm):
    manager = as_user("manager")
    (words,) = html.fromstring(manager.get("/policy/lookup").text).xpath("//p[@class='now-shown']")
    assert " 4 " in words.text_content()
    assert "簡稱" in words.text_content()
    sent = filled(manager)
    assert sent["lookup_pools"] == ["owned", "pool", "recycled"]
    assert sent["lookup_statuses"] == []


def test_ticks_are_saved_and_used(as_user, session, firm):
    manager = as_user("manager")
    closed = item(session, "customer_status", "成交").id
    sent = {**filled(manager), "lookup_columns": ["phone"], "lookup_pools": ["owned"], "lookup_statuses": [str(closed)]}
    assert manager.post("/policy/lookup", sent).status_code == 303
    found = stored(session)
    assert (found.lookup_columns, found.lookup_pools, found.lookup_statuses) == (
        ("name", "phone"),
        ("owned",),
        (closed,),
    )
    assert " 1 " in html.fromstring(manager.get("/policy/lookup").text).xpath("string(//p[@class='now-shown'])")
    assert headings(as_user("wang").get("/lookup?name=台灣")) == ["客戶名稱▲", "電話"]


def test_what_is_not_offered_cannot_be_ticked(as_user, session, firm):
    manager = as_user("manager")
    before = stored(session)
    for key in ("bank_account", "notes", "search_text", "id"):
        assert manager.post("/policy/lookup", {**filled(manager), "lookup_columns": [key]}).status_code == 422
    assert manager.post("/policy/lookup", {**filled(manager), "lookup_pools": []}).status_code == 422
    assert stored(session) == before


def test_two_people_at_once(as_user, session, firm):
    manager = as_user("manager")
    opened = filled(manager)
    assert as_user("admin").post("/policy/lookup", {**opened, "lookup_pools": ["owned"]}).status_code == 303
    assert manager.post("/policy/lookup", {**opened, "lookup_pools": ["pool"]}).status_code == 409
    assert stored(session).lookup_pools == ("owned",)


def test_others_may_not(as_user, firm):
    assert as_user("wang").get("/policy/lookup").status_code == 403
    assert as_user("wang").post("/policy/lookup").status_code == 403
