"""Amounts and quantities."""

from decimal import ROUND_HALF_UP, Decimal

from crm.i18n import N_
from crm.spreadsheets.cleaning.texts import Warn, format_float, ignore_warnings, is_blank_or_placeholder, text
from crm.spreadsheets.errors import CleaningError
from crm.spreadsheets.sheet import Cell
from crm.text import written_number

MAX_NUMBER = Decimal("99999999999999.99")


def number(value: Cell, warn: Warn = ignore_warnings, currency: str = "") -> Decimal | None:
    """Exactly as written, read as in forms (`written_number`).

    NaN, infinity, exponents in text and numbers above MAX_NUMBER raise CleaningError. 0 is a number here, not a
    placeholder.
    """
    if value is None or isinstance(value, bool):
        if isinstance(value, bool):
            raise _not_a_number(str(value))
        return None
    if isinstance(value, int | float):
        digits = format_float(value) if isinstance(value, float) else str(value)
        return _limited(Decimal(digits), digits) if digits else _refuse(str(value))
    typed = text(value) or ""
    value_read = written_number(typed, currency)
    if value_read is not None:
        return _limited(value_read, typed)
    return None if is_blank_or_placeholder(typed) else _refuse(typed)


def money(value: Cell, warn: Warn = ignore_warnings, places: int = 2, currency: str = "") -> Decimal | None:
    """To two decimals (or as many as `places`), the half upwards; says so where that changes the amount."""
    exact = number(value, warn, currency)
    if exact is None:
        return None
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if rounded != exact:
        warn(N_("%(value)s was rounded to %(rounded)s."), {"value": str(exact), "rounded": str(rounded)})
    return rounded


def integer(value: Cell, warn: Warn = ignore_warnings) -> int | None:
    """A number without decimals; raises CleaningError if there are any."""
    exact = number(value, warn)
    if exact is None:
        return None
    if exact != exact.to_integral_value():
        raise CleaningError(N_("“%(value)s” is not a whole number."), value=str(exact))
    return int(exact)


def _limited(amount: Decimal, typed: str) -> Decimal:
    if abs(amount) > MAX_NUMBER:
        raise CleaningError(N_("“%(value)s” is too large a number."), value=typed)
    return amount


def _refuse(typed: str) -> Decimal:
    raise _not_a_number(typed)


def _not_a_number(typed: str) -> CleaningError:
    return CleaningError(N_("“%(value)s” is not a number. Please write it like 1234.5 or 1,234.50."), value=typed)
