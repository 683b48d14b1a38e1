"""Reports asked by strangers: whatever stands in an address is answered in words, never by a fault (X-1, X-3)."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lxml.html
import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.platform.readers import reader_for
from crm.domain.reports import REPORTS, ReportQuery
from crm.domain.reports.emailing import email_content
from crm.domain.reports.pictures import drawing_of
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.entities.listing import Parameters
from crm.models import Role, SavedReport
from tests.cast import Cast, actor_as
from tests.conftest import Person, grow, wants_all
from tests.factories import (
    approved_order,
    item,
    level,
    line,
    make_customer,
    make_order,
    make_product,
    make_record,
    submitted,
)
from tests.sampling import mostly_long

ADDRESSES = {key: f"/reports/{key.replace('_', '-')}" for key in REPORTS}
LONG = "x" * 10_000
TYPED = (
    "from=0001-01-01&to=9999-12-31",
    "from=9999-12-31&compare=before",
    "to=0001-01-01&compare=year_before",
    "from=9999-12-01&to=9999-12-31&stage=week",
    "from=1900-01-01&to=1900-01-01&compare=before&stage=day",
    "from=2024-02-29&to=2024-02-29&compare=year_before&stage=day",
    "from=1-1-1&to=%00",
    "from=民國115年1月1日&to=115/2/1",
    f"from={LONG}",
    "owner=99999999999999999999999",
    "owner=-1",
    "owner=1%20OR%201=1",
    "owner=٣",
    "level=%F0%9F%98%80",
    "product=%25%27%22;DROP TABLE orders--",
    "customer=%00%01%1b",
    "customer=%ED%A0%80",
    "customer=_%25\\",
    f"customer={LONG}",
    f"product={LONG}",
    "by=owner&by=level&owner[]=1&owner[a]=2",
    "by=none&second=owner",
    "by=none&second=month",
    "top=-1",
    "top=1e9",
    "rank=__class__",
    "rank=running",
    "chart=../../etc/passwd",
    "neglected_days=0",
    "neglected_days=999999999999",
    "neglected_days=abc&lost_days=1.5",
    "kept=99999999999999999999999999",
    "kept=abc",
    "sold_in=custom",
    "stage=century",
    "compare=<b>",
    "of=nonsense",
    "of_owner=abc",
    "of_owner=999999999",
    "of_owner=-&by=owner",
    "by=owner&of_owner=1%27",
    "by=month&of_month=999999",
    "by=month&of_month=0",
    "of_step=nonsense",
    "of_step=9999-12-31&stage=year",
    "of_step=0001-01-01&stage=week",
    "page=-1&sort=nonsense",
    "page=99999999999999999999",
)


@pytest.fixture(scope="module")
def firm_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sold") / "instance"
    grow(grown, folder, sell)
    return folder


def sell(session: Session, cast: Cast) -> None:
    for person, name, amount in ((cast.wang, "甲公司", "1200"), (cast.li, "乙公司", "300.50")):
        customer = make_customer(session, person, name, level_id=level(session, "重要客戶").id)
        approved_order(session, customer, person, cast.order, amount)


def page_of(person: Person, url: str) -> Any:
    answer = person.get(url)
    assert answer.status_code == 200, (url[:100], answer.status)
    return lxml.html.fromstring(answer.text)


def told_beside(page: Any, name: str) -> str:
    control = page.get_element_by_id(f"r-{name}")
    assert control.get("aria-invalid") == "true" and not page.xpath("//table")
    return str(page.get_element_by_id(control.get("aria-describedby")).text_content().strip())


@pytest.mark.parametrize("address", ADDRESSES.values())
def test_no_address_makes_a_fault(address: str, as_user: Callable[[str], Person], request: Any) -> None:
    """Each text at every report with --long; otherwise at each sixth one, another sixth for the next report."""
    manager = as_user("manager")
    places = ("", "/details")
    first, each = (0, 1) if wants_all(request.config) else (list(ADDRESSES.values()).index(address) % 6, 6)
    found = [
        (rest, typed[:60])
        for typed in TYPED[first::each]
        for rest in places
        if manager.get(f"{address}{rest}?{typed}").status_code >= 500
    ]
    assert found == []


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("customer", "x" * 101, "100"),
        ("product", "商" * 10_000, "10000"),
        ("from", "2" * 10_000, "10000"),
        ("owner", "9" * 5_000, "選"),
        ("customer", "\u200b\u200d", "看得見"),
    ],
)
def test_what_is_too_long_is_told_and_stays(name: str, typed: str, said: str, as_user: Callable[[str], Person]) -> None:
    page = page_of(as_user("manager"), f"/reports/sales-details?{name}={typed}")
    assert said in told_beside(page, name).replace(",", "")
    assert page.get_element_by_id(f"r-{name}").value == typed


def test_none_is_no_grouping_of_a_report_that_needs_one(as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    assert told_beside(page_of(manager, "/reports/sales-classes?by=none"), "by")
    assert not page_of(manager, "/reports/sales-trend?by=none").xpath("//*[@aria-invalid='true']")


def test_a_rank_that_another_grouping_does_not_know_keeps_its_name(as_user: Callable[[str], Person]) -> None:
    page = page_of(as_user("manager"), "/reports/sales-ranking?by=product&rank=received")
    assert told_beside(page, "rank")
    assert page.xpath("//select[@name='rank']/option[@selected]/text()") == ["收款額"]


def kept_with(session: Session, person: Any, query: str, **values: Any) -> SavedReport:
    kept = SavedReport(user_id=person.id, report="customer_classes", name="北區客戶", query=query, **values)
    session.add(kept)
    session.commit()
    return kept


def test_a_kept_condition_that_is_gone_is_told_and_not_left_out(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    """Else the whole firm's figures would stand under the name of one region."""
    kept, manager = kept_with(session, cast.manager, "by=owner&region=999999"), as_user("manager")
    answer = manager.get(f"/reports/kept/{kept.id}")
    assert told_beside(page_of(manager, answer.headers["Location"]), "region")
    assert "已不存在" in page_of(manager, "/reports").text_content()
    assert manager.post(f"/reports/kept/{kept.id}/workbench").status_code == 303
    (panel,) = page_of(manager, "/").xpath(f"//*[@id='panel-report-{kept.id}']")
    assert "已不存在" in panel.text_content() and not panel.xpath(".//img")
    carried = {"key": kept.report, "query": kept.query, "name": kept.name}
    content = email_content(session, carried, cast.manager, "zh_Hant", datetime.now(UTC))
    assert "已不存在" in content.text and not (content.html or content.workbook)


def test_what_cannot_be_asked_is_not_kept(session: Session, as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    for typed in ("region=999999", "from=2026-03-01&to=2026-02-01", "by=shoe_size"):
        url = f"/reports/customer-classes/keep?{typed}"
        for answer in (manager.get(url), manager.post(url, {"name": "錯的"})):
            assert answer.status_code == 302 and page_of(manager, answer.headers["Location"]).xpath(
                "//*[@aria-invalid]"
            )
    assert session.scalars(select(SavedReport)).all() == []


def test_only_who_kept_a_report_is_offered_to_send_it(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    role = session.scalars(select(Role).where(Role.name == "業務員")).one()
    kept = kept_with(session, cast.manager, "by=owner", role_id=role.id)
    url = f"/reports/customer-classes?by=owner&kept={kept.id}"
    offered = {"放到工作臺", "定時發送"}

    def seen_by(person: str, address: str = url) -> set[str]:
        page = page_of(as_user(person), address)
        return offered & {one.text_content().strip() for one in page.xpath("//a | //button")}

    assert seen_by("manager") == offered
    assert seen_by("wang") == {"放到工作臺"}
    kept.role_id = None
    session.commit()
    assert seen_by("wang") == set()
    assert seen_by("manager", f"/reports/customer-growth?kept={kept.id}") == set()
    for wrong in ("9" * 30, "-1", "abc"):
        assert seen_by("manager", f"/reports/customer-classes?kept={wrong}") == set()
        assert as_user("manager").get(f"/reports/kept/{wrong}").status_code == 404


@pytest.mark.parametrize("by", mostly_long(["customer", "level", "idle", "owner&second=level"], ["idle"]))
@pytest.mark.parametrize("rank", ["last", "idle", "neglected", "records"])
def test_follow_up_is_ranked_by_each_of_its_figures(rank: str, by: str, as_user: Callable[[str], Person]) -> None:
    """A day is no number, and nobody was contacted yet."""
    manager = as_user("manager")
    for rest in ("", "/chart.png", "/export"):
        assert manager.get(f"/reports/customer-follow-up{rest}?by={by}&rank={rank}").status_code == 200


def test_by_last_contact_the_latest_comes_first_and_nobody_last(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    day = datetime(2026, 5, 4, 3, tzinfo=UTC)
    for name, at in (("先", day), ("後", day.replace(month=8)), ("中", day.replace(month=6))):
        make_record(session, make_customer(session, cast.wang, name), cast.wang, at)
    session.commit()
    page = page_of(as_user("manager"), "/reports/customer-follow-up?by=customer&rank=last")
    names = page.xpath("//table[contains(@class, 'figures')]/tbody/tr/td[1]/text()")
    assert names[:3] == ["後", "中", "先"] and set(names[3:]) == {"甲公司", "乙公司"}


def test_by_lowest_price_the_lowest_comes_first(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    customer = make_customer(session, cast.wang, "丙公司")
    for name, price in (("貴", "90"), ("便宜", "5"), ("中等", "40")):
        product = make_product(session, name)
        order = make_order(session, customer, cast.wang, lines=[line(product, "1", price)])
        ORDER_WORKFLOW.fire(
            session, submitted(session, order, cast.wang, cast.order), "approve", actor_as(session, cast.order)
        )
    session.commit()
    page = page_of(as_user("manager"), "/reports/products-summary?rank=lowest&top=5")
    names = page.xpath("//table[contains(@class, 'figures')]/tbody/tr/td[1]/text()")
    assert names[:3] == ["便宜", "中等", "貴"]


HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "<b>粗</b><script>alert(1)</script>",
    "長" * 100,
    "😀 𠮷野家",
    "-1+1|cmd",
    "{{7*7}}%s",
)


def test_hostile_names_are_names(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    for name in HOSTILE:
        approved_order(session, make_customer(session, cast.wang, name), cast.wang, cast.order, "10")
    session.commit()
    manager = as_user("manager")
    for address in ("sales-details?by=customer", "customer-contribution?by=customer", "sales-ranking?by=customer"):
        path, asked = address.split("?")
        page = page_of(manager, f"/reports/{path}?{asked}&period=always")
        names = page.xpath("//table[contains(@class, 'figures')]/tbody/tr/td[1]")
        assert set(HOSTILE) <= {name.text_content().strip() for name in names} and not page.xpath("//td/b")
        assert manager.get(f"/reports/{path}/chart.png?{asked}&period=always").mimetype == "image/png"
        assert HOSTILE[1] in page_of(manager, f"/reports/{path}/print?{asked}&period=always").text_content()
        book = openpyxl.load_workbook(io.BytesIO(manager.get(f"/reports/{path}/export?{asked}&period=always").data))
        cells = {cell.value: cell.data_type for row in book.active.iter_rows() for cell in row}
        assert all(cells[name] == "s" for name in HOSTILE)


def test_two_of_the_same_name_are_two_in_the_picture(session: Session, cast: Cast) -> None:
    for region, amount in (("華東", "10"), ("華南", "30")):
        first = make_customer(session, cast.wang, f"{region}公司", region_id=item(session, "region", region).id)
        approved_order(session, first, cast.wang, cast.order, amount)
    item(session, "region", "華南").name = "華東"
    session.commit()
    reader = reader_for(session, actor_as(session, cast.manager), "zh_Hant")
    for asked in ({"by": "region", "second": "owner"}, {"by": "owner", "second": "region"}):
        drawing = drawing_of(
            ReportQuery(REPORTS["sales_classes"], reader, Parameters([*asked.items(), ("period", "always")]))
        )
        named = [*drawing.labels, *(one.name for one in drawing.series)]
        assert len({name for name in named if name.startswith("華東 #")}) == 2
        values = sorted(value for one in drawing.series for value in one.values if value)
        assert values == [10, 30, 300.5, 1200]


def test_the_rest_is_no_group(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    for number in range(7):
        approved_order(session, make_customer(session, cast.wang, f"{number}號"), cast.wang, cast.order, "10")
    session.commit()
    page = page_of(as_user("manager"), "/reports/customer-contribution?top=5")
    assert page.xpath("//span[@class='total']/text()") == ["5 組"]
    assert page.xpath("//table[contains(@class, 'figures')]/tbody/tr[last()]/td[1]/text()") == ["其餘"]


def test_no_receiver_is_left_out_in_silence(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    cast.manager.email = "m@example.com"
    kept, manager = kept_with(session, cast.manager, "by=owner"), as_user("manager")
    cast.li.disabled_at = datetime.now(UTC)
    session.commit()
    known, left = str(cast.manager.id), str(cast.li.id)
    for wrong, said in (
        ([known, left], "已離職"),
        ([known, "999999"], "已離職"),
        ([known, "9" * 30], "已離職"),
        ([known, "abc"], "已離職"),
        ([known, *(str(number) for number in range(5000, 5060))], "50"),
    ):
        sent = {"every": "weekly", "weekday": "0", "month_day": "1", "hour": "8", "receivers": wrong}
        answer = manager.post(f"/reports/kept/{kept.id}/email", sent)
        assert answer.status_code == 422 and said in answer.text, wrong[:3]
        session.expire_all()
        assert (kept.every, kept.receivers) == ("never", [])
