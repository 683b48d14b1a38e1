"""Setting targets: list, form, deleting (TG-1)."""

from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from crm import clock
from crm.blueprints.target_setting import blueprint
from crm.blueprints.target_setting.table import TARGETS, units_of
from crm.domain.platform.deletion import delete_record
from crm.domain.sales.targets import months_of, save_target, settable_people, spread_over_months
from crm.entities import policy
from crm.entities.targets import MONTH_KEYS, TARGET
from crm.extensions import db
from crm.models import Permission, SalesTarget
from crm.web.access import actor, can, can_add, get_or_404, requires, rights
from crm.web.back_links import back_to
from crm.web.firm_settings import lookups, settings
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.request_clock import now
from crm.web.respond import form_again, page, saved
from crm.web.table import bulk_page, table_export, table_page
from crm.web.translation import gettext as _
from crm.web.urls import record_number

AMOUNT_KEYS = ("year_amount", *MONTH_KEYS)


@blueprint.get("/target-setting")
@requires(Permission.TARGET_SETTING_VIEW)
def index() -> Any:
    year = request.args.get("year", type=record_number) or clock.day_of(now(), settings().zone).year
    return page(
        "target_setting/index.html",
        table=table_page(TARGETS),
        may_add=can_add("target_setting"),
        year=year,
        units=units_of(rights(), year),
    )


@blueprint.get("/target-setting/export")
@requires(Permission.TARGET_SETTING_EXPORT)
def export() -> Any:
    return table_export(TARGETS)


@blueprint.post("/target-setting/bulk")
@requires(Permission.TARGET_SETTING_SAVE)
def bulk() -> Any:
    return bulk_page(TARGETS, url_for("target_setting.index"))


@blueprint.get("/target-setting/new")
@requires(Permission.TARGET_SETTING_SAVE)
def new() -> Any:
    return page("target_setting/form.html", form=_form(None), target=None)


@blueprint.post("/target-setting")
@requires(Permission.TARGET_SETTING_SAVE)
def create() -> Any:
    return _save(_form(None), None)


@blueprint.get("/target-setting/<int:id>")
@requires(Permission.TARGET_SETTING_VIEW)
def show(id: int) -> Any:
    target = get_or_404(TARGET, id)
    return page("target_setting/form.html", form=_form(target), **_page_of(target))


@blueprint.post("/target-setting/<int:id>")
@requires(Permission.TARGET_SETTING_SAVE)
def update(id: int) -> Any:
    target = get_or_404(TARGET, id, policy.CHANGE)
    return _save(_form(target), target)


@blueprint.get("/target-setting/<int:id>/delete")
@requires(Permission.TARGET_SETTING_SAVE)
def ask_delete(id: int) -> Any:
    return page("target_setting/delete.html", **_page_of(get_or_404(TARGET, id, policy.DELETE)))


@blueprint.post("/target-setting/<int:id>/delete")
@requires(Permission.TARGET_SETTING_SAVE)
def delete(id: int) -> Any:
    delete_record(db.session(), get_or_404(TARGET, id), actor())
    return saved(back_to(url_for("target_setting.index")), _("The target has been deleted."), changed="targets-changed")


def _page_of(target: SalesTarget) -> dict[str, Any]:
    return {
        "target": target,
        "person": lookups().people.name(target.user_id),
        "unit": lookups().units.name(target.unit_id),
        "changeable": can(policy.CHANGE, target),
        "months": months_of(db.session(), target),
    }


def _form(target: SalesTarget | None) -> RecordForm:
    """Person, department and year are chosen once; the months can be changed later."""
    session: Session = db.session()
    if target is None:
        year = clock.day_of(now(), settings().zone).year
        form = form_for(tuple(TARGET), None, {"unit_id": rights().unit_id, "year": year})
        offered = set(session.scalars(settable_people(actor())))
        form["user_id"].narrow = lambda person: person.id in offered
        return form
    months = months_of(session, target)
    values = dict(zip(AMOUNT_KEYS, (sum(months, Decimal(0)), *months), strict=True))
    return form_for(TARGET.pick(*AMOUNT_KEYS), target, values)


def _save(form: RecordForm, target: SalesTarget | None) -> Any:
    if request.form.get("spread"):
        return _spread(form, target)

    def save() -> SalesTarget:
        return save_target(db.session(), target, form.values(), _months(form, target), actor(), form.opened_version)

    saved_target = attempt(form, save, target)
    if saved_target is None:
        return form_again("target_setting/form.html", form.status, form=form, **(_page_of(target) if target else {}))
    return saved(
        back_to(url_for("target_setting.index", year=saved_target.year)),
        _("The target has been saved."),
        changed="targets-changed",
    )


def _months(form: RecordForm, target: SalesTarget | None) -> list[Decimal]:
    """The months as they were written; where only the year's figure was, it is spread over them."""
    months = [form[key].data or Decimal("0.00") for key in MONTH_KEYS]
    before = months_of(db.session(), target) if target is not None else [Decimal(0)] * len(MONTH_KEYS)
    year = form["year_amount"].data
    return spread_over_months(year) if year is not None and months == before and year != sum(before) else months


def _spread(form: RecordForm, target: SalesTarget | None) -> Any:
    """【平均分配】: the same form with the months filled; nothing is saved yet."""
    total = form["year_amount"].data
    if total is not None:
        for key, amount in zip(MONTH_KEYS, spread_over_months(total), strict=True):
            form[key].data, form[key].typed = amount, None
    return page("target_setting/form.html", form=form, **(_page_of(target) if target else {"target": None}))
