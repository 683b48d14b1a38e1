"""Numbers that begin with a zero, which Excel takes away: put back where the region leaves no doubt (I-5).

Which region is meant, the firm's time zone says.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from crm.i18n import N_
from crm.spreadsheets.cleaning.codes import code, phone
from crm.spreadsheets.cleaning.texts import Warn
from crm.spreadsheets.sheet import Cell

PUT_BACK = N_("Excel drops leading zeros. It was restored, as numbers in the company's region have it.")
MAY_LACK = N_("Excel drops leading zeros, so one may be missing here. Please check this number.")


_NONE = re.compile(r"(?!)")
# Mobile 09, Taipei 02, Taichung and Nantou 04, free calls 080, 070.
_TAIWAN_SURE = re.compile(r"[249]\d{8}|80[0-9]\d{6}|70\d{8}")
# 03 to 08 with seven local digits look like a local number of Taipei or Taichung.
_TAIWAN_MAYBE = re.compile(r"[3-8]\d{7}")
# Mobiles begin with 1 and have no zero; 400 and 800 are service numbers, not places; 852, 853 and 886 are abroad.
_MAINLAND_SURE = re.compile(r"10\d{8}|2\d{9}|(?!400|800|85[23]|886)[3-9]\d{9,10}")
_MALAYSIA_SURE = re.compile(r"1\d{8,9}|3\d{8}")
_MALAYSIA_MAYBE = re.compile(r"[4-9]\d{7}")


@dataclass(frozen=True)
class Region:
    """How the region's numbers look without their first zero.

    `sure`: telephones that would be none without it; `maybe`: those that can be one of another place, too.
    `widths`: fields whose numbers always have so many digits.
    """

    sure: re.Pattern[str]
    maybe: re.Pattern[str] = _NONE
    widths: dict[str, int] = field(default_factory=dict)


_TAIWAN = Region(_TAIWAN_SURE, _TAIWAN_MAYBE, {"tax_number": 8})
_MAINLAND = Region(_MAINLAND_SURE, widths={"postcode": 6})
_MALAYSIA = Region(_MALAYSIA_SURE, _MALAYSIA_MAYBE, {"postcode": 5})
_NO_ZEROS = Region(_NONE)
_REGIONS = {
    "Asia/Taipei": _TAIWAN,
    "ROC": _TAIWAN,
    **dict.fromkeys(
        ("Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Urumqi", "Asia/Kashgar", "PRC"),
        _MAINLAND,
    ),
    **dict.fromkeys(("Asia/Kuala_Lumpur", "Asia/Kuching"), _MALAYSIA),
}


def phone_reader(zone: str) -> Callable[[Cell, Warn], str | None]:
    """Reads telephones of a firm in this time zone; Hong Kong, Macau and Singapore have no zeros to lose."""
    region = _REGIONS.get(zone, _NO_ZEROS)

    def read(cell: Cell, warn: Warn) -> str | None:
        typed = phone(cell, warn)
        if typed is None or not typed.isdigit():
            return typed
        if region.sure.fullmatch(typed):
            warn(PUT_BACK, {})
            return f"0{typed}"
        if not isinstance(cell, str) and region.maybe.fullmatch(typed):
            warn(MAY_LACK, {})
        return typed

    return read


def code_reader(zone: str, key: str) -> Callable[[Cell, Warn], str | None]:
    """Reads numbers that are names; those of the field `key` that always have one length get one or two zeros back."""
    width = _REGIONS.get(zone, _NO_ZEROS).widths.get(key)

    def read(cell: Cell, warn: Warn) -> str | None:
        typed = code(cell, warn)
        if typed is None or width is None or not typed.isdigit() or not width - 2 <= len(typed) < width:
            return typed
        warn(PUT_BACK, {})
        return typed.zfill(width)

    return read
