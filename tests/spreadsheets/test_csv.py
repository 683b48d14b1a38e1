"""CSV in the encodings and shapes that Excel, WPS and other programs write (I-3)."""

import pytest

from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.reading import read_sheet

TEXT = "公司名稱,電話\r\n臺灣水泥股份有限公司,(02)2531-7099\r\n"
SIMPLIFIED = "公司名称,电话\r\n上海华谊集团,021-23530152\r\n"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp950", "big5"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_encoding_is_found(codec: str, name: str):
    sheet = read_sheet(TEXT.encode(codec), "a.csv")
    assert (sheet.encoding, sheet.rows[1][0]) == (name, "臺灣水泥股份有限公司")


def test_simplified_in_gbk():
    assert read_sheet(SIMPLIFIED.encode("gbk"), "a.csv").rows[1][0] == "上海华谊集团"


@pytest.mark.parametrize(
    "name",
    [
        "臺灣水泥",
        "亞泥",
        "台積電",
        "鴻海",
        "聯發科",
        "中華電",
        "統一",
        "國泰金",
        "長榮",
        "大立光",
        "泰山",
        "味全",
    ],
)
@pytest.mark.parametrize("codec", ["cp950", "gb18030"])
def test_one_short_traditional_name_is_enough(name: str, codec: str):
    assert read_sheet(name.encode(codec), "a.csv").rows == [[name]]


@pytest.mark.parametrize("name", ["祥瑞达", "卓越形象", "美锐达", "华为", "腾讯", "万科", "中兴", "隆平", "耀源"])
def test_one_short_simplified_name_is_enough(name: str):
    assert read_sheet(name.encode("gbk"), "a.csv").rows == [[name]]


@pytest.mark.parametrize("text", ["Café", "Łódź", "Привет", "Αθήνα", "naïve £5"])
def test_european_utf8_is_left_alone(text: str):
    assert read_sheet(text.encode(), "a.csv").rows == [[text]]


def test_hong_kong_characters():
    assert read_sheet("公司名稱,地址\n好邨,深水埗\n".encode("big5hkscs"), "a.csv").rows[1] == [
        "好邨",
        "深水埗",
    ]


def test_the_person_may_choose():
    data = "豐藝".encode("cp950")
    assert read_sheet(data, "a.csv", encoding="big5").rows == [["豐藝"]]
    assert read_sheet(data, "a.csv", encoding="gb18030").encoding == "gb18030"
    for wrong in ("utf-8", "rot13", "idna"):
        with pytest.raises(SpreadsheetError):
            read_sheet(data, "a.csv", encoding=wrong)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separator_is_found(separator: str):
    text = f"名稱{separator}地址{separator}備註\n甲{separator}台北, 中山; 二段{separator}1,5\n"
    text = text.replace("台北, 中山; 二段", '"台北, 中山; 二段"').replace("1,5", '"1,5"')
    sheet = read_sheet(text.encode(), "a.csv")
    assert (sheet.separator, sheet.rows[1]) == (separator, ["甲", "台北, 中山; 二段", "1,5"])


def test_separator_line_of_excel():
    assert read_sheet(b"sep=|\r\na|b,c\r\n", "a.csv").rows == [["a", "b,c"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_breaks_in_cells(end: str):
    text = end.join(["名稱,地址", '甲,"一樓', '二樓"', "", '"說""好""",x'])
    rows = read_sheet(text.encode(), "a.csv").rows
    assert rows == [["名稱", "地址"], ["甲", f"一樓{end}二樓"], [None, None], ['說"好"', "x"]]


def test_leading_zeros_and_signs_stay():
    assert read_sheet(b"001,=1+1,+86,-5,@x\n", "a.csv").rows == [["001", "=1+1", "+86", "-5", "@x"]]


def test_quotation_mark_that_is_never_closed():
    with pytest.raises(SpreadsheetError, match="never closed"):
        read_sheet(('a,b\n"open,1\n' + "x,y\n" * 50).encode(), "a.csv")


def test_stray_quotes_are_taken_as_they_are():
    assert read_sheet(b'5" pipe,"a"b\n', "a.csv").rows == [['5" pipe', "ab"]]


def test_a_cell_longer_than_excel_allows():
    for length in (40_000, 200_000):
        with pytest.raises(SpreadsheetError) as refused:
            read_sheet(b"a,b\n1," + b"x" * length, "a.csv")
        assert refused.value.values == {"line": 2, "characters": 32_767}
