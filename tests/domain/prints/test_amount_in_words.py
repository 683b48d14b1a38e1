"""大寫金額: amounts in words say exactly the figure (A-11)."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.prints.amount_in_words import MAX_AMOUNT, amount_in_words

KNOWN = {
    "0": "零元整",
    "0.05": "伍分",
    "0.50": "伍角整",
    "1": "壹元整",
    "10": "壹拾元整",
    "10.05": "壹拾元零伍分",
    "100.50": "壹佰元伍角整",
    "1010": "壹仟零壹拾元整",
    "10001": "壹萬零壹元整",
    "12345.67": "壹萬貳仟參佰肆拾伍元陸角柒分",
    "30050": "參萬零伍拾元整",
    "100000": "壹拾萬元整",
    "1000100": "壹佰萬零壹佰元整",
    "20000000": "貳仟萬元整",
    "100010000": "壹億零壹萬元整",
    "1000000001": "壹拾億零壹元整",
    "999999999999.99": "玖仟玖佰玖拾玖億玖仟玖佰玖拾玖萬玖仟玖佰玖拾玖元玖角玖分",
    "-100": "負壹佰元整",
}


@pytest.mark.parametrize(("figure", "words"), KNOWN.items())
def test_well_known_amounts(figure: str, words: str) -> None:
    assert amount_in_words(Decimal(figure), "zh_Hant") == words


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("12345.67", "壹万贰仟叁佰肆拾伍元陆角柒分"),
        ("100010000", "壹亿零壹万元整"),
        ("-0.5", "负伍角整"),
        ("1200000000000", "壹万贰仟亿元整"),
        ("1000012345678", "壹万亿零壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元整"),
    ],
)
def test_simplified(figure: str, words: str) -> None:
    assert amount_in_words(Decimal(figure), "zh_Hans") == words


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("0", "Zero and 00/100"),
        ("12345.67", "Twelve thousand three hundred forty-five and 67/100"),
        ("-1000019", "Minus one million nineteen and 00/100"),
    ],
)
def test_english(figure: str, words: str) -> None:
    assert amount_in_words(Decimal(figure), "en") == words


def test_no_amount_says_nothing() -> None:
    assert amount_in_words(None, "zh_Hant") == ""
    assert amount_in_words(MAX_AMOUNT, "zh_Hant") == ""


DIGITS = {"zh_Hant": "零壹貳參肆伍陸柒捌玖", "zh_Hans": "零壹贰叁肆伍陆柒捌玖"}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}
GROUPS = {"萬": 10**4, "万": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}


def cents_of(words: str, language: str) -> int:
    """The figure that the words say, read the way a person reads them."""
    minus = words[0] in "負负"
    whole, _yuan, rest = words.lstrip("負负").rpartition("元")
    total = section = digit = 0
    for letter in whole.replace("万亿", "兆"):
        if letter in DIGITS[language]:
            digit = DIGITS[language].index(letter)
        elif letter in PLACES:
            section, digit = section + digit * PLACES[letter], 0
        else:
            # 壹万贰仟亿: the 万 before an 亿 belongs to the hundred millions.
            size = GROUPS[letter]
            section, digit = section + digit, 0
            if size == 10**8:
                total, section = (total + section) * size if "亿" in letter and total else total + section * size, 0
            else:
                total, section = total + section * size, 0
    total += section + digit
    cents = total * 100
    for letter, value in pairwise(rest):
        if value in "角分":
            cents += DIGITS[language].index(letter) * (10 if value == "角" else 1)
    return -cents if minus else cents


@given(st.integers(-(10**14) + 1, 10**14 - 1), st.sampled_from(["zh_Hant", "zh_Hans"]))
def test_the_words_say_the_figure(cents: int, language: str) -> None:
    """Below a trillion, which is more than an order can be."""
    words = amount_in_words(Decimal(cents).scaleb(-2), language)
    assert cents_of(words, language) == cents


@given(st.integers(1, 10**16 - 1))
def test_the_words_are_written_as_people_write_them(cents: int) -> None:
    """No 零零, no 零 before a unit or at the end; two amounts never share their words."""
    words = amount_in_words(Decimal(cents).scaleb(-2), "zh_Hant")
    assert "零零" not in words
    assert not any(f"零{unit}" in words for unit in "拾佰仟萬億兆元角分整")
    assert words.endswith(("整", "分"))
    assert words != amount_in_words(Decimal(cents + 1).scaleb(-2), "zh_Hant")
