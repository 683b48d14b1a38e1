"""Pages of the fields that a firm adds (D-2), and where they stand: form, list, search, order, export."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.reports import REPORTS
from crm.entities.custom_fields import attribute, dictionary_of
from crm.models import Customer, CustomField, DictionaryItem, PrintTemplate
from crm.models.custom_values import value_of, with_values
from crm.models.roles import RoleGrant
from tests.factories import make_contact, make_customer, make_order


def tree(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:1500]
    return html.fromstring(answer.get_data(as_text=True))


def form_of(answer):
    return dict(next(form for form in tree(answer).forms if "data-guard" in form.attrib).form_values())


def names(answer):
    return [link.text for link in tree(answer).xpath("//table//tbody//td[2]//a")]


@pytest.fixture
def add(as_user, session):
    """The administrator adds a field in the page."""

    def add_field(kind, label="自訂", of="customers", **more):
        admin = as_user("admin")
        begun = form_of(admin.get(f"/custom-fields/{of}/new"))
        answer = admin.post(f"/custom-fields/{of}", {**begun, "label": label, "kind": kind, **more})
        assert answer.status_code == 303, html.fromstring(answer.text).xpath("//*[@class='error']/text()")
        session.rollback()
        return session.scalars(select(CustomField).order_by(CustomField.id.desc()).limit(1)).one()

    return add_field


def items_of(session, field):
    wanted = select(DictionaryItem).where(DictionaryItem.dictionary == dictionary_of(field.id))
    return {item.name: item.id for item in session.scalars(wanted)}


def test_a_firm_adds_a_field_and_it_is_in_the_form_at_once(as_user, session, add):
    field = add("text", "合約編號", heading="合約", help="在封面上", start="HT-")
    page = tree(as_user("wang").get("/customers/new"))
    (control,) = page.xpath(f"//input[@name='{attribute(field)}']")
    assert control.get("value") == "HT-"
    assert page.xpath("//legend[text()='合約']")
    assert "在封面上" in page.text_content()
    listed = tree(as_user("admin").get("/custom-fields/customers"))
    assert "合約編號" in listed.text_content()


def sent(session, field, typed):
    known = items_of(session, field)
    return [str(known[name]) for name in typed.split("、")] if known else typed


CASES = [
    ("text", "甲公司", "甲公司", {"av": "甲"}),
    ("long", "一\n二", "一\n二", {"av": "二"}),
    ("number", "1,200.5", Decimal("1200.5"), {"ao": "from", "av": "1000"}),
    ("amount", "88", Decimal(88), {"ao": "to", "av": "100"}),
    ("date", "2026/8/31", date(2026, 8, 31), {"ao": "is", "av": "2026-08-31"}),
    ("yes_no", "1", True, {"ao": "is", "av": "1"}),
    ("link", "www.example.com", "http://www.example.com", {"av": "example"}),
]


@pytest.mark.parametrize(("kind", "typed", "value", "asked"), CASES)
def test_it_is_saved_shown_found_sorted_and_exported(as_user, session, cast, add, kind, typed, value, asked):
    field = add(kind)
    key, wang = attribute(field), as_user("wang")
    make_customer(session, cast.wang, name="別的客戶")
    session.commit()
    assert wang.post("/customers", {"name": "大同書局", key: typed}).status_code == 303
    session.rollback()
    customer = session.scalars(select(Customer).where(Customer.name == "大同書局")).one()
    assert value_of(customer, key) == value
    assert form_of(wang.get(f"/customers/{customer.id}/edit"))[key]
    wang.post("/lists/customers/columns", {"columns": ["name", key]})
    shown = tree(wang.get("/customers")).xpath("//table//tbody//tr")
    assert len(shown) == 2
    query = {"af": key, "ao": "has", **asked}
    assert names(wang.get("/customers", query_string=query)) == ["大同書局"]
    denied = {**query, "ao": "not" if kind == "date" else "lacks"}
    if kind in ("text", "date"):
        assert names(wang.get("/customers", query_string=denied)) == ["別的客戶"]
    for way in ("", "desc"):
        assert len(names(wang.get("/customers", query_string={"sort": key, "dir": way}))) == 2
    sheet = openpyxl.load_workbook(io.BytesIO(wang.get("/customers/export", query_string=query).data)).active
    assert [cell.value for cell in sheet[1]] == ["客戶名稱", "自訂"]
    assert sheet.max_row == 2
    assert sheet[2][1].value not in (None, "")


@pytest.mark.parametrize(("kind", "typed"), [("choice", "乙"), ("several", "甲、丙")])
def test_choices_are_ticked_found_and_arranged(as_user, session, cast, add, kind, typed):
    field = add(kind, items="甲\n乙\n丙\n")
    key, wang, known = attribute(field), as_user("wang"), items_of(session, field)
    assert list(known) == ["甲", "乙", "丙"]
    chosen = [str(known[name]) for name in typed.split("、")]
    assert wang.post("/customers", {"name": "大同書局", key: chosen}).status_code == 303
    wang.post("/customers", {"name": "別的客戶"})
    wang.post("/lists/customers/columns", {"columns": ["name", key]})
    page = tree(wang.get("/customers", query_string={"sort": key} if kind == "choice" else {}))
    assert typed in page.text_content()
    for asked in (chosen[0], typed[0]):
        assert names(wang.get("/customers", query_string={"af": key, "ao": "is", "av": asked})) == ["大同書局"]
    assert names(wang.get("/customers", query_string={"af": key, "ao": "not", "av": chosen[0]})) == ["別的客戶"]
    assert "丙" in wang.get(f"/lists/customers/value?af={key}").text
    assert as_user("admin").get(f"/dictionaries/{dictionary_of(field.id)}").status_code == 200
    item = next(iter(chosen))
    assert "停用" in as_user("admin").get(f"/dictionaries/items/{item}/delete").text


def test_ticks_that_are_not_of_the_list_are_refused(as_user, session, add):
    field = add("several", items="甲")
    answer = as_user("wang").post("/customers", {"name": "大同書局", attribute(field): ["1"]})
    assert answer.status_code == 422


def test_a_person_is_chosen_and_shown_by_name(as_user, session, cast, add):
    field = add("person", "對口人")
    wang = as_user("wang")
    wang.post("/customers", {"name": "大同書局", attribute(field): str(cast.li.id)})
    wang.post("/lists/customers/columns", {"columns": ["name", attribute(field)]})
    assert "李小華" in tree(wang.get("/customers")).xpath("//table")[0].text_content()


def test_without_a_required_one_nothing_is_saved(as_user, session, add):
    field = add("date", "簽約日", required="1")
    answer = as_user("wang").post("/customers", {"name": "大同書局"})
    assert answer.status_code == 422
    assert session.scalars(select(Customer)).all() == []
    assert as_user("wang").post("/customers", {"name": "大同書局", attribute(field): "2026-1-1"}).status_code == 303


@pytest.mark.parametrize("hits", [0, 1000])
def test_what_is_found_follows_every_change(as_user, session, cast, add, monkeypatch, hits):
    """The index of a long text is looked through once, and again as soon as a record has changed."""
    monkeypatch.setattr("crm.entities.search_index.MANY_HITS", hits)
    key = attribute(add("long", "說明"))
    first = make_customer(session, cast.wang, "甲公司", **{key: "二樓圖書館旁邊"})
    second = make_customer(session, cast.wang, "乙公司", **{key: "沒有書"})
    session.commit()
    wang, url = as_user("wang"), f"/customers?af={key}&ao=has&av=圖書館"
    assert names(wang.get(url)) == ["甲公司"]
    assert names(wang.get(f"{url}&sort={key}")) == ["甲公司"]
    second.custom = with_values(second.custom, {key: "圖書館對面"})
    first.deleted_at = datetime(2026, 8, 31, tzinfo=UTC)
    session.commit()
    assert names(wang.get(url)) == ["乙公司"]
    assert names(wang.get(f"/customers?af={key}&ao=empty")) == []


@pytest.mark.parametrize("typed", ["北區代理商", "代理", "dlsw"])
def test_what_a_text_says_is_found_by_the_quick_search(as_user, session, add, typed):
    field = add("text")
    wang = as_user("wang")
    wang.post("/customers", {"name": "大同書局", attribute(field): "北區代理商"})
    expected = [] if typed == "dlsw" else ["大同書局"]
    assert names(wang.get("/customers", query_string={"q": typed})) == expected


def test_a_restricted_one_is_seen_by_those_with_the_right_alone(as_user, session, add):
    field = add("text", "底價", restricted="1")
    wang, admin, key = as_user("wang"), as_user("admin"), attribute(field)
    admin.post("/customers", {"name": "大同書局", key: "七折"})
    customer = session.scalars(select(Customer)).one()
    assert value_of(customer, key) == "七折"
    assert key in form_of(admin.get(f"/customers/{customer.id}/edit"))
    assert "底價" not in wang.get("/customers/new").text
    assert "底價" not in wang.get("/lists/customers/advanced").text
    assert names(admin.get("/customers", query_string={"q": "七折"})) == []
    assert names(admin.get("/customers", query_string={"af": key, "ao": "has", "av": "七折"})) == ["大同書局"]


OTHERS = ["contacts", "records", "opportunities", "quotes", "orders", "products"]


@pytest.mark.parametrize("kind", OTHERS)
def test_every_other_kind_asks_for_it_too(as_user, add, kind):
    field = add("text", "自訂", of=kind)
    page = tree(as_user("admin").get(f"/{kind}/new"))
    assert page.xpath(f"//*[@name='{attribute(field)}']")
    assert attribute(field) in as_user("admin").get(f"/lists/{kind}/columns").text


def test_a_retired_one_is_gone_from_the_form_and_stays_as_a_column(as_user, add):
    field = add("text", "舊字段")
    admin = as_user("admin")
    assert admin.post("/custom-fields/customers/arrange", {"retire": str(field.id)}).status_code == 303
    assert attribute(field) not in admin.get("/customers/new").text
    assert "舊字段（已停用）" in admin.get("/lists/customers/columns").text


def test_a_name_that_the_form_has_already_is_refused(as_user):
    admin = as_user("admin")
    begun = form_of(admin.get("/custom-fields/customers/new"))
    answer = admin.post("/custom-fields/customers", {**begun, "label": "郵編", "kind": "text"})
    assert answer.status_code == 422
    assert re.search("已經有同名的字段", answer.text)


def test_a_file_brings_them(as_user, session, add):
    """In a template of one's own, by name; a choice that the list lacks refuses the row (I-5)."""
    several = add("several", "用途", items="自用\n送禮")
    number, text = add("number", "人數"), add("text", "合約號")
    wang = as_user("admin")
    begun = dict(form_of(wang.get("/imports/customers/templates/new")))
    columns = [
        ("name", "客戶名稱"),
        (attribute(several), "用途"),
        (attribute(number), "人數"),
        (attribute(text), "合約號"),
    ]
    sent = {"csrf_token": begun["csrf_token"], "once": begun.get("once", ""), "name": "自訂", "count": "4"}
    for place, (key, heading) in enumerate(columns, 1):
        sent |= {f"field-{place}": key, f"heading-{place}": heading}
    assert wang.post("/imports/customers/templates", sent).status_code == 303
    page = wang.get("/imports/customers/templates").get_data(as_text=True)
    template = re.findall(r'name="template" value="(\d+)"', page)[-1]
    rows = "客戶名稱,用途,人數,合約號\n大同書局,送禮、自用,-1.5,0012\n別的,出租,1,2\n".encode()
    answer = wang.post(
        f"/imports/customers/templates/{template}/file", {"file": (io.BytesIO(rows), "x.csv"), "wrong": "good"}
    )
    assert answer.status_code == 303
    assert "出租" in wang.get(answer.location).text
    assert wang.post(f"{answer.location}/start").status_code == 303
    session.rollback()
    assert [one.name for one in session.scalars(select(Customer))] == ["大同書局"]
    customer = session.scalars(select(Customer)).one()
    found = items_of(session, several)
    assert value_of(customer, attribute(several)) == (found["自用"], found["送禮"])
    assert value_of(customer, attribute(number)) == Decimal("-1.5")
    assert value_of(customer, attribute(text)) == "0012"
    assert names(wang.get("/customers?q=0012")) == ["大同書局"]
    workbook = wang.get(f"/imports/customers/templates/{template}/download")
    assert workbook.status_code in (200, 404)


def test_a_printed_sheet_says_them(as_user, session, cast, add):
    field = add("several", "配件", of="orders", items="電源\n螢幕")
    known, admin = items_of(session, field), as_user("admin")
    key = attribute(field)
    order = make_order(session, make_customer(session, cast.admin), cast.admin, **{key: tuple(known.values())})
    session.commit()
    template = session.scalars(select(PrintTemplate).where(PrintTemplate.module == "orders")).first()
    page = f"/prints/{template.id}"
    assert key in admin.get(page).text
    begun = form_of(admin.get(page))
    assert admin.post(page, {**begun, "body": f"<p>配件：{{{{{key}}}}}</p>"}).status_code == 303
    assert "配件：電源、螢幕" in admin.get(f"/print/orders/{order.id}").text


def test_who_may_only_look_reads_them_in_words(as_user, session, cast, add):
    """Of a contact too: the names of what was chosen, not its numbers."""
    field = add("choice", "偏好", of="contacts", items="電話\n郵件")
    contact = make_contact(session, make_customer(session, cast.wang), cast.wang, gender="male")
    contact.custom = {f"c{field.id}": items_of(session, field)["郵件"]}
    for right in session.scalars(select(RoleGrant).where(RoleGrant.permission == "contacts:save")):
        session.delete(right)
    session.commit()
    page = tree(as_user("wang").get(f"/contacts/{contact.id}")).text_content()
    assert "郵件" in page
    assert "男" in page


def test_a_label_stays_as_it_was_typed(as_user, add):
    """ "Name" is a word of ours too, and a sign of markup is none in a text of the firm's."""
    add("text", "Name", help="<i>schräg")
    add("text", "<b>粗</b>")
    wang = as_user("wang")
    wang.post("/language", {"language": "zh_Hans"})
    for page in ("/customers/new", "/customers?advanced=1", "/imports/customers"):
        text = wang.get(page).get_data(as_text=True)
        assert "<b>粗" not in text
        assert "<i>schräg" not in text
    labels = [label.text_content().strip(" *") for label in tree(wang.get("/customers/new")).xpath("//label")]
    assert "Name" in labels
    assert "<b>粗</b>" in labels


def bulk_form(answer):
    return next(form for form in tree(answer).forms if form.action.endswith("/bulk"))


def test_one_of_several_ticked_records_is_changed(as_user, session, cast, add):
    """【修改自定義字段】: which field, then its value; what has it already is told (C-6)."""
    field = add("choice", "分級", items="甲\n乙")
    key, known = attribute(field), items_of(session, field)
    first = make_customer(session, cast.wang, name="大同書局", **{key: known["甲"]})
    second = make_customer(session, cast.wang, name="小同書局")
    theirs = make_customer(session, cast.li, name="別人的")
    session.commit()
    wang, ids = as_user("wang"), [str(one.id) for one in (first, second, theirs)]
    offered = tree(wang.get("/customers")).xpath("//button[@name='action']/text()")
    assert "修改自定義字段" in offered
    asked = bulk_form(wang.post("/customers/bulk", {"action": "own_field", "ids": ids}))
    assert [option.text for option in asked.xpath(".//select[@name='action']/option")] == ["分級"]
    question = wang.post("/customers/bulk", {"action": key, "ids": ids})
    assert "2 筆" in bulk_form(question).text_content()
    answer = wang.post("/customers/bulk", {"action": key, "ids": ids, "confirmed": "1", key: str(known["甲"])})
    assert answer.status_code == 303
    session.expire_all()
    assert [value_of(one, key) for one in (first, second, theirs)] == [known["甲"], known["甲"], None]
    told = tree(wang.get("/customers")).text_content()
    assert "原本已是此值" in told


def test_a_required_one_is_not_emptied_for_several(as_user, session, cast, add):
    field = add("text", "合約編號", required="1")
    customer = make_customer(session, cast.wang, **{attribute(field): "A-1"})
    session.commit()
    sent = {"action": attribute(field), "ids": [str(customer.id)], "confirmed": "1", attribute(field): ""}
    assert as_user("wang").post("/customers/bulk", sent).status_code == 422
    session.refresh(customer)
    assert value_of(customer, attribute(field)) == "A-1"


def test_a_restricted_one_is_changed_for_several_by_those_with_the_right_alone(as_user, session, cast, add):
    field = add("text", "底線", restricted="1")
    customer = make_customer(session, cast.wang)
    session.commit()
    wang, key = as_user("wang"), attribute(field)
    assert "修改自定義字段" not in wang.get("/customers").text
    wang.post("/customers/bulk", {"action": key, "ids": [str(customer.id)], "confirmed": "1", key: "x"})
    session.refresh(customer)
    assert value_of(customer, key) is None


def test_very_many_are_changed_in_the_background(as_user, session, cast, add):
    field = add("several", "用途", items="甲\n乙")
    key, known = attribute(field), items_of(session, field)
    customers = [make_customer(session, cast.wang, name=f"書局{n}") for n in range(25)]
    session.commit()
    sent = {"action": key, "ids": [str(c.id) for c in customers], "confirmed": "1", key: [str(known["乙"])]}
    answer = as_user("wang").post("/customers/bulk", sent)
    assert answer.status_code == 303
    assert as_user("wang").get(answer.location).status_code in (200, 303)
    session.expire_all()
    assert {value_of(customer, key) for customer in customers} == {(known["乙"],)}


REPORTED = [
    ("choice", {"items": "甲\n乙"}, "乙", "乙", "乙"),
    ("yes_no", {}, "1", "1", "是"),
    ("person", {}, "李小華", "李小華", "李小華"),
    ("date", {}, "2026-08-31", "2026年8月", "2026-08"),
]


@pytest.mark.parametrize(("kind", "more", "typed", "asked", "shown"), REPORTED)
def test_a_report_is_grouped_by_it_and_narrowed_to_it(as_user, session, cast, add, kind, more, typed, asked, shown):
    """分類項目 and condition of every report that counts such records, with its details (X-2)."""
    field = add(kind, "自訂", **more)
    key, admin, report = attribute(field), as_user("admin"), "/reports/customer-classes"
    ids = {**items_of(session, field), "李小華": cast.li.id}
    assert as_user("wang").post("/customers", {"name": "大同書局", key: str(ids.get(typed, typed))}).status_code == 303
    make_customer(session, cast.wang, name="別的客戶")
    session.commit()
    grouped = {"period": "always", "by": key}
    page = tree(admin.get(report, query_string=grouped))
    (found,) = page.xpath(f"//table//tbody/tr[normalize-space(*[1])='{shown}']")
    details = found.xpath(f".//a[contains(@href, 'of_{key}')]/@href")[0]
    listed = tree(admin.get(details)).text_content()
    assert ("大同書局" in listed, "別的客戶" in listed) == (True, False)
    narrowed = {"period": "always", "by": "owner", key: str(ids.get(asked, asked))}
    (row,) = tree(admin.get(report, query_string=narrowed)).xpath("//table//tbody/tr")
    assert "王小明1100.0%" in row.text_content().replace(" ", "")
    assert admin.get(f"{report}/chart.png", query_string=grouped).status_code == 200
    assert admin.get(f"{report}/export", query_string=grouped).status_code == 200
    wrong = tree(admin.get(report, query_string={key: "x"}))
    assert wrong.xpath("//*[contains(concat(' ', @class, ' '), ' error ')]")


@pytest.mark.parametrize("report", list(REPORTS))
def test_every_report_asks_for_it(as_user, session, add, report):
    field, several = add("choice", "分級", items="甲\n乙"), add("several", "用途", items="丙\n丁")
    key, admin, known = attribute(field), as_user("admin"), items_of(session, field)
    query = {key: str(known["甲"]), attribute(several): str(items_of(session, several)["丁"])}
    for by in ({}, {"by": key}):
        page = tree(admin.get(f"/reports/{report.replace('_', '-')}", query_string={**query, **by}))
        assert not page.xpath("//*[contains(concat(' ', @class, ' '), ' error ')]/text()")
        assert page.xpath(f"//select[@name='{key}']/option[@selected and text()='甲']")


def test_a_report_of_sales_asks_for_the_fields_of_orders(as_user, session, cast, add):
    field = add("choice", "運送", of="orders", items="自取\n貨運")
    key, known = attribute(field), items_of(session, field)
    customer = make_customer(session, cast.wang)
    make_order(session, customer, cast.wang, **{key: known["貨運"]})
    session.commit()
    admin = as_user("admin")
    assert "貨運" in admin.get("/reports/sales-classes", query_string={"by": key}).text
    assert key not in admin.get("/reports/customer-classes").text


def test_a_restricted_one_is_no_question_for_everybody(as_user, add):
    field = add("yes_no", "壞帳", restricted="1")
    assert attribute(field) not in as_user("wang").get("/reports/customer-classes").text
