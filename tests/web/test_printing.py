"""【打印】: the sheet of a record, as this person may see it (A-12, A-13, hostile cases 10 and 35)."""

from base64 import b64encode
from datetime import date
from decimal import Decimal
from hashlib import sha256
from time import perf_counter

import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.platform.settings import change_settings
from crm.domain.prints.printed import PRINTED
from crm.models import OperationLog, PrintTemplate
from tests.factories import (
    approved_order,
    item,
    line,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    submitted,
)


@pytest.fixture
def deal(session, cast):
    """Wang's customer with an offer, an order and what was received of another order."""
    customer = make_customer(
        session,
        cast.wang,
        name="大同電子股份有限公司",
        phone="02-2592-5252",
        tax_number="11111111",
        address="中山北路 3 段",
    )
    contact = make_contact(session, customer, cast.wang, "林小芬", mobile="0912-345-678")
    opportunity = make_opportunity(session, customer, cast.wang, "會議室翻新", amount=Decimal(250000))
    desk = make_product(session, "會議桌", cost=Decimal("777.77"), specification="240×120 cm")
    lines = [
        line(desk, "2", "1550", unit_id=item(session, "unit", "台").id, tax_rate=Decimal(5)),
        line(make_product(session, "椅子"), "10.5", "99.1234", discount=Decimal(90), tax_rate=Decimal(5), notes="黑色"),
    ]
    given = {"contact_id": contact.id, "discount_amount": Decimal(100), "notes": "分兩批\n交貨"}
    order = make_order(
        session, customer, cast.wang, lines=lines, title="年度採購", delivery_address="內湖倉庫", **given
    )
    quote = make_quote(
        session,
        customer,
        cast.wang,
        lines=lines,
        valid_until=date(2099, 12, 31),
        opportunity_id=opportunity.id,
        **given,
    )
    paid = approved_order(session, customer, cast.wang, cast.order, "500")
    receipt = make_receipt(session, customer, cast.wang, {paid: "120.50"}, payer="大同電子")
    session.commit()
    return {
        "customers": customer,
        "opportunities": opportunity,
        "quotes": quote,
        "orders": order,
        "receipts": receipt,
    }


def sheet_of(answer):
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text).xpath("//div[@class='sheet']")[0].text_content()


def test_an_order_says_everything(as_user, session, cast, deal):
    change_settings(session, firm_name="賣方公司", firm_phone="02-1234", firm_bank="台灣銀行\n123-456", currency="NT$")
    text = sheet_of(as_user("wang").get(f"/print/orders/{deal['orders'].id}"))
    for said in (
        "賣方公司",
        "02-1234",
        "台灣銀行",
        "銷售訂單",
        "草稿",
        deal["orders"].code,
        "大同電子股份有限公司",
        "02-2592-5252",
    ):
        assert said in text, said
    for said in (
        "會議桌",
        "240×120 cm",
        "台",
        "1,550.00",
        "3,100.00",
        "10.5",
        "99.1234",
        "90%",
        "936.72",
        "黑色",
        "內湖倉庫",
    ):
        assert said in text, said
    # 3100 + 936.72 = 4036.72; taxes 155 + 46.84; less 100
    for said in ("NT$4,036.72", "NT$201.84", "-NT$100.00", "NT$4,138.56", "肆仟壹佰參拾捌元伍角陸分", "分兩批\n交貨"):
        assert said in text, said


def test_the_cost_is_never_printed(as_user, deal):
    assert "777.77" not in as_user("admin").get(f"/print/orders/{deal['orders'].id}").text


@pytest.mark.parametrize(
    ("module", "title", "said"),
    [
        ("quotes", "報價單", ("2099-12-31", "林小芬", "會議桌", "大寫金額")),
        ("receipts", "收款單", ("120.50", "壹佰貳拾元伍角整", "500.00", "覆核")),
        ("opportunities", "銷售機會", ("會議室翻新", "初步接洽", "進行中", "250,000.00")),
        ("customers", "客戶資料", ("大同電子股份有限公司", "11111111", "林小芬", "0912-345-678")),
    ],
)
def test_the_other_documents(as_user, deal, module, title, said):
    text = sheet_of(as_user("wang").get(f"/print/{module}/{deal[module].id}"))
    for each in (title, *said):
        assert each in text, each


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh_Hans", ("销售订单", "肆仟壹佰叁拾捌元伍角陆分")),
        ("en", ("Sales order", "Unit price", "Four thousand one hundred")),
    ],
)
def test_a_sheet_speaks_the_chosen_language(as_user, deal, language, said):
    answer = as_user("wang").get(f"/print/orders/{deal['orders'].id}?language={language}")
    for each in said:
        assert each in sheet_of(answer)
    assert f'<html lang="{language.replace("_", "-")}">' in answer.text


def test_nothing_can_run_on_a_sheet(as_user, deal):
    """A-13: a sandbox without cookies and addresses, in which the button 【打印】 alone can do something: its text
    is allowed by its hash, and no other. For Internet Explorer the sandbox stands under its own name."""
    answer = as_user("wang").get(f"/print/orders/{deal['orders'].id}")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy.pop("sandbox") == "allow-scripts allow-modals"
    digest = b64encode(sha256(b"window.print()").digest()).decode()
    assert policy.pop("script-src") == f"'unsafe-hashes' 'sha256-{digest}'"
    assert (policy["default-src"], policy["form-action"], policy["base-uri"]) == ("'none'", "'none'", "'none'")
    assert "http" not in str(policy)
    assert answer.headers["X-Content-Security-Policy"] == "sandbox allow-scripts"
    handlers = html.fromstring(answer.text).xpath("//@*[starts-with(name(), 'on')]")
    assert handlers == ["window.print()"]
    (sheet,) = html.fromstring(answer.text).xpath("//head/noscript/link/@href")
    assert ".press { display: none; }" in as_user("wang").get(sheet).text, "without scripts it would do nothing"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text


@pytest.mark.parametrize("module", PRINTED)
def test_another_salesperson_gets_no_sheet(as_user, deal, module):
    """Hostile case 10: 404, no-store, none of the data."""
    answer = as_user("li").get(f"/print/{module}/{deal[module].id}")
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert "大同" not in answer.text


def test_who_decides_does_not_learn_the_customers_telephone(as_user, session, cast, deal):
    """A-7: of other records than the printed one, only what the person may see."""
    order = submitted(session, deal["orders"], cast.wang, cast.order)
    text = sheet_of(as_user("order").get(f"/print/orders/{order.id}"))
    assert "大同電子股份有限公司" in text
    assert "內湖倉庫" in text
    for hidden in ("02-2592-5252", "11111111", "0912-345-678"):
        assert hidden not in text


def test_a_print_stands_in_the_log(as_user, session, cast, deal):
    """By code and name, in whatever language it was printed: the log's readers have others."""
    as_user("wang").get(f"/print/orders/{deal['orders'].id}?language=en")
    row = session.scalars(select(OperationLog).where(OperationLog.action == "printed")).one()
    assert row.user_id == cast.wang.id
    assert (row.entity, row.record_id) == ("orders", deal["orders"].id)
    assert row.name == f"{deal['orders'].code} {deal['orders'].title}"


def test_several_templates_are_offered_on_the_sheet(as_user, session, deal):
    default = session.scalars(select(PrintTemplate).where(PrintTemplate.module == "orders")).one()
    note = PrintTemplate(module="orders", name="送貨單", built_in="orders", body="<p>送貨給 {{customer.name}}</p>")
    note.created_at = note.updated_at = default.created_at
    session.add(note)
    session.flush()
    wang, url = as_user("wang"), f"/print/orders/{deal['orders'].id}"
    first = html.fromstring(wang.get(url).text)
    (link,) = first.xpath("//a[text()='送貨單']/@href")
    assert sheet_of(wang.get(link)).strip() == "送貨給 大同電子股份有限公司"
    assert wang.get(f"{url}?template=99999").status_code == 404
    others = session.scalars(select(PrintTemplate).where(PrintTemplate.module == "quotes")).one()
    assert wang.get(f"{url}?template={others.id}").status_code == 404


@pytest.mark.parametrize("body", ["{{secret}}", "<div>" * 99, "{{#lines}}" * 2, "{{notes}}" * 40_000])
def test_a_template_that_came_into_the_database_otherwise_is_refused(as_user, session, deal, body):
    """Hostile case 38: within two seconds, as a page that says why."""
    deal["orders"].notes = "長" * 10_000
    session.scalars(select(PrintTemplate).where(PrintTemplate.module == "orders")).one().body = body
    began = perf_counter()
    answer = as_user("wang").get(f"/print/orders/{deal['orders'].id}")
    assert perf_counter() - began < 2.5
    assert answer.status_code == 409


PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "{{7*7}}",
    "{{> x}}",
    "{{#lines}}",
    "{% for x in y %}",
    "${7*7}",
    "<!--",
    "</td></tr></table><h1>",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "]]>",
    "<style>*{display:none}</style>",
    "\u202e倒寫",
    "<a href=//evil>x</a>",
)


def shape(answer):
    tree = html.fromstring(answer.text)
    return [(element.tag, sorted(element.keys())) for element in tree.iter() if isinstance(element.tag, str)]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_texts_change_nothing_of_the_sheet(as_user, session, cast, payload):
    """Hostile case 35: the same elements as with harmless text, and the text as it was typed."""

    def sheet(text):
        customer = make_customer(session, cast.wang, name=f"{text} 公司", address=text)
        lines = [line(make_product(session, text, specification=text), notes=text)]
        order = make_order(session, customer, cast.wang, lines=lines, title=text, notes=text, consignee=text[:60])
        return as_user("wang").get(f"/print/orders/{order.id}")

    harmless, hostile = sheet("無害"), sheet(payload)
    assert shape(hostile) == shape(harmless)
    assert payload in html.fromstring(hostile.text).text_content()


def test_the_files_lead_to_their_sheets(as_user, deal):
    wang = as_user("wang")
    for module, tab in (("customers", "/details"), ("opportunities", "")):
        page = html.fromstring(wang.get(f"/{module}/{deal[module].id}{tab}").text)
        (link,) = page.xpath("//a[text()='打印']")
        assert link.get("href") == f"/print/{module}/{deal[module].id}"
        assert wang.get(link.get("href")).status_code == 200


def test_two_hundred_lines_are_printed_within_a_second(as_user, session, cast, deal):
    lines = [
        line(make_product(session, f"商品名稱 {n}", specification="A4 白色 80 磅"), "3", "12.5") for n in range(200)
    ]
    order = make_order(session, deal["customers"], cast.wang, lines=lines)
    wang = as_user("wang")
    began = perf_counter()
    text = sheet_of(wang.get(f"/print/orders/{order.id}"))
    assert perf_counter() - began < 1
    assert "商品名稱 199" in text
