"""Filling a template with the texts of one document, within bounds of size and work (A-13, hostile case 38)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from crm.domain.prints.cleaning import clean
from crm.domain.prints.grammar import LINES, Part, Section, TemplateParser, Text, Value
from crm.domain.prints.problems import Problems
from crm.errors import DomainError
from crm.i18n import N_
from crm.models.bounded_cache import bounded_lru_cache

MAX_SHEET = 2_000_000
MAX_TAGS = 60_000
MAX_STEPS = 300_000

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """The texts of one document by name, and the same for each of its lines."""

    texts: Texts
    lines: Sequence[Texts] = ()


@bounded_lru_cache(32 * 1024 * 1024)
def parse_template(body: str, names: frozenset[str], line_names: frozenset[str]) -> tuple[list[Part], Problems]:
    """The parts of a template and its problems; cached, since the same template is printed again and again."""
    reader = TemplateParser(body, names, line_names)
    return reader.parse(), reader.problems


def render(parts: Sequence[Part], sheet: Sheet) -> str:
    """The clean HTML of the document. Raises DomainError where it grows too long."""
    filling = _Filling(sheet)
    filling.add_all(parts, {})
    return clean("".join(filling.pieces))


class _Filling:
    """The sheet as it grows."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.pieces: list[str] = []
        self.size = self.tags = self.steps = 0

    def add_all(self, parts: Sequence[Part], line: Texts) -> None:
        self.steps += 1 + len(parts)
        self._check()
        for part in parts:
            if isinstance(part, Text):
                self._append(part.text, part.tags)
            elif isinstance(part, Value):
                self._append(escape(self._text(part.name, line)))
            else:
                self._section(part, line)

    def _section(self, section: Section, line: Texts) -> None:
        if section.name != LINES:
            if bool(self._text(section.name, line)) != section.absent:
                self.add_all(section.parts, line)
        elif section.absent:
            if not self.sheet.lines:
                self.add_all(section.parts, line)
        else:
            for sheet_line in self.sheet.lines:
                self.add_all(section.parts, sheet_line)

    def _text(self, name: str, line: Texts) -> str:
        return line[name] if name in line else self.sheet.texts[name]

    def _append(self, text: str, tags: int = 0) -> None:
        self.pieces.append(text)
        self.size += len(text)
        self.tags += tags
        self._check()

    def _check(self) -> None:
        if self.size > MAX_SHEET or self.tags > MAX_TAGS or self.steps > MAX_STEPS:
            raise DomainError(N_("This template produces a document that is too long to print. Please shorten it."))
