"""The language of templates: HTML with {{names}} and {{#sections}}; everything else is a mistake (A-13).

A part of Mustache: {{name}}, {{#name}}…{{/name}} where there is something (and for each of the lines),
{{^name}}…{{/name}} where there is nothing, {{! a remark }}. Values are always shown as text. There is nothing that
calls, computes, includes or repeats by itself, and a section never stands in itself.
"""

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

from crm.domain.prints.markup import UNSEEN, TagBalance
from crm.domain.prints.problems import Problems, TooManyProblems
from crm.i18n import N_

LINES = "lines"
LINE = "line."
MAX_SECTIONS = 10

_ATTRIBUTE = r"""[a-zA-Z_][\w:.-]*+(?:\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'=<>`{}]++))?"""
_TOKEN = re.compile(
    rf"""(?P<remark><!--.*?(?:-->|(?P<open>\Z))|<![a-zA-Z][^<>]*+>|\{{\{{![^{{}}]*+\}}\}})
    |(?P<raw>\{{\{{\{{[^{{}}]*+\}}\}}\}}|\{{\{{&[^{{}}]*+\}}\}})
    |(?P<brace>\{{\{{[^{{}}]*+\}}\}})
    |(?P<tag><(?P<slash>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?:\s++{_ATTRIBUTE})*+\s*+/?>)
    |(?P<stray><|\{{\{{|\}}\}})""",
    re.DOTALL | re.VERBOSE | re.ASCII,
)
_BRACES = re.compile(r"\{\{([^{}]*)\}\}")
_CLOSE = re.compile(r"</([a-zA-Z][a-zA-Z0-9]*+)\s*+>", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)?", re.ASCII)


@dataclass(frozen=True)
class Text:
    """A piece of the template as it stands; `tags` counts its tags."""

    text: str
    tags: int = 0


@dataclass(frozen=True)
class Value:
    name: str


@dataclass
class Section:
    """What stands only where `name` has a value (or has none: `absent`); for `lines`, once for each."""

    name: str
    absent: bool = False
    line: int = 0
    parts: "list[Part]" = field(default_factory=list)


Part = Text | Value | Section


class TemplateParser:
    """Reads one template; `names` are those of the document, `line_names` those of one of its lines."""

    def __init__(self, body: str, names: Collection[str], line_names: Collection[str]) -> None:
        self.body = body
        self.names, self.line_names = names, line_names
        self.problems = Problems()
        self.balance = TagBalance(self.problems)
        self.root = Section("")
        self.within = [self.root]
        self.line, self._counted = 1, 0

    def parse(self) -> list[Part]:
        """The parts of the template; `problems` are its first mistakes."""
        with suppress(TooManyProblems):
            self._read()
        return self.root.parts

    def _read(self) -> None:
        offset = 0
        while (match := _TOKEN.search(self.body, offset)) is not None:
            self._text(self.body[offset : match.start()])
            self._count_to(match.start())
            offset = match.end()
            kind, token = match.lastgroup or "", match.group()
            if match["tag"]:
                offset = self._tag(token, match["name"].lower(), bool(match["slash"]), offset)
            elif kind == "brace":
                self._brace(token[2:-2].strip())
            elif kind == "raw":
                message = N_("Line %(line)s: %(what)s: values are always shown as text. Please write {{name}}.")
                self.problems.add(self.line, message, what=token[:60])
            elif kind == "stray" or match["open"] is not None:
                self._stray(token[:1] if token.startswith("<") else token)
        self._text(self.body[offset:])
        self._count_to(len(self.body))
        for section in self.within[:0:-1]:
            self.problems.add(
                section.line, N_("Line %(line)s: the section {{#%(what)s}} is never closed."), what=section.name
            )
        self.balance.finish(self.line)

    def _count_to(self, index: int) -> None:
        self.line += self.body.count("\n", self._counted, index)
        self._counted = index

    def _text(self, text: str, tags: int = 0) -> None:
        if text:
            self.within[-1].parts.append(Text(text, tags))

    def _stray(self, token: str) -> None:
        if token == "<":
            message = N_(
                "Line %(line)s: this < does not start a valid tag. For the character itself, please write &lt;."
            )
            self.problems.stop(self.line, message)
        self.problems.stop(self.line, N_("Line %(line)s: these braces do not enclose a name."))

    def _tag(self, token: str, name: str, ends: bool, after: int) -> int:
        """A tag of HTML; returns where reading goes on."""
        if name in UNSEEN:
            return self._unseen(name, ends, after)
        if ends:
            self.balance.end(name, self.line)
        else:
            self.balance.begin(name, self.line)
        offset = 0
        for match in _BRACES.finditer(token):
            self._text(token[offset : match.start()])
            offset = match.end()
            self._value(match[1].strip())
        self._text(token[offset:], tags=1)
        return after

    def _unseen(self, name: str, ends: bool, after: int) -> int:
        """Programs and the like are left out with what they hold (hostile case 39)."""
        if ends or self.body[after - 2] == "/":
            return after
        close = next((match for match in _CLOSE.finditer(self.body, after) if match[1].lower() == name.lower()), None)
        if close is None:
            self.problems.stop(self.line, N_("Line %(line)s: <%(tag)s> is never closed."), tag=name)
            raise TooManyProblems
        return close.end()

    def _brace(self, inner: str) -> None:
        sign, name = (inner[:1], inner[1:].strip()) if inner[:1] in tuple("#^/>=&$<%") else ("", inner)
        if sign == "":
            self._value(name)
        elif sign in "#^":
            self._begin_section(name, absent=sign == "^")
        elif sign == "/":
            self._end_section(name)
        else:
            message = N_("Line %(line)s: {{%(what)s}} is not possible: a template cannot include or define anything.")
            self.problems.add(self.line, message, what=inner[:60])

    def _value(self, name: str) -> None:
        if self._is_known_name(name):
            self.within[-1].parts.append(Value(name))

    def _is_known_name(self, name: str) -> bool:
        in_lines = any(section.name == LINES and not section.absent for section in self.within)
        if _NAME.fullmatch(name):
            if name in self.names or (in_lines and name in self.line_names):
                return True
            if name in self.line_names:
                message = N_("Line %(line)s: {{%(what)s}} can only be used between {{#lines}} and {{/lines}}.")
                self.problems.add(self.line, message, what=name)
                return False
        message = N_("Line %(line)s: there is no field {{%(what)s}}. Please choose one from the list.")
        self.problems.add(self.line, message, what=name[:60])
        return False

    def _begin_section(self, name: str, absent: bool) -> None:
        if any(section.name == name for section in self.within):
            message = N_("Line %(line)s: the section {{#%(what)s}} is nested in itself.")
            self.problems.stop(self.line, message, what=name[:60])
        if len(self.within) > MAX_SECTIONS:
            self.problems.stop(self.line, N_("Line %(line)s: sections are nested too deeply."))
        if name != LINES or not self.line_names:
            self._is_known_name(name)
        section = Section(name, absent, self.line)
        self.within[-1].parts.append(section)
        self.within.append(section)
        self.balance.enter()

    def _end_section(self, name: str) -> None:
        if len(self.within) == 1 or self.within[-1].name != name:
            message = N_("Line %(line)s: {{/%(what)s}} does not close the section that was opened last.")
            self.problems.stop(self.line, message, what=name[:60])
        self.balance.leave(self.line)
        self.within.pop()
