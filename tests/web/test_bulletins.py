"""The notice board and the customers contacted last, as panels (W-1)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Bulletin
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import give, make_bulletin, make_customer, make_record


def test_everybody_reads_what_an_administrator_writes(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    session.commit()
    admin = as_user("admin")
    assert admin.post("/bulletins", data={"title": "週五盤點", "content": "<b>下午</b>三點"}).status_code == 303
    for login in ("wang", "order", "admin"):
        panel = as_user(login).get("/workbench/panels/bulletins").text
        assert "週五盤點" in panel and "&lt;b&gt;下午&lt;/b&gt;三點" in panel
    assert 'href="/bulletins"' not in as_user("wang").get("/workbench/panels/bulletins").text
    assert as_user("wang").post("/bulletins", data={"title": "x"}).status_code == 403


def test_a_note_stands_until_its_last_day(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    today = datetime.now(UTC).date()
    make_bulletin(session, cast.admin, "舊的", posted_on=date(2026, 1, 1), until=today - timedelta(days=2))
    make_bulletin(session, cast.admin, "將來", posted_on=today + timedelta(days=3))
    make_bulletin(session, cast.admin, "現在", posted_on=today - timedelta(days=3), until=today + timedelta(days=2))
    session.commit()
    panel = as_user("wang").get("/workbench/panels/bulletins").text
    assert "現在" in panel and "舊的" not in panel and "將來" not in panel
    listed = as_user("admin").get("/bulletins").text
    assert "已過期" in listed and "尚未開始" in listed


def test_a_wrong_date_keeps_what_was_typed(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    session.commit()
    values = {"title": "盤點", "posted_on": "2026-11-30", "until": "2026-11-01"}
    answer = as_user("admin").post("/bulletins", data=values)
    assert answer.status_code == 422 and "截止日期早於公告日期" in answer.text and 'value="盤點"' in answer.text
    assert session.scalars(select(Bulletin)).first() is None


def test_the_customers_contacted_last(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    now = datetime.now(UTC)
    names = []
    for days in (3, 1, 2):
        customer = make_customer(session, cast.wang, name=f"第{days}天電子")
        make_record(session, customer, cast.wang, now - timedelta(days=days))
        names.append(customer.name)
    gone = make_customer(session, cast.wang, name="別人的")
    make_record(session, gone, cast.wang, now)
    give(session, gone, cast.li, cast.manager)
    session.commit()
    panel = as_user("wang").get("/workbench/panels/recent").text
    assert panel.index("第1天電子") < panel.index("第2天電子") < panel.index("第3天電子")
    assert "別人的" not in panel
