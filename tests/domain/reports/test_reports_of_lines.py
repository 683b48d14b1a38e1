"""SR-1, SR-5 and SR-6, SR-4, SR-7 and SR-8 on sets whose figures were worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.reports.pictures import drawing_of
from crm.domain.reports.sheet import applied_conditions, sheet_of
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.entities.listing import Reader
from crm.models import Customer, DictionaryItem, Order, Product, RoleMember, User
from crm.models.permissions import Permission, Scope
from tests.cast import Cast, actor_as
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
MAY = "from=2026-05-01&to=2026-05-31"


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)


def sell(session: Session, cast: Cast, customer: Customer, by: User, day: str, lines: Any, **values: Any) -> Order:
    order = make_order(session, customer, by, now=at(day), lines=lines, **values)
    submitted(session, order, by, cast.order, at(day))
    ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order, at(day)))
    return order


def pay(session: Session, cast: Cast, order: Order, amount: str, day: str) -> None:
    customer = session.get_one(Customer, order.customer_id)
    by = session.get_one(User, order.owner_id)
    receipt = make_receipt(session, customer, by, {order: amount}, at(day))
    RECEIPT_WORKFLOW.fire(session, receipt, "submit", actor_as(session, by, at(day)), approver_id=cast.finance.id)
    RECEIPT_WORKFLOW.fire(session, receipt, "approve", actor_as(session, cast.finance, at(day)))


@pytest.fixture
def sold(session: Session, cast: Cast) -> dict[str, Any]:
    """In May: paper 10 × 30 and 5 × 28 (cost 20), ink 2 × 100 without a cost; 5 % tax on the ink's order, 10 off."""
    north, south = (session.scalars(select(DictionaryItem).where(DictionaryItem.dictionary == "region")).all())[:2]
    first = make_customer(session, cast.wang, "甲公司", region_id=north.id)
    second = make_customer(session, cast.li, "乙公司", region_id=south.id)
    goods = make_category(session, "用品")
    paper = make_product(session, "紙", category_id=goods.id, cost=Decimal(20))
    ink = make_product(session, "墨", category_id=goods.id)
    sell(session, cast, first, cast.wang, "2026-05-04", [line(paper, "10", "30")])
    both = [line(paper, "5", "28", tax_rate=Decimal(5)), line(ink, "2", "100", tax_rate=Decimal(5))]
    sell(session, cast, second, cast.li, "2026-05-20", both, discount_amount=Decimal(10))
    sell(session, cast, first, cast.wang, "2026-04-30", [line(ink, "1", "90")])
    void = sell(session, cast, first, cast.wang, "2026-05-05", [line(paper, "100", "30")])
    ORDER_WORKFLOW.fire(session, void, "void", actor_as(session, cast.order, at("2026-05-06")), "客戶取消")
    session.commit()
    return {"paper": paper, "ink": ink, "north": north, "south": south}


def everything(session: Session, cast: Cast) -> Reader:
    return reader_of(session, cast.admin, EVERYTHING)


@pytest.mark.usefixtures("sold")
def test_sr1_each_group_has_its_subtotal(session: Session, cast: Cast) -> None:
    """乙's order: 140 + 200 with 5 % tax are 357.00, less 10: 347.00."""
    assert table(ask("sales_details", everything(session, cast), MAY)) == [
        ("乙公司", "347.00", "53.6%", "2", "7", "1"),
        ("甲公司", "300.00", "46.4%", "1", "10", "1"),
        ("合計", "647.00", "100.0%", "3", "17", "2"),
    ]
    assert table(ask("sales_details", reader_of(session, cast.wang), MAY))[-1][1] == "300.00"


def test_sr5_a_line_without_a_cost_counts_apart(session: Session, cast: Cast, sold: dict[str, Any]) -> None:
    """The 10 off the second order are shared by amount: 147.00 and 210.00 lose 4.12 and 5.88, as do 140 and 200."""
    lines = table(ask("sales_profit", everything(session, cast), f"by=product&{MAY}"))
    assert lines == [
        ("紙", "435.88", "300.00", "135.88", "31.2%", "0.00", "442.88"),
        ("墨", "194.12", "0.00", "0.00", "–", "194.12", "204.12"),
        ("合計", "630.00", "300.00", "135.88", "31.2%", "194.12", "647.00"),
    ]
    assert [one[:3] for one in table(ask("sales_profit", everything(session, cast), "by=month&period=year"))] == [
        ("2026-04", "90.00", "0.00"),
        ("2026-05", "630.00", "300.00"),
        ("合計", "720.00", "300.00"),
    ]


@pytest.mark.usefixtures("sold")
def test_sr5_without_the_right_to_see_costs_there_is_none(session: Session, cast: Cast) -> None:
    reader = everything(session, cast)
    scopes = {k: v for k, v in reader.rights.scopes.items() if k != Permission.SALES_PROFIT_COST.value}
    reader = replace(reader, rights=replace(reader.rights, scopes=scopes))
    query = ask("sales_profit", reader, f"by=product&{MAY}")
    assert table(query) == [("紙", "435.88", "442.88"), ("墨", "194.12", "204.12"), ("合計", "630.00", "647.00")]
    assert query.left_out


@pytest.mark.usefixtures("sold")
def test_sr6_prices_quantities_and_customers_of_a_product(session: Session, cast: Cast) -> None:
    lines = table(ask("products_summary", everything(session, cast), MAY))
    assert [one[:8] for one in lines] == [
        ("紙", "442.88", "68.5%", "15", "29.53", "28.00", "30.00", "2"),
        ("墨", "204.12", "31.5%", "2", "102.06", "100.00", "100.00", "1"),
        ("合計", "647.00", "100.0%", "17", "38.06", "28.00", "100.00", "2"),
    ]
    top = table(ask("products_summary", everything(session, cast), f"{MAY}&by=product_category"))
    assert [one[:2] for one in top] == [("用品", "647.00"), ("合計", "647.00")]


def test_sr7_by_region(session: Session, cast: Cast, sold: dict[str, Any]) -> None:
    lines = table(ask("sales_distribution", everything(session, cast), MAY))
    assert lines == [
        (sold["south"].name, "347.00", "53.6%", "1", "1"),
        (sold["north"].name, "300.00", "46.4%", "1", "1"),
        ("合計", "647.00", "100.0%", "2", "2"),
    ]
    by_city = table(ask("sales_distribution", everything(session, cast), f"{MAY}&by=city"))
    assert [one[:3] for one in by_city] == [("未填", "647.00", "100.0%"), ("合計", "647.00", "100.0%")]


def test_sr4_open_amounts_by_age(session: Session, cast: Cast) -> None:
    """On 29 November: 30 days old is of 30 October, 31 of the 29th, 61 of 29 September, 91 of 30 August."""
    first = make_customer(session, cast.wang, "甲公司")
    second = make_customer(session, cast.li, "乙公司")
    days = {"2026-10-30": "100", "2026-10-29": "20", "2026-09-29": "3", "2026-08-30": "0.40"}
    orders = [approved_order(session, first, cast.wang, cast.order, amount, at(day)) for day, amount in days.items()]
    orders[1].due_on = at("2026-11-28").date()
    orders[0].due_on = at("2026-11-29").date()
    orders[2].due_on = orders[3].due_on = None
    pay(session, cast, orders[0], "40", "2026-11-01")
    paid = approved_order(session, second, cast.li, cast.order, "500", at("2026-11-02"))
    pay(session, cast, paid, "500", "2026-11-03")
    make_order(session, second, cast.li, "9000", at("2026-11-04"))
    session.commit()
    query = ask("receivables_summary", everything(session, cast), "by=owner")
    assert table(query) == [
        ("王小明", "83.40", "100.0%", "20.00", "60.00", "20.00", "3.00", "0.40", "123.40", "40.00"),
        ("李小華", "0.00", "0.0%", "0.00", "0.00", "0.00", "0.00", "0.00", "500.00", "500.00"),
        ("合計", "83.40", "100.0%", "20.00", "60.00", "20.00", "3.00", "0.40", "623.40", "540.00"),
    ]
    assert drawing_of(query).labels == ("王小明",), "who owes nothing has no bar"
    nothing_owed = ask("receivables_summary", reader_of(session, cast.li), "by=owner")
    assert table(nothing_owed)[-1][1] == "0.00"
    assert drawing_of(nothing_owed).labels == ("李小華",)


@pytest.fixture
def ranked(session: Session, cast: Cast) -> dict[str, Customer]:
    """October: 甲 500, 乙 400, 丙 300. November: 丙 900, 甲 200, 乙 200, 丁 50."""
    names = {"甲": cast.wang, "乙": cast.wang, "丙": cast.li, "丁": cast.li}
    made = {name: make_customer(session, owner, f"{name}公司") for name, owner in names.items()}
    months = {"2026-10-10": {"甲": "500", "乙": "400", "丙": "300"},
              "2026-11-10": {"丙": "900", "甲": "200", "乙": "200", "丁": "50"}}  # fmt: skip
    for day, amounts in months.items():
        for name, amount in amounts.items():
            approved_order(session, made[name], names[name], cast.order, amount, at(day))
    make_target(session, cast.li, cast.manager, 2026, "9500")
    make_target(session, cast.wang, cast.manager, 2026, "100")
    session.commit()
    return made


@pytest.mark.usefixtures("ranked")
def test_sr8_places_now_and_before(session: Session, cast: Cast) -> None:
    """Equal ones share the second place; the fourth is the next."""
    lines = table(ask("sales_ranking", everything(session, cast), "by=customer&period=month"))
    assert [(name, place, sold, then, gained) for name, place, sold, _share, then, gained, *_ in lines] == [
        ("丙公司", "1", "900.00", "3", "↑2"),
        ("甲公司", "2", "200.00", "1", "↓1"),
        ("乙公司", "2", "200.00", "2", "0"),
        ("丁公司", "4", "50.00", "–", "–"),
        ("合計", "–", "1,350.00", "–", "–"),
    ]


@pytest.mark.usefixtures("ranked")
def test_sr8_the_first_ones_and_the_others(session: Session, cast: Cast) -> None:
    lines = table(ask("sales_ranking", everything(session, cast), "by=owner&period=month&top=5"))
    assert [one[:3] for one in lines] == [
        ("李小華", "1", "950.00"),
        ("王小明", "2", "400.00"),
        ("合計", "–", "1,350.00"),
    ]
    for number in range(6):
        customer = make_customer(session, cast.li, f"{number}號公司")
        approved_order(session, customer, cast.li, cast.order, f"{number + 1}", at("2026-11-12"))
    session.commit()
    lines = table(ask("sales_ranking", everything(session, cast), "by=customer&period=month&top=5"))
    assert [one[:3] for one in lines[-3:]] == [
        ("5號公司", "5", "6.00"),
        ("其餘", "–", "15.00"),
        ("合計", "–", "1,371.00"),
    ]


def colleague_of(session: Session, person: User, login: str) -> User:
    """Somebody new with the same roles."""
    found = User(login=login, login_key=login, name=login, pinyin=login, unit_id=person.unit_id, password_hash="")
    found.created_at = found.updated_at = at("2026-01-01")
    session.add(found)
    session.flush()
    roles = session.scalars(select(RoleMember.role_id).where(RoleMember.user_id == person.id)).all()
    session.add_all(RoleMember(role_id=role, user_id=found.id) for role in roles)
    session.flush()
    return found


@pytest.mark.usefixtures("ranked")
def test_sr8_the_others_have_their_targets(session: Session, cast: Cast) -> None:
    """Of six people the last one sold least: 6.00 of a target of 480.00; all of them have 10,800.00 a month."""
    for number in range(4):
        person = colleague_of(session, cast.wang, f"more{number}")
        make_target(session, person, cast.manager, 2026, str(120 * (number + 1)))
        approved_order(session, make_customer(session, person), person, cast.order, str(9 - number), at("2026-11-12"))
    session.commit()
    query = ask("sales_ranking", everything(session, cast), "by=owner&period=month&top=5")
    target = [heading.label for heading in sheet_of(query).headings].index("任務")
    found = [(one[0], one[2], one[target], one[target + 1]) for one in table(query)[-2:]]
    assert found == [("其餘", "6.00", "480.00", "1.3%"), ("合計", "1,380.00", "10,800.00", "12.8%")]


def test_x1_what_is_ranked_by_stands_in_the_conditions(session: Session, cast: Cast) -> None:
    asked = applied_conditions(ask("sales_ranking", everything(session, cast), "rank=orders&top=10"))
    assert asked[-2:] == [("前幾名", "10"), ("排名依據", "訂單數")]
    asked = applied_conditions(ask("customer_contribution", everything(session, cast), "top=all"))
    assert asked[-1] == ("前幾名", "全部")


@pytest.mark.usefixtures("ranked")
def test_sr8_by_target_rate(session: Session, cast: Cast) -> None:
    """Wang sold 400 of 100 ÷ 12, Li 950 of 9,500 ÷ 12; a customer has no target to rank by."""
    query = ask("sales_ranking", everything(session, cast), "by=owner&period=month&rank=rate")
    assert [one[:2] for one in table(query)] == [("王小明", "1"), ("李小華", "2"), ("合計", "–")]
    assert "rank" in ask("sales_ranking", everything(session, cast), "by=customer&rank=rate").problems


def test_products_are_ranked_by_their_lines(session: Session, cast: Cast, sold: dict[str, Any]) -> None:
    lines = table(ask("sales_ranking", everything(session, cast), f"by=product&{MAY}"))
    assert [one[:3] for one in lines] == [("紙", "1", "442.88"), ("墨", "2", "204.12"), ("合計", "–", "647.00")]
    assert session.get_one(Product, sold["paper"].id).name == "紙"
    assert item(session, "region", sold["north"].name)
