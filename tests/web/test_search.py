"""F-3: the search box finds what the person may see, and only that (hostile case 8)."""

from datetime import UTC, datetime

import pytest
from lxml import html

from crm.domain.customers.customers import move_customer
from crm.models import Opportunity
from crm.models.table_versions import clear_cache
from tests.cast import actor_as
from tests.conventions.test_statements import counted, statements_of
from tests.factories import approved_order, item, line, make_contact, make_customer, make_order, make_product

NOW = datetime(2026, 8, 31, tzinfo=UTC)


@pytest.fixture
def firm(session, cast):
    mine = make_customer(
        session, cast.wang, name="台灣積體電路", short_name="台積電", phone="03-5636688", tax_number="22099131"
    )
    make_contact(session, mine, cast.wang, name="魏哲家", mobile="0912-345-678")
    theirs = make_customer(session, cast.li, name="台灣積木", phone="03-5636699", tax_number="22099132")
    make_contact(session, theirs, cast.li, name="魏積木", mobile="0912-345-999")
    make_customer(session, cast.manager, name="台灣積雪", phone="03-5630000", pooled=True)
    stage = item(session, "opportunity_stage", "初步接洽").id
    for customer, owner, title in ((mine, cast.wang, "擴建積極案"), (theirs, cast.li, "積木案")):
        session.add(
            Opportunity(
                code=f"OP{customer.id}",
                title=title,
                pinyin="",
                customer_id=customer.id,
                stage_id=stage,
                owner_id=owner.id,
                created_at=NOW,
                updated_at=NOW,
            )
        )
    session.flush()
    return mine, theirs


def found(person, typed):
    """Heading → names of what stands below it."""
    answer = person.get("/search", query_string={"q": typed})
    assert answer.status_code == 200
    sections = html.fromstring(answer.text).xpath("//section[@class='found']")
    return {s.xpath("string(h2)"): [b.text_content() for b in s.xpath(".//li//b")] for s in sections}


@pytest.mark.parametrize(
    "typed", ["台积", "台積", "tjd", "twjt", "5636688", "563-66", "22099131", "C000001", "c000001"]
)
def test_a_customer_is_found_by_whatever_one_knows_of_it(as_user, firm, typed):
    assert "台灣積體電路" in found(as_user("wang"), typed)["客戶拜訪"]


def test_contacts_opportunities_and_pool_customers_too(as_user, firm):
    wang = as_user("wang")
    assert found(wang, "345678") == {"聯繫人": ["魏哲家"]}
    assert found(wang, "wzj") == {"聯繫人": ["魏哲家"]}
    assert found(wang, "积雪") == {"客戶池": ["台灣積雪"]}
    assert found(wang, "积极") == {"銷售機會": ["擴建積極案"]}
    assert found(wang, "台灣積") == {"客戶拜訪": ["台灣積體電路"], "客戶池": ["台灣積雪"]}


def test_nothing_of_what_the_person_may_not_see(as_user, firm):
    """Neither the record nor a number, a telephone or a count of it."""
    li, wang = as_user("li"), as_user("wang")
    for typed in ("積木", "5636699", "345999", "22099132", "積木案", "C000002"):
        text = wang.get("/search", query_string={"q": typed}).text.replace(typed, "")
        assert "積木" not in text
        assert "5636699" not in text
    assert found(li, "積木")["客戶拜訪"] == ["台灣積木"]
    assert sorted(found(as_user("manager"), "台灣積")["客戶拜訪"]) == ["台灣積木", "台灣積體電路"]


def test_only_where_there_is_something_to_find(as_user, firm):
    assert as_user("finance").get("/search?q=台灣").status_code == 403
    assert 'id="search-q"' not in as_user("finance").get("/").text
    assert 'id="search-q"' in as_user("wang").get("/").text


def test_one_character_or_none_finds_nothing(as_user, firm):
    wang = as_user("wang")
    for typed in ("", " ", "台", "-", "%", "%%", "--", "'", '"*'):
        assert found(wang, typed) == {}


def test_the_very_thing_comes_first_then_what_begins_so(as_user, session, cast):
    for name in ("一個電子", "電子", "電子零件", "好電子"):
        make_customer(session, cast.wang, name=name)
    assert found(as_user("wang"), "電子")["客戶拜訪"][:2] == ["電子", "電子零件"]


def test_ten_of_a_kind_and_the_way_to_the_list(as_user, session, cast):
    for number in range(12):
        make_customer(session, cast.wang, name=f"電子{number:02}")
    wang = as_user("wang")
    assert len(found(wang, "電子")["客戶拜訪"]) == 10
    page = html.fromstring(wang.get("/search?q=電子").text)
    (link,) = page.xpath("//section[@class='found']/p/a/@href")
    assert wang.get(link).text.count("電子1") >= 2
    assert html.fromstring(wang.get("/search?q=電子").text).xpath("//input[@id='search-q']/@value") == ["電子"]


@pytest.mark.parametrize("hits", [2, 1000])
def test_few_of_ones_own_among_many_are_found(as_user, session, cast, monkeypatch, hits):
    """However many others match before them: the first hits alone are not all."""
    monkeypatch.setattr("crm.entities.search_index.MANY_HITS", hits)
    monkeypatch.setattr("crm.web.global_search.MANY_HITS", hits)
    for number in range(5):
        approved_order(session, make_customer(session, cast.li, name=f"電子{number:02}"), cast.li, cast.order)
    mine = make_customer(session, cast.wang, name="我的電子")
    order = approved_order(session, mine, cast.wang, cast.order)
    product = make_product(session, "電子秤")
    ordered = make_order(session, make_customer(session, cast.wang, name="大同"), cast.wang, lines=[line(product)])
    make_customer(session, cast.manager, name="池中電子", pooled=True)
    session.commit()
    told = found(as_user("wang"), "電子")
    assert told["客戶拜訪"] == ["我的電子"] and told["客戶池"] == ["池中電子"]
    assert sorted(told["銷售訂單"]) == [order.code, ordered.code]
    assert len(found(as_user("admin"), "電子")["銷售訂單"]) == 7


def test_each_word_finds_its_own_for_each_person(as_user, session, cast):
    """Of words of one length the statement is the same, and kept: what it finds is not."""
    orders = {}
    for name, tax_number in (("甲乙電子", "22099131"), ("丙丁電子", "22099132")):
        customer = make_customer(session, cast.li, name=name, tax_number=tax_number)
        orders[name] = approved_order(session, customer, cast.wang, cast.order).code
    session.commit()
    for _again in range(2):
        for name, code in orders.items():
            assert found(as_user("wang"), name[:2]) == {"銷售訂單": [code]}, "by the name, though the file is li's"
            assert found(as_user("li"), name[:2])["客戶拜訪"] == [name]
        assert found(as_user("wang"), "22099131") == {}, "not by what only the file tells"
        assert found(as_user("li"), "22099132")["客戶拜訪"] == ["丙丁電子"]
        assert sorted(found(as_user("wang"), "電子")["銷售訂單"]) == sorted(orders.values())


def test_while_typing_it_offers_fewer_as_a_fragment(as_user, session, cast):
    for number in range(12):
        make_customer(session, cast.wang, name=f"電子{number:02}")
    text = as_user("wang").htmx("search-found").get("/search?q=電子").text
    assert "<html" not in text
    assert len(html.fromstring(text).xpath("//a[@role='option'][starts-with(@href, '/customers/')]")) == 5
    assert as_user("wang").htmx("search-found").get("/search?q=電").text.strip() == ""


def test_what_was_deleted_or_went_away_is_gone(as_user, session, cast, firm):
    mine, _theirs = firm
    move_customer(session, mine, actor_as(session, cast.manager), cast.li.id)
    wang, li = as_user("wang"), as_user("li")
    assert found(wang, "345678") == {}
    assert found(li, "345678") == {"聯繫人": ["魏哲家"]}
    mine.deleted_at = NOW
    session.commit()
    assert found(li, "345678") == {}
    assert found(li, "體電路") == {}


def test_names_are_text(as_user, session, cast):
    make_customer(session, cast.wang, name="<img src=x>公司")
    page = as_user("wang").get("/search", query_string={"q": "<img"}).text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_it_takes_few_statements(app, as_user, firm):
    """At most three beyond those of the frame."""
    wang = as_user("wang")
    clear_cache()
    wang.get("/search")
    with counted(app) as frame:
        wang.get("/search")
    assert len(statements_of(app, wang, "/search?q=台灣積")) <= len(frame) + 3


@pytest.mark.parametrize("typed", ["書局", "书局", "ＡＢＣ書局", "abc书局"])
def test_what_is_called_so_comes_before_what_begins_so(as_user, session, cast, typed):
    """F-3: in whichever script, width and case it is typed."""
    beginning = "ABC" if "b" in typed.lower() or "Ｂ" in typed else ""
    for name in ("大同ABC書局", f"{beginning}書局分店", f"{beginning}書局"):
        make_customer(session, cast.wang, name=name)
    session.commit()
    names = found(as_user("wang"), typed)["客戶拜訪"]
    assert names == [f"{beginning}書局", f"{beginning}書局分店", "大同ABC書局"]
