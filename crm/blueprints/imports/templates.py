"""模版選擇: the list of templates, making and changing one, the workbook to fill in (I-1, I-2)."""

import io
from typing import Any

from flask import flash, request, send_file

from crm.blueprints.imports.lines import MAX_LINES, TemplateForm
from crm.blueprints.imports.shared import each_kind, importing, template_name, template_or_404, to
from crm.blueprints.imports.workbook import filled_in_template
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.templates import (
    BUILT_IN,
    check_template,
    delete_template,
    may_change_template,
    problems_of,
    save_template,
    templates_of,
)
from crm.errors import StaleRecord
from crm.extensions import db
from crm.models import ImportTemplate
from crm.spreadsheets.writing import XLSX
from crm.web.access import actor, may, rights
from crm.web.errors import error_text
from crm.web.idempotency import already_saved_message, earlier_record
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@each_kind("/templates", "templates", views=True)
def index(kind: ImportKind) -> Any:
    return page(
        "imports/templates.html",
        kind=kind,
        to=to,
        template_name=template_name,
        templates=templates_of(db.session(), kind),
        may_change=may_change_here,
    )


@each_kind("/choose", "choose", views=True)
def choose(kind: ImportKind) -> Any:
    """The ticked template: its workbook, or the page where the file is chosen."""
    ticked = request.args.get("template", "")
    if not (ticked.isascii() and ticked.isdigit() and len(ticked) < 10):
        flash(_("Please tick a template first."), "warning")
        return go(to(kind, "templates"))
    template = template_or_404(kind, int(ticked))
    return go(to(kind, "download" if request.args.get("do") == "download" else "file", id=template.id))


@each_kind("/templates/<int:id>/download", "download", views=True)
def download(kind: ImportKind, id: int) -> Any:
    template = template_or_404(kind, id)
    file = io.BytesIO(filled_in_template(kind, template))
    return send_file(file, XLSX, as_attachment=True, download_name=f"{template_name(template)}.xlsx")


@each_kind("/templates/new", "new_template")
def new(kind: ImportKind) -> Any:
    return show(kind, None, TemplateForm.new(kind))


@each_kind("/templates", "create_template", "POST")
def create(kind: ImportKind) -> Any:
    return save(kind, None)


@each_kind("/templates/<int:id>", "template", views=True)
def edit(kind: ImportKind, id: int) -> Any:
    template = template_or_404(kind, id)
    return show(kind, template, TemplateForm.of(template))


@each_kind("/templates/<int:id>", "update_template", "POST")
def update(kind: ImportKind, id: int) -> Any:
    return save(kind, template_or_404(kind, id))


@each_kind("/templates/<int:id>/delete", "ask_delete")
def ask_delete(kind: ImportKind, id: int) -> Any:
    template = template_or_404(kind, id)
    check_template(template, rights())
    return page("imports/delete.html", kind=kind, to=to, record=template, name=template_name(template))


@each_kind("/templates/<int:id>/delete", "delete", "POST")
def delete(kind: ImportKind, id: int) -> Any:
    delete_template(db.session(), template_or_404(kind, id), actor())
    flash(_("The template has been deleted."), "done")
    return go(to(kind, "templates"))


def save(kind: ImportKind, template: ImportTemplate | None) -> Any:
    """Save, or show the lines again: one more, one less, moved, or with what is wrong beside them."""
    check_template(template, rights())
    form = TemplateForm.sent()
    if request.form.get("action"):
        form.change(request.form["action"])
        return show(kind, template, form)
    columns = form.columns()
    before = earlier_record() if template is None else None
    if before is not None:
        form.errors["form"] = [already_saved_message(before)]
        return show(kind, template, form, 409)
    form.show_problems(problems_of(db.session(), kind, template, form.name, columns, importing()))
    if form.errors or any(line.errors for line in form.lines):
        return show(kind, template, form, 422)
    try:
        save_template(db.session(), template, kind, form.name, columns, actor(), form.opened)
    except StaleRecord as stale:
        form.errors["form"] = [error_text(stale)]
        form.version = str(template.version) if template else ""
        return show(kind, template, form, 409)
    flash(_("The template has been saved."), "done")
    return go(to(kind, "templates"))


def show(kind: ImportKind, template: ImportTemplate | None, form: TemplateForm, status: int = 200) -> Any:
    fields = [(f.key, _(kind.label(f.key))) for f in kind.fields()]
    return page(
        "imports/template.html",
        status,
        kind=kind,
        to=to,
        record=template,
        name=template_name(template) if template is not None else "",
        form=form,
        fields=fields,
        full=len(form.lines) >= MAX_LINES,
        may_save=may(kind.save) and (template is None or may_change_here(template)),
        why_not=_(BUILT_IN) if template is not None and not may_change_here(template) else "",
    )


def may_change_here(template: ImportTemplate) -> bool:
    return may_change_template(template, rights())
