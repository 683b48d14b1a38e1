"""Texts out of cells, without what copying and other programs left in them."""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.i18n import N_
from crm.spreadsheets.errors import CleaningError
from crm.spreadsheets.sheet import Cell
from crm.text import REPLACED, is_placeholder, one_line, several_lines

Warn = Callable[[str, Mapping[str, Any]], None]

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
MAX_LENGTH = 300
# Full-width signs that belong to Chinese writing stay: （），：； and their like.
_HALF_WIDTH_SIGNS = "＠．＿＆＋＃％"
_LOOK_ALIKE = {"巿": "市", "\u2212": "-", "\u2010": "-", "\u2011": "-"}
# Parts of characters (Kangxi, from PDF files) and doubles kept for old encodings.
_DOUBLES = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")


def ignore_warnings(_message: str, _values: Mapping[str, Any]) -> None:
    """For callers that ignore warnings."""


def as_text(value: Cell) -> str:
    """The cell as a person sees it in the sheet: whole floats without .0, dates as 2026-01-31."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return format_float(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value)


def format_float(value: float) -> str:
    """Without an exponent and with at most the 15 digits that Excel keeps."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    return f"{Decimal(f'{value:.15g}'):f}"


def text(value: Cell, warn: Warn = ignore_warnings, lines: bool = False) -> str | None:
    """One line of text, or several if `lines`.

    Full-width letters and digits become half width, HTML entities are decoded once, look-alikes
    become what was meant; blanks of any kind are one blank. Raises DomainError for what cannot be kept.
    """
    if isinstance(value, str) and value.isascii() and value.isprintable() and "&" not in value:
        return " ".join(value.split()) or None
    result = as_text(value)
    if "&" in result:
        result = _ENTITY.sub(_decoded, result)
    result = (several_lines(result) if lines else one_line(result)).translate(_cleaned)
    return "\n".join(" ".join(line.split()) for line in result.split("\n")) or None


def half_width(value: Cell) -> str:
    """For values that are written in ASCII (telephones, addresses on the net): all of it half width.

    No such value is longer than MAX_LENGTH; what is goes no further, and meets no pattern.
    """
    cleaned = text(value) or ""
    if len(cleaned) > MAX_LENGTH:
        raise CleaningError(N_("“%(value)s” is too long."), value=cleaned)
    return unicodedata.normalize("NFKC", cleaned).strip()


def is_blank_or_placeholder(value: Cell) -> bool:
    """Whether the cell is blank or a placeholder (無, N/A, －, 00000000); such values are never duplicates.

    同上 is none: it says that there is something, though not what.
    """
    if value is None or isinstance(value, bool):
        return value is None
    if isinstance(value, int | float):
        return value == 0 or value != value
    if not isinstance(value, str):
        return False
    return is_placeholder(value)


def _decoded(entity: re.Match[str]) -> str:
    """What it stands for; the entity itself where that is nothing that can be kept."""
    return html.unescape(entity.group()).replace(REPLACED, "") or entity.group()


class _Cleaned(dict[int, str]):
    """What each character becomes, for `str.translate`; filled by need."""

    def __missing__(self, code: int) -> str:
        result = self[code] = _clean_character(chr(code))
        return result


_cleaned = _Cleaned()


def _clean_character(character: str) -> str:
    if character == "\n" or " " <= character <= "~":
        return character
    if character in _LOOK_ALIKE:
        return _LOOK_ALIKE[character]
    if _is_full_width(character) or _DOUBLES.match(character):
        return unicodedata.normalize("NFKC", character)
    return character


def _is_full_width(character: str) -> bool:
    if not "\uff01" <= character <= "\uff5e":
        return False
    return character in _HALF_WIDTH_SIGNS or chr(ord(character) - 0xFEE0).isalnum()
