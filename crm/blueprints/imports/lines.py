"""The form of a template: a name and any number of lines, which works without scripts (I-1)."""

import dataclasses
from typing import Any

from flask import request

from crm.blueprints.imports.shared import heading_words, template_name
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.templates import Problem, columns_of
from crm.errors import DomainError
from crm.models import ImportTemplate
from crm.text import one_line
from crm.web.errors import error_text
from crm.web.forms import sent_version
from crm.web.translation import gettext as _

MAX_LINES = 120
PARTS = ("field", "heading", "fixed")


@dataclasses.dataclass
class Line:
    """One line as it was typed, with its errors."""

    field: str = ""
    heading: str = ""
    fixed: str = ""
    errors: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.field or self.heading or self.fixed)

    def column(self) -> TemplateColumn:
        return TemplateColumn(self.field, self.heading or None, self.fixed or None)


@dataclasses.dataclass
class TemplateForm:
    """What the page shows and what it sent."""

    name: str = ""
    lines: list[Line] = dataclasses.field(default_factory=list)
    version: str = ""
    errors: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    @classmethod
    def new(cls, kind: ImportKind) -> "TemplateForm":
        """Begins with what cannot be left out, or with all where no template came along, and a line to go on with."""
        first_fields = kind.required if kind.only is None else kind.only
        return cls(lines=[*(Line(key, _(kind.label(key))) for key in first_fields), Line()])

    @classmethod
    def of(cls, template: ImportTemplate) -> "TemplateForm":
        lines = [Line(c.field, heading_words(c.heading or ""), c.fixed or "") for c in columns_of(template)]
        return cls(template_name(template), lines, str(template.version))

    @classmethod
    def sent(cls) -> "TemplateForm":
        sent = request.form
        count = min(_number(sent.get("count")), MAX_LINES)
        form = cls(sent.get("name", ""), [], sent.get("version", ""))
        form.name = _read_text("name", form.name, form.errors)
        for n in range(1, count + 1):
            line = Line()
            for part in PARTS:
                setattr(line, part, _read_text(part, sent.get(f"{part}-{n}", ""), line.errors))
            form.lines.append(line)
        return form

    @property
    def opened(self) -> int:
        return sent_version(self.version)

    def change(self, action: str) -> None:
        """【新增】, up, down, remove: the lines change, nothing is saved."""
        name, _dash, number = action.partition("-")
        index = _number(number) - 1
        if name == "add" and len(self.lines) < MAX_LINES:
            self.lines.append(Line())
        elif name == "remove" and 0 <= index < len(self.lines):
            del self.lines[index]
        elif name in ("up", "down") and 0 <= index < len(self.lines):
            line = self.lines.pop(index)
            self.lines.insert(max(0, index + (-1 if name == "up" else 1)), line)

    def columns(self) -> list[TemplateColumn]:
        """Lines in which nothing was written do not count."""
        self.lines = [line for line in self.lines if not line.empty] or [Line()]
        return [line.column() for line in self.lines if not line.empty]

    def show_problems(self, problems: list[Problem]) -> None:
        for problem in problems:
            message = error_text(DomainError(problem.message, **problem.values))
            errors: Any = self.errors if problem.line is None else self.lines[problem.line].errors
            errors.setdefault(problem.part, []).append(message)


def _read_text(part: str, typed: str, errors: dict[str, list[str]]) -> str:
    """One line of text; what was typed, and why it cannot be kept."""
    try:
        return one_line(typed)
    except DomainError as problem:
        errors[part] = [error_text(problem)]
        return typed


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
