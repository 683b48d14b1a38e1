"""Lists read without any request: rows, counts, sums, exports, kept searches, bulk changes, as the pages have them."""

import io
from collections.abc import Callable
from contextvars import Context
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import openpyxl
import pytest
from flask import has_app_context
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.blueprints.orders.table import ORDERS_OF_CUSTOMER
from crm.blueprints.schedule.table import DONE
from crm.domain.platform.readers import reader_for
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.entities.listing import LISTINGS, Filter, Parameters, Query, Reader
from crm.entities.listing.conditions import Condition
from crm.entities.listing.preferences import saved_searches
from crm.entities.listing.rows import (
    all_rows,
    count,
    counts_by_value,
    found_ids,
    page_rows,
    sums,
    workbook_columns,
    workbook_rows,
)
from crm.jobs.database import read_session
from crm.models import Customer, Order, SavedSearch, SystemLog, User
from crm.models.customers import RECYCLED
from crm.models.documents import APPROVED, DRAFT, PENDING
from crm.web.panels import panels
from crm.web.table.bulk.action import BulkAction
from crm.web.table.bulk.execution import do_bulk
from crm.web.table.declaration import TABLES
from tests.cast import Cast, actor_as
from tests.conftest import Person, grow
from tests.factories import (
    approved_order,
    make_category,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    make_record,
    make_target,
    submitted,
)

MARCH = datetime(2026, 3, 1, 2, tzinfo=UTC)


def fill(session: Session, cast: Cast) -> None:
    """Two salespeople's worth of everything that a list shows."""
    make_product(session, "影印紙", category_id=make_category(session).id)
    for who, name in ((cast.wang, "北風"), (cast.li, "南山")):
        for number in range(3):
            planned = MARCH + timedelta(days=number)
            customer = make_customer(session, who, f"{name}公司{number}", MARCH, next_contact_at=planned)
            contact = make_contact(session, customer, who, f"{name}先生{number}")
            make_record(session, customer, who, MARCH, content=f"談價格{number}", contact_id=contact.id)
            customer.next_contact_at = planned
            make_opportunity(session, customer, who, f"{name}採購{number}", contact_id=contact.id)
            make_quote(session, customer, who, "1000", title=f"{name}報價{number}")
            make_order(session, customer, who, "300")
            sale = approved_order(session, customer, who, cast.order, "500")
            sale.due_on = date(2026, 3, 1 + number)
            make_receipt(session, customer, who, {sale: "100"})
        make_target(session, who, cast.manager)
        submitted(session, make_order(session, customer, who, "40"), who, cast.order)
        paid = make_receipt(session, customer, who, {approved_order(session, customer, who, cast.order, "50"): "50"})
        RECEIPT_WORKFLOW.fire(session, paid, "submit", actor_as(session, who), approver_id=cast.finance.id)
        RECEIPT_WORKFLOW.fire(session, paid, "approve", actor_as(session, cast.finance))
    make_customer(session, cast.wang, "無主公司", pooled=True)
    make_customer(session, cast.wang, "回收公司", pooled=True).pool = RECYCLED
    session.add(SystemLog(at=MARCH, kind="login", name="wang", user_id=cast.wang.id))


@pytest.fixture(scope="module")
def firm_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("listing")
    grow(grown, folder, fill)
    return folder


Told = TypeVar("Told")


@pytest.fixture
def outside(app: CRM, session: Session) -> Callable[..., Any]:
    """What `work` tells of a reader, whom nothing of Flask surrounds: no request, no application."""
    engine = session.get_bind()

    def run(login: str, work: Callable[[Reader], Told], now: datetime | None = None, language: str = "zh_Hant") -> Told:
        session.commit()

        def alone() -> Told:
            assert not has_app_context()
            with read_session(engine) as own:  # type: ignore[arg-type]
                actor = actor_as(own, own.scalars(select(User).where(User.login == login)).one(), now)
                return work(reader_for(own, actor, language))

        return Context().run(alone)

    return run


def cell(value: Any) -> Any:
    """As a workbook gives it back."""
    return None if value == "" else float(value) if isinstance(value, (int, float)) and value is not True else value


def sheet_of(answer: Any) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return [[cell(value) for value in row] for row in book.active.iter_rows(values_only=True)]


def written(columns: list[str], rows: list[list[Any]]) -> list[list[Any]]:
    """What our own writer makes of rows that were read without a request."""
    from crm.spreadsheets.writing import write_workbook

    out = io.BytesIO()
    write_workbook(out, [("x", columns, rows)])
    book = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    return [[cell(value) for value in row] for row in book.active.iter_rows(values_only=True)]


@pytest.mark.parametrize("login", ["admin", "manager", "wang", "finance"])
def test_every_export_and_every_page_have_the_rows_that_are_read_outside(
    app: CRM, as_user: Callable[[str], Person], outside: Callable[..., Any], cast: Cast, login: str
) -> None:
    person, met = as_user(login), set()
    for key, table in TABLES.items():
        rights = actor_as(person.session, getattr(cast, login)).rights
        if not rights.may(table.permission) or (table.shaped and not table.export_endpoint):
            continue
        columns, rows, number, ids = outside(login, lambda reader, table=table: read_everything(Query(table, reader)))
        with app.test_request_context():
            page = html.fromstring(person.get(app.url_for(table.endpoint)).text)
            book = app.url_for(table.export_endpoint) if table.export_endpoint else ""
        lines = page.xpath("(//table[starts-with(@class, 'list')])[1]/tbody/tr")
        links = [line.xpath("td[not(@class='tick')][1]/a[1]/@href")[0] for line in lines if table.row_endpoint]
        assert (number, len(lines)) == (len(rows), min(len(rows), 20)), key
        assert [int(link.partition("?")[0].split("/")[-1]) for link in links] == (ids if table.row_endpoint else []), (
            key
        )
        if book and rights.may(table.export_permission):
            assert sheet_of(person.get(book)) == written(columns, rows), key
            met |= {key} if rows else set()
    everything = {key for key, table in TABLES.items() if table.export_endpoint}
    assert met == everything or login != "admin", everything - met


def read_everything(query: Query[Any]) -> tuple[list[str], list[list[Any]], int, list[int]]:
    query.for_file = True
    rows = list(workbook_rows(query))
    return workbook_columns(query), rows, count(query)[0], [row.id for row in page_rows(query)]


def typed_for(filter_: Filter, reader: Reader) -> list[tuple[str, str]]:
    """Something that a person can type or choose there."""
    if filter_.kind == "period":
        return [(filter_.names[0], "2020-01-01"), (filter_.names[1], "2030-01-01")]
    options = filter_.options(reader) if filter_.options else []
    return [(filter_.name, options[-1][0] if options else "公司")]


def test_no_filter_no_option_no_column_and_no_sum_needs_a_request(outside: Callable[..., Any]) -> None:
    def read(reader: Reader) -> set[str]:
        met = set()
        for table in (*LISTINGS.values(), DONE):
            shaped = table.shaped_for(reader)
            whole = replace(shaped, key="whole", columns=shaped.available_columns(reader.rights), more=(), shaped=None)
            for filter_ in (*shaped.filters, None):
                typed = typed_for(filter_, reader) if filter_ else []
                query = Query(whole, reader, Parameters(typed))
                assert query.problems == [] or table.key == "lookup"
                count(query)
                assert len(sums(query)) in (0, len(whole.columns))
                for row in all_rows(query):
                    cells = zip(whole.columns, row.values, strict=True)
                    assert all(isinstance(column.text(values, reader), str) for column, values in cells)
                met.add(f"{table.key}.{filter_.name if filter_ else ''}")
        return met

    met = outside("admin", read)
    assert {"orders.state", "plan.period", "receivables.overdue", "lookup.phone", "records.contact"} <= met


def test_a_kept_search_finds_outside_what_its_page_finds(
    as_user: Callable[[str], Person], session: Session, outside: Callable[..., Any]
) -> None:
    sent = {"name": "北風", "query": "q=公司&af=name&ao=has&av=北風&sort=code&dir=desc", "shared": "1"}
    manager = as_user("manager")
    manager.post("/lists/customers/searches", sent)

    def read(reader: Reader) -> list[str]:
        (kept,) = saved_searches(LISTINGS["customers"], reader)
        query = Query(LISTINGS["customers"], reader, Parameters.of(kept.query))
        return [str(cells[0]) for cells in workbook_rows(query)]

    found = outside("manager", read)
    assert found == ["北風公司2", "北風公司1", "北風公司0"]
    assert outside("wang", read) == found
    assert outside("li", read) == []
    kept = session.scalars(select(SavedSearch)).one().query
    page = html.fromstring(manager.get(f"/customers?{kept}").text)
    assert page.xpath("//table[starts-with(@class, 'list')]/tbody/tr/td[2]/a/text()") == found


def test_what_is_left_out_of_a_search_is_told_as_data(outside: Callable[..., Any]) -> None:
    typed = [("expected_from", "2026-13-45"), ("af", "amount"), ("ao", "from"), ("av", "much"), ("q", "採購")]
    typed += [("af", "title"), ("ao", "has"), ("av", "北風")]

    def read(reader: Reader) -> tuple[Any, ...]:
        query = Query(LISTINGS["opportunities"], reader, Parameters(typed))
        left_out = [getattr(problem.field, "name", problem.field) for problem in query.problems]
        return left_out, query.is_incomplete, query.has_hidden_columns, len(found_ids(query))

    unread = Condition("amount", "from", "much")
    assert outside("manager", read) == (["expected", unread], True, False, 3)


def test_a_column_that_the_reader_may_not_see_is_neither_asked_nor_shown(outside: Callable[..., Any]) -> None:
    """The cost of products is for who may see it, whatever was kept or shared."""
    typed = [("af", "cost"), ("ao", "filled"), ("av", ""), ("sort", "cost")]

    def read(reader: Reader) -> tuple[Any, ...]:
        query = Query(LISTINGS["products"], reader, Parameters(typed))
        return query.has_hidden_columns, query.sort, "成本價" in workbook_columns(query)

    assert outside("admin", read) == (False, "cost", True)
    assert outside("wang", read) == (True, "name", False)


def test_the_clock_of_the_reader_counts(outside: Callable[..., Any]) -> None:
    def idle(reader: Reader) -> int:
        query = Query(LISTINGS["customers"], reader, Parameters.of("q=北風公司0"))
        place = [column.key for column in query.columns].index("idle")
        return int(next(iter(workbook_rows(query)))[place])

    def asked(key: str, query: str) -> Callable[[Reader], int]:
        return lambda reader: count(Query(LISTINGS[key], reader, Parameters.of(query)))[0]

    late = MARCH + timedelta(days=10)
    assert outside("wang", idle, late) - outside("wang", idle, MARCH) == 10
    assert [outside("wang", asked("plan", "period=today"), MARCH + timedelta(days=n)) for n in (0, 2, 3)] == [1, 1, 0]
    assert [outside("wang", asked("plan", "period=overdue"), MARCH + timedelta(days=n)) for n in (0, 2)] == [0, 2]
    days = [MARCH, MARCH + timedelta(days=2), late + timedelta(days=40)]
    assert [outside("wang", asked("receivables", "overdue=1"), day) for day in days] == [0, 2, 3]


def test_headings_and_words_are_said_in_the_language_asked_for(outside: Callable[..., Any]) -> None:
    def read(reader: Reader) -> tuple[str, set[str]]:
        query = Query(LISTINGS["orders"], reader)
        columns = workbook_columns(query)
        return columns[-1], {row[-1] for row in workbook_rows(query)}

    assert outside("wang", read, language="en") == ("Status", {"Draft", "Awaiting approval", "Approved"})
    hant, hans = outside("wang", read), outside("wang", read, language="zh_Hans")
    assert len({hant[0], hans[0], "Status"}) >= 2 and hant[1] != hans[1]
    assert hant[1].isdisjoint({"Draft", "Awaiting approval", "Approved"})


def test_sums_tabs_and_the_list_of_one_customer(session: Session, outside: Callable[..., Any]) -> None:
    customer = session.scalars(select(Customer).where(Customer.name == "南山公司1")).one()
    mine = {"place": {"id": customer.id}, "where": (Order.customer_id == customer.id,)}

    def read(reader: Reader) -> tuple[Any, ...]:
        of_one = Query(ORDERS_OF_CUSTOMER, reader, **mine)
        tabs = counts_by_value(Query(LISTINGS["orders"], reader, Parameters.of("state=draft")), "state", Order.state)
        amounts = [amount for amount in sums(of_one) if amount]
        return len(page_rows(of_one)), amounts[0], dict(tabs)

    assert outside("manager", read) == (2, 800, {DRAFT: 6, PENDING: 2, APPROVED: 8})
    assert outside("wang", lambda reader: count(Query(ORDERS_OF_CUSTOMER, reader, **mine))[0]) == 0


@pytest.mark.parametrize("login", ["admin", "manager", "wang", "order"])
def test_every_panel_reads_outside_what_the_workbench_shows(
    as_user: Callable[[str], Person], outside: Callable[..., Any], cast: Cast, login: str
) -> None:
    person = as_user(login)
    rights, met = actor_as(person.session, getattr(cast, login)).rights, 0
    for key, panel in panels().items():
        if panel.is_for(rights.may):
            count = outside(login, panel.values).get("count")
            body = html.fromstring(person.get(f"/workbench/panels/{key}").text)
            if panel.wanted is not None and not body.xpath("//*[@class='panel-content']"):
                assert not count, f"{key}: not wanted by {login}, but full"
                continue
            (shown,) = body.xpath("//*[@class='panel-content']")
            assert shown.get("data-count") == (None if count is None else str(count)), key
            met += bool(count)
    assert met >= (1 if login == "order" else 2)


def test_a_bulk_change_reaches_only_what_its_list_shows(session: Session, cast: Cast) -> None:
    """A customer that went to the pool meanwhile is no row of 'My customers' any more, whoever may see the pool."""
    touched: list[str] = []
    action = BulkAction("x", "X", TABLES["customers"].permission, lambda s, c, by: touched.append(c.name), "?", "!")
    customers = list(session.scalars(select(Customer).order_by(Customer.id)))
    outcome = do_bulk(
        session, TABLES["customers"], action, [c.id for c in customers], actor_as(session, cast.admin), {}
    )
    assert touched == [c.name for c in customers if c.owner_id] and outcome.done == 6
    assert sum(number for _why, number in outcome.reasons()) == 2
