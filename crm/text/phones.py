"""Telephone numbers, however they were typed."""

from __future__ import annotations

import re
import unicodedata

_NOT_DIGITS = re.compile(r"[^0-9]+")
_EXTENSION = re.compile(r"#|\*|分機|分机|轉|转|內線|内线|ext|extension|x(?=\s*\d)", re.IGNORECASE)
_NEXT_NUMBER = re.compile(r"[、,;/|~\n或]|(?<=\d)\s{2,}(?=[(+\d])")
_FLOAT = re.compile(r"\s*\d+\.0+\s*")  # what a spreadsheet makes of a number typed without a dash
_SHORTEST = 5


def digits(text: str) -> str:
    """The digits alone, full width as half width."""
    return _NOT_DIGITS.sub("", unicodedata.normalize("NFKC", text))


def phone_keys(text: str) -> tuple[str, ...]:
    """The key of each number in a field that may hold several (02-25317099、0912-345678), none twice."""
    plain = unicodedata.normalize("NFKC", text)
    if _FLOAT.fullmatch(plain):
        plain = plain.partition(".")[0]
    keys = (_key(part) for part in _NEXT_NUMBER.split(plain))
    return tuple(dict.fromkeys(key for key in keys if len(key) >= _SHORTEST))


def phone_key(text: str) -> str:
    """The first number of the text for comparing: without +86 or +886, leading zeros, extension.

    (02)2531-7099, +886-2-2531-7099 and 02-25317099#12 have the same key. Empty where there is no number
    and for 00000000.
    """
    return next(iter(phone_keys(text)), "")


def index_phone(value: str) -> tuple[str, ...]:
    """What to index beside a telephone value so that it is found as people dial it.

    The index leaves marks out, so only a number with a country code needs more: 02-2531 is to find
    +886-2-2531-7099, too.
    """
    found = []
    for part in _NEXT_NUMBER.split(unicodedata.normalize("NFKC", value)):
        key = _key(part)
        if len(key) >= _SHORTEST and not digits(part).startswith(("0" + key, key)):
            found.append("0" + key)
    return tuple(found)


def _key(part: str) -> str:
    number = _EXTENSION.split(part, maxsplit=1)[0].strip(" (")
    figures = _NOT_DIGITS.sub("", number)
    abroad = number.startswith("+") or figures.startswith("00")
    return _without_country(figures.lstrip("0") if abroad else figures, abroad).lstrip("0")


def _without_country(figures: str, abroad: bool) -> str:
    """Without 886 or 86; where no + or 00 says that it is one, only if the length can mean nothing else."""
    if figures.startswith("886") and (abroad or len(figures) in (11, 12)):
        return figures[3:]
    if figures.startswith("86") and (abroad or (len(figures) == 13 and figures[2] == "1")):
        return figures[2:]
    return figures
