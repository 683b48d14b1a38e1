"""Looking at a template with a real document, or with an example (A-11)."""

from typing import Any

from flask import render_template, request

from crm.blueprints.prints import blueprint
from crm.blueprints.prints.editor import (
    body_and_choices,
    matches_document,
    template_form,
    template_or_404,
    visible_documents,
)
from crm.blueprints.prints.views import printed_or_404
from crm.domain.prints.choices import A4, stored_choices
from crm.domain.prints.printed import TEMPLATE, PrintedKind
from crm.domain.prints.sheets import example_of, fill, sheet_of, template_problems
from crm.entities.change_log import PRINT
from crm.entities.listing.filters import parse_id
from crm.errors import DomainError
from crm.models import Permission
from crm.web.access import may, one_or_404, own_transaction, requires
from crm.web.errors import error_text
from crm.web.firm_settings import field_context
from crm.web.log import write_operation_log
from crm.web.printing import SheetLayout, print_context, sandboxed, sheet_page, sheet_title, title_of_record


@blueprint.get("/prints/<int:id>/preview")
@requires(Permission.PRINTS_VIEW)
def preview(id: int) -> Any:
    """The saved template."""
    template, printed = template_or_404(id)
    running = stored_choices(printed.key, template.choices).running
    return render_preview(printed, template.body, SheetLayout(template.paper, running))


@blueprint.post("/prints/preview")
@requires(Permission.PRINTS_SAVE)
@own_transaction
def try_out() -> Any:
    """What stands in the editor just now; nothing is saved."""
    printed = printed_or_404()
    form = template_form(printed, None)
    try:
        body = TEMPLATE[1].type.parse(request.form.get("body", ""), field_context())
        body, choices = body_and_choices(printed, form, body)
    except DomainError as problem:
        return mistakes([error_text(problem)])
    return render_preview(printed, body, SheetLayout(form["paper"].data or A4, choices is not None and choices.running))


def render_preview(printed: PrintedKind, body: str, layout: SheetLayout) -> Any:
    """The sheet by this text, or its mistakes."""
    problems = template_problems(printed, body)
    if problems:
        return mistakes([error_text(problem) for problem in problems])
    try:
        return preview_page(printed, body, layout)
    except DomainError as problem:
        return mistakes([error_text(problem)])


def preview_page(printed: PrintedKind, body: str, layout: SheetLayout) -> Any:
    record = chosen_document(printed)
    context = print_context()
    if record is None:
        return sheet_page(fill(printed, body, example_of(printed, context)), context.say(printed.document), layout)
    title = sheet_title(printed, record, context.say)
    answer = sheet_page(sheet_of(printed, body, record, context), title, layout)
    write_operation_log(PRINT, printed.key, record.id, title_of_record(record))
    return answer


def chosen_document(printed: PrintedKind) -> Any:
    """The document of the list, or that of the typed number; none is the example. Unseen ones are a 404."""
    chosen = request.values.get("record", "")
    code = request.values.get("code", "").strip()
    if (not chosen and not code) or not any(may(permission) for permission in printed.permissions):
        return None
    visible = visible_documents(printed)
    return one_or_404(visible.where(matches_document(printed, code) if code else printed.model.id == parse_id(chosen)))


def mistakes(problems: list[str]) -> Any:
    return sandboxed(render_template("prints/mistakes.html", mistakes=problems), 422)
