"""Texts out of cells, without what copying and other programs left in them."""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.domain.text import says_nothing
from crm.spreadsheets.sheet import Cell

Warn = Callable[[str, Mapping[str, Any]], None]

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LINE_BREAK = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_BLANKS = re.compile(r"[^\S\n]+")
# Full-width signs that belong to Chinese writing stay: （），：； and their like.
_HALF_WIDTH_SIGNS = "＠．＿＆＋＃％"
_LOOK_ALIKE = {"巿": "市", "\u2212": "-", "\u2010": "-", "\u2011": "-"}
# Parts of characters (Kangxi, from PDF files) and doubles kept for old encodings.
_DOUBLES = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")


def silent(_message: str, _values: Mapping[str, Any]) -> None:
    """Warnings that nobody wants."""


def as_text(value: Cell) -> str:
    """The cell as a person sees it in the sheet: whole floats without .0, dates as 2026-01-31."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return plain_float(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value)


def plain_float(value: float) -> str:
    """Without an exponent and with at most the 15 digits that Excel keeps."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    return f"{Decimal(f'{value:.15g}'):f}"


def text(value: Cell, warn: Warn = silent, lines: bool = False) -> str | None:
    """One line of text, or several if `lines`.

    Full-width letters and digits become half width, HTML entities are decoded once, look-alikes
    become what was meant, and what cannot be seen vanishes.
    """
    if isinstance(value, str) and value.isascii() and value.isprintable() and "&" not in value:
        return " ".join(value.split()) or None
    result = as_text(value)
    if "&" in result:
        result = _ENTITY.sub(_decoded, result)
    if not lines:
        return " ".join(result.translate(_cleaned).split()) or None
    result = _BLANKS.sub(" ", _LINE_BREAK.sub("\n", result).translate(_cleaned))
    return "\n".join(line.strip() for line in result.split("\n")).strip() or None


def half_width(value: Cell) -> str:
    """For values that are written in ASCII (telephones, addresses on the net): all of it half width."""
    return unicodedata.normalize("NFKC", text(value) or "").strip()


def is_placeholder(value: Cell) -> bool:
    """Whether the cell says that there is nothing (無, N/A, －, 00000000); such values are never duplicates.

    同上 is none: it says that there is something, though not what.
    """
    if value is None or isinstance(value, bool):
        return value is None
    if isinstance(value, int | float):
        return value == 0 or value != value
    if not isinstance(value, str):
        return False
    return says_nothing(value)


def _decoded(entity: re.Match[str]) -> str:
    return html.unescape(entity.group())


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
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn") else character


def _is_full_width(character: str) -> bool:
    if not "\uff01" <= character <= "\uff5e":
        return False
    return character in _HALF_WIDTH_SIGNS or chr(ord(character) - 0xFEE0).isalnum()
