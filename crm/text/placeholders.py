"""Placeholders that people write where there is no value: 無, N/A, －, 00000000 (I-5, C-3)."""

from __future__ import annotations

import re

from crm.text.folding import fold

_WORDS = frozenset(
    "无 没有 暂无 不详 未知 未填 不适用 待补 查无 空 n na n/a n.a. #n/a none null nil x xx xxx ? \\".split()
)
_ONLY_MARKS = re.compile(r"[-—–_~・.…*/0 ()]+")
_MAX_WORD_LENGTH = max(map(len, _WORDS))
_UNSEEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters to Unicode, of which nothing is left by folding."""


def is_placeholder(text: str) -> bool:
    """Whether the text is only a placeholder; such values never make two records duplicates.

    同上 is none: it says that there is something, though not what.
    """
    if len(text) > _MAX_WORD_LENGTH and text[0].isalpha() and text.isalnum() and _UNSEEN_LETTERS.isdisjoint(text):
        return False  # most cells of a file: no folding makes letters fewer, or marks of them
    folded = fold(text)
    return not folded or folded in _WORDS or _ONLY_MARKS.fullmatch(folded) is not None
