"""自定義字段: a tab for each kind of record with its fields; making, changing, arranging and retiring them (D-2)."""

from typing import Any

from flask import abort, flash, request, url_for
from sqlalchemy import select

from crm.blueprints.custom_fields import blueprint
from crm.catalogue.custom_fields import CUSTOM_FIELD, MODULE, module_field
from crm.domain.platform.custom_fields import (
    DOWN,
    UP,
    delete_field,
    fields_of,
    move_field,
    retire_field,
    save_field,
    uses_of,
)
from crm.entities.custom_fields import KINDS, customised_kinds, dictionary_of, type_of
from crm.entities.entity import Entity
from crm.entities.registry import entity
from crm.extensions import db
from crm.models import CustomField, Permission
from crm.web.access import actor, may, one_or_404, requires
from crm.web.firm_settings import field_context
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.menu import menu_of
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/custom-fields")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_VIEW)
def index() -> Any:
    return _list(customised_kinds()[0])


@blueprint.get("/custom-fields/<kind>")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_VIEW)
def show(kind: str) -> Any:
    return _list(_kind_or_404(kind))


@blueprint.get("/custom-fields/<kind>/new")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_SAVE)
def new(kind: str) -> Any:
    return _form_page(_kind_or_404(kind), _form(None, _kind_or_404(kind)))


@blueprint.post("/custom-fields/<kind>")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_SAVE)
def create(kind: str) -> Any:
    return _save(_kind_or_404(kind))


@blueprint.get("/custom-fields/<int:id>/change")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_SAVE)
def edit(id: int) -> Any:
    row = _row_or_404(id)
    return _form_page(entity(row.entity), _form(row, entity(row.entity)), row=row)


@blueprint.post("/custom-fields/<int:id>/change")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_SAVE)
def update(id: int) -> Any:
    row = _row_or_404(id)
    return _save(entity(row.entity), row)


@blueprint.post("/custom-fields/<kind>/arrange")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_SAVE)
def arrange(kind: str) -> Any:
    """The order, or whether a field is still asked for: the button that was pressed names its field."""
    pressed = [name for name in ("up", "down", "retire", "restore") if name in request.form]
    number = request.form[pressed[0]] if len(pressed) == 1 else ""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        abort(400)
    row = _row_or_404(int(number))
    if pressed[0] in ("up", "down"):
        move_field(db.session(), row, UP if pressed[0] == "up" else DOWN)
        flash(_("The order has been saved."), "done")
    else:
        retire_field(db.session(), row, pressed[0] == "retire")
        flash(
            _("%(what)s is retired.", what=row.label) if row.retired else _("%(what)s is used again.", what=row.label)
        )
    return go(url_for("custom_fields.show", kind=_kind_or_404(kind).key))


@blueprint.get("/custom-fields/<int:id>/delete")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_SAVE)
def ask_delete(id: int) -> Any:
    row = _row_or_404(id)
    return page("custom_fields/delete.html", row=row, used=uses_of(db.session(), row), kind=entity(row.entity))


@blueprint.post("/custom-fields/<int:id>/delete")
@menu_of("dictionaries")
@requires(Permission.DICTIONARIES_SAVE)
def delete(id: int) -> Any:
    row = _row_or_404(id)
    delete_field(db.session(), row)
    flash(_("%(what)s has been deleted.", what=row.label), "done")
    return go(url_for("custom_fields.show", kind=row.entity))


def _kind_or_404(key: str) -> Entity:
    customised = next((kind for kind in customised_kinds() if kind.key == key), None)
    if customised is None:
        abort(404)
    return customised


def _row_or_404(id: int) -> CustomField:
    field: CustomField = one_or_404(select(CustomField).where(CustomField.id == id))
    _kind_or_404(field.entity)
    return field


def _list(kind: Entity) -> Any:
    tabs = [
        {
            "label": _(customised.label),
            "url": url_for("custom_fields.show", kind=customised.key),
            "current": customised is kind,
        }
        for customised in customised_kinds()
    ]
    rows = [
        {
            "row": row,
            "kind": _(KINDS[row.kind].label),
            "heading": _(row.heading) if row.heading else "",
            "choices_url": url_for("dictionaries.show", key=dictionary_of(row.id)) if KINDS[row.kind].choices else "",
        }
        for row in fields_of(db.session(), kind)
    ]
    return page("custom_fields/index.html", tabs=tabs, rows=rows, kind=kind, may_save=may(Permission.DICTIONARIES_SAVE))


def _form(row: CustomField | None, kind: Entity) -> RecordForm:
    fields = tuple(CUSTOM_FIELD)
    if row is None:
        return form_for((module_field(), *fields), None, {MODULE: kind.key, "kind": "text"})
    form = form_for((field for field in fields if field.key != "items" or not KINDS[row.kind].choices), row)
    if form["start"].typed is None and row.start:
        form["start"].data = type_of(row).edit(type_of(row).parse(row.start, field_context()), field_context())
    return form


def _form_page(kind: Entity, form: RecordForm, code: int = 200, row: CustomField | None = None) -> Any:
    return page("custom_fields/form.html", code, form=form, row=row, kind=kind, groups=_groups(kind))


def _groups(kind: Entity) -> list[str]:
    """The groups that the form of the kind has, and those of its other fields."""
    own = [row.heading for row in fields_of(db.session(), kind) if row.heading]
    return list(dict.fromkeys(_(name) for name in (*(field.group for field in kind if field.group), *own)))


def _save(kind: Entity, row: CustomField | None = None) -> Any:
    form = _form(row, kind)

    def verb() -> CustomField:
        values = form.values()
        kind_of_field = kind if row is not None else _kind_or_404(values[MODULE])
        values["heading"] = _as_declared(kind_of_field, values["heading"])
        return save_field(db.session(), row, kind_of_field, values, field_context(), actor(), form.opened_version)

    done = attempt(form, verb, row)
    if done is None:
        return _form_page(kind, form, form.status, row)
    flash(_("%(what)s has been saved.", what=done.label), "done")
    return go(url_for("custom_fields.show", kind=done.entity))


def _as_declared(kind: Entity, heading: str | None) -> str | None:
    """A group of the kind's own form by its message id, so that the field stands in it in every language."""
    declared = {_(field.group): field.group for field in kind if field.group}
    return declared.get(heading, heading) if heading else None
