"""Numbers that are names: telephones, tax numbers, codes. Excel likes to make them numbers."""

import re
from decimal import Decimal

from crm.i18n import N_
from crm.spreadsheets.cleaning.texts import Warn, format_float, half_width, ignore_warnings, is_blank_or_placeholder
from crm.spreadsheets.errors import CleaningError
from crm.spreadsheets.sheet import Cell

# Excel always writes the plus; a product may well be called 1E5.
_SCIENTIFIC = re.compile(r"[0-9](?:\.([0-9]+))?E\+([0-9]{1,2})", re.IGNORECASE)
_WHOLE_FLOAT = re.compile(r"([0-9]{3,})\.0+")
# Beyond this a number in Excel has lost its last digits.
_EXACT = 10**15


def phone(value: Cell, warn: Warn = ignore_warnings) -> str | None:
    """As typed, but half width and without the .0 or the exponent that Excel put there."""
    typed = code(value)
    if typed is not None and sum(c.isdigit() for c in typed) < 3:
        raise CleaningError(N_("“%(value)s” is not a telephone number."), value=typed)
    return typed


def code(value: Cell, warn: Warn = ignore_warnings) -> str | None:
    """A number or code as text."""
    if isinstance(value, bool) or is_blank_or_placeholder(value):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    typed = half_width(value)
    if _WHOLE_FLOAT.fullmatch(typed):
        return typed.partition(".")[0]
    scientific = _SCIENTIFIC.fullmatch(typed)
    return _from_scientific(typed, scientific) if scientific else typed or None


def _from_number(value: float) -> str | None:
    if abs(value) >= _EXACT:
        raise CleaningError(
            N_("Excel kept only the first 15 digits of %(value)s. Please format the column as text."),
            value=format_float(float(value)),
        )
    return format_float(float(value))


def _from_scientific(typed: str, scientific: re.Match[str]) -> str:
    decimals, exponent = scientific.groups()
    if len((decimals or "").rstrip("0")) + 4 <= int(exponent):
        raise CleaningError(
            N_("Excel shortened this number to %(value)s. Please format the column as text."), value=typed
        )
    return f"{Decimal(typed):f}"
