"""The notes, for who writes them."""

from typing import Any

from flask import url_for

from crm import clock
from crm.blueprints.bulletins import blueprint
from crm.domain.office.bulletins import all_bulletins, check_until, delete_bulletin, save_bulletin
from crm.entities.bulletins import BULLETIN
from crm.extensions import db
from crm.models import Bulletin, Permission
from crm.web.access import actor, one_or_404, requires
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.forms import form_for
from crm.web.menu import menu_of
from crm.web.request_clock import now
from crm.web.respond import form_again, page, saved
from crm.web.translation import gettext as _

SHOWN = 200


@blueprint.get("/bulletins")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def index() -> Any:
    today = clock.day_of(now(), settings().zone)
    return page("bulletins/index.html", notes=list(db.session.scalars(all_bulletins().limit(SHOWN))), today=today)


@blueprint.get("/bulletins/new")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def new() -> Any:
    return page("bulletins/form.html", form=form_for(tuple(BULLETIN)), note=None)


@blueprint.post("/bulletins")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def create() -> Any:
    return _save(None)


@blueprint.get("/bulletins/<int:id>")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def edit(id: int) -> Any:
    note = _note_or_404(id)
    return page("bulletins/form.html", form=form_for(tuple(BULLETIN), note), note=note)


@blueprint.post("/bulletins/<int:id>")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def update(id: int) -> Any:
    return _save(_note_or_404(id))


@blueprint.get("/bulletins/<int:id>/delete")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def ask_delete(id: int) -> Any:
    return page("bulletins/delete.html", note=_note_or_404(id))


@blueprint.post("/bulletins/<int:id>/delete")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def delete(id: int) -> Any:
    delete_bulletin(db.session(), _note_or_404(id), actor())
    return saved(url_for("bulletins.index"), _("The bulletin has been deleted."), changed="bulletins-changed")


def _note_or_404(id: int) -> Bulletin:
    bulletin: Bulletin = one_or_404(all_bulletins().where(Bulletin.id == id))
    return bulletin


def _save(note: Bulletin | None) -> Any:
    form = form_for(tuple(BULLETIN), note)
    form.rule(("posted_on", "until"), check_until)

    def save() -> Bulletin:
        return save_bulletin(db.session(), note, form.values(), actor(), form.opened_version)

    if attempt(form, save, note) is None:
        return form_again("bulletins/form.html", form.status, form=form, note=note)
    return saved(url_for("bulletins.index"), _("The bulletin has been saved."), changed="bulletins-changed")
