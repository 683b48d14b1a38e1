"""The one reader of numbers that people write, for forms, searches and files (C-5, I-5, SO-1)."""

from __future__ import annotations

import re
from decimal import Context, Decimal, localcontext

_FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {
    0x3000: " ", 0xFFE5: "¥", 0x2212: "-", 0xFE63: "-", 0xFE50: ",", 0xFE52: ".", 0xFE69: "$",
}  # fmt: skip
MAX_LENGTH = 60
"""More signs than any number has; longer texts are none."""
_EXACT = Context(prec=2 * MAX_LENGTH)
"""Decimal works with 28 digits where nobody says more, and rounds the others away without a word."""
# Other currencies are refused: their figures would be taken for the firm's own money.
_CURRENCY = r"(?:NT\$|RMB|CNY|TWD|人民[幣币]|新[臺台][幣币]|[$¥])"
_UNITS = {"": 1, "千": 1_000, "萬": 10_000, "万": 10_000, "億": 100_000_000, "亿": 100_000_000}
_WRITTEN = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+])? ?{_CURRENCY}? ?(?P<sign2>[-+])? ?"
    r"(?P<figures>[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+|(?=\.[0-9]))(?P<decimals>\.[0-9]*)? ?"
    rf"(?P<unit>[千萬万億亿]?) ?(?:{_CURRENCY}|元|圓|圆|塊|块)? ?整?(?P<close>\))?",
    re.IGNORECASE,
)
EXAMPLES = "1234.5, 1,234.50"


def half_width(text: str) -> str:
    """Full-width digits, letters and signs as their plain forms; ² and ½ stay what they are."""
    return text.translate(_FULL_WIDTH)


def written_number(text: str, currency: str = "") -> Decimal | None:
    """The number, exactly as written; None where it is none.

    A comma counts only where it parts thousands: 1,234 and 12,345.50 but not 1,5 or 0,500. Signs of the firm's
    `currency`, of yuan and of Taiwan dollars, 萬 and 億, and brackets for less than zero are understood;
    exponents, blanks within and other digits are not.
    """
    typed = " ".join(half_width(text[: 2 * MAX_LENGTH]).split())
    if len(typed) > MAX_LENGTH:
        return None
    if currency.strip() and not currency[0].isdigit():
        typed = typed.removeprefix(half_width(currency).strip()).strip()
    match = _WRITTEN.fullmatch(typed)
    if not match or (match["open"] is None) != (match["close"] is None) or (match["sign"] and match["sign2"]):
        return None
    figures = match["figures"].replace(",", "") or "0"
    negative = match["open"] or "-" in (match["sign"], match["sign2"])
    with localcontext(_EXACT):
        amount = Decimal(figures + (match["decimals"] or "").rstrip(".")) * _UNITS[match["unit"]]
        return -amount if negative else amount
