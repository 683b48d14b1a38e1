"""Finds out in which encoding a text file was written (I-3).

A mark decides; then strict UTF-8, which only a few very short texts in other encodings satisfy
(泰山 in GBK is also two odd letters in UTF-8). Between GB18030 and
Big5 each pair of bytes is usually a character in both, so it is weighed in which of them the text
consists of characters that people use.
"""

import codecs
import math
import re
from functools import cache
from itertools import islice
from pathlib import Path

from crm.errors import DomainError
from crm.i18n import N_
from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError, WrongEncoding

NOT_IN_THIS = N_("This file cannot be read as %(name)s. Please choose another encoding.")

# What the person may choose, and the codecs that are tried for it in turn.
CODECS = {
    "utf-8": ("utf-8-sig",),
    "gb18030": ("gb18030",),
    "big5": ("cp950", "big5hkscs"),
    "utf-16": ("utf-16",),
}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# A guess needs no more; a character may be cut at its end.
_SAMPLE = 64 * 1024

# So many characters beyond ASCII are never valid UTF-8 by chance.
_FEW = 20
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_EUROPEAN = re.compile("[\u00a0-\u017f\u0391-\u03c9\u0401-\u0451]")

# Natural logarithms of how often a character of a kind is met.
_PUNCTUATION = -6.5
_UNCOMMON = -12.0
_STRANGE = -16.0
_USUAL_MARKS = frozenset("　、。，．・；：？！（）「」『』《》〈〉【】“”‘’—－…～％＆＠＃＋／＊＝·￥")


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text and the name of its encoding, a key of CODECS; raises SpreadsheetError if there is none.

    `encoding` is the person's choice and then the only one that is tried.
    """
    if encoding is not None:
        return _decode_as(data, encoding), encoding
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decode_as(data, name), name
    text = _strictly(data, "utf-8")
    if text is not None and _plausible_utf8(text):
        return text, "utf-8"
    for name in (*by_likelihood(data), "utf-8"):
        text = _strictly(data, name)
        if text is not None:
            return text, name
    raise WrongEncoding(messages.NO_ENCODING)


def is_about_encoding(problem: DomainError) -> bool:
    """Whether another choice of the encoding may help."""
    return problem.message in (messages.NO_ENCODING, NOT_IN_THIS)


def _plausible_utf8(text: str) -> bool:
    """Not so for a few letters that hardly anybody uses and that are Chinese in another encoding."""
    special = [match.group() for match in islice(_BEYOND_ASCII.finditer(text), _FEW + 1)]
    return len(special) > _FEW or all(c >= "\u0800" or _EUROPEAN.match(c) for c in special)


def by_likelihood(data: bytes) -> list[str]:
    """GB18030 and Big5, the likelier first."""
    sample = data[:_SAMPLE]
    return sorted(("gb18030", "big5"), key=lambda name: -_likelihood(sample, CODECS[name][0]))


def _decode_as(data: bytes, name: str) -> str:
    if name not in CODECS:
        raise SpreadsheetError(N_("Unknown encoding “%(name)s”."), name=name)
    text = _strictly(data, name)
    if text is None:
        raise WrongEncoding(NOT_IN_THIS, name=name)
    return text


def _strictly(data: bytes, name: str) -> str | None:
    for codec in CODECS[name]:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def _likelihood(data: bytes, codec: str) -> float:
    text = data.decode(codec, errors="replace")
    weights = _weights()
    return sum(weights.get(c) or _weight(c) for c in text if c > "\x7f")


def _weight(character: str) -> float:
    if character in _USUAL_MARKS:
        return _PUNCTUATION
    return _UNCOMMON if "\u4e00" <= character <= "\u9fa5" or "\uff01" <= character <= "\uff5e" else _STRANGE


@cache
def _weights() -> dict[str, float]:
    """Weights of common characters; by Zipf's law the n-th is met about n times more seldom than the first.

    The list holds the characters of Chinese company names, addresses, names of people and column
    headings in both scripts, the most frequent first, counted from open data.
    """
    characters = (Path(__file__).parent / "common_characters.txt").read_text("utf-8").replace("\n", "")
    return {character: -math.log((rank + 10) * 6) for rank, character in enumerate(characters)}
