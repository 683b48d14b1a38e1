"""C-1 to C-5, K-1, K-2, R-5, N-1 through the pages."""

import io
import re
from datetime import UTC, datetime

import openpyxl
import pytest
from lxml import html
from sqlalchemy import func, select

from crm.models import City, Contact, ContactRecord, Customer, ScheduleItem
from tests.factories import item, level, make_contact, make_customer, make_record

PAGES = ("/customers", "/customers/new", "/contacts", "/contacts/new", "/records", "/records/new", "/plan")


def rows(response):
    """The texts of a list's rows."""
    found = html.fromstring(response.get_data(as_text=True)).xpath("//table[starts-with(@class, 'list')]/tbody/tr")
    return [" ".join(row.text_content().split()) for row in found]


def errors(response):
    return re.findall(r'class="error"[^>]*>([^<]*)', response.get_data(as_text=True))


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("login", ["wang", "manager", "admin"])
def test_the_pages_open(as_user, url, login):
    assert as_user(login).get(url).status_code == 200


def test_a_customer_is_made_with_its_main_contact_and_found_again(as_user, session, cast):
    """C-1, C-2: after the first save the tabs appear."""
    wang = as_user("wang")
    sent = {
        "name": "台灣積體電路製造股份有限公司",
        "short_name": "台積電",
        "phone": "03-563 6688",
        "main_contact": "魏哲家",
    }
    answer = wang.post("/customers", sent)
    assert answer.status_code == 303
    customer = session.scalars(select(Customer)).one()
    assert (customer.owner_id, customer.code, customer.pinyin) == (cast.wang.id, "C000001", "twjtdlzzgfyxgs")
    contact = session.scalars(select(Contact)).one()
    assert (contact.name, contact.is_main, contact.customer_id) == ("魏哲家", True, customer.id)
    page = wang.get(answer.location).get_data(as_text=True)
    assert f"/customers/{customer.id}/contacts" in page
    for typed in ("tjd", "台积电", "台積", "5636", "563-66", "C000001", "twjt"):
        assert len(rows(wang.get("/customers", query_string={"q": typed}))) == 1, typed
    assert rows(wang.get("/customers", query_string={"q": "聯發科"})) == []


def test_wrong_input_is_told_beside_its_field_and_stays(as_user, session):
    wang = as_user("wang")
    sent = {
        "name": "",
        "short_name": "好" * 101,
        "founded_on": "2026-02-31",
        "registered_on": "abc",
        "phone": "no digits",
        "email": "nobody",
        "website": "javascript:alert(1)",
        "credit_limit": "1e400",
        "level_id": "99999",
        "notes": "<script>alert(1)</script>",
    }
    answer = wang.post("/customers", sent)
    assert answer.status_code == 422
    assert len(errors(answer)) == 9
    text = answer.get_data(as_text=True)
    assert "2026-02-31" in text and "no digits" in text and "好" * 101 in text
    assert "<script>alert" not in text
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_a_known_customer_is_shown_before_it_is_made_twice(as_user, session, cast):
    """C-3: the name's core and the telephone tell; saving asks once."""
    make_customer(session, cast.li, name="台灣積體電路製造股份有限公司", phone="(03)563-6688")
    wang = as_user("wang")
    for sent in ({"name": "台湾积体电路制造有限公司"}, {"name": "別的", "phone": "03 5636688"}):
        found = wang.get("/customers/duplicates", query_string=sent).get_data(as_text=True)
        assert "台灣積體電路製造股份有限公司" in found and "李小華" in found
        asked = wang.post("/customers", sent)
        assert asked.status_code == 422
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
    (anyway,) = html.fromstring(asked.text).xpath("//button[@name='save_anyway']")
    assert wang.post("/customers", {**sent, "save_anyway": anyway.get("value")}).status_code == 303
    assert session.scalar(select(func.count()).select_from(Customer)) == 2


def test_the_same_form_sent_eight_times_makes_one_customer(as_user, session):
    """Hostile case 31."""
    wang = as_user("wang")
    answers = {wang.post("/customers", {"name": "一次有限公司", "once": "the-form"}).location for _ in range(8)}
    assert len(answers) == 1
    assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_a_late_save_is_told_and_shows_both(as_user, session, cast):
    """Hostile case 34."""
    customer = make_customer(session, cast.wang, name="大同", notes="舊")
    wang, manager = as_user("wang"), as_user("manager")
    url = f"/customers/{customer.id}"
    assert manager.post(url, {"name": "大同", "notes": "經理寫的", "version": "1"}).status_code == 303
    late = wang.post(url, {"name": "大同", "notes": "小明寫的", "version": "1"})
    assert late.status_code == 409
    text = late.get_data(as_text=True)
    assert "經理寫的" in text and "小明寫的" in text
    assert session.get(Customer, customer.id).notes == "經理寫的"


def test_the_city_must_lie_in_the_province(as_user, session, cast):
    city = session.scalars(select(City).limit(1)).first()
    other = session.scalars(select(City).where(City.province_id != city.province_id).limit(1)).first()
    answer = as_user("wang").post("/customers", {"name": "某", "province_id": city.province_id, "city_id": other.id})
    assert answer.status_code == 422 and errors(answer)


def test_the_list_sorts_and_pages(as_user, session, cast):
    for n in range(45):
        make_customer(session, cast.wang, name=f"公司{n:02d}")
    wang = as_user("wang")
    assert len(rows(wang.get("/customers"))) == 20
    assert len(rows(wang.get("/customers?page=3"))) == 5
    assert len(rows(wang.get("/customers?page=999"))) == 5
    first = rows(wang.get("/customers?sort=code&dir=desc"))[0]
    assert "C000045" in first
    for nonsense in ("sort=;DROP TABLE customers", "page=-1", "page=abc", "size=100000", "level=x' OR 1=1", "dir=zzz"):
        assert len(rows(wang.get(f"/customers?{nonsense}"))) <= 20


def test_the_export_holds_what_the_search_found(as_user, session, cast):
    make_customer(session, cast.wang, name="=1+1 公司", phone="02-2531-7099")
    make_customer(session, cast.wang, name="別家")
    make_customer(session, cast.li, name="李的公司")
    answer = as_user("wang").get("/customers/export")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    names = [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert sorted(names) == ["=1+1 公司", "別家"]
    assert {row[0].data_type for row in sheet.iter_rows(min_row=2)} == {"s"}


def test_the_export_of_contacts_names_the_customer(as_user, session, cast):
    make_contact(session, make_customer(session, cast.wang, name="大同"), cast.wang, name="林經理")
    sheet = openpyxl.load_workbook(io.BytesIO(as_user("wang").get("/contacts/export").data)).active
    assert [cell.value for cell in list(sheet.iter_rows())[1]][:2] == ["林經理", "大同"]


def test_a_record_is_written_and_reaches_customer_and_schedule(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="大同")
    sent = {
        "customer_id": f"大同 [{customer.code}]",
        "contacted_at": "2026-08-31 14:30",
        "method_id": item(session, "contact_method", "拜訪").id,
        "content": "談了報價",
        "level_id": level(session, "重要客戶").id,
        "next_plan": "帶樣品",
        "add_to_schedule": "1",
    }
    wang = as_user("wang")
    assert wang.post("/records", sent).status_code == 303
    record = session.scalars(select(ContactRecord)).one()
    assert session.get(Customer, customer.id).next_contact_at == record.next_contact_at
    assert session.scalars(select(ScheduleItem)).one().title == "帶樣品"
    assert "09-03 09:00" in rows(wang.get("/records"))[0]
    assert "大同" in rows(wang.get("/plan?period=overdue"))[0]
    assert len(rows(wang.get(f"/customers/{customer.id}/records"))) == 1


def test_a_customer_is_chosen_by_typing(as_user, session, cast):
    """One hit is taken, several are offered, none is told."""
    make_customer(session, cast.wang, name="大同電子")
    make_customer(session, cast.wang, name="大同機械")
    wang = as_user("wang")
    sent = {"contacted_at": "2026-08-31", "method_id": item(session, "contact_method", "電話").id, "content": "x"}
    several = wang.post("/records", {**sent, "customer_id": "大同"})
    assert several.status_code == 422
    assert "大同電子 [" in several.get_data(as_text=True)
    assert wang.post("/records", {**sent, "customer_id": "不存在"}).status_code == 422
    assert wang.post("/records", {**sent, "customer_id": "dtjx"}).status_code == 303


def test_contacts_are_found_by_each_field(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="大同")
    make_contact(session, customer, cast.wang, name="曾國城", mobile="0912-345-678")
    make_contact(session, customer, cast.wang, name="李四")
    wang = as_user("wang")
    for query in ({"name": "国城"}, {"pinyin": "zgc"}, {"phone": "345678"}):
        assert len(rows(wang.get("/contacts", query_string=query))) == 1, query
    assert len(rows(wang.get("/contacts", query_string={"customer": "大同"}))) == 2


def test_several_contacts_are_deleted_after_a_question(as_user, session, cast, actor):
    """K-3 in bulk: what may not be deleted is left out, with the reason."""
    customer = make_customer(session, cast.wang, name="大同")
    mine = make_contact(session, customer, cast.wang, name="我的")
    other = make_contact(session, customer, cast.manager, name="經理的")
    wang = as_user("wang")
    sent = {"action": "delete", "ids": [mine.id, other.id]}
    assert wang.post("/contacts/bulk", sent).status_code == 200
    assert session.get(Contact, mine.id).deleted_at is None
    wang.post("/contacts/bulk", {**sent, "confirmed": "1"})
    assert session.get(Contact, mine.id).deleted_at is not None
    assert session.get(Contact, other.id).deleted_at is None


def test_records_are_searched_by_period_and_words(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="大同", now=datetime(2026, 1, 1, tzinfo=UTC))
    for day, content in ((5, "報價"), (15, "拜訪工廠"), (25, "收款")):
        at = datetime(2026, 8, day, 3, tzinfo=UTC)
        make_record(session, customer, cast.wang, at, content=content)
    wang = as_user("wang")
    assert len(rows(wang.get("/records?period_from=2026-08-10&period_to=2026-08-15"))) == 1
    assert len(rows(wang.get("/records", query_string={"words": "工廠"}))) == 1
    assert len(rows(wang.get("/records?period_from=31/31"))) == 3


def test_li_sees_nothing_of_wangs(as_user, session, cast):
    """A-7: not in lists, counts, search, export, by address."""
    customer = make_customer(session, cast.wang, name="秘密客戶")
    contact = make_contact(session, customer, cast.wang, name="秘密聯繫人")
    record = make_record(session, customer, cast.wang, content="秘密內容")
    li = as_user("li")
    for url in ("/customers", "/customers?q=秘密", "/contacts", "/records", "/plan", "/records?words=秘密"):
        assert rows(li.get(url)) == [], url
    assert "秘密" not in li.get("/find/customers?q=秘密", headers={"HX-Request": "true"}).get_data(as_text=True)
    for url in (
        f"/customers/{customer.id}",
        f"/customers/{customer.id}/contacts",
        f"/customers/{customer.id}/records",
        f"/contacts/{contact.id}",
        f"/contacts/{contact.id}/delete",
        f"/records/{record.id}",
        f"/records/{record.id}/delete",
        f"/records/new?customer_id={customer.id}",
    ):
        answer = li.get(url)
        assert answer.status_code == 404, url
        assert "秘密" not in answer.get_data(as_text=True)
    for url in (f"/customers/{customer.id}", f"/contacts/{contact.id}", f"/records/{record.id}/delete"):
        assert li.post(url, {"name": "搶來的"}).status_code == 404
    assert session.get(Customer, customer.id).name == "秘密客戶"


def test_the_cities_follow_the_province_with_scripts_and_without(as_user, session):
    """C-1: as a fragment while one chooses, and by the button 顯示該省城市."""
    city = session.scalars(select(City).where(City.name == "台中市")).one()

    def cities(answer):
        return html.fromstring(answer.text).xpath("//select[@name='city_id']/option/text()")

    wang = as_user("wang")
    found = cities(wang.get(f"/customers/cities?province_id={city.province_id}", headers={"HX-Request": "true"}))
    assert "台中市" in found and "北京市" not in found
    sent = {"name": "甲", "province_id": city.province_id, "action": "refresh"}
    assert cities(wang.post("/customers", sent)) == found
    assert cities(wang.get("/customers/new")) == []
