"""Columns of a file without headings: named by their places, column A, column B … (I-9)."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from crm.i18n import LANGUAGES, N_, say
from crm.spreadsheets.cleaning.texts import as_text
from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.sheet import Cell

COLUMN = N_("Column %(letter)s")
_LETTERS = re.compile(r"(?<![A-Za-z])[A-Za-z]{1,3}(?![A-Za-z])")


def letter_of(index: int) -> str:
    """As spreadsheets call the column at this place (from 0)."""
    letters, remaining = "", index + 1
    while remaining:
        remaining, digit = divmod(remaining - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def heading_of(index: int) -> str:
    """What stands for the heading of the column; readers see it in their language (`heading_in`)."""
    return COLUMN % {"letter": letter_of(index)}


def place_of(heading: str) -> int | None:
    """The place that the heading names in any language; None for a heading that names something else."""
    letters = _LETTERS.search(heading)
    if letters is None or normalize_heading(heading) not in {f"{name}{letters[0].lower()}" for name in _names()}:
        return None
    index = 0
    for letter in letters[0].upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


@cache
def _names() -> tuple[str, ...]:
    return tuple(normalize_heading(say(language, COLUMN) % {"letter": ""}) for language in LANGUAGES)


def heading_in(heading: str, language: str) -> str:
    """A heading in the reader's language."""
    index = place_of(heading)
    if index is None or heading != heading_of(index):
        return heading
    return say(language, COLUMN) % {"letter": letter_of(index)}


def are_placed(headings: Iterable[str | None]) -> bool:
    """Whether columns are those of a file without headings: all that are read are named by their places."""
    named = [heading for heading in headings if heading]
    return bool(named) and all(place_of(heading) is not None for heading in named)


def says_places(row: Sequence[Cell]) -> bool:
    """Whether a row only names its columns' places: the heading of a marked file or of a template of ours."""
    named = [place_of(as_text(cell)) == index for index, cell in enumerate(row) if as_text(cell).strip()]
    return bool(named) and named[0] and sum(named) >= len(named) - 1  # our column of reasons may be the last
