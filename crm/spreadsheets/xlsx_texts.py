"""Texts of an .xlsx: the shared table, and characters that XML cannot hold."""

import re

from crm.spreadsheets.limits import MAX_CELLS
from crm.spreadsheets.read_budget import ReadBudget

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Excel writes a character that XML cannot hold as _x000D_."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text) if "_x" in text else text


class SharedTexts:
    """The table of texts that cells refer to by number; fed with the elements of its part."""

    def __init__(self, work: ReadBudget) -> None:
        self.texts: list[str] = []
        self._known: dict[str, str] = {}
        self._counted = ReadBudget()
        self._pieces: list[str] = []
        self._inside = False
        self._phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._pieces = []
        elif name == "t":
            self._inside = not self._phonetic
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            text = unescaped("".join(self._pieces))
            self._counted.cell()
            if len(self._known) < MAX_CELLS // 10:
                text = self._known.setdefault(text, text)
            self.texts.append(text)

    def text(self, characters: str) -> None:
        if self._inside:
            self._counted.text(len(characters))
            self._pieces.append(characters)
