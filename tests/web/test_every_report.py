"""Each report by each grouping: page, picture, print view, workbook and 詳細信息 say the same (X-1, X-3)."""

import io
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import lxml.html
import openpyxl
import pytest
from PIL import Image
from sqlalchemy.orm import Session

from crm.domain.reports import REPORTS
from crm.domain.reports.declaration import Report
from tests.cast import Cast
from tests.conftest import Person
from tests.reported_firm import firm_folder as firm_folder
from tests.reported_firm import own
from tests.sampling import mostly_long

SETS = ("period=always", "from=2025-08-15&to=2026-07-20&top=5", "from=2026-01-01&to=2026-11-29&compare=before&top=10")
"""Days that stay the same whenever the tests run."""
NUMBER = re.compile(r"[+↑]?(-?[\d,]+(?:\.\d+)?)%?")


def asked(report: Report, conditions: str, by: str, second: str = "") -> str:
    """The conditions that the report offers."""
    parts = [one for one in conditions.split("&") if report.comparable or not one.startswith("compare")]
    parts = [one for one in parts if not (report.stage and one.startswith("top"))]
    return "&".join([*parts, *([f"by={by}"] if by else []), *([f"second={second}"] if second else [])])


def page_of(person: Person, url: str) -> Any:
    answer = person.get(url)
    assert answer.status_code == 200, (url, answer.status)
    return lxml.html.fromstring(answer.text)


def rows_of(page: Any, box: str) -> list[list[str]]:
    """The figures as they are read, without the column of links."""
    (table,) = page.xpath(f"//{box}table[contains(@class, 'figures')]")
    width = len(table.xpath("./thead//th[not(span)]"))
    return [[cell.text_content().strip() for cell in row[:width]] for row in table.xpath("./tbody/tr | ./tfoot/tr")]


def written(person: Person, url: str, head: list[str]) -> list[list[Any]]:
    """The rows below the headings of the workbook."""
    answer = person.get(url)
    assert answer.status_code == 200, url
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    found = [list(row) for row in sheet.iter_rows(values_only=True)]
    (place,) = [n for n, row in enumerate(found) if [str(cell) for cell in row[: len(head)]] == head]
    return [row[: len(head)] for row in found[place + 1 :] if any(cell is not None for cell in row[: len(head)])]


def same_cell(read: str, kept: Any) -> bool:
    """What stands on the page is what the workbook holds; only formats differ."""
    if kept is None:
        return read in ("–", "")
    if isinstance(kept, datetime):
        return read.replace("/", "-").startswith(f"{kept:%Y-%m-%d}")
    if isinstance(kept, int | float):
        down = read.startswith("↓")
        number = NUMBER.fullmatch(read.lstrip("↓↑"))
        assert number is not None, read
        return Decimal(number[1].replace(",", "")) * (-1 if down else 1) == Decimal(str(round(kept, 4)))
    return read == kept


def check(person: Person, report: Report, address: str, picture: bool) -> None:
    base = f"/reports/{report.key.replace('_', '-')}"
    page = page_of(person, f"{base}?{address}")
    assert not page.xpath("//*[@aria-invalid='true']"), address
    if not page.xpath("//table[contains(@class, 'figures')]"):
        assert page.xpath("//div[@class='empty']")
        return
    rows = rows_of(page, "")
    head = [cell.text_content().strip() for cell in page.xpath("//table[contains(@class, 'figures')]//th[not(span)]")]
    printed = page_of(person, f"{base}/print?{address}")
    assert rows_of(printed, "div[@class='lines']//") == rows, address
    if page.xpath("//a[contains(@href, '/export')]"):  # else it is not within the person's rights
        kept = written(person, f"{base}/export?{address}", head)
        assert len(kept) == len(rows), address
        for read, cells in zip(rows, kept, strict=True):
            assert all(map(same_cell, read, cells)), (address, read, cells)
    if picture:
        (image,) = page.xpath("//img[contains(@src, 'chart.png')]")
        answer = person.get(image.get("src"))
        assert answer.status_code == 200 and answer.mimetype == "image/png"
        assert Image.open(io.BytesIO(answer.data)).width == 2 * int(image.get("width"))
    details(person, report, page, address)


def details(person: Person, report: Report, page: Any, address: str) -> None:
    """The first row, the last, 未填 and the whole: the lists behind their figures count and add up to them."""
    (table,) = page.xpath("//table[contains(@class, 'figures')]")
    lines = table.xpath("./tbody/tr")
    rest = [line for line in lines if line[0].text_content() == "其餘"]
    assert not any(line.xpath(".//a") for line in rest)
    chosen = [line for line in lines if line not in rest]
    picked = {n for n, line in enumerate(chosen) if "未填" in [cell.text_content() for cell in line]}
    picked = {0, len(chosen) - 1, *sorted(picked)[:1]} if chosen else set()
    for line in [*(chosen[n] for n in picked), table.xpath("./tfoot/tr")[0]]:
        for cell in line.xpath("./td[@class='num'][a]"):
            url, figure = cell[0].get("href"), cell.text_content()
            key = (
                re.findall(r"[?&]of=(\w+)", url) or [next(m.key for m in report.measures if m.aggregate is not None)]
            )[0]
            measure = next(m for m in (*report.by_product, *report.measures) if m.key == key)
            behind = page_of(person, url)
            if measure.additive and figure not in ("0", "0.00"):
                totals = [one.text_content().strip() for one in behind.xpath("//tfoot//td")]
                said = behind.xpath("//span[@class='total']")[0].text_content()
                assert figure in (*totals, *re.findall(r"[\d,]+", said)), (address, url, figure, totals, said)


@pytest.mark.parametrize("key", mostly_long(REPORTS, ("sales_trend", "customer_levels", "sales_details")))
def test_x1_all_faces_of_a_report_say_the_same(key: str, as_user: Callable[[str], Person]) -> None:
    """The short form: one grouping in four, of the manager."""
    report, manager = REPORTS[key], as_user("manager")
    for number, by in enumerate(report.dimensions[::4]):
        check(manager, report, asked(report, SETS[number % len(SETS)], by), picture=number == 0)


PEOPLE = ("wang", "manager", "admin")
NOTES = {
    "zh_Hant": "圖表只顯示前 5 組，其餘請見表格。",
    "zh_Hans": "图表仅显示前 5 组，其余请见表格。",
    "en": "The chart shows the first 5 groups only; the table has the rest.",
}


@pytest.mark.parametrize("language", NOTES)
def test_x1_a_picture_that_leaves_groups_out_says_so(
    language: str, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    cast.admin.language = language
    address = "/reports/sales-ranking{}?by=customer&period=always"
    for face in ("", "/print"):
        page = page_of(as_user("admin"), f"{address.format(face)}&top=5")
        assert page.xpath("//img[contains(@src, 'chart.png')]")[0].get("alt").endswith(NOTES[language])
        assert "另有" not in page.xpath("//img[contains(@src, 'chart.png')]")[0].get("alt"), (
            "the rest is no sixth group"
        )
        assert NOTES[language] in [one.text_content() for one in page.xpath("//p")]
        whole = page_of(as_user("admin"), f"{address.format(face)}&top=all")
        assert NOTES[language][:6] not in whole.text_content()


@pytest.mark.long
@pytest.mark.parametrize("login", PEOPLE)
@pytest.mark.parametrize("key", REPORTS)
def test_x1_all_faces_of_a_report_say_the_same_to_each(
    key: str, login: str, as_user: Callable[[str], Person], request: pytest.FixtureRequest
) -> None:
    """Each grouping to one of the three, and with `--every-grouping` all of them under all sets to each."""
    report, person = REPORTS[key], as_user(login)
    if person.get(f"/reports/{key.replace('_', '-')}").status_code == 403:
        pytest.skip("not within this person's rights")
    of_customer = [field for label, field in own.items() if label in ("付款", "續約", "到期", "顧問")]
    groupings = ([""] if report.optional else []) + [*report.dimensions, *of_customer]
    if not request.config.getoption("--every-grouping"):
        for number, by in list(enumerate(groupings))[PEOPLE.index(login) :: len(PEOPLE)]:
            check(person, report, asked(report, SETS[number % len(SETS)], by), picture=number % 4 == 0)
        return
    for by in groupings:
        for conditions in SETS:
            check(person, report, asked(report, conditions, by), picture=True)
        for number, second in enumerate(one for one in report.second if one != by):
            check(person, report, asked(report, SETS[number % len(SETS)], by, second), picture=number % 4 == 0)
