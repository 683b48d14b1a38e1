"""The tree, and the pages of companies and departments (A-1)."""

from typing import Any

from flask import url_for
from sqlalchemy import select

from crm.blueprints.organisation import blueprint
from crm.blueprints.organisation.forms import unit_form
from crm.domain.organisation.unit_saving import save_unit
from crm.domain.organisation.units import unit_tree, units_within
from crm.entities.people import unit_fields
from crm.extensions import db
from crm.models import OrgUnit, Permission
from crm.models.organisation import COMPANY, DEPARTMENT
from crm.web.access import actor, one_or_404, requires, rights
from crm.web.form_saving import attempt
from crm.web.formatting import shown_values
from crm.web.respond import page, saved
from crm.web.translation import gettext as _


@blueprint.get("/organisation")
@requires(Permission.ORGANISATION_VIEW)
def index() -> Any:
    return page("organisation/index.html", nodes=unit_tree(db.session(), rights(), Permission.ORGANISATION_VIEW))


@blueprint.get("/organisation/companies/new")
@requires(Permission.ORGANISATION_SAVE)
def new_company() -> Any:
    return _show_new(COMPANY, unit_form(COMPANY))


@blueprint.post("/organisation/companies")
@requires(Permission.ORGANISATION_SAVE)
def create_company() -> Any:
    return _save(COMPANY)


@blueprint.get("/organisation/departments/new")
@requires(Permission.ORGANISATION_SAVE)
def new_department() -> Any:
    return _show_new(DEPARTMENT, unit_form(DEPARTMENT))


@blueprint.post("/organisation/departments")
@requires(Permission.ORGANISATION_SAVE)
def create_department() -> Any:
    return _save(DEPARTMENT)


@blueprint.get("/organisation/units/<int:id>")
@requires(Permission.ORGANISATION_VIEW)
def show_unit(id: int) -> Any:
    unit = unit_or_404(id, Permission.ORGANISATION_VIEW)
    return _show_unit(unit, unit_form(unit.kind, unit))


@blueprint.post("/organisation/units/<int:id>")
@requires(Permission.ORGANISATION_SAVE)
def update_unit(id: int) -> Any:
    unit = unit_or_404(id, Permission.ORGANISATION_SAVE)
    return _save(unit.kind, unit)


def unit_or_404(id: int, permission: Permission) -> OrgUnit:
    unit: OrgUnit = one_or_404(select(OrgUnit).where(OrgUnit.id == id, units_within(rights(), permission)))
    return unit


def _save(kind: str, unit: OrgUnit | None = None) -> Any:
    form = unit_form(kind, unit)
    values = {**form.values(), "kind": kind}
    saved_unit = attempt(form, lambda: save_unit(db.session(), unit, values, actor(), form.opened_version), unit)
    if saved_unit is None:
        return _show_new(kind, form, form.status) if unit is None else _show_unit(unit, form, form.status)
    return saved(url_for("organisation.index"), _("%(what)s has been saved.", what=saved_unit.name))


def _show_new(kind: str, form: Any, code: int = 200) -> Any:
    return page("organisation/new_unit.html", code, kind=kind, form=form)


def _show_unit(unit: OrgUnit, form: Any, code: int = 200) -> Any:
    reached = select(OrgUnit.id).where(OrgUnit.id == unit.id, units_within(rights(), Permission.ORGANISATION_SAVE))
    may_change = db.session.scalar(reached) is not None
    shown = shown_values(unit_fields(unit.kind), unit)
    return page("organisation/unit.html", code, unit=unit, form=form, may_change=may_change, shown=shown)
