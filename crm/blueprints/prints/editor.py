"""The editor of a template: its form, and what stands beside it (A-11)."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from crm.domain.prints.cleaning import CLASSES
from crm.domain.prints.printed import PRINTED, TEMPLATE, PrintedKind
from crm.entities import policy
from crm.entities.entity import Field
from crm.entities.keys import folded_code
from crm.extensions import db
from crm.models import Customer, Permission, PrintTemplate
from crm.web.access import may, one_or_404, rights
from crm.web.forms import RecordForm, form_for
from crm.web.static_files import static_url

MOST_OFFERED = 30
"""Of the newest documents, to look at a template with; any other is named by its number."""


def template_or_404(id: int) -> tuple[PrintTemplate, PrintedKind]:
    wanted = select(PrintTemplate).where(PrintTemplate.id == id, PrintTemplate.deleted_at.is_(None))
    template: PrintTemplate = one_or_404(wanted)
    return template, PRINTED[template.module].of_firm(db.session())


def template_form(template: PrintTemplate | None, given: dict[str, Any] | None = None) -> RecordForm:
    return form_for(TEMPLATE, template, given)


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
        both = f"{{{{#{field.key}}}}}…{{{{/{field.key}}}}}"
        return {"name": both, "put": both.replace("…", ""), "means": _(field.label)}
    return {"name": in_braces(field.key), "put": in_braces(field.key), "means": _(field.label)}


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
    wanted = visible_documents(printed).with_only_columns(model.id, code, name)
    rows = db.session.execute(wanted.order_by(model.id.desc()).limit(MOST_OFFERED))
    return [(id, f"{code} {name}") for id, code, name in rows]


def named(printed: PrintedKind, typed: str) -> ColumnElement[bool]:
    """Whether a document has the typed number, or the typed name where its kind has no numbers."""
    if hasattr(printed.model, "code_key"):
        return printed.model.code_key == folded_code(typed)  # type: ignore[no-any-return]
    return printed.kind.named_column() == typed  # type: ignore[no-any-return]
