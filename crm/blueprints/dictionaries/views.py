"""The pages of the dictionaries: a tab each, with its items."""

from typing import Any

from flask import abort, flash, request, url_for
from sqlalchemy import Select, select

from crm.blueprints.dictionaries import blueprint
from crm.catalogue.configuration import item_fields
from crm.domain.platform.choice_lists import check_name, delete_choice, in_use
from crm.domain.platform.choice_merging import (
    MAX_UNDOABLE,
    ItemUse,
    count_naming_rows,
    get_item_merge,
    merge_items,
    merges_of_dictionary,
    staying,
    undo_merge_of_items,
    uses_of,
)
from crm.domain.platform.dictionaries import DICTIONARIES, WITH_VALUE, save_item
from crm.entities.custom_fields import field_of_dictionary
from crm.entities.record_saving import NOT_SEEN
from crm.entities.registry import entity
from crm.errors import DomainError, FieldError, StaleRecord
from crm.extensions import db
from crm.models import DictionaryItem, Merge, Permission
from crm.models.custom_values import is_custom
from crm.web.access import actor, may, one_or_404, requires, rights
from crm.web.choices import arrange as press
from crm.web.choices import choice_form
from crm.web.errors import error_text
from crm.web.firm_settings import lookups
from crm.web.form_saving import attempt
from crm.web.formatting import item_name
from crm.web.forms import RecordForm, form_for
from crm.web.respond import go, page
from crm.web.table.declaration import TABLES, Table
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number


@blueprint.get("/dictionaries")
@requires(Permission.DICTIONARIES_VIEW)
def index() -> Any:
    return _list(next(iter(DICTIONARIES)))


@blueprint.get("/dictionaries/<key>")
@requires(Permission.DICTIONARIES_VIEW)
def show(key: str) -> Any:
    return _list(_dictionary_or_404(key))


@blueprint.post("/dictionaries/<key>/arrange")
@requires(Permission.DICTIONARIES_SAVE)
def arrange(key: str) -> Any:
    flash(press(_items(_dictionary_or_404(key)), DictionaryItem), "done")
    return go(url_for("dictionaries.show", key=key))


@blueprint.get("/dictionaries/<key>/new")
@requires(Permission.DICTIONARIES_SAVE)
def new(key: str) -> Any:
    return _form_page(_dictionary_or_404(key), form_for(item_fields(key)))


@blueprint.post("/dictionaries/<key>")
@requires(Permission.DICTIONARIES_SAVE)
def create(key: str) -> Any:
    return _save(_dictionary_or_404(key))


@blueprint.get("/dictionaries/items/<int:id>")
@requires(Permission.DICTIONARIES_SAVE)
def edit(id: int) -> Any:
    item = _item_or_404(id)
    return _form_page(item.dictionary, choice_form(item_fields(item.dictionary), item), item=item)


@blueprint.post("/dictionaries/items/<int:id>")
@requires(Permission.DICTIONARIES_SAVE)
def update(id: int) -> Any:
    item = _item_or_404(id)
    return _save(item.dictionary, item)


@blueprint.get("/dictionaries/items/<int:id>/delete")
@requires(Permission.DICTIONARIES_SAVE)
def confirm_delete(id: int) -> Any:
    item = _item_or_404(id)
    return page("dictionaries/delete.html", item=item, used=in_use(db.session(), item), **_page_values(item.dictionary))


@blueprint.post("/dictionaries/items/<int:id>/delete")
@requires(Permission.DICTIONARIES_SAVE)
def delete(id: int) -> Any:
    item = _item_or_404(id)
    name = item_name(item)
    delete_choice(db.session(), item)
    flash(_("%(what)s has been deleted.", what=name), "done")
    return go(url_for("dictionaries.show", key=item.dictionary))


@blueprint.get("/dictionaries/items/<int:id>/merge")
@requires(Permission.DICTIONARIES_SAVE)
def ask_merge(id: int) -> Any:
    return _merge_page(_merged_or_404(id))


@blueprint.post("/dictionaries/items/<int:id>/merge")
@requires(Permission.DICTIONARIES_SAVE)
def merge(id: int) -> Any:
    item = _merged_or_404(id)
    key, name = item.dictionary, item_name(item)
    into, version = request.form.get("into", ""), request.form.get("version", "")
    opened_version = int(version) if is_record_number(version) else NOT_SEEN
    try:
        into_id = int(into) if is_record_number(into) else None
        with db.session().begin_nested():
            count = merge_items(db.session(), item, into_id, actor(), opened_version)
    except (FieldError, StaleRecord) as error:
        return _merge_page(item, 422 if isinstance(error, FieldError) else 409, error_text(error))
    flash(_("%(what)s is merged; %(count)s records follow.", what=name, count=f"{count:,}"), "done")
    return go(url_for("dictionaries.show", key=key))


@blueprint.get("/dictionaries/merges/<int:id>/undo")
@requires(Permission.DICTIONARIES_SAVE)
def ask_undo(id: int) -> Any:
    return _undo_page(get_item_merge(db.session(), id, actor()))


@blueprint.post("/dictionaries/merges/<int:id>/undo")
@requires(Permission.DICTIONARIES_SAVE)
def undo(id: int) -> Any:
    row = get_item_merge(db.session(), id, actor())
    key, name = row.counts[0][0], merged_name(row)
    try:
        with db.session().begin_nested():
            unreverted = undo_merge_of_items(db.session(), row, actor())
    except DomainError as problem:
        return _undo_page(row, 409, error_text(problem))
    flash(_("%(names)s stand by themselves again.", names=name), "done")
    if unreverted:
        flash(
            _("%(count)s records stay as they are, because somebody has changed them since.", count=f"{unreverted:,}"),
            "warning",
        )
    return go(url_for("dictionaries.show", key=key))


def _undo_page(row: Merge, code: int = 200, problem: str = "") -> Any:
    left = staying(db.session(), row)
    return page(
        "dictionaries/undo.html",
        code,
        row=row,
        merged=merged_name(row),
        left=left,
        problem=problem,
        **_page_values(row.counts[0][0]),
    )


def merged_name(row: Merge) -> str:
    """The item that went into another one, as the reader calls it."""
    _id, name, built_in = row.merged[0]
    return item_name(DictionaryItem(name=name, built_in=built_in))


def _merged_or_404(id: int) -> DictionaryItem:
    """The choices of a firm's own field are kept within its records, and cannot be merged."""
    item = _item_or_404(id)
    if item.dictionary not in DICTIONARIES:
        abort(404)
    return item


def _merge_page(item: DictionaryItem, code: int = 200, problem: str = "") -> Any:
    uses = [(label, count) for label, count, _url in _uses(item.dictionary).get(item.id, [])]
    others = [other for other in db.session.scalars(_items(item.dictionary)) if other.id != item.id]
    values = {"item": item, "uses": uses, "others": others, "problem": problem}
    values["undoable"] = count_naming_rows(db.session(), item) <= MAX_UNDOABLE
    return page("dictionaries/merge.html", code, **values, **_page_values(item.dictionary))


def _uses(key: str) -> dict[int, list[tuple[str, int, str]]]:
    """Item → (what, how many, the list that shows them)."""
    uses_by_item = uses_of(db.session(), key)
    return {item_id: [_use(item_id, use) for use in uses] for item_id, uses in uses_by_item.items()}


def _use(item_id: int, use: ItemUse) -> tuple[str, int, str]:
    kind = entity(use.kind)
    table = TABLES.get(kind.key)
    known = table is not None and may(table.permission) and _is_column(table, use.field)
    url = url_for(f"{kind.key}.index", af=use.field, ao="is", av=item_id) if known else ""
    return _(kind.plural), use.number, url


def _is_column(table: Table, field: str) -> bool:
    return (is_custom(field) and table.own_fields) or table.column(field, rights()) is not None


def _dictionary_or_404(key: str) -> str:
    _name(key)
    return key


def _name(key: str) -> str:
    """The label of the drop-down, or the name of the firm's own field whose choices it has (D-2)."""
    if key in DICTIONARIES:
        return _(DICTIONARIES[key])
    field = field_of_dictionary(db.session(), key)
    if field is None:
        abort(404)
    return field.label


def _items(key: str) -> Select[Any]:
    order = (DictionaryItem.position, DictionaryItem.id)
    return select(DictionaryItem).where(DictionaryItem.dictionary == key).order_by(*order)


def _item_or_404(id: int) -> DictionaryItem:
    item: DictionaryItem = one_or_404(select(DictionaryItem).where(DictionaryItem.id == id))
    _dictionary_or_404(item.dictionary)
    return item


def _list(key: str) -> Any:
    tabs = [
        {"label": _(label), "url": url_for("dictionaries.show", key=other), "current": other == key}
        for other, label in DICTIONARIES.items()
    ]
    if key not in DICTIONARIES:
        tabs.append({"label": _name(key), "url": url_for("dictionaries.show", key=key), "current": True})
    if may(Permission.POLICY_VIEW):
        tabs.append({"label": _("Customer level"), "url": url_for("policy.levels"), "current": False})
    tabs.append({"label": _("Custom fields"), "url": url_for("custom_fields.index"), "current": False})
    label = _(WITH_VALUE[key][0]) if key in WITH_VALUE else ""
    items = list(db.session.scalars(_items(key)))
    may_save = may(Permission.DICTIONARIES_SAVE)
    merges = merges_of_dictionary(db.session(), key, actor()) if may_save else []
    return page(
        "dictionaries/show.html",
        tabs=tabs,
        items=items,
        uses=_uses(key),
        mergeable=DICTIONARIES,
        merges=[{"row": row, "name": merged_name(row), "by": lookups().people.name(row.by_id)} for row in merges],
        names={item.id: item_name(item) for item in items},
        value_label=label,
        may_save=may_save,
        **_page_values(key),
    )


def _page_values(key: str) -> dict[str, Any]:
    return {"key": key, "name": _name(key)}


def _form_page(key: str, form: RecordForm, code: int = 200, item: DictionaryItem | None = None) -> Any:
    return page("dictionaries/form.html", code, form=form, item=item, **_page_values(key))


def _save(key: str, item: DictionaryItem | None = None) -> Any:
    form = choice_form(item_fields(key), item)
    form.rule(("name",), lambda name: check_name(db.session(), item or DictionaryItem(dictionary=key), name))
    done = attempt(form, lambda: save_item(db.session(), item, key, form.values(), form.opened_version), item)
    if done is None:
        return _form_page(key, form, form.status, item)
    flash(_("%(what)s has been saved.", what=item_name(done)), "done")
    return go(url_for("dictionaries.show", key=key))
