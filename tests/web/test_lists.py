"""C-5: advanced search with and/or, searches kept under a name, choice of columns."""

import io

import openpyxl
import pytest
from lxml import html

from tests.factories import item, level, make_customer
from tests.web.test_customer_pages import rows


@pytest.fixture
def wang(as_user, session, cast):
    make_customer(
        session,
        cast.wang,
        name="台北電子",
        address="台北市中山路1號",
        level_id=level(session, "重要客戶").id,
        phone="02-2531",
    )
    make_customer(session, cast.wang, name="台中機械", credit_limit=None, level_id=level(session, "一般客戶").id)
    make_customer(session, cast.wang, name="高雄電子", industry_id=item(session, "industry", "製造業").id)
    make_customer(session, cast.li, name="台北李家電子")
    return as_user("wang")


def found(person, *lines, match="all", **more):
    query = [(k, v) for line in lines for k, v in zip(("af", "ao", "av"), line, strict=True)]
    answer = person.get("/customers", query_string=[*query, ("am", match), *more.items()])
    assert answer.status_code == 200
    return sorted(row[:4] for row in rows(answer))


def test_conditions_join_by_and_or_or(wang):
    electronic, taipei = ("name", "has", "電子"), ("address", "has", "台北")
    assert found(wang, electronic) == ["台北電子", "高雄電子"]
    assert found(wang, electronic, taipei) == ["台北電子"]
    assert found(wang, taipei, ("name", "starts", "台中"), match="any") == ["台中機械", "台北電子"]
    assert found(wang, electronic, ("name", "lacks", "高雄")) == ["台北電子"]


def test_each_kind_of_field_can_be_asked(wang, session):
    important = str(level(session, "重要客戶").id)
    assert found(wang, ("level_id", "is", important)) == ["台北電子"]
    assert found(wang, ("level_id", "is", "重要")) == ["台北電子"]
    assert found(wang, ("level_id", "not", important)) == ["台中機械", "高雄電子"]
    assert found(wang, ("level_id", "empty", "")) == ["高雄電子"]
    assert found(wang, ("industry_id", "is", "制造")) == ["高雄電子"]
    assert found(wang, ("phone", "filled", "")) == ["台北電子"]
    assert len(found(wang, ("registered_on", "from", "2020-01-01"))) == 3
    assert found(wang, ("registered_on", "to", "2020-01-01")) == []
    assert len(found(wang, ("next_contact_at", "empty", ""))) == 3


def test_nonsense_is_told_and_finds_what_is_left(wang):
    assert len(found(wang, ("registered_on", "from", "31/31"))) == 3
    assert "31/31" in wang.get("/customers?af=registered_on&ao=from&av=31/31").get_data(as_text=True)
    assert len(found(wang, ("password_hash", "has", "x"))) == 3
    assert len(found(wang, ("name", "DROP", "x"))) == 3
    assert found(wang, ("name", "has", "%")) == []


def test_the_conditions_stay_while_sorting_and_paging(wang):
    page = wang.get("/customers?af=name&ao=has&av=電子&sort=code").get_data(as_text=True)
    assert "dir=desc&amp;af=name" in page or "af=name" in page.split("dir=desc")[1][:200]


def test_a_search_is_kept_used_shared_and_forgotten(wang, as_user, session):
    sent = {"name": "電子業", "query": "af=name&ao=has&av=電子"}
    assert wang.post("/lists/customers/searches", sent).status_code == 303
    assert "電子業" in wang.get("/customers").get_data(as_text=True)
    assert "電子業" not in as_user("li").get("/customers").get_data(as_text=True)
    wang.post("/lists/customers/searches", {**sent, "shared": "1"})
    assert "電子業" in as_user("li").get("/customers").get_data(as_text=True)
    assert as_user("li").post("/lists/customers/searches/1/delete").status_code == 404
    assert wang.post("/lists/customers/searches/1/delete").status_code == 303
    assert 'class="kept-searches"' not in wang.get("/customers").get_data(as_text=True)


def test_a_search_without_a_name_is_not_kept(wang):
    answer = wang.post("/lists/customers/searches", {"name": " ", "query": "q=x"})
    assert answer.status_code == 303
    assert "查詢" not in wang.get("/customers").get_data(as_text=True)


def test_columns_are_chosen_and_follow_into_the_export(wang):
    wang.post("/lists/customers/columns", {"columns": ["name", "address", "hacked"]})
    assert "台北市中山路1號" in rows(wang.get("/customers?q=台北"))[0]
    sheet = openpyxl.load_workbook(io.BytesIO(wang.get("/customers/export?q=台北").data)).active
    assert [cell.value for cell in list(sheet.iter_rows())[1]] == ["台北電子", "台北市中山路1號"]
    wang.post("/lists/customers/columns", {"action": "usual"})
    assert "台北市中山路1號" not in rows(wang.get("/customers?q=台北"))[0]


def test_the_pages_behind_it_open_with_and_without_htmx(wang, as_user):
    for url in ("/lists/customers/advanced?af=name&ao=has&av=x", "/lists/customers/columns", "/lists/records/advanced"):
        assert wang.get(url).status_code == 200
        assert wang.get(url, headers={"HX-Request": "true"}).status_code == 200
    assert "重要客戶" in wang.get("/lists/customers/value?af=level_id&number=1").get_data(as_text=True)
    assert wang.get("/lists/nothing/advanced").status_code == 404
    assert as_user("order").get("/lists/customers/advanced").status_code == 403


def test_a_day_that_cannot_be_read_is_told_beside_its_box_and_no_condition_stands_there(wang):
    page = html.fromstring(wang.get("/opportunities?expected_from=2026-13-45&expected_to=20261130").text)
    for name in ("expected_from", "expected_to"):
        (box,) = page.xpath("//input[@name=$name]", name=name)
        (why,) = page.xpath("//*[@id=$id]", id=box.get("aria-describedby"))
        assert (box.get("aria-invalid"), why.text_content()) == ("true", "日曆上沒有「2026-13-45」這一天，請檢查日期。")
    assert page.xpath("string(//input[@name='expected_from']/@value)") == "2026-13-45"
    assert page.xpath("//li[@class='chip']") == []


@pytest.mark.parametrize("typed", ["2026-11-01", "2026/11/1", "20261101", "２０２６－１１－０１"])
def test_days_are_read_as_people_type_them(wang, typed):
    page = html.fromstring(wang.get("/opportunities", query_string={"expected_from": typed}).text)
    assert page.xpath("//input[@aria-invalid]") == []
    assert "預計成交日期：2026-11-01 –" in page.xpath("string(//li[@class='chip'])")
