"""CR-3, CR-4 and CR-5 on sets whose figures were worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from crm.domain.customers.contact_records import delete_contact_record
from crm.domain.customers.customers import save_customer
from crm.domain.reports.matrix import matrix
from crm.domain.reports.pictures import drawing_of
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.models import Customer, Order, User
from crm.models.permissions import Scope
from tests.cast import Cast, actor_as
from tests.factories import (
    give,
    item,
    level,
    line,
    made_by,
    make_customer,
    make_order,
    make_product,
    make_receipt,
    make_record,
    submitted,
)
from tests.reports_asking import NOW, ask, reader_of, table

EVERYTHING = Scope.EVERYTHING


def test_what_is_no_part_of_a_whole_is_no_slice(session: Session, cast: Cast) -> None:
    """How long each customer is idle, how many customers bought by product: these add up to nothing."""
    for name in ("甲公司", "乙公司"):
        customer = make_customer(session, cast.wang, name, NOON)
        sold(session, cast, customer, "100", None)
    session.commit()
    reader = reader_of(session, cast.admin, EVERYTHING)
    for key, address, shown in (
        ("customer_follow_up", "by=owner&rank=idle", "bar"),
        ("customer_follow_up", "by=owner", "pie"),
        ("products_summary", "by=product&rank=buyers", "bar"),
        ("sales_classes", "by=level&rank=buyers", "pie"),
    ):
        assert drawing_of(ask(key, reader, f"{address}&chart=pie")).kind == shown, (key, address)


NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)


def sold(
    session: Session, cast: Cast, customer: Customer, amount: str, cost: str | None, now: datetime = NOON
) -> Order:
    """One approved order of one piece; `cost` None is not known."""
    product = make_product(session, cost=Decimal(cost) if cost else None)
    by = session.get_one(User, customer.owner_id)
    order = make_order(session, customer, by, now=now, lines=[line(product, "1", amount)])
    submitted(session, order, by, cast.order, now)
    ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order, now))
    return order


class TestContribution:
    """甲 750.00 (500 received), 乙 200.00, 丙 50.00 whose cost is not known; 丁 was registered in 2025."""

    @pytest.fixture(autouse=True)
    def sales(self, session: Session, cast: Cast) -> None:
        first, second, third = (
            make_customer(session, owner, name, registered_on=date(2026, 5, 1))
            for owner, name in ((cast.wang, "甲公司"), (cast.wang, "乙公司"), (cast.li, "丙公司"))
        )
        fourth = make_customer(session, cast.li, "丁公司", registered_on=date(2025, 12, 31))
        paid = sold(session, cast, first, "500", "300")
        sold(session, cast, first, "250", "200", datetime(2026, 1, 2, 4, tzinfo=UTC))
        sold(session, cast, second, "200", "100")
        sold(session, cast, third, "50", None)
        sold(session, cast, fourth, "1000", "999")
        receipt = make_receipt(session, first, cast.wang, {paid: "500"}, NOON)
        RECEIPT_WORKFLOW.fire(
            session, receipt, "submit", actor_as(session, cast.wang, NOON), approver_id=cast.finance.id
        )
        RECEIPT_WORKFLOW.fire(session, receipt, "approve", actor_as(session, cast.finance, NOON))
        make_order(session, first, cast.wang, "9999")
        session.commit()

    def test_cr3_the_largest_first_with_running_shares_and_classes(self, session: Session, cast: Cast) -> None:
        assert table(ask("customer_contribution", reader_of(session, cast.admin, EVERYTHING), "period=year")) == [
            ("甲公司", "750.00", "75.0%", "75.0%", "A", "2", "500.00", "250.00", "250.00"),
            ("乙公司", "200.00", "20.0%", "95.0%", "A", "1", "0.00", "200.00", "100.00"),
            ("丙公司", "50.00", "5.0%", "100.0%", "C", "1", "0.00", "50.00", "0.00"),
            ("合計", "1,000.00", "100.0%", "–", "–", "4", "500.00", "500.00", "350.00"),
        ]

    def test_cr3_the_first_ones_and_the_others(self, session: Session, cast: Cast) -> None:
        for number in range(5):
            customer = make_customer(session, cast.li, f"小{number}號", registered_on=date(2026, 5, 1))
            sold(session, cast, customer, "10", "4")
        session.commit()
        lines = table(ask("customer_contribution", reader_of(session, cast.admin, EVERYTHING), "period=year&top=5"))
        assert [one[:4] for one in lines[4:]] == [
            ("小1號", "10.00", "0.9%", "97.1%"),
            ("其餘", "30.00", "2.9%", "–"),
            ("合計", "1,050.00", "100.0%", "–"),
        ]
        assert lines[-2][5:] == ("3", "0.00", "30.00", "18.00")

    def test_cr3_when_it_was_sold_and_by_whom(self, session: Session, cast: Cast) -> None:
        reader = reader_of(session, cast.admin, EVERYTHING)
        lines = table(ask("customer_contribution", reader, "by=owner"))
        assert [one[:2] for one in lines] == [("李小華", "1,050.00"), ("王小明", "950.00"), ("合計", "2,000.00")]
        lines = table(ask("customer_contribution", reader, "sold_in=month&by=owner"))
        assert lines[-1][1] == "0.00"
        june = reader_of(session, cast.admin, EVERYTHING, NOON)
        assert table(ask("customer_contribution", june, "sold_in=month"))[-1][1] == "1,750.00"

    def test_cr3_without_the_right_to_see_costs_there_is_no_profit(self, session: Session, cast: Cast) -> None:
        headings = table(ask("customer_contribution", reader_of(session, cast.wang), "period=year"))
        assert headings[-1] == ("合計", "950.00", "100.0%", "–", "–", "3", "500.00", "450.00")


class TestLevels:
    """甲: 重要→一般 (down), 一般→重要 (up); 乙: 一般→低價值 (down) in 2026; 丙: none→一般; one change in 2025."""

    @pytest.fixture(autouse=True)
    def changes(self, session: Session, cast: Cast) -> None:
        names = ("重要客戶", "一般客戶", "低價值客戶")
        high, middle, low = (level(session, name).id for name in names)
        taiwan, east = item(session, "region", "台灣"), item(session, "region", "華東")
        first = make_customer(session, cast.wang, "甲公司", level_id=high, region_id=taiwan.id)
        second = make_customer(session, cast.li, "乙公司", level_id=low, region_id=east.id)
        third = make_customer(session, cast.li, "丙公司")
        for customer, day, new in (
            (first, "2026-02-01", middle),
            (first, "2026-03-01", high),
            (second, "2025-12-31", middle),
            (second, "2026-12-30", low),
            (third, "2026-04-01", middle),
        ):
            now = datetime.fromisoformat(f"{day}T15:59:59").replace(tzinfo=UTC)  # the day's last second in Taipei
            save_customer(session, customer, {"level_id": new}, made_by(session, cast.admin, now))
        session.commit()

    def test_cr4_up_and_down_by_region(self, session: Session, cast: Cast) -> None:
        assert table(ask("customer_levels", reader_of(session, cast.admin, EVERYTHING))) == [
            ("台灣", "2", "50.0%", "1", "1", "0"),
            ("華東", "1", "25.0%", "0", "1", "0"),
            ("未填", "1", "25.0%", "0", "0", "1"),
            ("合計", "4", "100.0%", "1", "2", "1"),
        ]
        assert table(ask("customer_levels", reader_of(session, cast.li)))[-1] == ("合計", "2", "100.0%", "0", "1", "1")
        assert (
            table(ask("customer_levels", reader_of(session, cast.admin, EVERYTHING), "period=last_year"))[-1][1] == "1"
        )

    def test_cr4_the_matrix(self, session: Session, cast: Cast) -> None:
        found = matrix(ask("customer_levels", reader_of(session, cast.admin, EVERYTHING)))
        assert found.columns == ("重要客戶", "一般客戶", "低價值客戶", "未填")
        counts = {name: [square.count if square else 0 for square in squares] for name, squares in found.rows}
        assert counts == {
            "重要客戶": [0, 1, 0, 0],
            "一般客戶": [1, 0, 1, 0],
            "低價值客戶": [0, 0, 0, 0],
            "未填": [0, 1, 0, 0],
        }


class TestFollowUp:
    """Wang: one contacted 3 days ago, one 31, one 91 days ago; Li: one that was never contacted, owned for 8 days."""

    @pytest.fixture(autouse=True)
    def contacts(self, session: Session, cast: Cast) -> None:
        then = NOW - timedelta(days=200)
        for name, days in (("近公司", 3), ("遠公司", 31), ("失公司", 91)):
            customer = make_customer(session, cast.wang, name, then)
            make_record(session, customer, cast.wang, NOW - timedelta(days=days))
            if name == "近公司":
                make_record(session, customer, cast.wang, NOW - timedelta(days=5))
        make_customer(session, cast.li, "新公司", NOW - timedelta(days=8))
        make_customer(session, cast.manager, pooled=True)
        session.commit()

    def test_cr5_idle_buckets(self, session: Session, cast: Cast) -> None:
        assert table(ask("customer_follow_up", reader_of(session, cast.admin, EVERYTHING))) == [
            ("0–7 天", "1", "25.0%", "2", "2026-11-26 12:00", "3", "0", "0"),
            ("8–15 天", "1", "25.0%", "0", "–", "8", "0", "0"),
            ("31–60 天", "1", "25.0%", "1", "2026-10-29 12:00", "31", "1", "0"),
            ("90 天以上", "1", "25.0%", "1", "2026-08-30 12:00", "91", "1", "1"),
            ("合計", "4", "100.0%", "4", "2026-11-26 12:00", "91", "2", "1"),
        ]

    def test_cr5_records_of_half_a_year_by_idle_days(self, session: Session, cast: Cast) -> None:
        """Those of customers in the pools count, deleted ones and those before the period do not."""
        pooled = make_customer(session, cast.manager, "池公司", NOW - timedelta(days=200), pooled=True)
        make_record(session, pooled, cast.manager, NOW - timedelta(days=40))
        before = make_customer(session, cast.wang, "舊公司", NOW - timedelta(days=300))
        make_record(session, before, cast.wang, NOW - timedelta(days=250))
        forgotten = make_customer(session, cast.wang, "忘公司", NOW - timedelta(days=200))
        deleted = make_record(session, forgotten, cast.wang, NOW - timedelta(days=10))
        delete_contact_record(session, deleted, actor_as(session, cast.admin, NOW))
        session.commit()
        reader = reader_of(session, cast.admin, EVERYTHING)
        lines = table(ask("customer_follow_up", reader, "period=custom&from=2026-05-01&to=2026-11-29"))
        assert [(one[0], one[1], *one[3:]) for one in lines] == [
            ("0–7 天", "1", "2", "2026-11-26 12:00", "3", "0", "0"),
            ("8–15 天", "1", "0", "–", "8", "0", "0"),
            ("31–60 天", "1", "2", "2026-10-29 12:00", "31", "1", "0"),
            ("90 天以上", "3", "1", "2026-08-30 12:00", "250", "3", "3"),
            ("合計", "6", "5", "2026-11-26 12:00", "250", "4", "3"),
        ]

    def test_cr5_customers_by_idleness_and_people(self, session: Session, cast: Cast) -> None:
        reader = reader_of(session, cast.admin, EVERYTHING)
        names = [one[0] for one in table(ask("customer_follow_up", reader, "by=customer"))]
        assert names == ["失公司", "遠公司", "新公司", "近公司", "合計"]
        lines = table(ask("customer_follow_up", reader, "by=owner&neglected_days=5&lost_days=30&period=month"))
        assert lines == [
            ("王小明", "3", "75.0%", "2", "2026-11-26 12:00", "91", "2", "2"),
            ("李小華", "1", "25.0%", "0", "–", "8", "1", "0"),
            ("合計", "4", "100.0%", "2", "2026-11-26 12:00", "91", "3", "2"),
        ]

    def test_cr5_a_wrong_number_of_days_is_explained(self, session: Session, cast: Cast) -> None:
        reader = reader_of(session, cast.admin, EVERYTHING)
        for typed in ("0", "-1", "soon", "99999"):
            assert list(ask("customer_follow_up", reader, f"neglected_days={typed}").problems) == ["neglected_days"]

    def test_cr5_records_stay_with_who_wrote_them(self, session: Session, cast: Cast) -> None:
        near = session.query(Customer).filter_by(name="近公司").one()
        give(session, near, cast.li, cast.admin)
        session.commit()
        lines = table(ask("customer_follow_up", reader_of(session, cast.admin, EVERYTHING), "by=owner"))
        assert [(one[0], one[1], one[3]) for one in lines[:2]] == [("王小明", "2", "4"), ("李小華", "2", "0")]
