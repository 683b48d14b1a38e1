"""What people's spreadsheets contain becomes values, or a reason why not (I-5)."""

import contextlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.errors import DomainError
from crm.spreadsheets import cleaning
from crm.spreadsheets.cleaning import CleaningError


def warned(cleaner: Any, value: Any, **options: Any) -> tuple[Any, list[str]]:
    heard: list[str] = []
    result = cleaner(value, lambda message, values: heard.append(message % values), **options)
    return result, heard


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ("  臺灣水泥　股份有限公司 ", "臺灣水泥 股份有限公司"),
        ("&#29486;堂", "献堂"),
        ("A&amp;#29486;", "A&#29486;"),
        ("a&#7;b&#0;", "a&#7;b&#0;"),
        ("R&D &copy 2", "R&D &copy 2"),
        ("&lt;script&gt;", "<script>"),
        ("ＡＢＣ１２３（股）", "ABC123（股）"),
        ("新北巿", "新北市"),
        ("a\u00a0b\u202fc\u3000\u3000d", "a b c d"),
        ("a\u200bb\u200dc\ufe0f", "a\u200bb\u200dc\ufe0f"),
        ("\U0003158e\ue1a2堂", "\U0003158e\ue1a2堂"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("⽤⼾", "用戶"),
        ("一樓\r\n二樓", "一樓 二樓"),
        ("sales＠firm", "sales@firm"),
        (13800001111.0, "13800001111"),
        (0.1, "0.1"),
        (1.5e-7, "0.00000015"),
        (True, "TRUE"),
        (date(2026, 1, 31), "2026-01-31"),
        ("=1+1", "=1+1"),
        ("   ", None),
        (None, None),
    ],
)
def test_text(found: Any, wanted: str | None):
    assert cleaning.text(found) == wanted


@pytest.mark.parametrize(
    "found",
    [
        "甲\x00乙",
        "甲\x07",
        "\ud800",
        "a\ufffeb",
        "a\U0001ffff",
        "\ufdd0",
        "a\x1fb",
        "a\u202eb",
        "\u2066a\u2069",
        "a\ufffd",
    ],
)
def test_what_cannot_be_kept_is_refused_not_dropped(found: str):
    with pytest.raises(DomainError, match="Character"):
        cleaning.text(found)


def test_text_of_several_lines():
    assert cleaning.text(" 一 \r\n\n 二&#10;三 ", lines=True) == "一\n\n二\n三"


@given(
    st.text(
        st.characters(
            exclude_categories=("Cc", "Cs"),
            exclude_characters="\ufffd\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        )
    )
)
def test_clean_text_stays_when_cleaned_again_unless_it_holds_an_entity(text: str):
    once = cleaning.text(text)
    if once is not None and "&" not in once:
        assert cleaning.text(once) == once


@pytest.mark.parametrize(
    "value",
    [
        "無",
        "无",
        "0",
        "N",
        "n/a",
        "NA",
        "－",
        "-",
        "—",
        "none",
        "NULL",
        "00000000",
        "－ ",
        "",
        None,
        0,
        0.0,
        "暫無",
        "不詳",
        "...",
        "不適用",
    ],
)
def test_placeholders(value: Any):
    assert cleaning.is_blank_or_placeholder(value)


@pytest.mark.parametrize("value", ["同上", "無錫", "NN", "1", 1, "0800", "-1", False, "X光", date(2026, 1, 1)])
def test_not_placeholders(value: Any):
    assert not cleaning.is_blank_or_placeholder(value)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (13800001111.0, "13800001111"),
        (13800001111, "13800001111"),
        ("13800001111.0", "13800001111"),
        ("1.3800001111E+10", "13800001111"),
        (1.38e10, "13800000000"),
        ("(02)2531-7099", "(02)2531-7099"),
        ("０２－２５３１７０９９", "02-25317099"),
        ("02-2531 7099#123、0912345678", "02-2531 7099#123、0912345678"),
        ("+886 2 2531 7099", "+886 2 2531 7099"),
        ("無", None),
        ("-", None),
        (0.0, None),
    ],
)
def test_telephones(found: Any, wanted: str | None):
    assert cleaning.phone(found) == wanted


@pytest.mark.parametrize("value", ["1.38E+10", "請洽詢總機", "9", float("1.38e22")])
def test_telephones_that_are_lost(value: Any):
    with pytest.raises(CleaningError):
        cleaning.phone(value)


def test_codes():
    assert cleaning.code("03244509") == "03244509"
    assert cleaning.code(3244509.0) == "3244509"
    assert cleaning.code("1E5") == "1E5"
    assert cleaning.code("0012.0") == "0012"
    assert cleaning.code("３２４４５０９") == "3244509"
    with pytest.raises(CleaningError, match="15 digits"):
        cleaning.code(913100006e9)


DAY = date(1950, 12, 29)


@pytest.mark.parametrize(
    "value",
    [
        "19501229",
        "1950/12/29",
        "1950-12-29",
        "1950.12.29",
        "1950年12月29日",
        "民國39年12月29日",
        "民国39年12月29日",
        "中華民國39年12月29日",
        "民國39/12/29",
        "0391229",
        "039/12/29",
        "１９５０／１２／２９",
        "1950-12-29 00:00:00",
        "1950-12-29T10:20:30",
        "29/12/1950",
        "12/29/1950",
        "1950年12月29號",
        "1950/12/29 星期五",
        " 1950-12-29 ",
        19501229,
        19501229.0,
        18626,
        18626.75,
        date(1950, 12, 29),
        datetime.fromisoformat("1950-12-29T05:00"),
        "1950/12/29 下午 3:05",
    ],
)
def test_dates(value: Any):
    assert cleaning.date_of(value) == DAY


def test_other_dates():
    assert cleaning.date_of("1950.1.2") == date(1950, 1, 2)
    assert cleaning.date_of("1131029") == date(2024, 10, 29)
    assert cleaning.date_of(1131029.0) == date(2024, 10, 29)
    assert cleaning.date_of("113年10月29日") == date(2024, 10, 29)
    assert cleaning.date_of("民國元年1月1日") == date(1912, 1, 1)
    assert cleaning.date_of("2024/2/29") == date(2024, 2, 29)
    assert cleaning.date_of("5/5/2024") == date(2024, 5, 5)
    assert cleaning.date_of("9999-12-31") == date(9999, 12, 31)


@pytest.mark.parametrize("value", ["", None, "－ ", "無", "00000000", 0])
def test_no_date(value: Any):
    assert cleaning.date_of(value) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("39/12/29", "ambiguous"),
        ("05/06/1950", "ambiguous"),
        ("2024-02-31", "not exist"),
        ("20240231", "not exist"),
        ("2023/2/29", "not exist"),
        ("1950", "missing the day"),
        (1950, "missing the day"),
        ("1950年12月", "missing the day"),
        ("2024/13/01", "not exist"),
        ("soon", "is not a date"),
        (True, "is not a date"),
        (391229, "is not a date"),
        (1e400, "is not a date"),
        (float("nan"), None),
        (-5, "is not a date"),
        (1e18, "is not a date"),
        ("2024-01-01 25:00", "time"),
        ("0001-01-01", "is not a date"),
        ("12345678901234567890", "is not a date"),
    ],
)
def test_days_that_are_refused(value: Any, reason: str | None):
    if reason is None:
        assert cleaning.date_of(value) is None
        return
    with pytest.raises(CleaningError, match=reason):
        cleaning.date_of(value)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2026-01-31 14:05", "2026-01-31T14:05:00"),
        ("2026/1/31 下午2:05:06", "2026-01-31T14:05:06"),
        ("2026年1月31日 上午 9時30分", "2026-01-31T09:30:00"),
        ("2026-01-31T14:05:06.789", "2026-01-31T14:05:06"),
        ("2026-01-31 2:05 PM", "2026-01-31T14:05:00"),
        (46053.5, "2026-01-31T12:00:00"),
        ("2026-01-31", "2026-01-31T00:00:00"),
        (datetime.fromisoformat("2026-01-31T01:02:03"), "2026-01-31T01:02:03"),
    ],
)
def test_moments(value: Any, wanted: str):
    found = cleaning.moment(value)
    assert found is not None
    assert found.isoformat() == wanted


@given(st.one_of(st.text(), st.floats(), st.integers(), st.from_regex(r"[0-9民國年月日/.\- :]{1,14}")))
def test_any_cell_is_cleaned_or_refused(value: Any):
    for cleaner in (
        cleaning.text,
        cleaning.phone,
        cleaning.code,
        cleaning.date_of,
        cleaning.moment,
        cleaning.number,
        cleaning.money,
        cleaning.integer,
        cleaning.yes_no,
        cleaning.email,
        cleaning.website,
    ):
        with contextlib.suppress(DomainError):
            cleaner(value)
    cleaning.is_blank_or_placeholder(value)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1,234,567.50", "1234567.50"),
        ("１，２３４", "1234"),
        ("NT$ 1,000", "1000"),
        ("￥99.9", "99.9"),
        ("新台幣                 10.0000元", "10.0000"),
        ("(1,234.00)", "-1234.00"),
        ("-5", "-5"),
        ("$-5", "-5"),
        ("500萬", "5000000"),
        ("1.5億元", "150000000"),
        (".5", "0.5"),
        ("5.", "5"),
        (12.3, "12.3"),
        (0.1 + 0.2, "0.3"),
        (0, "0"),
        ("0", "0"),
        ("人民币100元整", "100"),
        ("99999999999999.99", "99999999999999.99"),
        ("－5", "-5"),
    ],
)
def test_numbers(value: Any, wanted: str):
    assert cleaning.number(value) == Decimal(wanted)


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "inf",
        "-Infinity",
        "1e400",
        "1E+5",
        float("nan"),
        float("inf"),
        1e308,
        "1,23",
        "12,34,567",
        "１億億",
        "100000000000000.00",
        "abc",
        "1 2",
        "--5",
        "(5",
        "US$5",
        "5%",
        True,
        "0x10",
        "١٢",
    ],
)
def test_numbers_that_are_refused(value: Any):
    with pytest.raises(CleaningError):
        cleaning.number(value)


def test_no_number():
    for value in (None, "", "－", "無", "N/A"):
        assert cleaning.number(value) is None


def test_money_is_rounded_with_a_warning():
    assert warned(cleaning.money, "1.005") == (Decimal("1.01"), ["1.005 was rounded to 1.01."])
    assert warned(cleaning.money, 10.0) == (Decimal("10.00"), [])
    assert warned(cleaning.money, "10.0000元") == (Decimal("10.00"), [])


def test_whole_numbers():
    assert cleaning.integer("1,000") == 1000
    assert cleaning.integer(3.0) == 3
    with pytest.raises(CleaningError):
        cleaning.integer(3.5)


def test_yes_and_no():
    for value in ("是", "Y", "yes", "✓", "√", 1, 1.0, "1", True, "Ｙ", "有", "TRUE", "對"):
        assert cleaning.yes_no(value) is True, value
    for value in ("否", "N", "no", "×", 0, 0.0, "0", False, "无", "無", "-"):
        assert cleaning.yes_no(value) is False, value
    assert cleaning.yes_no(" ") is None
    with pytest.raises(CleaningError):
        cleaning.yes_no("也許")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Finance@TaiwanCement.COM", "Finance@taiwancement.com"),
        ("a＠b.com　　", "a@b.com"),
        ("IR@ acer.com", "IR@acer.com"),
        ("mailto:a@b.tw", "a@b.tw"),
        ("張三 <a@b.tw>", "a@b.tw"),
        ("a+b_c@x-y.com.tw", "a+b_c@x-y.com.tw"),
        ("無", None),
    ],
)
def test_email(value: str, wanted: str | None):
    assert warned(cleaning.email, value) == (wanted, [])


def test_only_the_first_of_several_addresses():
    for several in ("a@b.tw; c@d.tw", "a@b.tw,c@d.tw", "a@b.tw、c@d.tw", "a@b.tw c@d.tw", "a@b.tw\nc@d.tw"):
        value, heard = warned(cleaning.email, several)
        assert (value, len(heard)) == ("a@b.tw", 1)


@pytest.mark.parametrize(
    "value", ["hunya.com.tw", "a@", "@b.c", "a@b", "a..b@c.tw", "irene@.siward.com", "a@b@c.tw", 5]
)
def test_no_email(value: Any):
    with pytest.raises(CleaningError):
        cleaning.email(value)


@pytest.mark.parametrize("value", ["https://x.com/tw/?a=1&copy=2", "http://台泥.tw", "HTTP://X.COM"])
def test_website_stays_as_typed(value: str):
    assert cleaning.website(value) == value


@pytest.mark.parametrize("value", ["www.acc.com.tw", "x.com:8080/a", "台泥.tw/股東"])
def test_website_gets_its_scheme(value: str):
    assert cleaning.website(value) == f"http://{value}"


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "JaVa\tScript:alert(1)",
        "java\u200bscript:alert(1)",
        "data:text/html,x",
        "vbscript:x.y",
        "ｊavascript:a.b",
        "&#106;avascript:a.bc",
        "file:///etc/passwd",
        "ftp://a.com",
        "http:javascript.com",
        "http://a b.c",
        "y",
        "http://",
        "javascript://x.com/%0aalert(1)",
        "user@x.com",
    ],
)
def test_no_website(value: str):
    with pytest.raises(CleaningError):
        cleaning.website(value)


def test_long_values_are_shortened_in_messages():
    with pytest.raises(CleaningError) as refused:
        cleaning.number("x" * 10_000)
    assert len(refused.value.values["value"]) == 40
