"""Setting targets, and seeing one's own (TG-1, T-1, W-1)."""

from collections.abc import Callable
from decimal import Decimal

import lxml.html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.sales.targets import months_of
from crm.models import SalesTarget
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import approved_order, make_customer, make_target

MONTHS = {f"month_{n}": "1000" for n in range(1, 13)}


def test_tg1_a_manager_sets_a_target(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    session.commit()
    manager = as_user("manager")
    values = {"unit_id": cast.wang.unit_id, "user_id": cast.wang.id, "year": "2026", **MONTHS}
    answer = manager.post("/target-setting", data=values)
    assert answer.status_code == 303
    target = session.scalars(select(SalesTarget)).one()
    assert months_of(session, target) == [Decimal(1000)] * 12
    shown = manager.get(answer.headers["Location"]).text
    assert "王小明" in shown and "12,000.00" in shown and "北區" in shown
    again = manager.post("/target-setting", data=values)
    assert again.status_code == 422 and "已有銷售任務" in again.text and 'value="1000"' in again.text


def test_tg1_spread_fills_the_months_and_saves_nothing(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    session.commit()
    values = {"unit_id": cast.wang.unit_id, "user_id": cast.wang.id, "year": "2026", "year_amount": "1000"}
    answer = as_user("manager").post("/target-setting", data={**values, "spread": "1"})
    page = lxml.html.fromstring(answer.text)
    months = [page.get_element_by_id(f"f-month_{n}").value for n in (1, 12)]
    assert answer.status_code == 200 and months == ["83.33", "83.37"]
    assert page.get_element_by_id("f-user_id").value == str(cast.wang.id)
    assert session.scalars(select(SalesTarget)).first() is None


def test_tg1_a_years_figure_is_spread_where_the_months_were_left_as_they_were(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    session.commit()
    manager = as_user("manager")
    values = {"unit_id": cast.wang.unit_id, "user_id": cast.wang.id, "year": "2026", "year_amount": "1000"}
    assert manager.post("/target-setting", data=values).status_code == 303
    target = session.scalars(select(SalesTarget)).one()
    months = months_of(session, target)
    assert (months[0], sum(months)) == (Decimal("83.33"), Decimal(1000))
    shown = {f"month_{n}": str(amount) for n, amount in enumerate(months, 1)}
    url = f"/target-setting/{target.id}"
    manager.post(url, data={**shown, "year_amount": "2400", "version": target.version})
    assert months_of(session, target) == [Decimal(200)] * 12
    manager.post(url, data={**MONTHS, "month_1": "5", "year_amount": "2400", "version": target.version})
    assert sum(months_of(session, target)) == Decimal(11005), "months that were written count"
    empty = {f"month_{n}": "" for n in range(1, 13)}
    manager.post(url, data={**empty, "year_amount": "11005", "version": target.version})
    assert sum(months_of(session, target)) == 0, "and so do months that were emptied"


def test_t1_ones_own_year_with_a_chart(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    order = approved_order(session, make_customer(session, cast.wang), cast.wang, cast.order, "600")
    make_target(session, cast.wang, cast.manager, order.ordered_on.year)
    session.commit()
    wang = as_user("wang")
    page = wang.get("/targets").text
    assert "12,000.00" in page and "600.00" in page and "60.0%" in page
    assert "600.00" not in as_user("li").get("/targets").text
    chart = wang.get("/targets/chart.png")
    assert chart.data.startswith(b"\x89PNG") and chart.headers["Cache-Control"] == "private, no-cache"
    panel = wang.get("/workbench/panels/my_sales").text
    assert "本月" in panel and "60.0%" in panel and "alt=" in panel


def test_a_year_that_is_none_shows_this_year(cast: Cast, as_user: Callable[[str], Person]) -> None:
    for year in ("0", "99999", "x", "-5"):
        assert as_user("wang").get(f"/targets?year={year}").status_code == 200
        assert as_user("manager").get(f"/target-setting?year={year}").status_code == 200
