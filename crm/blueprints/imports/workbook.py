"""The workbooks that people take along: a template to fill in, and a checked file with its faults marked."""

import io
from typing import Any

from crm.blueprints.imports.shared import heading_words, template_name
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.mapping import headings_of
from crm.domain.imports.options import GOOD_ROWS, Options
from crm.domain.imports.results import Result
from crm.domain.imports.rows import Issue
from crm.domain.imports.start_templates import EXAMPLES
from crm.domain.imports.templates import columns_of
from crm.entities.entity import Field
from crm.entities.products import CategoryChoice, category_labels
from crm.errors import DomainError
from crm.fields import Choice, CityChoice, FixedChoice, PersonChoice, Phone, Text, YesNo
from crm.models import ImportRun, ImportTemplate
from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.marking import CellError, mark_errors
from crm.spreadsheets.sheet import Sheet
from crm.spreadsheets.template import EXAMPLE_MARK, import_template
from crm.web.errors import error_text
from crm.web.firm_settings import field_context
from crm.web.translation import gettext as _


def filled_in_template(kind: ImportKind, template: ImportTemplate) -> bytes:
    """The .xlsx of 【下載模版】 (I-2)."""
    columns = {heading_words(c.heading): c.field for c in columns_of(template) if c.heading}
    fields = {field.key: field for field in kind.fields()}
    examples = EXAMPLES.get(kind.key, {})
    return import_template(
        list(columns),
        required=[heading for heading, key in columns.items() if key in kind.required],
        choices={heading: _offered(fields[key]) for heading, key in columns.items() if key in fields},
        text_columns=[heading for heading, key in columns.items() if key in fields and _is_text(kind, fields[key])],
        example={heading: examples[key] for heading, key in columns.items() if key in examples},
        title=template_name(template),
        example_mark=_(EXAMPLE_MARK),
    )


def _offered(field: Field) -> list[str]:
    """The texts of a drop-down; cities and people are too many, or nobody's business."""
    if isinstance(field.type, YesNo):
        return [_("Yes"), _("No")]
    if isinstance(field.type, FixedChoice):
        return [_(label) for _key, label in field.type.options]
    if isinstance(field.type, CategoryChoice):
        return list(category_labels(field.type.choices(field_context())).values())
    if isinstance(field.type, Choice) and not isinstance(field.type, (CityChoice, PersonChoice)):
        return [item.name for item in field.type.offered(field_context())]
    return []


def _is_text(kind: ImportKind, field: Field) -> bool:
    """Digits that are no number keep their zeros; a firm's own text may hold such ones."""
    own_text = field in kind.own and type(field.type) is Text
    return own_text or kind.keeps_digits(field.key) or isinstance(field.type, Phone)


def marked_file(run: ImportRun, sheet: Sheet, result: Result) -> io.BytesIO:
    """The sent rows with the wrong cells coloured and the reasons beside them (I-4).

    Where the good rows are imported anyway, only the others are in it.
    """
    options = Options.from_values(run.choices)
    only_wrong = options.wrong == GOOD_ROWS
    headings = (
        [heading_words(heading) for heading in headings_of(sheet, result.heading_row)] if options.placed else None
    )
    wrong_rows = {issue.row for issue in result.issues if issue.is_error}
    errors = [
        CellError(issue.row, issue.column, error_text(DomainError(issue.message, **issue.values)), issue_heading(issue))
        for issue in result.issues
        if not only_wrong or issue.row in wrong_rows
    ]
    out: Any = io.BytesIO()
    mark_errors(out, sheet.rows, result.heading_row, errors, _("Reason"), only_wrong, _(": "), headings)
    out.seek(0)
    file: io.BytesIO = out
    return file


def issue_heading(issue: Issue) -> str:
    """The heading in the file with the field's label where it is another: 公司（客戶名稱）."""
    label = _(issue.label) if issue.label else ""
    heading = heading_words(issue.heading)
    if not heading or normalize_heading(heading) == normalize_heading(label):
        return heading or label
    return _("%(heading)s (%(label)s)", heading=heading, label=label) if label else heading
