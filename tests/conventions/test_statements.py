"""How many SQL statements a page takes: at most 8 for a list, 12 for a file; and that each knows where to look (07)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.quotes import convert_quote
from crm.domain.schedule.items import save_item
from crm.extensions import db
from crm.models import Contact, Customer, Opportunity, Product
from crm.models.table_versions import clear_cache
from tests.bench.visitor import FormReader, changed
from tests.cast import Cast, actor_as
from tests.conftest import Person, grow
from tests.factories import (
    approved_order,
    item,
    line,
    make_category,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    make_record,
    submitted,
)
from tests.postgres import sqlite_only

LISTS = ("/customers", "/customers?q=公司", "/contacts", "/records", "/plan", "/opportunities", "/opportunities?q=採購")
LISTS += ("/schedule/history", "/pool", "/pool/recycled", "/products", "/products?q=影印&category=1")
LIKES = ("/customers/duplicates?name=公司7號&phone=02-2531-7099&main_mobile=0912345678&email=a@b.cc&website=b.cc",)
LIKES += (LIKES[0].replace("duplicates", "duplicates/advanced"),)
FILES = ("/customers/{id}", "/customers/{id}/details", "/customers/{id}/edit", "/customers/{id}/contacts")
FILES += ("/customers/{id}/records", "/customers/{id}/history")
FILES += ("/customers/{id}/opportunities", "/opportunities/{opportunity}")
FILES += ("/products/1", "/customers/{id}/schedule", "/schedule/1", "/schedule/1/edit")
FORMS = (
    "/customers/new",
    "/customers/{id}/records/new",
    "/contacts/new?customer_id={id}",
    "/orders/new?customer_id={id}",
    "/quotes/new?customer_id={id}",
)
GROWING = (
    "customer",
    "contact",
    "opportunit",
    "quote",
    "order",
    "receipt",
    "schedule_item",
    "workflow_events",
    "operation",
)
VIRTUAL = "VIRTUAL TABLE INDEX"
BOARDS = ("/opportunities/board", "/opportunities/funnel", "/workbench/panels/funnel")
BOARDS += ("/schedule", "/schedule/week", "/schedule/month", "/workbench/panels/today", "/schedule/calendar")
BOARDS += ("/sessions", "/second-factor")


class Statement(str):
    values: Any


@contextmanager
def counted(app: CRM) -> Iterator[list[Statement]]:
    """The statements of this process while the block runs."""
    statements: list[Statement] = []

    def note(connection: object, cursor: object, statement: str, values: Any, *_: object) -> None:
        asked = Statement(statement)
        asked.values = values
        statements.append(asked)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def firm_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("statements")
    grow(grown, folder, fill)
    return folder


@pytest.fixture
def firm(session: Session) -> int:
    """The newest customer of the firm."""
    return session.scalars(select(Customer.id).order_by(Customer.id.desc())).first() or 0


def fill(session: Session, cast: Cast) -> None:
    category = make_category(session)
    for n in range(30):
        make_product(session, f"影印機{n}", category_id=category.id)
        customer = make_customer(session, cast.wang, name=f"公司{n}號")
        make_contact(session, customer, cast.wang)
        make_record(session, customer, cast.wang)
        make_opportunity(session, customer, cast.wang, "採購案")
    make_meetings(session, cast, customer.id)


def make_meetings(session: Session, cast: Cast, customer_id: int) -> None:
    """Every day three at the same time, with a colleague: repeated, shared, in conflict."""
    by = actor_as(session, cast.wang)
    day = by.now.astimezone(by.zone).date()
    rule = {"repeat": "daily", "repeat_until": day + timedelta(days=20)}
    for title in ("甲", "乙", "丙"):
        values = {"title": title, "starts_at": by.now, "customer_id": customer_id, "participants": {cast.manager.id}}
        save_item(session, None, {**values, **rule}, by)


def statements_of(app: CRM, person: Person, url: str) -> list[Statement]:
    clear_cache()
    person.get(url)  # the first look fills what is kept for everybody
    with counted(app) as statements:
        assert person.get(url).status_code == 200
    return statements


@pytest.mark.parametrize("login", ["wang", "manager", "admin"])
@pytest.mark.parametrize("url", LISTS)
def test_a_list(app: CRM, as_user: Callable[[str], Person], firm: int, url: str, login: str) -> None:
    found = statements_of(app, as_user(login), url)
    assert len(found) <= 8, "\n\n".join(found)


@pytest.mark.parametrize("url", FILES)
def test_a_file(app: CRM, as_user: Callable[[str], Person], firm: int, url: str) -> None:
    found = statements_of(app, as_user("wang"), url.format(id=firm, opportunity=30))
    assert len(found) <= 12, "\n\n".join(found)


@sqlite_only("its EXPLAIN QUERY PLAN")
@pytest.mark.parametrize("url", FILES + FORMS)
def test_a_file_walks_through_no_table_that_grows(
    app: CRM, as_user: Callable[[str], Person], session: Session, firm: int, url: str
) -> None:
    """An index answers each statement: at a million records a walk takes longer than all the rest."""
    found = statements_of(app, as_user("wang"), url.format(id=firm, opportunity=30))
    assert found
    assert [one for one in found if walks(session, one)] == []


def walks(session: Session, asked: Statement) -> list[str]:
    """The steps of its plan that read a growing table from end to end."""
    if not asked.startswith("SELECT"):
        return []
    raw: Any = session.connection().connection.dbapi_connection
    plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {asked}", asked.values)]
    return [
        step for step in plan if step.startswith(tuple(f"SCAN {table}" for table in GROWING)) and VIRTUAL not in step
    ]


@pytest.mark.parametrize("url", LIKES)
def test_a_duplicate_check(app: CRM, as_user: Callable[[str], Person], firm: int, url: str) -> None:
    """C-3: the like customers in two statements, and which of them the person may open in one."""
    found = statements_of(app, as_user("wang"), url)
    assert len(found) <= 8, "\n\n".join(found)


@pytest.mark.parametrize("login", ["wang", "manager"])
@pytest.mark.parametrize("url", BOARDS)
def test_a_board(app: CRM, as_user: Callable[[str], Person], firm: int, url: str, login: str) -> None:
    found = statements_of(app, as_user(login), url)
    assert len(found) <= 10, "\n\n".join(found)


@pytest.mark.parametrize("module", ["customers", "opportunities", "quotes", "orders", "receipts"])
def test_a_sheet(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast, firm: int, module: str
) -> None:
    """A document for paper, and the row in the log."""
    customer = session.get_one(Customer, firm)
    contact = session.scalars(select(Contact).where(Contact.customer_id == firm)).one()
    opportunity = session.scalars(select(Opportunity).where(Opportunity.customer_id == firm)).one()
    of = {"contact_id": contact.id, "opportunity_id": opportunity.id}
    records = {
        "customers": customer,
        "opportunities": opportunity,
        "quotes": make_quote(session, customer, cast.wang, **of),
        "orders": make_order(session, customer, cast.wang, **of),
    }
    paid = approved_order(session, customer, cast.wang, cast.order)
    records["receipts"] = make_receipt(session, customer, cast.wang, {paid: "10"})
    found = statements_of(app, as_user("wang"), f"/print/{module}/{records[module].id}")
    assert (
        len([sql for sql in found if not sql.startswith(("INSERT INTO system_log", "INSERT INTO operation_log"))]) <= 12
    ), "\n\n".join(found)


def test_the_workbench_frame_asks_for_no_records(app: CRM, as_user: Callable[[str], Person], firm: int) -> None:
    """W-5: the panels load after the frame."""
    person = as_user("wang")
    person.client.set_cookie("scripts", "1")
    found = statements_of(app, person, "/")
    assert len(found) <= 2, "\n\n".join(found)
    found = statements_of(app, person, "/workbench/panels/bulletins")
    assert len(found) <= 3, "\n\n".join(found)


def test_the_workbench_with_all_its_panels(app: CRM, as_user: Callable[[str], Person], firm: int) -> None:
    """Without scripts: the panels of the default layout stand in the page."""
    found = statements_of(app, as_user("wang"), "/")
    assert len(found) <= 12, "\n\n".join(found)


def test_the_panel_of_rejected_orders_asks_once_for_all_of_them(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast, firm: int
) -> None:
    """What can be done with each is said beside it."""
    customer, asked = session.get_one(Customer, firm), []
    for _ in range(2):
        for _ in range(2):
            order = submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order)
            ORDER_WORKFLOW.fire(session, order, "reject", actor_as(session, cast.order), "單價太低")
        session.commit()
        asked.append(statements_of(app, as_user("wang"), "/workbench/panels/rejected"))
    assert len(asked[0]) == len(asked[1]) <= 7, "\n\n".join(asked[1])


@pytest.mark.parametrize("url", ["/categories", "/categories/1", "/numbering", "/numbering/products"])
def test_categories_and_rules(app: CRM, as_user: Callable[[str], Person], firm: int, url: str) -> None:
    found = statements_of(app, as_user("admin"), url)
    assert len(found) <= 8, "\n\n".join(found)


@pytest.mark.parametrize("url", ["/orders", "/orders?state=draft&q=公司", "/quotes", "/quotes?q=公司"])
def test_a_list_of_documents(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast, firm: int, url: str
) -> None:
    """Rows, how many, their sums, and for orders how many there are in each state."""
    customer = session.get_one(Customer, firm)
    make_quote(session, customer, cast.wang)
    make_order(session, customer, cast.wang)
    for login in ("wang", "manager"):
        found = statements_of(app, as_user(login), url)
        assert len(found) <= 8, "\n\n".join(found)


@sqlite_only("its EXPLAIN QUERY PLAN")
@pytest.mark.parametrize("login", ["wang", "admin"])
@pytest.mark.parametrize(
    "url", ["/orders?q=罕見", "/quotes?q=罕見", "/receivables?q=罕見", "/receipts?q=罕見", "/search?q=罕見"]
)
def test_a_search_for_few_documents_walks_through_no_table_that_grows(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast, firm: int, url: str, login: str
) -> None:
    """By a word of one customer's name: what matches is put together first, then its documents are looked up."""
    customer = make_customer(session, cast.wang, name="罕見實業")
    make_quote(session, customer, cast.wang)
    order = approved_order(session, customer, cast.wang, cast.order)
    make_receipt(session, customer, cast.wang, {order: "10"})
    session.commit()
    found = statements_of(app, as_user(login), url)
    assert [step for one in found for step in walks(session, one)] == []


@pytest.mark.parametrize("what", ["quote", "draft", "approved"])
def test_a_document(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast, firm: int, what: str
) -> None:
    """With its lines and what is known of their products, whether it can be changed or not."""
    customer = session.get_one(Customer, firm)
    lines = [line(make_product(session), "1", "5") for _ in range(5)]
    opportunity = session.scalars(select(Opportunity).where(Opportunity.customer_id == firm)).one()
    quote = make_quote(session, customer, cast.wang, lines=lines, opportunity_id=opportunity.id)
    order = convert_quote(session, quote, actor_as(session, cast.wang))
    if what == "approved":
        submitted(session, order, cast.wang, cast.order)
        ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order))
    url = f"/quotes/{quote.id}" if what == "quote" else f"/orders/{order.id}"
    found = statements_of(app, as_user("wang"), url)
    assert len(found) <= 12, "\n\n".join(found)
    if session.get_bind().dialect.name == "sqlite":
        assert [one for one in found if walks(session, one)] == []


def saving(app: CRM, person: Person, page: str, action: str, **typed: str) -> list[Statement]:
    """The statements of sending the page's form with what was typed, after one that fills what is kept."""
    asked: list[Statement] = []
    for _ in range(2):
        reader = FormReader(action)
        reader.feed(person.get(page).get_data(as_text=True))
        form = dict(changed(reader.fields, **typed))
        with counted(app) as statements:
            answer = person.post(action, form)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        asked, typed = statements, {key: f"{value}乙" if key == "notes" else value for key, value in typed.items()}
    return asked


def reads(found: list[Statement], table: str) -> list[Statement]:
    return [one for one in found if one.startswith("SELECT") and f"FROM {table}" in one.replace("\n", " ")]


def test_saving_a_customer_reads_each_of_its_rows_once(app: CRM, as_user: Callable[[str], Person], firm: int) -> None:
    """Its main contact twice: for the form, and when it is saved."""
    found = saving(app, as_user("wang"), f"/customers/{firm}/edit", f"/customers/{firm}", notes="第二次")
    assert len(reads(found, "customers")) == 1, "\n\n".join(found)
    assert len(reads(found, "contacts")) == 2, "\n\n".join(found)
    assert reads(found, "cities") == []
    assert len(found) <= 11, "\n\n".join(found)


def test_saving_a_contact_record_reads_its_customer_once(
    app: CRM, as_user: Callable[[str], Person], session: Session, firm: int
) -> None:
    typed = {"content": "電話聯絡", "method_id": str(item(session, "contact_method", "拜訪").id), "completes": ""}
    found = saving(app, as_user("wang"), f"/customers/{firm}/records/new", "/records", **typed)
    assert len(reads(found, "customers ")) == 1, "\n\n".join(found)
    assert len(reads(found, "schedule_items")) == 1, "\n\n".join(found)
    assert reads(found, "customer_levels") == []
    assert len(found) <= 16, "\n\n".join(found)


def test_saving_an_order_asks_for_no_last_prices(
    app: CRM, as_user: Callable[[str], Person], session: Session, firm: int
) -> None:
    """They help to set a price while the order is written."""
    product = session.scalars(select(Product).order_by(Product.id)).first()
    typed = {"customer_id": session.get_one(Customer, firm).name, "lines-1-product_id": product.code}
    typed |= {"lines-1-quantity": "3", "lines-1-price": "120.5"}
    found = saving(app, as_user("wang"), "/orders/new", "/orders", **typed)
    assert len(reads(found, "customers")) <= 2, "\n\n".join(found)  # by what may be its code, then by its name
    assert [one for one in reads(found, "order_lines") if "JOIN orders" in one] == []
    assert len(found) <= 35, "\n\n".join(found)
