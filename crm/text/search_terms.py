"""Finding any part of a text: tokens for SQLite's FTS5, patterns for LIKE elsewhere (C-5).

The index keeps the folded letters and digits only, without marks and blanks: 2531-7099 and (02)2531 find
(02)2531-7099. A Chinese character is a token. A run of ASCII gives the next three characters at each
place, so three or more are found as a phrase of such tokens, one or two as the beginning of one. The table's
tokenizer is `unicode61 remove_diacritics 0`; its `prefix='1 2'` makes one or two Latin characters fast.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from crm.text.folding import MARKS, MAX_CACHED_LENGTH, SEPARATOR, fold
from crm.text.phones import typed_numbers

MAX_QUERY_LENGTH = 100
MAX_TERMS = 10
_SEGMENT = re.compile(r"[a-z0-9]+|[^a-z0-9]+")
_ASCII = "abcdefghijklmnopqrstuvwxyz0123456789"


class _Tokens(dict[str, str]):
    """How a character outside ASCII is written as a token, filled as characters come.

    FTS5 knows the letters of an older Unicode than Python does, and drops the rest: those are spelled out.
    """

    def __missing__(self, character: str) -> str:
        known = unicodedata.ucd_3_2_0.category(character)[0] in "LN"
        token = self[character] = character if known else f"\ue001{ord(character):x}"
        return token


_tokens = _Tokens()


def index_text(values: Iterable[str | None]) -> str:
    """The text to put into the FTS5 table for the searchable values of one record."""
    parts = []
    for value in values:
        if value and (squeezed := _squeeze(value)):
            parts.append(" ".join(_index_tokens(squeezed)))
    return f" {SEPARATOR} ".join(parts)


def search_text(values: Iterable[str | None]) -> str:
    """The text to keep for LIKE on databases without FTS5: the same letters, values parted by U+E000."""
    return SEPARATOR.join(squeezed for value in values if value and (squeezed := _squeeze(value)))


Term = tuple[str, ...]
"""What must be found: one of these. A telephone number may also stand there without its area code."""


def match_query(text: str) -> str | None:
    """The FTS5 expression for what a person typed: every term must be found, each as one phrase.

    None where nothing searchable was typed. No typed mark reaches FTS5's syntax. The first 100
    characters and of them 10 terms count.
    """
    return " AND ".join(_either(" OR ".join(map(_phrase, term)), term) for term in terms(text)) or None


def terms(text: str) -> list[Term]:
    """The typed terms, squeezed; a telephone number as it is without its country's code.

    A record matches whose `search_text` holds one of each, anywhere. They are letters and digits only: nothing
    needs escaping in a pattern.
    """
    words_text, numbers = typed_numbers(fold(text[:MAX_QUERY_LENGTH])[:MAX_QUERY_LENGTH])
    words = [(word,) for typed in words_text.split() if (word := MARKS.sub("", typed))]
    return list(dict.fromkeys([*words, *(number.indexed for number in numbers)]))[:MAX_TERMS]


def trigrams(term: str) -> list[str]:
    """The pieces that every hit of it holds: three characters in a row at each place, or a short term itself."""
    return sorted({term[at : at + 3] for at in range(max(1, len(term) - 2))})


def _either(expression: str, term: Term) -> str:
    return f"({expression})" if len(term) > 1 else expression


def _squeeze(text: str) -> str:
    return _squeezed(text) if len(text) <= MAX_CACHED_LENGTH else _squeezed.__wrapped__(text)


@lru_cache(maxsize=1024)
def _squeezed(text: str) -> str:
    """Each value of a record is asked for twice: for the index and for the column."""
    folded = fold(text)
    return folded if folded.isalnum() else MARKS.sub("", folded)


def _index_tokens(squeezed: str) -> list[str]:
    tokens: list[str] = []
    for segment in _SEGMENT.findall(squeezed):
        if segment.isascii():
            tokens += [segment[at : at + 3] for at in range(len(segment))]
        else:
            tokens += map(_tokens.__getitem__, segment)
    return tokens


def _phrase(term: str) -> str:
    """One phrase. A run of ASCII at its end may go on in the index, so there the short tails are left out."""
    run = term[len(term.rstrip(_ASCII)) :]
    tokens = _index_tokens(term.removesuffix(run))
    if not run:
        return f'"{" ".join(tokens)}"'
    if len(run) < 3:
        return f'"{" ".join([*tokens, run])}"*'
    return f'"{" ".join([*tokens, *(run[at : at + 3] for at in range(len(run) - 2))])}"'
