"""The quotes' pages: saved, made a new version, turned into an order, with their opportunity (QT-1 to QT-3, B-2)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import delete_record
from crm.domain.sales.quotes import convert_quote, copy_quote
from crm.models import Customer, Opportunity, Order, OrderLine, Product, Quote, QuoteLine
from tests.bench.visitor import FormReader, changed
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.documents import quote_form
from tests.factories import line, make_customer, make_opportunity, make_product, make_quote

SignIn = Callable[[str], Person]


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    return make_customer(session, cast.wang, "大同電子", address="台北市南京東路一段1號")


@pytest.fixture
def opportunity(session: Session, cast: Cast, customer: Customer) -> Opportunity:
    return make_opportunity(session, customer, cast.wang, "會議室翻新")


@pytest.fixture
def desk(session: Session) -> Product:
    return make_product(session, "會議桌", "18900")


def only_order(session: Session) -> Order:
    return session.scalars(select(Order)).one()


def test_qt1_from_the_opportunitys_tab(
    session: Session, as_user: SignIn, customer: Customer, opportunity: Opportunity, desk: Product
) -> None:
    wang = as_user("wang")
    assert f"/opportunities/{opportunity.id}/quotes" in wang.get(f"/opportunities/{opportunity.id}").get_data(
        as_text=True
    )
    tab = wang.get(f"/opportunities/{opportunity.id}/quotes").get_data(as_text=True)
    assert f"/quotes/new?opportunity_id={opportunity.id}" in tab
    page = wang.get(f"/quotes/new?opportunity_id={opportunity.id}").get_data(as_text=True)
    assert f'value="會議室翻新 [{opportunity.code}]"' in page
    row = {"product": desk.code, "quantity": "2", "price": "18900", "discount": "95", "tax_rate": "5"}
    answer = wang.post("/quotes", quote_form(customer, row, opportunity_id=opportunity.code, valid_until="2026-12-20"))
    assert answer.status_code == 303
    quote = session.scalars(select(Quote)).one()
    assert (quote.opportunity_id, quote.total, quote.valid_until) == (
        opportunity.id,
        Decimal("37705.50"),
        date(2026, 12, 20),
    )
    assert quote.code in wang.get(f"/opportunities/{opportunity.id}/quotes").get_data(as_text=True)
    assert quote.code in wang.get(f"/customers/{customer.id}/quotes").get_data(as_text=True)


def test_qt1_the_opportunity_is_of_the_same_customer(
    session: Session, as_user: SignIn, cast: Cast, opportunity: Opportunity, desk: Product
) -> None:
    other = make_customer(session, cast.wang, "別家")
    row = {"product": desk.code, "quantity": "1", "price": "1"}
    answer = as_user("wang").post("/quotes", quote_form(other, row, opportunity_id=opportunity.code))
    assert answer.status_code == 422
    assert "此銷售機會不屬於該客戶" in answer.get_data(as_text=True)


def test_qt2_turned_into_a_draft_with_the_same_lines_and_links_both_ways(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, opportunity: Opportunity, desk: Product
) -> None:
    lines = [line(desk, "3", "33.335", discount=Decimal(90), tax_rate=Decimal(5), notes="胡桃木")]
    quote = make_quote(
        session, customer, cast.wang, lines=lines, opportunity_id=opportunity.id, discount_amount=Decimal(1)
    )
    wang = as_user("wang")
    answer = wang.post(f"/quotes/{quote.id}/convert")
    order = only_order(session)
    assert answer.location == f"/orders/{order.id}"
    assert (order.state, order.total, order.quote_id, order.opportunity_id) == (
        "draft", quote.total, quote.id, opportunity.id,
    )  # fmt: skip
    keys = ("product_id", "quantity", "price", "discount", "tax_rate", "amount", "tax", "notes")
    there, here = session.scalars(select(OrderLine)).one(), session.scalars(select(QuoteLine)).one()
    assert [getattr(there, k) for k in keys] == [getattr(here, k) for k in keys]
    assert f'<a href="/quotes/{quote.id}">{quote.code}</a>' in wang.get(f"/orders/{order.id}").get_data(as_text=True)
    page = wang.get(f"/quotes/{quote.id}").get_data(as_text=True)
    assert f'<a href="/orders/{order.id}">{order.code}</a>' in page
    assert 'name="convert"' not in page
    assert f"/quotes/{quote.id}/convert" not in page
    assert "此報價已轉為訂單" in page
    assert "保存" not in page


def test_qt2_once_and_again_when_the_order_was_deleted_as_a_draft(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer
) -> None:
    quote, wang = make_quote(session, customer, cast.wang), as_user("wang")
    assert wang.post(f"/quotes/{quote.id}/convert").status_code == 303
    refused = wang.post(f"/quotes/{quote.id}/convert")
    assert refused.status_code == 409
    assert only_order(session).code in refused.get_data(as_text=True)
    delete_record(session, only_order(session), actor_as(session, cast.wang))
    assert wang.post(f"/quotes/{quote.id}/convert").status_code == 303
    assert len(session.scalars(select(Order)).all()) == 2


def test_qt2_the_button_saves_what_was_typed_first(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, desk: Product
) -> None:
    quote = make_quote(session, customer, cast.wang)
    row = {"product": desk.code, "quantity": "2", "price": "7"}
    sent = quote_form(customer, row, version=quote.version, convert="1")
    assert as_user("wang").post(f"/quotes/{quote.id}", sent).location == f"/orders/{only_order(session).id}"
    assert only_order(session).total == quote.total == Decimal(14)


def test_qt2_an_expired_one_asks_first(session: Session, as_user: SignIn, cast: Cast, customer: Customer) -> None:
    days = {"quoted_on": date(2025, 1, 1), "valid_until": date(2025, 2, 1)}
    quote, wang = make_quote(session, customer, cast.wang, **days), as_user("wang")
    answer = wang.post(f"/quotes/{quote.id}/convert")
    assert answer.location == f"/quotes/{quote.id}/convert"
    question = wang.get(answer.location).get_data(as_text=True)
    assert "已過有效期" in question
    assert re.search(r"<button[^>]*>是</button>", question)
    assert session.scalar(select(Order.id)) is None
    assert wang.post(answer.location, {"even_so": "1"}).status_code == 303
    assert only_order(session).quote_id == quote.id


def test_qt3_a_copy_is_a_new_version(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, desk: Product
) -> None:
    quote = make_quote(session, customer, cast.wang, lines=[line(desk, "2", "100")])
    convert_quote(session, quote, actor_as(session, cast.wang))
    wang = as_user("wang")
    answer = wang.post(f"/quotes/{quote.id}/copy")
    newer = session.scalars(select(Quote).order_by(Quote.id.desc())).first()
    assert newer is not None
    assert answer.location == f"/quotes/{newer.id}"
    assert (newer.revision, newer.total, newer.title) == (2, quote.total, quote.title)
    page = wang.get(answer.location).get_data(as_text=True)
    assert quote.code in page
    assert "保存" in page
    assert newer.code in wang.get(f"/quotes/{quote.id}").get_data(as_text=True)


def test_a_quote_that_became_an_order_is_not_changed_or_deleted(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, desk: Product
) -> None:
    quote = make_quote(session, customer, cast.wang)
    convert_quote(session, quote, actor_as(session, cast.wang))
    wang, before = as_user("wang"), (quote.version, quote.total)
    row = {"product": desk.code, "quantity": "1", "price": "1"}
    assert wang.post(f"/quotes/{quote.id}", quote_form(customer, row, version=quote.version)).status_code == 403
    assert wang.post(f"/quotes/{quote.id}/delete").status_code == 403
    assert (quote.version, quote.total, quote.deleted_at) == (*before, None)


def test_hostile_4_not_for_another_persons_customer_or_opportunity(
    session: Session, as_user: SignIn, customer: Customer, opportunity: Opportunity, desk: Product
) -> None:
    li, row = as_user("li"), {"product": desk.code, "quantity": "1", "price": "1"}
    assert li.get(f"/quotes/new?opportunity_id={opportunity.id}").status_code == 404
    assert li.get(f"/opportunities/{opportunity.id}/quotes").status_code == 404
    assert li.post("/quotes", quote_form(customer, row, opportunity_id=opportunity.code)).status_code == 422
    assert session.scalar(select(Quote.id)) is None


def test_b2_the_opportunity_goes_with_its_quotes_after_saying_how_many(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, opportunity: Opportunity
) -> None:
    quotes = [make_quote(session, customer, cast.wang, opportunity_id=opportunity.id) for _ in range(2)]
    kept = make_quote(session, customer, cast.wang)
    wang = as_user("wang")
    assert "2" in re.findall(r'question-text">([^<]*)', wang.get(f"/opportunities/{opportunity.id}/delete").text)[0]
    assert wang.post(f"/opportunities/{opportunity.id}/delete").status_code == 303
    assert all(quote.deleted_at is not None for quote in quotes)
    assert kept.deleted_at is None


def test_b2_an_opportunity_with_an_order_stays(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, opportunity: Opportunity
) -> None:
    quote = make_quote(session, customer, cast.wang, opportunity_id=opportunity.id)
    order = convert_quote(session, quote, actor_as(session, cast.wang))
    wang = as_user("wang")
    assert wang.post(f"/opportunities/{opportunity.id}/delete").status_code == 409
    assert (opportunity.deleted_at, quote.deleted_at) == (None, None)
    delete_record(session, order, actor_as(session, cast.wang))
    assert wang.post(f"/opportunities/{opportunity.id}/delete").status_code == 303


def test_the_list_names_the_order_and_sums_up(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer
) -> None:
    quotes = [make_quote(session, customer, cast.wang, amount) for amount in ("10.5", "20")]
    order = convert_quote(session, quotes[0], actor_as(session, cast.wang))
    page = as_user("wang").get("/quotes").get_data(as_text=True)
    assert f'<a href="/orders/{order.id}">{order.code}</a>' in page
    assert "<td>30.50</td>" in page.partition("<tfoot>")[2]
    assert "大同" not in as_user("li").get("/quotes").get_data(as_text=True)
    assert as_user("wang").get("/quotes/export").status_code == 403
    assert as_user("manager").get("/quotes/export").status_code == 200


def test_the_settings_that_new_documents_begin_with(session: Session, as_user: SignIn) -> None:
    admin = as_user("admin")
    page = admin.get("/settings").get_data(as_text=True)
    assert all(f">{label}</label>" in page for label in ("稅率%", "計稅方式", "允許自審"))
    form = FormReader("/settings")
    form.feed(page)
    sent = dict(changed(form.fields, tax_rate="5%", tax_mode="included"))
    answer = admin.post("/settings", sent)
    assert answer.status_code == 303
    new = as_user("wang").get("/quotes/new").get_data(as_text=True)
    assert re.search(r'name="lines-1-tax_rate" value="5"', new)
    assert '<option value="included" selected>' in new


def test_qt2_of_a_quote_and_its_new_version_one_becomes_an_order_without_asking(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer
) -> None:
    quote = make_quote(session, customer, cast.wang)
    version = copy_quote(session, quote, actor_as(session, cast.wang))
    third = copy_quote(session, version, actor_as(session, cast.wang))
    wang = as_user("wang")
    assert wang.post(f"/quotes/{version.id}/convert").location.startswith("/orders/")
    for other in (quote, third):
        answer = wang.post(f"/quotes/{other.id}/convert")
        assert answer.location == f"/quotes/{other.id}/convert"
        assert "第 2 版已轉為訂單" in wang.get(answer.location).get_data(as_text=True)
        assert session.scalar(select(func.count()).select_from(Order)) == 1
    assert wang.post(f"/quotes/{quote.id}/convert", {"even_so": "1"}).location.startswith("/orders/")
    assert session.scalar(select(func.count()).select_from(Order)) == 2


@pytest.mark.parametrize("state", ["void", "deleted"])
def test_qt2_an_order_that_does_not_count_asks_nothing(
    state: str, session: Session, as_user: SignIn, cast: Cast, customer: Customer
) -> None:
    quote = make_quote(session, customer, cast.wang)
    version = copy_quote(session, quote, actor_as(session, cast.wang))
    order = convert_quote(session, version, actor_as(session, cast.wang))
    if state == "void":
        order.approved_at = order.created_at
        order.state = "void"
    else:
        order.deleted_at = order.created_at
    assert as_user("wang").post(f"/quotes/{quote.id}/convert").location.startswith("/orders/")
