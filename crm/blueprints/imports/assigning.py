"""Which column of a sent file fills which field: one drop-down a heading, with samples and a guess (I-9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.blueprints.imports.shared import heading_words
from crm.domain.imports.column_guessing import LEFT_OUT
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.mapping import TemplateColumn
from crm.i18n import N_
from crm.models import ImportRun
from crm.web.translation import gettext as _

TWICE = N_("Another column is already assigned to this field.")
MISSING = N_("Please choose the column for “%(field)s”.")


@dataclass
class Column:
    """A column of the file in the form."""

    number: int
    heading: str
    samples: list[str]
    field: str
    error: str = ""

    @property
    def label(self) -> str:
        return heading_words(self.heading)


class ColumnAssignment:
    """The columns of a run without a template: as guessed, as chosen before, or as typed."""

    def __init__(self, kind: ImportKind, run: ImportRun, typed: Mapping[str, str], errors: dict[str, str]) -> None:
        self.kind, self.run, self.typed, self.errors = kind, run, typed, errors
        self.guesses: list[list[Any]] = run.choices.get("found", {}).get("columns", [])
        chosen = {column[1]: column[0] for column in run.choices.get("columns", [])}
        self.usual = {
            heading: chosen.get(heading, LEFT_OUT) if chosen else guessed for heading, _samples, guessed in self.guesses
        }

    @property
    def sent(self) -> bool:
        return bool(self.guesses) and "column-1" in self.typed

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [(field.key, _(self.kind.label(field.key))) for field in self.kind.fields()]

    @property
    def shown(self) -> list[Column]:
        """For the page; none where there is nothing to assign."""
        if self.run.template_id is not None:
            return []
        return [
            Column(number, heading, samples, self._field(number, heading), self.errors.get(f"column-{number}", ""))
            for number, (heading, samples, _guessed) in enumerate(self.guesses, 1)
        ]

    def _field(self, number: int, heading: str) -> str:
        return self.typed.get(f"column-{number}", self.usual[heading])

    def columns(self) -> list[TemplateColumn]:
        """What was assigned; `errors` says what cannot be."""
        assigned: dict[str, TemplateColumn] = {}
        for column in self.shown:
            key = column.field
            if key == LEFT_OUT:
                continue
            if self.kind.field(key) is None:
                self.errors[f"column-{column.number}"] = _("Please choose one from the list.")
            elif key in assigned:
                self.errors[f"column-{column.number}"] = _(TWICE)
            else:
                assigned[key] = TemplateColumn(key, column.heading)
        for key in self.kind.lacking(assigned):
            self.errors.setdefault("column-1", _(MISSING, field=_(self.kind.label(key))))
        return list(assigned.values())

    def left(self) -> list[str]:
        """The headings that are not to be imported, so that they are not guessed next time."""
        return [column.heading for column in self.shown if column.field == LEFT_OUT]
