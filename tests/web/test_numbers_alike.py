"""One reading of numbers: by forms, by imports, and by the early sums of the browser (SO-1, I-5)."""

import json
import subprocess
from decimal import Decimal

import pytest

from crm.errors import DomainError
from crm.fields import Amount, Context, Integer, PriceType, QuantityType, RateType
from crm.spreadsheets import cleaning
from crm.text import written_number
from crm.web.bundle import STATIC
from tests.browser import needs

CONTEXT = Context(None, None, firm_currency="HK$")  # type: ignore[arg-type]
GOOD = {
    "1234": "1234",
    "1,234": "1234",
    "12,345.50": "12345.50",
    "1,234,567": "1234567",
    "１，２３４．５": "1234.5",
    "0": "0",
    ".5": "0.5",
    "5.": "5",
    "+7": "7",
    " 12\u3000": "12",
    "NT$1,200": "1200",
    "￥ 99.9": "99.9",
    "HK$ 5": "5",
    "3.5萬": "35000",
    "2億元": "200000000",
    "100元整": "100",
    "005": "5",
}
BAD = [
    *(
        "1,5 0,5 12,34 1234,567 1,2345 ,5 1, 1,234, 0,500 01,234 1,23,456 1.234,5 1.234.567 1e5 1E+5 0x10 NaN inf ² 5² "
        "½ ١٢ 1_000 1'234 12abc US$5 €5 --5 1、234 1。5 １，５ 1٬234 1;5 1/2 五 (5 5) 1..5 . , +"
    ).split(),
    "1 5",
    "1 234",
    "12 ,345",
    "1\u00a0234",
    "1\u3000000",
    "1\t5",
    "1" * 61,
    "1," * 5000,
]


@pytest.mark.parametrize("typed", GOOD)
def test_good_numbers_are_read_alike_in_forms_and_files(typed: str) -> None:
    wanted = Decimal(GOOD[typed])
    assert PriceType().parse(typed, CONTEXT) == QuantityType().parse(typed, CONTEXT) == wanted
    assert cleaning.money(typed, currency="HK$") == wanted
    if wanted == int(wanted) and not typed.startswith("HK"):
        assert Integer().parse(typed, CONTEXT) == cleaning.integer(typed) == int(wanted)


@pytest.mark.parametrize("typed", BAD)
def test_a_comma_that_parts_no_thousands_is_refused_with_an_example(typed: str) -> None:
    assert written_number(typed) is None
    for kind in (Amount(), PriceType(), QuantityType(), RateType(), Integer()):
        with pytest.raises(DomainError) as refused:
            kind.parse(typed, CONTEXT)
        assert "1,200" in refused.value.message or len(typed) > 60
    if cleaning.is_blank_or_placeholder(typed):
        return
    with pytest.raises(DomainError, match=r"1,234|too long"):
        cleaning.number(typed)


def test_a_percentage_has_its_sign_or_none() -> None:
    for typed in ("90", "90%", "90 %", "９０％"):
        assert RateType().parse(typed, CONTEXT) == 90
    for typed in ("9,0", "90%%", "%", "1,5%"):
        with pytest.raises(DomainError):
            RateType().parse(typed, CONTEXT)


def test_the_browsers_early_sums_read_numbers_as_the_server_does() -> None:
    """With four places, as a price has; null where the server refuses."""
    typed = [*GOOD, *BAD]
    source = STATIC / "documents" / "1-amounts.js"
    page = "var window = {shuke: {}}; var document = {body: {getAttribute: function () { return null; }}};"
    script = f"{page}{source.read_text(encoding='utf-8')}\n" + (
        "var read = window.shuke.amounts;"
        f"console.log(JSON.stringify({json.dumps(typed)}.map(function (text) {{"
        " var found = read.read(text, 4, 'HK$'); return found && read.show(found); })))"
    )
    ran = subprocess.run(
        [needs.node(), "-"], input=script, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    read = dict(zip(typed, json.loads(ran.stdout), strict=True))
    wanted: dict[str, str | None] = {text: f"{Decimal(value) * 100:,.2f}" for text, value in GOOD.items()}
    assert read == wanted | dict.fromkeys(BAD)
