"""The sum over 詳細信息 is the figure, and both are the sum of the lists' exports, whoever asks (X-3)."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.reports.details import details_of
from crm.domain.reports.figures import figures
from crm.domain.reports.registry import REPORTS
from crm.domain.reports.sheet import group_parts
from crm.entities.listing import LISTINGS, Parameters, Query, Reader
from crm.entities.listing.rows import workbook_columns, workbook_rows
from crm.models.permissions import Scope
from tests.cast import Cast
from tests.conftest import grow
from tests.factories import approved_order, level, make_customer, make_receipt, make_record
from tests.reports_asking import NOW, ask, reader_of

SCOPES = [("wang", Scope.OWN), ("manager", Scope.BELOW), ("admin", Scope.EVERYTHING)]
ADDITIVE = [
    (report.key, measure.key)
    for report in REPORTS.values()
    for measure in report.measures
    if measure.aggregate is not None and measure.additive
]


@pytest.fixture(scope="module")
def firm_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("details") / "instance"
    grow(grown, folder, sold)
    return folder


def sold(session: Session, cast: Cast) -> None:
    random = Random(7)
    levels = [level(session, name).id for name in ("重要客戶", "一般客戶")] + [None]
    for number in range(9):
        owner = (cast.wang, cast.li, cast.admin)[number % 3]
        day = date(2026, random.randrange(1, 12), 15)
        customer = make_customer(session, owner, registered_on=day, level_id=random.choice(levels))
        for _ in range(number % 3):
            made = NOW - timedelta(days=random.randrange(1, 300))
            order = approved_order(session, customer, owner, cast.order, str(random.randrange(1, 10_000)), made)
            receipt = make_receipt(session, customer, owner, {order: "0.37"}, made)
            receipt.state, receipt.approved_at, receipt.submitted_at = "approved", made, made
        make_record(session, customer, owner, NOW - timedelta(days=60), level_id=random.choice(levels))


def sum_of_details(query: Any, measure: Any, parts: tuple[tuple[str, str], ...]) -> Any:
    """What the measure is over the records that the details list."""
    typed = Parameters.of(urlencode([*query.parts().items(), *parts, ("of", measure.key)]))
    found = details_of(ask_again(query, typed))
    ids = found.rows(query.reader.rights).subquery()
    model = measure.source.model
    wanted = select(measure.aggregate).select_from(model).where(model.id.in_(select(ids.c.id)))
    added = query.reader.session.scalar(wanted)
    return measure.empty_value if added is None else added


def ask_again(query: Any, typed: Parameters) -> Any:
    return type(query)(query.report, query.reader, typed)


@pytest.mark.parametrize(("login", "scope"), SCOPES)
@pytest.mark.parametrize(("key", "measure_key"), ADDITIVE)
def test_x3_details_add_up_to_each_figure(
    session: Session, cast: Cast, key: str, measure_key: str, login: str, scope: Scope
) -> None:
    reader = reader_of(session, getattr(cast, login), scope)
    report = REPORTS[key]
    for by in [d for d in report.dimensions if d in (*report.dimensions[:2], "owner", "unit", "level")]:
        query = ask(key, reader, f"by={by}&top=all")
        measure = next(m for m in query.measures if m.key == measure_key)
        if not measure.additive:
            continue
        counted = figures(query)
        added = measure.empty_value
        for row in counted.rows:
            assert sum_of_details(query, measure, group_parts(query, row)) == row.values[measure.key]
            added += row.values[measure.key]
        assert added == counted.total.values[measure.key] == sum_of_details(query, measure, ())


def exported(reader: Reader, listing: str, address: str, heading: str) -> list[Any]:
    query = Query(LISTINGS[listing], reader, Parameters.of(address))
    place = workbook_columns(query).index(heading)
    return [row[place] for row in workbook_rows(query)]


@pytest.mark.parametrize(("login", "scope"), SCOPES)
def test_x3_the_lists_exports_say_the_same(session: Session, cast: Cast, login: str, scope: Scope) -> None:
    """Hostile case 9: what a report counts is what the person can list."""
    reader = reader_of(session, getattr(cast, login), scope)
    period = "from=2026-02-01&to=2026-08-31"
    sold = figures(ask("sales_classes", reader, period)).total.values["sold"]
    days = "_from=2026-02-01&{0}_to=2026-08-31"
    totals = exported(reader, "orders", "state=approved&ordered" + days.format("ordered"), "合計")
    assert sold == sum(totals, Decimal("0.00")) and (sold > 0 or scope is Scope.OWN)
    received = figures(ask("sales_trend", reader, period)).total.values["received"]
    amounts = exported(reader, "receipts", "state=approved&received" + days.format("received"), "收款金額")
    assert received == sum(amounts, Decimal("0.00"))
    customers = figures(ask("customer_classes", reader, "period=always")).total.values["customers"]
    assert (
        customers == len(exported(reader, "customers", "", "客戶名稱")) == {"wang": 3, "manager": 6, "admin": 9}[login]
    )
