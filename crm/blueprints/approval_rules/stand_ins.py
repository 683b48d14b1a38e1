"""代理審核: who decides in whose place, from when to when."""

from typing import Any

from flask import url_for
from sqlalchemy import select

from crm.blueprints.approval_rules import blueprint
from crm.blueprints.approval_rules.fields import STAND_IN
from crm.blueprints.approval_rules.views import people_named
from crm.domain.sales.approval_rule_saving import delete_of
from crm.domain.sales.stand_ins import save_stand_in
from crm.errors import FieldError
from crm.extensions import db
from crm.models import Permission, StandIn
from crm.web.access import actor, one_or_404, requires
from crm.web.form_saving import attempt
from crm.web.formatting import show_person
from crm.web.forms import RecordForm, form_for
from crm.web.menu import menu_of
from crm.web.respond import form_again, page, saved
from crm.web.translation import gettext as _

FIELDS = {"user_id": "away", "stand_in_id": "instead"}
"""Where the form says otherwise than the row."""


@blueprint.get("/approval-rules/stand-ins/new")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def new_stand_in() -> Any:
    return page("approval_rules/stand_in.html", form=_form(None), stand_in=None)


@blueprint.post("/approval-rules/stand-ins")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def create_stand_in() -> Any:
    return _save(None)


@blueprint.get("/approval-rules/stand-ins/<int:id>")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def edit_stand_in(id: int) -> Any:
    stand_in = _stand_in_or_404(id)
    return page("approval_rules/stand_in.html", form=_form(stand_in), stand_in=stand_in)


@blueprint.post("/approval-rules/stand-ins/<int:id>")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def update_stand_in(id: int) -> Any:
    return _save(_stand_in_or_404(id))


@blueprint.get("/approval-rules/stand-ins/<int:id>/delete")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def ask_delete_stand_in(id: int) -> Any:
    stand_in = _stand_in_or_404(id)
    return page("approval_rules/delete_stand_in.html", stand_in=stand_in, name=show_person(stand_in.user_id))


@blueprint.post("/approval-rules/stand-ins/<int:id>/delete")
@menu_of("settings")
@requires(Permission.SETTINGS_SAVE)
def delete_stand_in(id: int) -> Any:
    delete_of(db.session(), _stand_in_or_404(id), actor())
    return saved(url_for("approval_rules.index"), _("The stand-in has been deleted."))


def _stand_in_or_404(id: int) -> StandIn:
    stand_in: StandIn = one_or_404(select(StandIn).where(StandIn.id == id, StandIn.deleted_at.is_(None)))
    return stand_in


def _form(stand_in: StandIn | None) -> RecordForm:
    chosen = (
        {} if stand_in is None else {"away": f"person-{stand_in.user_id}", "instead": f"person-{stand_in.stand_in_id}"}
    )
    form = form_for(STAND_IN, stand_in, chosen)
    for key in FIELDS.values():
        form[key].listed = [("", ""), *people_named(db.session())]
    return form


def _save(stand_in: StandIn | None) -> Any:
    form = _form(stand_in)

    def save() -> StandIn:
        values = form.values()
        people = {key: int(values.pop(name).partition("-")[2]) for key, name in FIELDS.items()}
        try:
            return save_stand_in(db.session(), stand_in, {**values, **people}, actor(), form.opened_version)
        except FieldError as error:
            raise FieldError(FIELDS.get(error.field, error.field), error.message, **error.values) from error

    if attempt(form, save, stand_in) is None:
        return form_again("approval_rules/stand_in.html", form.status, form=form, stand_in=stand_in)
    return saved(url_for("approval_rules.index"), _("The stand-in has been saved."))
