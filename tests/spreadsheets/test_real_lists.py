"""Lists as the world has them: nothing good is refused. Left out where the folder of lists is absent."""

from pathlib import Path

import pytest

from crm.spreadsheets import cleaning
from crm.spreadsheets.encodings import decode
from crm.spreadsheets.headings import find_heading_row
from crm.spreadsheets.reading import read_sheet

DATA = Path(__file__).parents[3] / "shared" / "data"
LISTED = DATA / "twse-listed-companies.csv"
NAMES = DATA / "company-short-names-zh-hans.txt"

pytestmark = pytest.mark.skipif(not LISTED.exists(), reason=f"no lists in {DATA.name}/ beside the project")

# Heading, cleaner, how many of 1,036 may be refused (looked at one by one: they are wrong).
COLUMNS = [
    ("公司名稱", cleaning.text, 0),
    ("營利事業統一編號", cleaning.code, 0),
    ("總機電話", cleaning.phone, 0),
    ("传真机号码", cleaning.phone, 1),
    ("電子郵件信箱", cleaning.email, 5),
    ("網址", cleaning.website, 2),
    ("成立日期", cleaning.date_of, 0),
    ("出表日期", cleaning.date_of, 0),
    ("實收資本額", cleaning.money, 0),
]


def test_listed_companies_are_understood():
    sheet = read_sheet(LISTED, LISTED.name)
    match = find_heading_row(sheet.rows, [heading for heading, _, _ in COLUMNS])
    assert match is not None
    assert match.missing == []
    for heading, cleaner, most in COLUMNS:
        refused = 0
        for row in sheet.rows[1:]:
            try:
                cleaner(row[match.columns[heading]])
            except cleaning.CleaningError:
                refused += 1
        assert refused <= most, heading


@pytest.mark.parametrize("codec", ["cp950", "gb18030"])
def test_encoding_of_each_company_alone(codec: str):
    names = [str(row[2]).encode(codec, "ignore") for row in read_sheet(LISTED, LISTED.name).rows[1:]]
    assert [name for name in names if decode(name)[0] != name.decode(codec)] == []


def test_encoding_of_short_simplified_names():
    names = NAMES.read_text("utf-8").split()[:2_000]
    wrong = sum(read_sheet(name.encode("gb18030"), "a.csv").rows != [[name]] for name in names)
    assert wrong <= len(names) * 0.01
