"""Finding what folds alike in texts that are kept as they were typed (C-5).

Instead of folding a million stored texts, the typed one is written as a pattern: for each character the set of those
that fold to the same. 书 is looked for as [书書], a as [aAａＡ].
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from crm.text.characters import is_blank, is_invisible
from crm.text.folding import fold, simplified_characters

Alike = tuple[str, ...]
"""For each place of a text the characters that may stand there."""

_RANGES = ((0x21, 0x250), (0x370, 0x530), (0x1E00, 0x2000), (0x2010, 0x2E00), (0x2E80, 0x3400), (0xF900, 0xFFF0))
"""Where characters fold to others, apart from Chinese ones."""
_BLANKS = " \n\t\u3000\u00a0"
_SIGNS = re.compile(r"[\\\]\[^-]")
_building = Lock()


class _Tables(NamedTuple):
    single: dict[str, str]
    """A folded character → it and all that fold to it, where there are others."""
    several: dict[str, str]
    """Folded characters in a row → what alone folds to them: (株) → ㈱."""


def _tables() -> _Tables:
    with _building:
        return _build_tables()


@lru_cache(maxsize=1)
def _build_tables() -> _Tables:
    single: defaultdict[str, str] = defaultdict(str)
    several: defaultdict[str, str] = defaultdict(str)
    pairs = ((chr(code), fold(chr(code))) for first, end in _RANGES for code in range(first, end))
    for character, folded in [*pairs, *simplified_characters().items()]:
        if len(folded) > 1:
            several[folded] += character
        elif folded not in ("", character) and character not in single[folded]:
            single[folded] += character
    return _Tables({folded: folded + others for folded, others in single.items()}, dict(several))


def fold_patterns(typed: str) -> list[Alike]:
    """The patterns of which a text that folds like the typed one has the form of one.

    As it was typed, as it folds, and with Chinese in brackets as the one sign that stands for it.
    """
    tables = _tables()
    as_typed = tuple(
        _alike_characters(character, tables)
        for character in typed
        if is_blank(character) or not is_invisible(character)
    )
    folded = fold(typed)
    plain = tuple(_alike_characters(character, tables) for character in folded)
    patterns = [as_typed, plain, *_with_joined_signs(folded, tables)]
    return [pattern for pattern in dict.fromkeys(patterns) if pattern]


def _alike_characters(character: str, tables: _Tables) -> str:
    if is_blank(character):
        return _BLANKS
    folded = fold(character)
    return tables.single.get(folded) or tables.several.get(folded) or folded or character


def _with_joined_signs(folded: str, tables: _Tables) -> list[Alike]:
    signs = [sign for sign in tables.several if not sign.isascii() and sign in folded]
    if not signs:
        return []
    longest = max(signs, key=len)
    before, _, after = folded.partition(longest)
    return [
        (
            *(_alike_characters(c, tables) for c in before),
            tables.several[longest],
            *(_alike_characters(c, tables) for c in after),
        )
    ]


def longest_literal(pattern: Alike) -> str:
    """The longest row of characters that can only stand there as they are: quickly looked for before the pattern."""
    return max(
        "".join(alternatives if len(alternatives) == 1 else "\0" for alternatives in pattern).split("\0"), key=len
    )


def as_glob(pattern: Alike) -> str:
    """For SQLite's GLOB, without stars around it."""
    return "".join(map(_glob_set, pattern))


def as_regex(pattern: Alike) -> str:
    """For PostgreSQL's ~, without anchors around it."""
    return "".join("[" + _SIGNS.sub(r"\\\g<0>", characters) + "]" for characters in pattern)


def _glob_set(characters: str) -> str:
    """A ] stands first in a set, a - where no range can begin, a ^ not first."""
    if len(characters) == 1:
        return f"[{characters}]" if characters in "*?[" else characters
    first = "".join(c for c in "]-" if c in characters)
    ordinary = "".join(c for c in characters if c not in "]-^")
    return f"[{first}{ordinary}{'^' if '^' in characters else ''}]"
