"""The addresses of both: a list, a form, a question before deleting."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from sqlalchemy import select

from crm.catalogue.places import CITY, PROVINCE
from crm.domain.places.editing import delete_place, delete_refusal, save_city, save_province
from crm.entities.entity import FieldSet
from crm.extensions import db
from crm.i18n import N_
from crm.models import City, Permission, Province
from crm.web.access import may, one_or_404, requires
from crm.web.errors import error_text
from crm.web.firm_settings import lookups
from crm.web.form_saving import attempt
from crm.web.formatting import shown_values
from crm.web.forms import RecordForm, form_for
from crm.web.place_pages.table import CITIES, PROVINCES
from crm.web.respond import page, saved
from crm.web.table import table_page
from crm.web.table.declaration import Table
from crm.web.translation import gettext as _
from crm.web.urls import record_number


@dataclass(frozen=True)
class Kind:
    """What the pages of provinces and those of cities differ in; `key` names the function and the addresses."""

    key: str
    model: Any
    fields: FieldSet
    table: Table
    save: Callable[..., Any]
    view_right: Permission
    save_right: Permission
    new_title: str


PROVINCE_PAGES = Kind(
    "provinces",
    Province,
    PROVINCE,
    PROVINCES,
    save_province,
    Permission.PROVINCES_VIEW,
    Permission.PROVINCES_SAVE,
    N_("New province"),
)
CITY_PAGES = Kind(
    "cities", City, CITY, CITIES, save_city, Permission.CITIES_VIEW, Permission.CITIES_SAVE, N_("New city")
)


def blueprint_of(kind: Kind) -> Blueprint:
    blueprint = Blueprint(kind.key, __name__)

    def add(rule: str, name: str, view: Callable[..., Any], right: Permission, method: str = "GET") -> None:
        def of_kind(**values: Any) -> Any:
            return view(kind, **values)

        blueprint.add_url_rule(f"/{kind.key}{rule}", name, requires(right)(of_kind), methods=[method])

    add("", "index", index, kind.view_right)
    add("/new", "new", new, kind.save_right)
    add("", "create", create, kind.save_right, "POST")
    add("/<int:id>", "show", show, kind.view_right)
    add("/<int:id>", "update", update, kind.save_right, "POST")
    add("/<int:id>/delete", "ask_delete", ask_delete, kind.save_right)
    add("/<int:id>/delete", "delete", delete, kind.save_right, "POST")
    return blueprint


def index(kind: Kind) -> Any:
    new_url = url_for(f"{kind.key}.new") if may(kind.save_right) else ""
    return page("places/index.html", table=table_page(kind.table), new_url=new_url)


def new(kind: Kind) -> Any:
    province_id = request.args.get("province", type=record_number)
    start = {"province_id": province_id} if province_id in lookups().provinces.by_id else {}
    return _show(kind, None, form_for(tuple(kind.fields), None, start))


def create(kind: Kind) -> Any:
    return _save(kind, None)


def show(kind: Kind, id: int) -> Any:
    place = _place_or_404(kind, id)
    return _show(kind, place, form_for(tuple(kind.fields), place))


def update(kind: Kind, id: int) -> Any:
    return _save(kind, _place_or_404(kind, id))


def ask_delete(kind: Kind, id: int) -> Any:
    place = _place_or_404(kind, id)
    refusal = delete_refusal(db.session(), place)
    return page("places/delete.html", kind=kind, place=place, refusal=error_text(refusal) if refusal else "")


def delete(kind: Kind, id: int) -> Any:
    place = _place_or_404(kind, id)
    name = place.name
    delete_place(db.session(), place)
    return saved(url_for(f"{kind.key}.index"), _("%(what)s has been deleted.", what=name))


def _place_or_404(kind: Kind, id: int) -> Any:
    return one_or_404(select(kind.model).where(kind.model.id == id))


def _save(kind: Kind, place: Any) -> Any:
    form = form_for(tuple(kind.fields), place)
    done = attempt(form, lambda: kind.save(db.session(), place, form.values(), form.opened_version), place)
    if done is None:
        return _show(kind, place, form, form.status)
    return saved(url_for(f"{kind.key}.index"), _("%(what)s has been saved.", what=done.name))


def _show(kind: Kind, place: Any, form: RecordForm, code: int = 200) -> Any:
    shown = shown_values(kind.fields, place) if place is not None else []
    values = {"kind": kind, "place": place, "form": form, "shown": shown, "may_save": may(kind.save_right)}
    return page("places/form.html", code, **values)
