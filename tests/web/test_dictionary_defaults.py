"""設為默認: every drop-down of a new record begins with its dictionary's default, by every door (D-1)."""

from collections.abc import Callable

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.platform.dictionaries import DICTIONARIES, set_default
from crm.domain.sales.document_lines import lines_of
from crm.domain.sales.quotes import convert_quote
from crm.entities.document_fields import LINE
from crm.entities.registry import entities
from crm.fields import DictionaryChoice
from crm.models import Customer, DictionaryItem, Opportunity, Order, Product, Province
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.documents import order_form
from tests.domain.imports.test_imports import Act, bring_in
from tests.factories import (
    approved_order,
    item,
    line,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
)

SignIn = Callable[[str], Person]
KINDS = {kind.key: kind for kind in entities()}


@pytest.fixture
def defaults(session: Session) -> dict[str, int]:
    """Dictionary → its second item, which is made the default."""
    found = {}
    for key in DICTIONARIES:
        wanted = select(DictionaryItem).where(DictionaryItem.dictionary == key).order_by(DictionaryItem.position)
        second = list(session.scalars(wanted))[1]
        set_default(session, second, True)
        found[key] = second.id
    return found


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    return make_customer(session, cast.wang, "大同電子")


def chosen(page: str, name: str) -> str:
    (control,) = html.fromstring(page).xpath(f"//select[@name='{name}']")
    return "".join(control.xpath("option[@selected]/@value"))


def declared() -> list[tuple[str, str, str]]:
    """(kind, field, dictionary) of every drop-down that a form of the kind has."""
    return [
        (kind.key, field.key, field.type.dictionary)
        for kind in KINDS.values()
        for field in kind
        if isinstance(field.type, DictionaryChoice) and field.editable
    ]


def test_there_are_drop_downs_in_all_these_forms() -> None:
    assert {kind for kind, _key, _dictionary in declared()} == {
        "customers", "records", "opportunities", "orders", "products", "receipts",
    }  # fmt: skip


@pytest.mark.parametrize("boxed", [False, True], ids=["page", "box"])
def test_every_form_of_a_new_record(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, defaults: dict[str, int], boxed: bool
) -> None:
    approved_order(session, customer, cast.wang, cast.order)
    admin = as_user("admin").htmx("box") if boxed else as_user("admin")
    for kind, key, dictionary in declared():
        known = f"?customer_id={customer.id}&customer={customer.id}"
        for query in (known,) if kind == "receipts" else ("", known):
            page = admin.get(f"/{kind}/new{query}").text
            assert (kind, key, query, chosen(page, key)) == (kind, key, query, str(defaults[dictionary]))


@pytest.mark.parametrize("url", ["/orders/new", "/quotes/new", "/lines/new?number=2&form=/orders"])
def test_a_new_line_of_a_document(as_user: SignIn, cast: Cast, defaults: dict[str, int], url: str) -> None:
    row = 2 if "number" in url else 1
    assert LINE["unit_id"].type.dictionary == "unit"
    assert chosen(as_user("wang").get(url).text, f"lines-{row}-unit_id") == str(defaults["unit"])


def test_the_pools_own_new_customer(as_user: SignIn, cast: Cast, defaults: dict[str, int]) -> None:
    page = as_user("manager").get("/pool/new").text
    assert chosen(page, "status_id") == str(defaults["customer_status"])
    assert chosen(page, "industry_id") == str(defaults["industry"])


def test_an_emptied_field_stays_empty_and_so_does_that_of_an_old_record(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, defaults: dict[str, int]
) -> None:
    wang = as_user("wang")
    assert chosen(wang.get(f"/customers/{customer.id}/edit").text, "source_id") == ""
    again = wang.post("/customers", {"name": "", "source_id": ""})
    assert (again.status_code, chosen(again.text, "source_id")) == (422, "")
    assert wang.post("/customers", {"name": "大華", "source_id": "", "industry_id": ""}).status_code == 303
    made = session.scalars(select(Customer).where(Customer.name == "大華")).one()
    assert (made.source_id, made.industry_id) == (None, None)


def test_a_retired_default_and_a_withdrawn_one_are_none(
    session: Session, as_user: SignIn, cast: Cast, defaults: dict[str, int]
) -> None:
    admin = as_user("admin")
    admin.post("/dictionaries/customer_source/arrange", {"retire": defaults["customer_source"]})
    admin.post("/dictionaries/industry/arrange", {"no_default": defaults["industry"]})
    page = as_user("wang").get("/customers/new").text
    assert (chosen(page, "source_id"), chosen(page, "industry_id")) == ("", "")


def test_a_bulk_change_begins_with_nothing(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, defaults: dict[str, int]
) -> None:
    page = as_user("wang").post("/customers/bulk", {"action": "category", "ids": customer.id}).text
    assert chosen(page, "category_id") == ""


def test_imported_customers_begin_as_in_the_form(
    session: Session, cast: Cast, actor: Act, defaults: dict[str, int]
) -> None:
    """An empty cell, and a column that the file lacks, say nothing; what a cell says counts."""
    rows = [
        ["name", "source_id", "province_id"],
        ["甲公司", "", ""],
        ["乙公司", "展會", "廣東省"],
        ["丙公司", "－", ""],
    ]
    bring_in(session, "customers", actor(cast.wang), rows)
    one, two, three = session.scalars(select(Customer).order_by(Customer.id))
    assert [c.source_id for c in (one, three)] == [defaults["customer_source"]] * 2
    assert two.source_id == item(session, "customer_source", "展會").id
    for field in KINDS["customers"]:
        if isinstance(field.type, DictionaryChoice) and field.key not in ("source_id", "region_id"):
            assert {getattr(c, field.key) for c in (one, two, three)} == {defaults[field.type.dictionary]}, field.key
    assert (one.region_id, two.region_id) == (defaults["region"], item(session, "region", "華南").id)


def test_an_import_does_not_fill_known_customers(
    session: Session, cast: Cast, actor: Act, customer: Customer, defaults: dict[str, int]
) -> None:
    rows = [["name", "short_name", "industry_id"], [customer.name, "大同", ""]]
    bring_in(session, "customers", actor(cast.wang), rows, duplicates="overwrite")
    session.refresh(customer)
    assert (customer.short_name, customer.industry_id, customer.source_id) == ("大同", None, None)


def test_imported_products_begin_as_in_the_form(
    session: Session, cast: Cast, actor: Act, defaults: dict[str, int]
) -> None:
    bring_in(session, "products", actor(cast.admin), [["name", "unit_id"], ["甲", ""], ["乙", "台"]])
    one, two = session.scalars(select(Product).order_by(Product.id))
    assert (one.unit_id, two.unit_id) == (defaults["unit"], item(session, "unit", "台").id)


def test_an_item_that_an_import_added_can_be_the_default(
    session: Session, as_user: SignIn, cast: Cast, actor: Act
) -> None:
    rows = [["name", "source_id"], ["甲公司", "電視廣告"]]
    bring_in(session, "customers", actor(cast.admin), rows, unknown="add")
    added = item(session, "customer_source", "電視廣告").id
    as_user("admin").post("/dictionaries/customer_source/arrange", {"default": added})
    assert chosen(as_user("wang").get("/customers/new").text, "source_id") == str(added)
    bring_in(session, "customers", actor(cast.admin), [["name"], ["乙公司"]])
    assert session.scalars(select(Customer.source_id).where(Customer.name == "乙公司")).one() == added


def test_the_customers_own_terms_go_before_the_default(
    session: Session, as_user: SignIn, cast: Cast, defaults: dict[str, int]
) -> None:
    own = item(session, "payment_terms", "月結90天").id
    customer = make_customer(session, cast.wang, "大同電子", payment_terms_id=own)
    wang = as_user("wang")
    assert chosen(wang.get(f"/orders/new?customer_id={customer.id}").text, "payment_terms_id") == str(own)
    page = html.fromstring(wang.get("/orders/new").text)
    (terms,) = page.xpath("//select[@name='payment_terms_id']")
    assert terms.get("data-filled") == str(defaults["payment_terms"])  # what the chosen customer brings replaces it


def test_an_order_made_of_a_quote_begins_as_in_the_form(
    session: Session, cast: Cast, customer: Customer, defaults: dict[str, int]
) -> None:
    own = item(session, "payment_terms", "月結90天").id
    strict = make_customer(session, cast.wang, "大華電子", payment_terms_id=own)
    found = [
        convert_quote(session, make_quote(session, c, cast.wang), actor_as(session, cast.wang))
        for c in (customer, strict)
    ]
    assert [o.payment_method_id for o in found] == [defaults["payment_method"]] * 2
    assert [o.payment_terms_id for o in found] == [defaults["payment_terms"], own]


def test_a_chosen_product_brings_its_unit_in_place_of_the_default(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, defaults: dict[str, int]
) -> None:
    """Without scripts the form is sent with the default unit beside the typed product."""
    box, desk = item(session, "unit", "箱").id, make_product(session, "會議桌")
    paper = make_product(session, "影印紙", unit_id=box)
    rows = [
        {"product": product.code, "quantity": "1", "price": "5", "unit_id": str(defaults["unit"])}
        for product in (paper, desk)
    ]
    assert as_user("wang").post("/orders", order_form(customer, *rows)).status_code == 303
    order = session.scalars(select(Order)).one()
    assert [kept.unit_id for kept in lines_of(session, order)] == [box, defaults["unit"]]


def test_a_unit_that_was_chosen_beside_a_shown_product_stays(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, defaults: dict[str, int]
) -> None:
    paper = make_product(session, "影印紙", unit_id=item(session, "unit", "箱").id)
    order = make_order(session, customer, cast.wang, lines=[line(paper, price="5")])
    row = {"product": paper.code, "quantity": "1", "price": "5", "unit_id": str(defaults["unit"])}
    sent = {**order_form(customer, row), "lines-shown": str(paper.id), "version": order.version}
    for pressed in ({"add_line": "1"}, {}):
        again = as_user("wang").post(f"/orders/{order.id}", {**sent, **pressed})
        if pressed:
            assert chosen(again.text, "lines-1-unit_id") == str(defaults["unit"])
    session.refresh(order)
    assert [kept.unit_id for kept in lines_of(session, order)] == [defaults["unit"]]


def test_a_stage_that_is_the_default_stands_before_the_first(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, defaults: dict[str, int]
) -> None:
    make_opportunity(session, customer, cast.wang)
    page = as_user("wang").get("/opportunities/new").text
    assert chosen(page, "stage_id") == str(defaults["opportunity_stage"])
    assert session.scalars(select(Opportunity)).one().stage_id != defaults["opportunity_stage"]


def test_the_region_follows_the_province_where_it_still_is_the_default(
    session: Session, as_user: SignIn, cast: Cast, defaults: dict[str, int]
) -> None:
    south = session.scalars(select(Province).where(Province.name.startswith("廣東"))).one()
    wang = as_user("wang")
    brought = html.fromstring(wang.htmx("cities").get(f"/customers/cities?province_id={south.id}").text)
    assert brought.xpath("//*[@data-fill='region_id']/@data-value") == [str(south.region_id)]
    sent = {"name": "大華", "province_id": south.id, "action": "refresh"}
    wang = as_user("wang")
    again = wang.post("/customers", {**sent, "region_id": defaults["region"]})
    assert chosen(again.text, "region_id") == str(south.region_id)
    other = item(session, "region", "華北").id
    assert chosen(wang.post("/customers", {**sent, "region_id": other}).text, "region_id") == str(other)
