"""The characters of an .xls from before 1997, whose texts are bytes in the code page that the file names.

Excel 97 and later write UTF-16, or its lower halves, whatever code page stands in the file.
"""

import codecs

from crm.spreadsheets.encodings import CODECS, decode
from crm.spreadsheets.errors import SpreadsheetError

UTF_16 = 1200
_WESTERN = 1252
_NAMES = {936: "gb18030", 54936: "gb18030", 950: "big5", 65001: "utf-8"}
"""Code pages that a person can choose as an encoding, too."""
_OTHERS = {367: "ascii", 1361: "johab", 10000: "mac-roman", 10002: "cp950", 10008: "gb18030", 32768: "mac-roman"}


class CodepageTexts:
    """Makes texts of bytes that were read as if each were a character (Latin-1)."""

    def __init__(self, codepage: int | None, chosen: str | None, texts: list[str]) -> None:
        content = "\n".join(text for text in texts if not text.isascii()).encode("latin-1", "replace")
        self.name, self.codec = _chosen_encoding(codepage, chosen, content)

    def text(self, read: str) -> str:
        if read.isascii() or max(read) > "\xff":
            return read
        return read.encode("latin-1").decode(self.codec, "replace")


def _chosen_encoding(codepage: int | None, chosen: str | None, content: bytes) -> tuple[str, str]:
    """The encoding by the name that people choose it by, and the codec.

    Where the code page is the usual one of the West, none or a wrong one, Chinese is looked for first: programs name
    it whatever they write.
    """
    if chosen is not None:
        return decode(content, chosen)[1], _fitting(CODECS[chosen], content) or CODECS[chosen][0]
    name = _NAMES.get(codepage or 0)
    declared = CODECS[name] if name else (_known(codepage),)
    codec = _fitting(declared, content)
    if codec is not None and codepage != _WESTERN:
        return name or codec, codec
    try:
        guessed = decode(content)[1]
    except SpreadsheetError:
        return codec or "latin-1", codec or "latin-1"
    return guessed, _fitting(CODECS[guessed], content) or CODECS[guessed][0]


def _known(codepage: int | None) -> str:
    name = _OTHERS.get(codepage or 0) or f"cp{codepage}"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _fitting(candidates: tuple[str, ...], content: bytes) -> str | None:
    for codec in candidates:
        try:
            content.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        return codec
    return None
