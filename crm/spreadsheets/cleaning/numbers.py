"""Amounts and quantities."""

import re
from decimal import ROUND_HALF_UP, Decimal

from crm.i18n import N_
from crm.spreadsheets.cleaning.texts import Warn, half_width, is_placeholder, plain_float, silent
from crm.spreadsheets.errors import CleaningError
from crm.spreadsheets.sheet import Cell

LARGEST = Decimal("99999999999999.99")
# Other currencies are refused: their figures would be taken for the firm's own money.
_CURRENCY = r"(?:NT\$|RMB|CNY|TWD|人民[幣币]|新[臺台][幣币]|[$¥])"
_UNITS = {"": 1, "千": 1_000, "萬": 10_000, "万": 10_000, "億": 100_000_000, "亿": 100_000_000}
_WRITTEN = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+])?\s*{_CURRENCY}?\s*(?P<sign2>[-+])?\s*"
    r"(?P<figures>[0-9]{1,3}(?:[,' ][0-9]{3})+|[0-9]+|(?=\.[0-9]))(?P<decimals>\.[0-9]*)?\s*"
    rf"(?P<unit>[千萬万億亿]?)\s*(?:{_CURRENCY}|元|圓|圆|塊|块)?\s*整?(?P<close>\))?",
    re.IGNORECASE,
)  # fmt: skip


def number(value: Cell, warn: Warn = silent) -> Decimal | None:
    """Exactly as written; thousands separators, signs of currencies and 萬 are understood.

    NaN, infinity, exponents in text and numbers above LARGEST raise CleaningError. 0 is a number here, not a
    placeholder.
    """
    if value is None or isinstance(value, bool):
        if isinstance(value, bool):
            raise _not_a_number(str(value))
        return None
    if isinstance(value, int | float):
        digits = plain_float(value) if isinstance(value, float) else str(value)
        return _limited(Decimal(digits), digits) if digits else _refuse(str(value))
    typed = half_width(value)
    found = _WRITTEN.fullmatch(typed)
    if found:
        return _limited(_exact(found, typed), typed)
    return None if is_placeholder(typed) else _refuse(typed)


def money(value: Cell, warn: Warn = silent, places: int = 2) -> Decimal | None:
    """To two decimals (or as many as `places`), the half upwards; says so where that changes the amount."""
    exact = number(value, warn)
    if exact is None:
        return None
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if rounded != exact:
        warn(N_("%(value)s was rounded to %(rounded)s."), {"value": str(exact), "rounded": str(rounded)})
    return rounded


def whole(value: Cell, warn: Warn = silent) -> int | None:
    """A number without decimals; raises CleaningError if there are any."""
    exact = number(value, warn)
    if exact is None:
        return None
    if exact != exact.to_integral_value():
        raise CleaningError(N_("“%(value)s” is no whole number."), value=str(exact))
    return int(exact)


def _exact(found: re.Match[str], typed: str) -> Decimal:
    if (found["open"] is None) != (found["close"] is None) or (found["sign"] and found["sign2"]):
        raise _not_a_number(typed)
    figures = re.sub(r"[,' ]", "", found["figures"]) or "0"
    amount = Decimal(figures + (found["decimals"] or "").rstrip(".")) * _UNITS[found["unit"]]
    negative = found["open"] or "-" in (found["sign"], found["sign2"])
    return -amount if negative else amount


def _limited(amount: Decimal, typed: str) -> Decimal:
    if abs(amount) > LARGEST:
        raise CleaningError(N_("“%(value)s” is too large a number."), value=typed)
    return amount


def _refuse(typed: str) -> Decimal:
    raise _not_a_number(typed)


def _not_a_number(typed: str) -> CleaningError:
    return CleaningError(N_("“%(value)s” is no number."), value=typed)
