"""The pages of reports: conditions in the address, picture, details, workbook, print (X-1 to X-5)."""

import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import lxml.html
import openpyxl
import pytest
from PIL import Image
from sqlalchemy import event
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.customers.customers import save_customer
from crm.domain.reports import REPORTS
from crm.extensions import db
from crm.web.background_work import runner
from crm.web.table import export as large_export
from tests.cast import ZONE, Cast
from tests.conftest import Person, grow
from tests.factories import approved_order, level, made_by, make_customer
from tests.sampling import mostly_long

ADDRESSES = [f"/reports/{key.replace('_', '-')}" for key in REPORTS]
TODAY = datetime.now(ZONE).date()


@pytest.fixture(scope="module")
def sold_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sold") / "instance"
    grow(grown, folder, sell)
    return folder


@pytest.fixture
def firm_folder(request: pytest.FixtureRequest, grown: Path) -> Path:
    sold: Path = request.getfixturevalue("sold_folder") if "sold" in request.fixturenames else grown
    return sold


@pytest.fixture
def sold() -> None:
    """For tests of a firm that has sold something."""


def sell(session: Session, cast: Cast) -> None:
    important = level(session, "重要客戶").id
    first = make_customer(session, cast.wang, "甲公司", registered_on=TODAY, level_id=important)
    second = make_customer(session, cast.li, "=乙公司", registered_on=TODAY)
    approved_order(session, first, cast.wang, cast.order, "1200")
    approved_order(session, second, cast.li, cast.order, "300.50")
    save_customer(session, first, {"level_id": level(session, "一般客戶").id}, made_by(session, cast.wang))
    save_customer(session, second, {"level_id": level(session, "潛在客戶").id}, made_by(session, cast.li))
    save_customer(session, second, {"level_id": None}, made_by(session, cast.li))


def page_of(person: Person, url: str) -> Any:
    answer = person.get(url)
    assert answer.status_code == 200, (url, answer.status)
    return lxml.html.fromstring(answer.text)


def rows(page: Any) -> list[list[str]]:
    """The table as it is read, without the column of links."""
    found = page.xpath("//table[contains(@class, 'figures')]//tr[td]")
    return [[cell.text_content().strip() for cell in row[:-1]] for row in found]


def field(page: Any, label: str) -> Any:
    (found,) = [one for one in page.xpath("//label") if one.text_content().strip() == label]
    return page.get_element_by_id(found.get("for"))


@pytest.mark.usefixtures("sold")
def test_x1_the_menu_leads_to_the_reports(as_user: Callable[[str], Person]) -> None:
    page = page_of(as_user("manager"), "/")
    titles = {
        heading.text_content(): [link.text_content() for link in heading.getnext().xpath(".//a")]
        for heading in page.xpath("//nav[@id='menu']//h2")
    }
    assert titles["客戶報表"][:2] == ["客戶分類分析", "客戶發展趨勢分析"]
    assert "銷售分類分析" in titles["銷售報表"] and "銷售趨勢圖" in titles["銷售報表"]


@pytest.mark.usefixtures("sold")
def test_x1a_the_labels_of_the_conditions(as_user: Callable[[str], Person]) -> None:
    labels = (
        "開始日期 結束日期 分類項目 第二分類項目 圖表 前幾名 排名依據 比較 業務部門 業務人員 客戶 區域 省份".split()
    )
    labels += "城市 客戶分類 客戶等級 客戶來源 行業 客戶狀態".split()
    page = page_of(as_user("manager"), "/reports/sales-classes")
    for label in ("銷售時間", *labels):
        assert field(page, label) is not None
    page = page_of(as_user("manager"), "/reports/customer-growth")
    assert [o.text for o in field(page, "階段")] == ["日", "周", "月", "季", "年"]
    assert field(page, "登記時間").value == "year"
    periods = ["今日", "本周", "本月", "本季", "本年", "上月", "去年", "全部時間", "自定義"]
    assert [o.text for o in field(page, "登記時間")] == periods


@pytest.mark.usefixtures("sold")
def test_x1_figures_total_and_details(as_user: Callable[[str], Person]) -> None:
    page = page_of(as_user("manager"), "/reports/sales-classes?by=owner&period=today")
    assert rows(page) == [
        ["王小明", "1,200.00", "80.0%", "1", "1", "1,200.00"],
        ["李小華", "300.50", "20.0%", "1", "1", "300.50"],
        ["合計", "1,500.50", "100.0%", "2", "2", "750.25"],
    ]
    (link,) = [a for a in page.xpath("//td/a") if a.text_content() == "詳細信息：李小華"]
    details = page_of(as_user("manager"), link.get("href"))
    assert "=乙公司" in details.text_content() and "甲公司" not in details.text_content()
    (back,) = [a for a in details.xpath("//a") if a.text_content() == "返回報表"]
    assert back.get("href") == "/reports/sales-classes?period=today&by=owner"
    everything = [a for a in page.xpath("//a") if a.text_content() == "詳細信息：全部"]
    assert len(page_of(as_user("manager"), everything[0].get("href")).xpath("//tbody/tr")) == 2


@pytest.mark.usefixtures("sold")
def test_x3a_sorting_the_details_keeps_the_conditions(as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    url = "/reports/sales-classes/details?period=month&by=owner&of_owner=" + str(_id_of(manager, "王小明"))
    page = page_of(manager, url)
    for link in page.xpath("//thead//a"):
        again = page_of(manager, link.get("href"))
        assert "甲公司" in again.text_content() and "乙公司" not in again.text_content()


def _id_of(person: Person, name: str) -> str:
    options = field(page_of(person, "/reports/sales-classes"), "業務人員")
    return str(next(o.get("value") for o in options if o.text == name))


WRONG = [
    ("period=nonsense", "period"),
    ("from=2026-13-40", "from"),
    ("from=2026-03-01&to=2026-02-01", "to"),
    ("by=shoe_size", "by"),
    ("by=level&second=level", "second"),
    ("level=999999", "level"),
    ("owner=abc", "owner"),
    ("compare=yesterday", "compare"),
    ("top=7", "top"),
]


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize(("address", "name"), WRONG)
def test_x1_a_wrong_condition_says_so_beside_its_field(
    address: str, name: str, as_user: Callable[[str], Person]
) -> None:
    manager = as_user("manager")
    page = page_of(manager, f"/reports/customer-classes?{address}")
    control = page.get_element_by_id(f"r-{name}")
    assert page.get_element_by_id(control.get("aria-describedby")).text_content().strip()
    assert control.get("aria-invalid") == "true" and not page.xpath("//table")
    typed = dict(part.split("=") for part in address.split("&"))[name]
    assert control.value == typed
    for rest in ("/chart.png", "/print", "/export", "/details"):
        assert manager.get(f"/reports/customer-classes{rest}?{address}").status_code in (200, 404)


def test_x2_days_that_were_typed_are_what_is_asked_for(as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    page = page_of(manager, "/reports/customer-classes?period=year&from=2020-01-01&to=2020-02-01")
    assert field(page, "登記時間").value == "custom" and field(page, "開始日期").value == "2020-01-01"
    page = page_of(manager, "/reports/customer-classes?period=month&from=2020-01-01&to=2020-02-01&was=custom")
    assert field(page, "登記時間").value == "month" and field(page, "開始日期").value == ""


def test_x4_an_empty_result_says_so(as_user: Callable[[str], Person]) -> None:
    for address in ADDRESSES:
        page = page_of(as_user("manager"), f"{address}?from=2020-01-01&to=2020-01-02")
        assert "沒有符合這些條件的資料" in page.text_content(), address


@pytest.mark.usefixtures("sold")
def test_x5_bars_for_hundreds_of_days_are_a_line_and_the_page_says_so(as_user: Callable[[str], Person]) -> None:
    days, said = "/reports/sales-trend?stage=day&chart=bar&period=", "階段太多，圖表改以折線顯示。"
    assert said in page_of(as_user("manager"), f"{days}year").text_content()
    assert said not in page_of(as_user("manager"), f"{days}month").text_content()


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize("address", mostly_long(ADDRESSES, ADDRESSES[::4]))
def test_x5_the_picture_is_sharp_light_and_asked_for_again(address: str, as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    page = page_of(manager, address)
    (shown,) = page.xpath("//p[contains(@class, 'chart')]/img")
    first = manager.get(shown.get("src"))
    assert first.mimetype == "image/png" and 1_000 < len(first.data) < 60_000
    size = Image.open(io.BytesIO(first.data)).size
    assert size == (2 * int(shown.get("width")), 2 * int(shown.get("height")))
    assert "合計" in shown.get("alt")
    again = manager.get(shown.get("src"), headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.headers["Cache-Control"] == "private, no-cache"
    other = as_user("li").get(shown.get("src"), headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200 and other.data != first.data


@pytest.mark.usefixtures("sold")
def test_x3_another_person_sees_their_own_by_the_same_address(as_user: Callable[[str], Person]) -> None:
    url = "/reports/sales-classes?by=owner&period=today"
    assert rows(page_of(as_user("li"), url)) == [
        ["李小華", "300.50", "100.0%", "1", "1", "300.50"],
        ["合計", "300.50", "100.0%", "1", "1", "300.50"],
    ]
    manager = as_user("manager")
    details = f"/reports/sales-classes/details?by=owner&of_owner={_id_of(manager, '王小明')}"
    assert "甲公司" in page_of(manager, details).text_content()
    assert "甲公司" not in page_of(as_user("li"), details).text_content()


@pytest.mark.usefixtures("sold")
def test_x1_the_workbook_holds_conditions_figures_and_picture(
    session: Session, as_user: Callable[[str], Person]
) -> None:
    level(session, "一般客戶").name = "=1+1"
    answer = as_user("manager").get("/reports/sales-classes/export?by=level&period=today")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values[0][0] == "銷售分類分析" and values[1][0] == "銷售時間"
    heading = next(n for n, row in enumerate(values) if row[0] == "客戶等級")
    assert values[heading + 1][:3] == ["=1+1", 1200, 80]
    assert values[heading + 2][:3] == ["未填", 300.5, 20]
    assert values[heading + 3][:2] == ["合計", 1500.5]
    assert sheet.cell(heading + 2, 1).data_type == "s"
    assert sheet.cell(heading + 2, 2).number_format == "#,##0.00"
    assert len(sheet._images) == 1
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.orientation == "landscape"
    assert as_user("wang").get("/reports/sales-classes/export").status_code == 403


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize(
    ("conditions", "below"), [("by=owner", False), ("by=owner&second=level&compare=year_before", True)]
)
def test_x1_the_workbook_can_be_read_on_paper(conditions: str, below: bool, as_user: Callable[[str], Person]) -> None:
    """Beside a wide table the picture would make the page, and with it every figure, too small."""
    answer = as_user("manager").get(f"/reports/sales-classes/export?{conditions}&period=today")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    (picture,) = sheet._images
    place = picture.anchor._from
    assert (place.row >= sheet.max_row) is below
    assert (place.col == 0) is below
    labels = [sheet.cell(row, 1).value or "" for row in range(2, sheet.max_row) if sheet.cell(row, 2).value]
    assert sheet.column_dimensions["A"].width >= max(2 * len(label) for label in labels)
    heading = next(row for row in sheet.iter_rows() if "銷售額" in [cell.value for cell in row])
    assert [cell.alignment.horizontal for cell in heading if cell.value in ("銷售額", "訂單數")] == ["right", "right"]
    assert heading[0].alignment.horizontal is None


@pytest.mark.usefixtures("sold")
def test_x1_the_print_view_has_conditions_picture_and_table(as_user: Callable[[str], Person]) -> None:
    page = page_of(as_user("manager"), "/reports/sales-classes/print?by=owner&period=today")
    text = page.text_content()
    assert "銷售分類分析" in text and "今日" in text and "1,500.50" in text
    assert page.xpath("//img/@src")[0].startswith("/reports/sales-classes/chart.png")
    assert not page.xpath("//table//a")


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_report_asks_few_statements(address: str, app: CRM, as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    manager.get(address)
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda c, k, statement, *rest: seen.append(statement))
    manager.get(f"{address}?compare=before&from=2026-01-01&to=2026-12-31")
    asked = [one for one in seen if one.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert 0 < len(asked) <= 14, asked
    seen.clear()
    manager.get(f"{address}?compare=before&from=2026-01-01&to=2026-12-31")
    assert len([one for one in seen if "FROM orders" in one or "FROM customers" in one]) <= 1


@pytest.mark.usefixtures("sold")
def test_x3_figures_by_product_lead_to_the_lines(as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    page = page_of(manager, "/reports/sales-classes?by=product_category&period=today")
    (link,) = [a for a in page.xpath("//td/a") if a.text_content() == "詳細信息：未填"]
    details = page_of(manager, link.get("href"))
    headings = [heading.text_content().strip() for heading in details.xpath("//thead//th")]
    assert headings[0] == "訂單編號" and headings[2:5] == ["客戶", "省份", "商品"]
    assert "毛利" not in headings and "1,500.50" in details.xpath("//tfoot")[0].text_content()
    (export,) = details.xpath("//a[@class='export']/@href")
    values = openpyxl.load_workbook(io.BytesIO(manager.get(export).data)).active.values
    assert {row[headings.index("商品") + 3] for row in values} >= {1200, 300.5}


@pytest.mark.usefixtures("sold")
def test_x3_the_same_conditions_of_two_reports_have_their_own_details(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    """A customer registered in 2020 bought today: one of the reports counts it this year, the other does not."""
    old = make_customer(session, cast.wang, "老公司", registered_on=date(2020, 1, 1))
    approved_order(session, old, cast.wang, cast.order, "5")
    manager = as_user("manager")
    found = [
        len(page_of(manager, f"/reports/{report}/details?period=today").xpath("//tbody/tr"))
        for report in ("customer-classes", "customer-growth", "customer-follow-up", "sales-classes", "sales-trend")
    ]
    assert found == [2, 2, 3, 3, 3]
    totals = [
        page_of(manager, f"/reports/{report}/details?period=today").xpath("//span[@class='total']")[0].text_content()
        for report in ("customer-classes", "customer-follow-up", "sales-classes")
    ]
    assert ["".join(c for c in text if c.isdigit()) for text in totals] == ["2", "3", "3"]


@pytest.mark.usefixtures("sold")
def test_x3a_many_details_are_exported_in_the_background_and_are_the_same(
    app: CRM, session: Session, as_user: Callable[[str], Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = as_user("manager")
    url = f"/reports/sales-classes/details/export?period=today&by=owner&of_owner={_id_of(manager, '王小明')}"

    def cells(data: bytes) -> list[list[Any]]:
        return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows()]

    at_once = cells(manager.get(url).data)
    monkeypatch.setattr(large_export, "IN_REQUEST", 0)
    answer = manager.get(url)
    session.rollback()
    with app.app_context():
        runner().finish()
    assert cells(manager.get(f"{answer.location}/file").data) == at_once
    assert len(at_once) == 2


@pytest.mark.usefixtures("sold")
def test_the_details_of_a_figure_show_it(as_user: Callable[[str], Person]) -> None:
    """未收 is a column to be chosen in the list of orders; asked about by a report it stands there."""
    manager = as_user("manager")
    heads = page_of(manager, "/reports/customer-contribution/details?of=open").xpath("//thead//th")
    assert "未收" in [head.text_content().strip() for head in heads]
    usual = page_of(manager, "/reports/customer-contribution/details").xpath("//thead//th")
    assert "未收" not in [head.text_content().strip() for head in usual]


@pytest.mark.usefixtures("sold")
def test_folded_conditions_read_as_a_sentence(as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    page = page_of(manager, "/reports/sales-classes?by=owner&period=today")
    (line,) = page.xpath("//label[@for='conditions-shown']")
    assert "今日" in line.text_content() and not page.xpath("//input[@id='conditions-shown'][@checked]")
    wrong = page_of(manager, "/reports/sales-classes?by=nothing")
    assert wrong.xpath("//input[@id='conditions-shown'][@checked]"), "what is wrong is not hidden"
