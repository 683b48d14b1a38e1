"""CR-1 and CR-2 on sets whose figures were worked out by hand."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import delete_record
from crm.models.permissions import Scope
from tests.cast import Cast
from tests.factories import give, item, level, made_by, make_customer
from tests.reports_asking import ask, reader_of, table

EVERYTHING, OWN = Scope.EVERYTHING, Scope.OWN


@pytest.fixture(autouse=True)
def customers(session: Session, cast: Cast) -> None:
    """Six that count: four of Wang's, one of Li's, one in the pool; one of 2025, one deleted."""
    important, usual = level(session, "重要客戶"), level(session, "一般客戶")
    fair = item(session, "customer_source", "展會")

    def made(owner: str, day: str, **values: object) -> object:
        return make_customer(session, getattr(cast, owner), registered_on=date.fromisoformat(day), **values)

    made("wang", "2026-01-01", level_id=important.id, source_id=fair.id)
    made("wang", "2026-01-31", level_id=important.id)
    made("wang", "2026-03-01", level_id=usual.id, source_id=fair.id)
    made("wang", "2026-12-31")
    made("li", "2026-03-31", level_id=usual.id)
    made("manager", "2026-05-05", level_id=usual.id, pooled=True)
    made("wang", "2025-12-31", level_id=usual.id)
    gone = made("wang", "2026-02-02", level_id=usual.id)
    delete_record(session, gone, made_by(session, cast.admin))
    session.commit()


def test_cr1_by_level_with_shares_and_what_is_not_filled_in(session: Session, cast: Cast) -> None:
    assert table(ask("customer_classes", reader_of(session, cast.admin, EVERYTHING))) == [
        ("一般客戶", "3", "50.0%"),
        ("重要客戶", "2", "33.3%"),
        ("未填", "1", "16.7%"),
        ("合計", "6", "100.0%"),
    ]


def test_cr1_a_salesperson_counts_their_own_and_no_pool(session: Session, cast: Cast) -> None:
    assert table(ask("customer_classes", reader_of(session, cast.wang))) == [
        ("重要客戶", "2", "50.0%"),
        ("一般客戶", "1", "25.0%"),
        ("未填", "1", "25.0%"),
        ("合計", "4", "100.0%"),
    ]


def test_cr1_by_owner_and_department(session: Session, cast: Cast) -> None:
    reader = reader_of(session, cast.admin, EVERYTHING)
    names = [line[:2] for line in table(ask("customer_classes", reader, "by=owner"))]
    assert names == [("王小明", "4"), ("李小華", "1"), ("未填", "1"), ("合計", "6")]
    names = [line[:2] for line in table(ask("customer_classes", reader, "by=unit"))]
    assert names == [("北區", "4"), ("南區", "1"), ("未填", "1"), ("合計", "6")]


def test_cr1_a_customer_counts_to_its_present_owner(session: Session, cast: Cast) -> None:
    moved = make_customer(session, cast.wang, registered_on=date(2026, 6, 1))
    give(session, moved, cast.li, cast.admin)
    session.commit()
    reader = reader_of(session, cast.admin, EVERYTHING)
    assert [line[:2] for line in table(ask("customer_classes", reader, "by=owner"))][:2] == [
        ("王小明", "4"),
        ("李小華", "2"),
    ]


def test_cr1_two_groupings(session: Session, cast: Cast) -> None:
    reader = reader_of(session, cast.admin, EVERYTHING)
    assert table(ask("customer_classes", reader, "by=owner&second=level")) == [
        ("王小明 · 重要客戶", "2", "33.3%"),
        ("王小明 · 一般客戶", "1", "16.7%"),
        ("王小明 · 未填", "1", "16.7%"),
        ("李小華 · 一般客戶", "1", "16.7%"),
        ("未填 · 一般客戶", "1", "16.6%"),
        ("合計", "6", "100.0%"),
    ]


def test_x2_conditions(session: Session, cast: Cast) -> None:
    reader = reader_of(session, cast.admin, EVERYTHING)

    def total(address: str) -> str:
        return str(table(ask("customer_classes", reader, address))[-1][1])

    fair = item(session, "customer_source", "展會").id
    assert total(f"source={fair}") == "2"
    assert total(f"source={fair}&level={level(session, '一般客戶').id}") == "1"
    assert total(f"owner={cast.li.id}") == "1"
    assert total(f"unit={cast.manager.unit_id}") == "5"  # the department with those below
    assert total("period=last_year") == "1"
    assert total("period=always") == "7"
    assert total("from=2026-03-01&to=2026-03-31") == "2"
    assert total("to=2026-01-31") == "3"


def test_x2_the_first_so_many_and_the_others(session: Session, cast: Cast) -> None:
    for number in range(6):
        unlike = level(session, ("重要客戶", "一般客戶", "潛在客戶")[number % 3])
        make_customer(session, cast.li, registered_on=date(2026, 4, 4), level_id=unlike.id)
    session.commit()
    reader = reader_of(session, cast.admin, EVERYTHING)
    lines = table(ask("customer_classes", reader, "by=level&top=all"))
    assert [line[:2] for line in lines] == [
        ("一般客戶", "5"),
        ("重要客戶", "4"),
        ("潛在客戶", "2"),
        ("未填", "1"),
        ("合計", "12"),
    ]
    assert ask("customer_classes", reader, "by=source&top=5").group_limit == 5


def test_cr1_beside_the_period_before(session: Session, cast: Cast) -> None:
    reader = reader_of(session, cast.admin, EVERYTHING)
    assert table(ask("customer_classes", reader, "compare=before"))[0] == ("一般客戶", "3", "50.0%", "1", "+200.0%")
    assert table(ask("customer_classes", reader, "compare=before"))[-1] == ("合計", "6", "100.0%", "1", "+500.0%")


def test_cr2_every_month_also_without_any(session: Session, cast: Cast) -> None:
    lines = table(ask("customer_growth", reader_of(session, cast.admin, EVERYTHING)))
    assert [line[1] for line in lines] == ["2", "0", "2", "0", "1", "0", "0", "0", "0", "0", "0", "1", "6"]
    assert [line[2] for line in lines] == ["2", "2", "4", "4", "5", "5", "5", "5", "5", "5", "5", "6", "6"]
    assert lines[0][0] == "2026-01" and lines[-2][0] == "2026-12"


def test_cr2_by_quarter_and_one_category(session: Session, cast: Cast) -> None:
    reader = reader_of(session, cast.admin, EVERYTHING)
    lines = table(ask("customer_growth", reader, "stage=quarter"))
    assert lines[0] == ("2026年第1季", "4", "4") and lines[1] == ("2026年第2季", "1", "5")
    lines = table(ask("customer_growth", reader, "stage=quarter&by=level&to=2026-06-30&from=2026-01-01"))
    assert lines == [
        ("2026年第1季 · 一般客戶", "2", "2"),
        ("2026年第1季 · 重要客戶", "2", "2"),
        ("2026年第2季 · 一般客戶", "1", "3"),
        ("2026年第2季 · 重要客戶", "0", "2"),
        ("合計", "5", "5"),
    ]
