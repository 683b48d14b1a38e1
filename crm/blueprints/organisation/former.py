"""Those who left, and taking somebody on again (A-2)."""

from typing import Any

from flask import url_for

from crm.blueprints.organisation import blueprint
from crm.blueprints.organisation.forms import offer_places
from crm.domain.organisation.leaving import former_people, reinstate
from crm.entities.people import REINSTATE_FORM
from crm.extensions import db
from crm.models import Permission, User
from crm.web.access import actor, one_or_404, requires, rights
from crm.web.firm_settings import lookups
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.people_without_rights import warn_without_permissions
from crm.web.respond import page, saved
from crm.web.translation import gettext as _

MAX_PEOPLE = 500


@blueprint.get("/organisation/former")
@requires(Permission.ORGANISATION_SAVE)
def former() -> Any:
    people = db.session.scalars(former_people(rights()).limit(MAX_PEOPLE)).all()
    return page("organisation/former.html", people=people, units=lookups().units)


@blueprint.get("/organisation/former/<int:id>")
@requires(Permission.ORGANISATION_SAVE)
def ask_reinstate(id: int) -> Any:
    person = _former_or_404(id)
    return _show(person, _form(person))


@blueprint.post("/organisation/former/<int:id>")
@requires(Permission.ORGANISATION_SAVE)
def take_on_again(id: int) -> Any:
    person = _former_or_404(id)
    form = _form(person)
    unit_id = form["unit_id"].data

    def verb() -> User:
        reinstate(db.session(), person, unit_id, actor(), form.opened_version)
        return person

    if attempt(form, verb, person) is None:
        return _show(person, form, form.status)
    warn_without_permissions([person])
    return saved(url_for("organisation.show_person", id=id), _("%(what)s can sign in again.", what=person.name))


def _former_or_404(id: int) -> User:
    person: User = one_or_404(former_people(rights()).where(User.id == id))
    return person


def _form(person: User) -> RecordForm:
    form = form_for(REINSTATE_FORM, person)
    last = lookups().units.by_id.get(person.unit_id)
    if last is None or last.retired:
        form["unit_id"].object_data = None
        form["unit_id"].data = form["unit_id"].data if form.is_submitted() else None
    offer_places(form, "unit_id")
    return form


def _show(person: User, form: RecordForm, code: int = 200) -> Any:
    return page("organisation/reinstate.html", code, person=person, form=form)
