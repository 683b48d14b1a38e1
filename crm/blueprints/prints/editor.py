"""The editor of a template: its form, and what stands beside it (A-11)."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from zlib import crc32

from flask import request
from sqlalchemy import ColumnElement, select

from crm.domain.prints.choices import (
    A4,
    OWN_HTML,
    SheetChoices,
    choice_fields,
    compose,
    first_choices,
    line_columns,
    optional_parts,
    stored_choices,
)
from crm.domain.prints.cleaning import CLASSES
from crm.domain.prints.printed import PRINTED, TEMPLATE, PrintedKind
from crm.entities import policy
from crm.entities.entity import Field
from crm.entities.keys import folded_code
from crm.errors import FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Permission, PrintTemplate
from crm.web import checkboxes  # noqa: F401  (the control)
from crm.web.access import may, one_or_404, rights
from crm.web.forms import RecordForm, form_for
from crm.web.static_files import static_url
from crm.web.translation import gettext as _

MAX_OFFERED = 30
"""Of the newest documents, to look at a template with; any other is named by its number."""


def template_or_404(id: int) -> tuple[PrintTemplate, PrintedKind]:
    statement = select(PrintTemplate).where(PrintTemplate.id == id, PrintTemplate.deleted_at.is_(None))
    template: PrintTemplate = one_or_404(statement)
    return template, PRINTED[template.module].of_firm(db.session())


def template_form(
    printed: PrintedKind, template: PrintTemplate | None, copied: PrintTemplate | None = None
) -> RecordForm:
    """Of a new one the text and the wishes are those of the template `copied`."""
    form = form_for((TEMPLATE[0], *choice_fields(printed), TEMPLATE[1]), _as_record(printed, template, copied))
    parts, columns = optional_parts(printed.key), line_columns(printed.key)
    labels = {field.key.removeprefix("line."): field.label for field in printed.line_fields}
    form["parts"].offer((key, _(label), True) for key, label in parts.items())
    if columns:
        form["columns"].offer((key, _(labels[key]), True) for key in columns)
    return form


def _as_record(printed: PrintedKind, template: PrintTemplate | None, copied: PrintTemplate | None) -> SimpleNamespace:
    source = template or copied
    choices = stored_choices(printed.key, source.choices) if source is not None else first_choices(printed.key)
    return SimpleNamespace(
        name=template.name if template is not None else "",
        body=source.body if source is not None else "",
        paper=source.paper if source is not None else A4,
        **{**choices.stored(), "parts": set(choices.parts), "columns": set(choices.columns)},
        version=template.version if template is not None else None,
    )


def choices_from_form(printed: PrintedKind, form: RecordForm) -> SheetChoices:
    """The wishes as the form brings them, in the order of the sheet."""
    parts, columns = form["parts"].data or (), form["columns"].data or () if "columns" in form else ()
    return SheetChoices(
        form["source"].data or OWN_HTML,
        tuple(key for key in optional_parts(printed.key) if key in parts),
        tuple(key for key in line_columns(printed.key) if key in columns),
        (form["signers"].data or "") if "signers" in form else "",
        form["footer"].data or "",
        bool(form["running"].data),
    )


def shown_marks(printed: PrintedKind, form: RecordForm) -> str:
    """What the page shows, for telling afterwards what a person has changed in it: the HTML, or the wishes."""
    sent = request.form.get("shown", "")
    if sent:
        return sent
    choices = choices_from_form(printed, form)
    return f"{_checksum((form['body'].data or '').strip())}.{_checksum(replace(choices, source=''))}.{choices.source}"


def _checksum(value: object) -> int:
    return crc32(repr(value).encode())


BOTH_CHANGED = N_(
    "The choices would replace this HTML, which was changed as well. To keep it, please choose “From the HTML below”."
)
NOT_IN_USE = N_("The choices only take effect with “From the choices below”.")


def body_and_choices(printed: PrintedKind, form: RecordForm, body: str) -> tuple[str, SheetChoices | None]:
    """The text to keep and the wishes: HTML that was changed by hand stands by itself from then on, and wishes that are
    not in use are kept for later.

    Raises FieldError where something would be lost. A form without wishes brings HTML alone.
    """
    if "source" not in request.form:
        return body, None
    choices = choices_from_form(printed, form)
    marks = (*request.form.get("shown", "").split("."), "", "", "")
    by_hand, ticked = str(_checksum(body.strip())) != marks[0], str(_checksum(replace(choices, source=""))) != marks[1]
    if choices.source == OWN_HTML:
        if ticked and not by_hand and marks[2] == OWN_HTML:
            raise FieldError("source", NOT_IN_USE)
        return body, choices
    if not by_hand:
        return compose(printed.key, choices), choices
    if marks[2] == OWN_HTML:
        raise FieldError("body", BOTH_CHANGED)
    return body, replace(choices, source=OWN_HTML)


def editor_values(printed: PrintedKind, template: PrintTemplate | None, form: RecordForm) -> dict[str, Any]:
    """Everything the editor's page shows."""
    return {
        "printed": printed,
        "record": template,
        "form": form,
        "may_save": may(Permission.PRINTS_SAVE),
        "names": name_groups(printed),
        "classes": CLASSES,
        "documents": offered_documents(printed),
        "shown": shown_marks(printed, form),
        "more_scripts": [static_url("js/templates.js")],
    }


def name_groups(printed: PrintedKind) -> list[dict[str, Any]]:
    """The names that a template of this kind can use, each with its meaning."""
    lines = [
        {"name": "{{#lines}}…{{/lines}}", "put": "{{#lines}}\n{{/lines}}", "means": _("Repeated for each line")},
        *map(_name, printed.line_fields),
    ]
    labels = [
        {"name": in_braces(name), "put": in_braces(name), "means": _(text)} for name, text in printed.words.items()
    ]
    return [
        {"title": _("Values of the document"), "names": [_name(field) for field in printed.fields]},
        {"title": _("Values of a line: %(what)s", what=_(printed.lines_label)), "names": lines},
        {"title": _("Texts in the reader's language"), "names": labels},
    ]


def _name(field: Field) -> dict[str, str]:
    if field.key.startswith("has."):
        placeholders = f"{{{{#{field.key}}}}}…{{{{/{field.key}}}}}"
        return {"name": placeholders, "put": placeholders.replace("…", ""), "means": _(field.label)}
    put = '<img src="{{firm.logo}}" alt="" height="48">' if field.key == "firm.logo" else in_braces(field.key)
    return {"name": in_braces(field.key), "put": put, "means": _(field.label)}


def in_braces(name: str) -> str:
    return "{{" + name + "}}"


def visible_documents(printed: PrintedKind) -> Any:
    return policy.reachable(printed.kind, rights())


def offered_documents(printed: PrintedKind) -> list[tuple[int, str]]:
    """The newest documents that this person may see, as (number, text)."""
    if not any(may(permission) for permission in printed.permissions):
        return []
    kind, model = printed.kind, printed.model
    code = model.code if hasattr(model, "code") else kind.named_column()
    name = Customer.name if kind.parent("customers") is not None else kind.named_column()
    statement = visible_documents(printed).with_only_columns(model.id, code, name)
    rows = db.session.execute(statement.order_by(model.id.desc()).limit(MAX_OFFERED))
    return [(id, f"{code} {name}") for id, code, name in rows]


def matches_document(printed: PrintedKind, typed: str) -> ColumnElement[bool]:
    """Whether a document has the typed number, or the typed name where its kind has no numbers."""
    if hasattr(printed.model, "code_key"):
        return printed.model.code_key == folded_code(typed)  # type: ignore[no-any-return]
    return printed.kind.named_column() == typed  # type: ignore[no-any-return]
