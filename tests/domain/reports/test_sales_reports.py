"""SR-2 and SR-3 on sets whose figures were worked out by hand."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from crm.domain.reports.pictures import drawing_of
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt
from crm.models import Customer, Order, Receipt
from crm.models.permissions import Scope
from tests.cast import Cast, actor_as
from tests.conftest import grow
from tests.factories import (
    approved_order,
    item,
    line,
    make_category,
    make_customer,
    make_order,
    make_product,
    make_receipt,
    make_target,
    submitted,
)
from tests.reports_asking import ask, reader_of, table

EVERYTHING = Scope.EVERYTHING


def at(day: str, hour: int = 4) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02d}:00:00").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def firm_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sales") / "instance"
    grow(grown, folder, sales)
    return folder


def sales(session: Session, cast: Cast) -> None:
    """Five orders that count (600.00 + 400.00 of Wang's 甲, 1,000.00 of 乙, Li's 250.50 of 丙; 99.00 in 2025)."""
    fair, web = item(session, "customer_source", "展會"), item(session, "customer_source", "網站")
    first = make_customer(session, cast.wang, "甲公司", source_id=fair.id)
    second = make_customer(session, cast.wang, "乙公司", source_id=web.id)
    third = make_customer(session, cast.li, "丙公司")
    sold = approved_order(session, first, cast.wang, cast.order, "600", at("2026-01-31"))
    approved_order(session, first, cast.wang, cast.order, "400", at("2026-02-01"))
    approved_order(session, second, cast.wang, cast.order, "1000", at("2026-02-15"))
    approved_order(session, third, cast.li, cast.order, "250.50", at("2026-02-28"))
    approved_order(session, first, cast.wang, cast.order, "99", at("2025-02-10"))
    make_order(session, first, cast.wang, "5000", at("2026-02-02"))
    void = approved_order(session, first, cast.wang, cast.order, "7000", at("2026-02-03"))
    ORDER_WORKFLOW.fire(session, void, "void", actor_as(session, cast.order, at("2026-02-04")), "客戶取消")
    _receive(session, cast, sold, "500", "2026-02-10")
    wrong = _receive(session, cast, sold, "100", "2026-02-11")
    back = reverse_receipt(session, wrong, actor_as(session, cast.wang, at("2026-03-01")), "重複入帳")
    _approve(session, cast, back, "2026-03-01")
    make_target(session, cast.wang, cast.manager, 2026, "1500")


def _receive(session: Session, cast: Cast, order: Order, amount: str, day: str) -> Receipt:
    customer = session.get_one(Customer, order.customer_id)
    receipt = make_receipt(session, customer, cast.wang, {order: amount}, at(day))
    return _approve(session, cast, receipt, day)


def _approve(session: Session, cast: Cast, receipt: Receipt, day: str) -> Receipt:
    wang, finance = actor_as(session, cast.wang, at(day)), actor_as(session, cast.finance, at(day))
    RECEIPT_WORKFLOW.fire(session, receipt, "submit", wang, approver_id=cast.finance.id)
    RECEIPT_WORKFLOW.fire(session, receipt, "approve", finance)
    return receipt


def test_sr2_by_salesperson(session: Session, cast: Cast) -> None:
    assert table(ask("sales_classes", reader_of(session, cast.admin, EVERYTHING), "by=owner")) == [
        ("王小明", "2,000.00", "88.9%", "3", "2", "666.67"),
        ("李小華", "250.50", "11.1%", "1", "1", "250.50"),
        ("合計", "2,250.50", "100.0%", "4", "3", "562.63"),
    ]


def test_sr2_by_source_and_month(session: Session, cast: Cast) -> None:
    lines = table(ask("sales_classes", reader_of(session, cast.admin, EVERYTHING), "by=source&second=month"))
    assert [line[:2] for line in lines] == [
        ("網站 · 2026-02", "1,000.00"),
        ("展會 · 2026-01", "600.00"),
        ("展會 · 2026-02", "400.00"),
        ("未填 · 2026-02", "250.50"),
        ("合計", "2,250.50"),
    ]


def test_sr2_a_salesperson_counts_their_own(session: Session, cast: Cast) -> None:
    assert table(ask("sales_classes", reader_of(session, cast.li), "by=owner"))[-1][1] == "250.50"
    assert table(ask("sales_classes", reader_of(session, cast.manager), "by=owner"))[-1][1] == "2,250.50"


def test_sr2_nothing_sold_has_no_average(session: Session, cast: Cast) -> None:
    query = ask("sales_classes", reader_of(session, cast.admin, EVERYTHING), "from=2020-01-01&to=2020-12-31")
    assert table(query) == [("合計", "0.00", "–", "0", "0", "–")]


def test_sr3_sold_received_and_target_by_month_beside_the_year_before(session: Session, cast: Cast) -> None:
    lines = table(ask("sales_trend", reader_of(session, cast.admin, EVERYTHING)))
    assert lines[0] == ("2026-01", "600.00", "0.00", "–", "0.00", "0.00", "–", "1,500.00", "40.0%")
    assert lines[1] == ("2026-02", "1,650.50", "99.00", "+1,567.2%", "600.00", "0.00", "–", "1,500.00", "110.0%")
    assert lines[2] == ("2026-03", "0.00", "0.00", "–", "-100.00", "0.00", "–", "1,500.00", "0.0%")
    assert lines[-1] == ("合計", "2,250.50", "99.00", "+2,173.2%", "500.00", "0.00", "–", "18,000.00", "12.5%")


def test_sr3_targets_are_known_by_month_and_person_alone(session: Session, cast: Cast) -> None:
    reader = reader_of(session, cast.admin, EVERYTHING)
    source = item(session, "customer_source", "展會").id

    def target(address: str) -> str:
        return str(table(ask("sales_trend", reader, f"{address}&compare=none"))[-1][3])

    assert target("stage=quarter") == "18,000.00"
    assert target(f"owner={cast.wang.id}") == "18,000.00" and target(f"owner={cast.li.id}") == "–"
    assert target(f"source={source}") == "–"
    assert target("period=always&stage=year") == "–"
    assert target("stage=day") == target("stage=week") == "–"


def test_sr3_a_day_stands_beside_the_same_day_a_year_ago(session: Session, cast: Cast) -> None:
    lines = table(
        ask("sales_trend", reader_of(session, cast.admin, EVERYTHING), "stage=day&from=2026-02-10&to=2026-02-11")
    )
    assert lines[0][:3] == ("2026-02-10", "0.00", "99.00")


def test_case65_twelve_months_add_up_to_the_year(session: Session, cast: Cast) -> None:
    """Registered in the last and the first second of a month in Taipei: one month each."""
    customer = make_customer(session, cast.li)
    for moment in ("2026-06-30T15:59:59", "2026-06-30T16:00:00", "2026-12-31T15:59:59", "2026-12-31T16:00:00"):
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        approved_order(session, customer, cast.li, cast.order, "10", now)
    session.commit()
    reader = reader_of(session, cast.li)
    lines = table(ask("sales_trend", reader, "compare=none"))
    by_month = {line[0]: Decimal(line[1].replace(",", "")) for line in lines}
    assert (by_month["2026-06"], by_month["2026-07"], by_month["2026-12"]) == (10, 10, 10)
    assert by_month.pop("合計") == sum(by_month.values()) == Decimal("280.50")
    assert table(ask("sales_trend", reader, "from=2027-01-01&to=2027-12-31&compare=none"))[0][1] == "10.00"


def test_sr2_by_product_category_lines_add_up_to_the_totals(session: Session, cast: Cast) -> None:
    """Two lines of one order, 3.00 less on the whole: 100.00 + 200.00 of two categories, 5 % tax."""
    paper, ink = make_category(session, "紙"), make_category(session, "墨")
    sheets = make_product(session, category_id=paper.id)
    black = make_product(session, category_id=make_category(session, "黑墨", ink).id)
    lines = [
        line(sheets, "1", "100", tax_rate=Decimal(5)),
        line(black, "1", "200", tax_rate=Decimal(5)),
    ]
    order = make_order(
        session, make_customer(session, cast.li), cast.li, lines=lines, discount_amount=Decimal(3), now=at("2026-07-01")
    )
    submitted(session, order, cast.li, cast.order, at("2026-07-01"))
    ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order, at("2026-07-01")))
    session.commit()
    reader = reader_of(session, cast.admin, EVERYTHING)
    july = "from=2026-07-01&to=2026-07-31"
    assert table(ask("sales_classes", reader, f"by=product_category&{july}")) == [
        ("黑墨", "208.00", "66.7%", "1", "1", "208.00"),
        ("紙", "104.00", "33.3%", "1", "1", "104.00"),
        ("合計", "312.00", "100.0%", "1", "1", "312.00"),
    ]
    only_ink = table(ask("sales_classes", reader, f"by=owner&product_category={ink.id}&{july}"))
    assert only_ink == [
        ("李小華", "208.00", "100.0%", "1", "1", "208.00"),
        ("合計", "208.00", "100.0%", "1", "1", "208.00"),
    ]
    assert table(ask("sales_classes", reader, f"product={sheets.name}"))[-1][1] == "104.00"


def test_x6_who_sold_before_and_not_now_stands_in_the_comparison(session: Session, cast: Cast) -> None:
    reader = reader_of(session, cast.admin, EVERYTHING)
    query = ask("sales_classes", reader, "by=owner&from=2026-02-20&to=2026-02-28&compare=before")
    lines = table(query)  # before: 11 to 19 February
    assert [line[:5] for line in lines] == [
        ("李小華", "250.50", "100.0%", "0.00", "–"),
        ("王小明", "0.00", "0.0%", "1,000.00", "-100.0%"),
        ("合計", "250.50", "100.0%", "1,000.00", "-75.0%"),
    ]


def test_x1_more_stages_than_a_table_can_show_are_refused_with_the_reason(session: Session, cast: Cast) -> None:
    reader = reader_of(session, cast.admin, EVERYTHING)
    for address in ("stage=day&from=2010-01-01&to=2026-12-31", "stage=month&from=1800-01-01&to=2999-12-31"):
        assert list(ask("sales_trend", reader, address).problems) == ["stage"]
    lines = table(ask("sales_trend", reader, "stage=year&from=1999-01-01&to=2026-12-31&compare=none"))
    assert len(lines) == 29 and lines[-1][1] == "2,349.50"


def test_sr3_an_open_period_of_many_days_leaves_nothing_out(session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.li)
    approved_order(session, customer, cast.li, cast.order, "7", at("2019-03-03"))
    session.commit()
    lines = table(ask("sales_trend", reader_of(session, cast.li), "stage=day&period=always&compare=none"))
    assert [line[:2] for line in lines] == [("2019-03-03", "7.00"), ("2026-02-28", "250.50"), ("合計", "257.50")]


def test_sr3_by_salesperson_each_beside_their_own_target(session: Session, cast: Cast) -> None:
    make_target(session, cast.li, cast.manager, 2026, "100")
    session.commit()
    reader = reader_of(session, cast.admin, EVERYTHING)
    lines = table(ask("sales_trend", reader, "by=owner&from=2026-01-01&to=2026-02-28&compare=none"))
    assert [(line[0], line[1], line[3], line[4]) for line in lines] == [
        ("2026-01 · 王小明", "600.00", "1,500.00", "40.0%"),
        ("2026-01 · 李小華", "0.00", "100.00", "0.0%"),
        ("2026-02 · 王小明", "1,400.00", "1,500.00", "93.3%"),
        ("2026-02 · 李小華", "250.50", "100.00", "250.5%"),
        ("合計", "2,250.50", "3,200.00", "70.3%"),
    ]


def test_months_of_a_picture_stand_in_their_order(session: Session, cast: Cast) -> None:
    """February was larger than January."""
    query = ask("sales_classes", reader_of(session, cast.admin, EVERYTHING), "by=source&second=month&period=year")
    assert [series.name for series in drawing_of(query).series] == ["2026-01", "2026-02"]


def test_x6_the_time_before_adds_up_in_time_too(session: Session, cast: Cast) -> None:
    """On 1 March Wang's receipt was reversed; the day before Li alone had sold."""
    reader = reader_of(session, cast.admin, EVERYTHING)
    lines = table(ask("sales_trend", reader, "by=owner&from=2026-03-01&to=2026-03-01&compare=before"))
    assert [line[:3] for line in lines] == [
        ("2026-03 · 王小明", "0.00", "0.00"),
        ("2026-03 · 李小華", "0.00", "250.50"),
        ("合計", "0.00", "250.50"),
    ]


def test_x6_intervals_that_stand_beside_none_are_the_rest(session: Session, cast: Cast) -> None:
    """31 days before 1 March are two months: 31 January stands beside March, February beside nothing."""
    query = ask(
        "sales_trend", reader_of(session, cast.admin, EVERYTHING), "from=2026-03-01&to=2026-03-31&compare=before"
    )
    assert [line[:3] for line in table(query)] == [
        ("2026-03", "0.00", "600.00"),
        ("其餘", "0.00", "1,650.50"),
        ("合計", "0.00", "2,250.50"),
    ]


def test_x6_a_small_one_of_many_before_keeps_its_figure(session: Session, cast: Cast) -> None:
    """甲 alone bought in February's first days; the year before six others had bought more than its 99.00."""
    for number in range(6):
        customer = make_customer(session, cast.li, f"去年客戶{number}")
        approved_order(session, customer, cast.li, cast.order, "1000", at("2025-02-05"))
    session.commit()
    reader = reader_of(session, cast.admin, EVERYTHING)
    lines = table(
        ask("sales_profit", reader, "by=customer&top=5&from=2026-02-01&to=2026-02-10&compare=year_before&rank=sold")
    )
    assert [(line[0], line[1], line[2]) for line in lines] == [
        ("甲公司", "400.00", "99.00"),
        ("其餘", "0.00", "6,000.00"),
        ("合計", "400.00", "6,099.00"),
    ]


def test_a_slice_is_its_part_of_the_whole_report(session: Session, cast: Cast) -> None:
    """Six customers with 100.00 each in 2024, the five first of them in the table, each a sixth of the picture."""
    for number in range(6):
        product = make_product(session, f"商品{number}")
        customer = make_customer(session, cast.li)
        order = make_order(session, customer, cast.li, lines=[line(product, "1", "100")], now=at("2024-02-05"))
        submitted(session, order, cast.li, cast.order, at("2024-02-05"))
        ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order, at("2024-02-05")))
    session.commit()
    reader = reader_of(session, cast.admin, EVERYTHING)
    drawn = drawing_of(ask("products_summary", reader, "chart=pie&top=5&from=2024-01-01&to=2024-12-31"))
    assert drawn.series[0].values == (100.0,) * 5 and drawn.remainder == 100.0 and drawn.rest_name == "其餘"


def test_a_bar_of_two_groupings_is_all_of_its_group(session: Session, cast: Cast) -> None:
    """Also of parts that stand in no row of their own: 第0號 bought 700 of Wang and 50 of Li."""
    reader = reader_of(session, cast.admin, EVERYTHING)
    cut = drawing_of(ask("sales_details", reader, "by=customer&second=owner&period=always&top=5"))
    assert (cut.is_cut, [one.name for one in cut.series]) == (False, ["王小明", "李小華"])
    made = [make_customer(session, cast.wang, f"第{number}號") for number in range(4)]
    for customer in made:
        approved_order(session, customer, cast.wang, cast.order, "700", at("2026-03-01"))
        approved_order(session, customer, cast.li, cast.order, "50", at("2026-03-02"))
    session.commit()
    cut = drawing_of(ask("sales_details", reader, "by=customer&second=owner&period=always&top=5"))
    assert cut.is_cut and len(cut.labels) == 5
    whole = {label: sum(one.values[n] or 0 for one in cut.series) for n, label in enumerate(cut.labels)}
    assert whole == {"甲公司": 1099, "乙公司": 1000, "第0號": 750, "第1號": 750, "第2號": 750}
    assert cut.series[-1].name == "其餘"


def test_a_line_of_a_group_ends_today_too(session: Session, cast: Cast) -> None:
    drawn = drawing_of(ask("sales_trend", reader_of(session, cast.admin, EVERYTHING), "by=owner&compare=none"))
    assert [one.values[-2:] for one in drawn.series] == [(0.0, None), (0.0, None)]


def test_what_is_called_the_same_is_told_apart_by_its_code(session: Session, cast: Cast) -> None:
    one, two = (make_customer(session, cast.li, "同名公司") for _ in range(2))
    for customer, total in ((one, "20"), (two, "10")):
        approved_order(session, customer, cast.li, cast.order, total, at("2024-02-05"))
    session.commit()
    reader = reader_of(session, cast.admin, EVERYTHING)
    lines = table(ask("sales_ranking", reader, "by=customer&from=2024-02-01&to=2024-02-29"))
    assert [line[0] for line in lines] == [f"同名公司 {one.code}", f"同名公司 {two.code}", "合計"]
