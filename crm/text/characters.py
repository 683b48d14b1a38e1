"""Which characters a text keeps: blanks become a blank, what cannot be kept is refused, and nothing vanishes.

Letters stay whether this Python's Unicode knows them or not, and so do private ones, joiners and variation
selectors: they belong to what was typed. Names are compared without what cannot be seen (`fold`).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from crm.errors import DomainError
from crm.i18n import N_

REPLACED = "\ufffd"
"""What stands where a character was lost on its way here."""
LINE_ENDS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
_BLANK_LETTERS = frozenset("\u2800\u3164\uffa0")
"""Not blanks to Unicode, but to everybody who looks: the empty Braille cell, the Hangul fillers."""
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn what follows, beyond the value itself where it stands in a line with others."""
_IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Unicode's Default_Ignorable_Code_Point, as far as the category does not tell."""


class CharacterProblem(DomainError):
    """A character that cannot be kept; the message names its place and its number."""


def is_blank(character: str) -> bool:
    """Whether it only parts words: also no-break and full-width blanks, tabs and line ends."""
    if character in LINE_ENDS or character in _BLANK_LETTERS or character == "\t":
        return True
    return character.isspace() and unicodedata.category(character) != "Cc"


@lru_cache(maxsize=20_000)
def is_invisible(character: str) -> bool:
    """Whether nothing of it is seen, not even room: joiners, marks of direction, variation selectors, controls."""
    code = ord(character)
    if any(first <= code <= last for first, last in _IGNORABLE):
        return True
    return unicodedata.category(character) in ("Cc", "Cf", "Cs") and not is_blank(character)


def has_visible_text(text: str) -> bool:
    """Whether the text has any visible character."""
    return any(not (is_blank(c) or is_invisible(c)) for c in text)


def one_line(text: str) -> str:
    """The text with plain blanks, none around it. Raises CharacterProblem for what cannot be kept in a line."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return _mapped_text(text.replace("\r\n", "\n"), _line).strip(" ")


def several_lines(text: str) -> str:
    """The same for a text of lines, which end with LF; tabs stay, and marks of direction do."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _mapped_text(text, _lines).strip(" \n\t")


def verbatim(text: str) -> str:
    """The text unchanged, blanks included, with lines that end in LF. Raises for characters that cannot be stored."""
    return _mapped_text(text.replace("\r\n", "\n").replace("\r", "\n"), _as_it_is)


class _Line(dict[int, str | None]):
    """What each character of one line becomes, for `str.translate`; None is refused. Filled by need."""

    def __missing__(self, code: int) -> str | None:
        result = self[code] = self.of(chr(code))
        return result

    def of(self, character: str) -> str | None:
        if is_blank(character):
            return " "
        return None if _is_unkept(character) or character in _DIRECTIONS else character


class _Lines(_Line):
    def of(self, character: str) -> str | None:
        if character in LINE_ENDS:
            return "\n"
        return character if character == "\t" or character in _DIRECTIONS else super().of(character)


class _AsItIs(_Line):
    def of(self, character: str) -> str | None:
        return character if is_blank(character) or not _is_unkept(character) else None


_line, _lines, _as_it_is = _Line(), _Lines(), _AsItIs()


def _is_unkept(character: str) -> bool:
    """Controls, halves of a pair, what Unicode says is never a character, and what stands for a lost one."""
    code = ord(character)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or character == REPLACED:
        return True
    return unicodedata.category(character) in ("Cc", "Cs")


def _mapped_text(text: str, table: _Line) -> str:
    for code in {ord(character) for character in text}:
        if table[code] is None:
            raise _problem(text, chr(code))
    return text.translate(table)


def _problem(text: str, character: str) -> CharacterProblem:
    position, code = text.index(character) + 1, f"U+{ord(character):04X}"
    if character == REPLACED:
        message = N_("Character %(place)s (%(code)s) is a placeholder for one that was lost. Please type it again.")
    elif character in _DIRECTIONS:
        message = N_("Character %(place)s (%(code)s) changes the text direction. Please remove it.")
    else:
        message = N_("Character %(place)s (%(code)s) cannot be stored. Please remove it.")
    return CharacterProblem(message, place=position, code=code)
