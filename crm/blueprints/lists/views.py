"""The pages that serve every list by its key: advanced search, saved searches, choice of columns (C-5)."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, request, url_for

from crm.blueprints.lists import blueprint
from crm.entities.listing import Parameters
from crm.entities.listing.conditions import ALL, ANY, OPERATORS, Condition, searchable
from crm.entities.listing.preferences import (
    choose_columns,
    chosen_columns,
    delete_search,
    offered_columns,
    save_search,
    saved_searches,
)
from crm.errors import DomainError
from crm.fields import Choice, FixedChoice, SeveralChoices, Text
from crm.web.access import check_may, rights, signed_in
from crm.web.current_reader import reader
from crm.web.errors import error_text
from crm.web.firm_settings import field_context
from crm.web.respond import go, page
from crm.web.sessions import safe_next
from crm.web.table import Search, Table
from crm.web.table.declaration import TABLES
from crm.web.translation import gettext as _

MIN_LINES, SPARE_LINES = 3, 1
NAME = Text(60)


def table_or_404(key: str) -> Table:
    """The list, if the person may view it."""
    table = TABLES.get(key)
    if table is None:
        abort(404)
    check_may(table.permission)
    return table.shaped_for(reader())


@blueprint.get("/lists/<key>/advanced")
@signed_in
def advanced(key: str) -> Any:
    """高級搜索: a line for each condition; below the quick search, or as a page of its own."""
    table = table_or_404(key)
    search = Search(table)
    line_count = max(MIN_LINES, len(search.lines) + SPARE_LINES)
    lines = [*search.lines, *([Condition("", "has", "")] * (line_count - len(search.lines)))]
    return page(
        "lists/advanced.html",
        table=table,
        search=search,
        lines=[(line, value_choices(table, line.field)) for line in lines],
        columns=[(c.key, _(c.label)) for c in searchable(table, rights())],
        operators=[(k, _(label)) for k, label in OPERATORS.items()],
        matches=[(ALL, _("All conditions match")), (ANY, _("Any condition matches"))],
        saved_searches=saved_searches(table, reader()),
        quick=list(search.given.items()),
    )


@blueprint.get("/lists/<key>/value")
@signed_in
def value(key: str) -> Any:
    """The control for a condition's value: a drop-down where the field has choices."""
    table = table_or_404(key)
    field = request.args.get("af", "")
    number = request.args.get("number", type=int) or 1
    line = Condition(field, "is", "")
    return page("lists/_value.html", line=line, choices=value_choices(table, field), number=number)


def value_choices(table: Table, field: str) -> list[tuple[str, str]]:
    column = table.column(field, rights())
    if column is None:
        return []
    if isinstance(column.type, FixedChoice):
        return [(k, _(label)) for k, label in column.type.options]
    if isinstance(column.type, Choice | SeveralChoices):
        return [(str(item.id), item.name) for item in column.type.choices(reader()).items]
    return [("1", _("Yes")), ("0", _("No"))] if column.type.kind == "yesno" else []


@blueprint.post("/lists/<key>/searches")
@signed_in
def keep_search(key: str) -> Any:
    """Keep the search under a name; the same name of the same person is replaced."""
    table = table_or_404(key)
    query = urlencode(parse_qsl(request.form.get("query", ""))[:60])
    search = Search(table, args=Parameters.of(query))
    try:
        name = NAME.parse(request.form.get("name", ""), field_context()) if search.is_searching else ""
    except DomainError as problem:
        flash(error_text(problem), "warning")
        return go(search.url())
    if not name:
        flash(_("Please enter a name and at least one condition."), "warning")
        return go(search.url())
    save_search(table, name, search.url().partition("?")[2], bool(request.form.get("shared")), reader())
    flash(_("The search has been saved as %(name)s.", name=name), "done")
    return go(search.url())


@blueprint.post("/lists/<key>/searches/<int:id>/delete")
@signed_in
def forget_search(key: str, id: int) -> Any:
    table = table_or_404(key)
    if not delete_search(table, id, reader()):
        abort(404)
    flash(_("The search has been deleted."), "done")
    return go(url_for(table.endpoint))


@blueprint.get("/lists/<key>/columns")
@signed_in
def columns(key: str) -> Any:
    """Which columns the list shows."""
    table = table_or_404(key)
    known = {c.key: c for c in offered_columns(table, reader())}
    shown = [c.key for c in chosen_columns(table, reader()) if c.key in known]
    ordered = [*shown, *(k for k in known if k not in shown)]
    choices = [(k, _(known[k].label), k in shown) for k in ordered]
    return page("lists/columns.html", table=table, choices=choices, back=safe_next(request.args.get("next")))


@blueprint.post("/lists/<key>/columns")
@signed_in
def save_columns(key: str) -> Any:
    table = table_or_404(key)
    chosen = [] if request.form.get("action") == "usual" else request.form.getlist("columns")
    choose_columns(table, chosen, reader())
    flash(_("The columns have been saved."), "done")
    return go(safe_next(request.form.get("next")))
