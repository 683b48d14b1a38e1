"""What is chosen beside a file: when it is sent, and again after its check, without sending it once more (I-3, I-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import request

from crm.blueprints.imports.assigning import ColumnAssignment
from crm.blueprints.imports.offers import offered, sheet_choices
from crm.blueprints.imports.shared import importing, template_name, uploads
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import LABELS, Options
from crm.domain.imports.results import Result
from crm.domain.imports.templates import problems_of, templates_of
from crm.errors import DomainError
from crm.extensions import db
from crm.i18n import N_
from crm.models import ImportRun, ImportTemplate
from crm.models.imports import CHOOSING
from crm.spreadsheets.encodings import is_about_encoding
from crm.spreadsheets.limits import MAX_ROWS
from crm.spreadsheets.reading import may_lack_headings, may_need_encoding
from crm.text import half_width, one_line
from crm.web.errors import error_text
from crm.web.firm_settings import lookups
from crm.web.translation import gettext as _

NO_ROW = N_("Please enter the number of a row, such as 3, or leave this empty.")
BY_HAND = "none"
OTHERS_KEPT = "keep"
ONLY_IF_FOUND = ("headings", "hidden", "totals", "encoding")


@dataclass
class Field:
    """A drop-down, or a box where it has no `options`."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]] = field(default_factory=list)
    help: str = ""
    error: str = ""


@dataclass
class ChoicesForm:
    """The form of a run's choices: the stored ones, or the typed ones with their errors."""

    kind: ImportKind
    run: ImportRun
    result: Result | None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    kept_as: str = ""

    def fields(self, problem: DomainError | None) -> list[Field]:
        fields = [self._template(), self._sheet(), self._heading_row(), *self._options()]
        shown = [field for field in fields if field is not None]
        field_name = self._place_of(problem, [field.name for field in shown])
        for shown_field in shown:
            shown_field.error = self.errors.get(
                shown_field.name, error_text(problem) if problem is not None and shown_field.name == field_name else ""
            )
        return shown

    def _value(self, name: str, usual: Any) -> str:
        return self.typed.get(name, str(usual or ""))

    def _template(self) -> Field:
        options = [(str(template.id), template_name(template)) for template in templates_of(db.session(), self.kind)]
        own = str(self.run.template_id or BY_HAND)
        if own not in dict(options) and own != BY_HAND:
            options.insert(0, (own, _("as before")))
        options.append((BY_HAND, _("None: assign the columns manually")))
        return Field("template", _("Template"), self._value("template", own), options)

    def _sheet(self) -> Field | None:
        usual = self.run.choices.get("sheet", self.run.choices.get("proposed", ""))
        options = sheet_choices(self.run)
        return Field("sheet", _("Sheet"), self._value("sheet", usual), options) if options else None

    @property
    def placed(self) -> bool:
        """Whether the file was looked at as one without headings."""
        return Options.from_values(self.run.choices).placed

    def _heading_row(self) -> Field | None:
        if self.placed:
            return None
        known = self.result.row_of(self.result.heading_row) if self.result is not None and not self._stacked() else ""
        advice, detected = _("Leave empty to detect it automatically."), _("Detected in row %(number)s.", number=known)
        return Field(
            "heading_row",
            _("Heading row"),
            self._value("heading_row", self.run.choices.get("heading_row")),
            help=f"{advice} {detected}" if known else advice,
        )

    def _stacked(self) -> bool:
        return self.result is not None and len(self.result.parts) > 1

    def _options(self) -> list[Field]:
        options = Options.from_values(self.run.choices).stored()
        choices_of = offered(self.kind)
        return [
            Field(name, _(LABELS[name]), self._value(name, options[name]), choices_of[name])
            for name in choices_of
            if name not in ONLY_IF_FOUND or self._concerns_file(name)
        ]

    def _concerns_file(self, name: str) -> bool:
        """Whether the file has what the option is about."""
        if name == "headings":
            return may_lack_headings(uploads() / self.run.stored_name)
        if name == "encoding":
            return may_need_encoding(uploads() / self.run.stored_name)
        if self.result is None:
            return False
        hidden = self.result.hidden_rows or self.result.hidden_columns
        return bool(hidden if name == "hidden" else self.result.totals)

    def _place_of(self, problem: DomainError | None, names: list[str]) -> str:
        """The field by which a problem of the file can be mended."""
        if problem is None or self.run.state != CHOOSING:
            return ""
        if is_about_encoding(problem):
            return "encoding"
        if self.placed:
            return "headings"
        if self.run.choices.get("heading_row"):
            return "heading_row"
        return "sheet" if "sheet" in names and "sheet" in self.run.choices else "template"

    def read(self) -> tuple[dict[str, Any], ImportTemplate | None]:
        """What was sent: the choices that changed, and the template; `errors` holds what cannot be.

        Without a template `columns` are among the choices: as they were assigned, or none where the file is to be
        looked at anew.
        """
        changed, template = self._read_request()
        if self.result is not None:
            same_sheet = changed.get("sheet", self.run.choices.get("sheet")) == self.run.choices.get("sheet")
            changed["rows"] = self._row_choices() if same_sheet else {}
        if self.by_hand:
            assigned = self.assigning.columns() if self._looked_at(changed) else []
            changed["columns"] = [column.stored() for column in assigned]
            changed["left"] = self.assigning.left() if assigned else []
            self._keep(assigned)
        return changed, template

    def _keep(self, assigned: Sequence[TemplateColumn]) -> None:
        """The columns as a template, where a name for it was written; it is saved with the rest."""
        try:
            self.kept_as = one_line(self.typed.get("template_name", ""))
        except DomainError as problem:
            self.errors["template_name"] = error_text(problem)
        if not (assigned and self.kept_as) or self.errors:
            return
        for flaw in problems_of(db.session(), self.kind, None, self.kept_as, assigned, importing()):
            self.errors["template_name"] = error_text(DomainError(flaw.message, **flaw.values))

    @property
    def by_hand(self) -> bool:
        usual = BY_HAND if self.run.template_id is None else ""
        return self.typed.get("template", usual) == BY_HAND

    @cached_property
    def assigning(self) -> ColumnAssignment:
        return ColumnAssignment(self.kind, self.run, self.typed, self.errors)

    def duplicates(self) -> list[dict[str, Any]]:
        """The known records that rows of the file match, with a choice for each that the row may change."""
        if self.result is None:
            return []
        chosen, people, result = self.run.choices.get("rows", {}), lookups().people, self.result
        return [
            {
                "row": result.row_of(index),
                "index": index,
                "name": name,
                "known": known,
                "owner": people.name(owner_id) if owner_id else "",
                "choice": self.typed.get(f"duplicate-{index}", chosen.get(str(index), "")) if changeable else None,
            }
            for index, name, known, owner_id, changeable in result.duplicates
        ]

    def duplicate_options(self) -> list[tuple[str, str]]:
        return [("", _("As chosen above")), *offered(self.kind)["duplicates"]]

    def _row_choices(self) -> dict[str, str]:
        """For the duplicates that the page named; others have none."""
        known = [key for key, _label in offered(self.kind)["duplicates"]]
        choices = {}
        for index, _name, _known, _owner, changeable in self.result.duplicates if self.result else ():
            sent = self.typed.get(f"duplicate-{index}", "")
            if changeable and sent in known:
                choices[str(index)] = sent
        return choices

    def _looked_at(self, changed: Mapping[str, Any]) -> bool:
        """Whether the assigned columns are those of the sheet, row and encoding that are now chosen."""
        before = {"heading_row": 0, **Options.from_values(self.run.choices).stored(), **self.run.choices}
        same = all(
            changed.get(name, before.get(name)) == before.get(name)
            for name in ("sheet", "headings", "heading_row", "encoding")
        )
        return same and self.run.template_id is None and self.assigning.sent

    def _as_shown(self) -> dict[str, str]:
        """The columns and rows as they stand: what a single choice (“What helps”) leaves alone."""
        columns = ColumnAssignment(self.kind, self.run, {}, {}).shown
        rows = self.run.choices.get("rows", {})
        return {
            **{f"column-{column.number}": column.field for column in columns},
            **{f"duplicate-{index}": choice for index, choice in rows.items()},
        }

    def _read_request(self) -> tuple[dict[str, Any], ImportTemplate | None]:
        others_shown = self._as_shown() if request.form.get("others") == OTHERS_KEPT else {}
        self.typed = {**others_shown, **request.form.to_dict()}
        changed: dict[str, Any] = {}
        for name, options in offered(self.kind).items():
            if request.form.get(name) in dict(options):
                changed[name] = request.form[name]
        if request.form.get("sheet") in dict(sheet_choices(self.run)):
            changed["sheet"] = request.form["sheet"]
        if "heading_row" in request.form:
            changed["heading_row"] = self._row(request.form["heading_row"])
        return changed, self._chosen_template(request.form.get("template", ""))

    def _row(self, typed: str) -> int:
        figures = half_width(typed[:20]).strip()
        if not figures:
            return 0
        number = int(figures) if figures.isascii() and figures.isdigit() else 0
        if not 1 <= number <= MAX_ROWS:
            self.errors["heading_row"] = _(NO_ROW)
        return number

    def _chosen_template(self, typed: str) -> ImportTemplate | None:
        if typed == BY_HAND:
            return None
        if typed in ("", str(self.run.template_id)):
            return next(
                (template for template in templates_of(db.session(), self.kind) if template.id == self.run.template_id),
                None,
            )
        chosen = next(
            (template for template in templates_of(db.session(), self.kind) if str(template.id) == typed), None
        )
        if chosen is None:
            self.errors["template"] = _("Please choose one from the list.")
        return chosen
