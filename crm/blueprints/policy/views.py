"""The pages of the customer levels (客戶等級配置)."""

from typing import Any

from flask import flash, url_for
from sqlalchemy import select

from crm.blueprints.policy import blueprint
from crm.catalogue.configuration import LEVEL
from crm.domain.customers.levels import customers_by_level, save_level
from crm.domain.platform.choice_lists import check_name, delete_choice, in_use
from crm.extensions import db
from crm.models import CustomerLevel, Permission
from crm.web.access import may, one_or_404, requires
from crm.web.choices import arrange as press
from crm.web.choices import choice_form
from crm.web.form_saving import attempt
from crm.web.formatting import item_name
from crm.web.forms import form_for
from crm.web.respond import go, page
from crm.web.translation import gettext as _

LEVELS = select(CustomerLevel).order_by(CustomerLevel.position, CustomerLevel.id)


@blueprint.get("/policy/levels")
@requires(Permission.POLICY_VIEW)
def levels() -> Any:
    items, counts = list(db.session.scalars(LEVELS)), customers_by_level(db.session())
    return page("policy/levels.html", items=items, counts=counts, may_save=may(Permission.POLICY_SAVE))


@blueprint.post("/policy/levels/arrange")
@requires(Permission.POLICY_SAVE)
def arrange() -> Any:
    flash(press(LEVELS, CustomerLevel), "done")
    return go(url_for("policy.levels"))


@blueprint.get("/policy/levels/new")
@requires(Permission.POLICY_SAVE)
def new() -> Any:
    return page("policy/form.html", form=form_for(LEVEL, defaults={"colour": "blue"}), level=None)


@blueprint.post("/policy/levels")
@requires(Permission.POLICY_SAVE)
def create() -> Any:
    return _save()


@blueprint.get("/policy/levels/<int:id>")
@requires(Permission.POLICY_SAVE)
def edit(id: int) -> Any:
    level = _level_or_404(id)
    return page("policy/form.html", form=choice_form(LEVEL, level), level=level, count=_count_of(level))


@blueprint.post("/policy/levels/<int:id>")
@requires(Permission.POLICY_SAVE)
def update(id: int) -> Any:
    return _save(_level_or_404(id))


@blueprint.get("/policy/levels/<int:id>/delete")
@requires(Permission.POLICY_SAVE)
def confirm_delete(id: int) -> Any:
    level = _level_or_404(id)
    return page("policy/delete.html", level=level, used=in_use(db.session(), level))


@blueprint.post("/policy/levels/<int:id>/delete")
@requires(Permission.POLICY_SAVE)
def delete(id: int) -> Any:
    level = _level_or_404(id)
    name = item_name(level)
    delete_choice(db.session(), level)
    flash(_("%(what)s has been deleted.", what=name), "done")
    return go(url_for("policy.levels"))


def _level_or_404(id: int) -> CustomerLevel:
    level: CustomerLevel = one_or_404(LEVELS.where(CustomerLevel.id == id))
    return level


def _count_of(level: CustomerLevel | None) -> int:
    return customers_by_level(db.session()).get(level.id, 0) if level is not None else 0


def _save(level: CustomerLevel | None = None) -> Any:
    form = choice_form(LEVEL, level)
    form.rule(("name",), lambda name: check_name(db.session(), level or CustomerLevel(), name))
    done = attempt(form, lambda: save_level(db.session(), level, form.values(), form.opened_version), level)
    if done is None:
        return page("policy/form.html", form.status, form=form, level=level, count=_count_of(level))
    flash(_("%(what)s has been saved.", what=item_name(done)), "done")
    return go(url_for("policy.levels"))
