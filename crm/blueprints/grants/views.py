"""The pages of personal permissions."""

from dataclasses import replace
from typing import Any

from flask import flash, request, url_for
from sqlalchemy import select

from crm.blueprints.grants import blueprint
from crm.domain.organisation.roles_and_grants import (
    offered_roles,
    personal_grants,
    roles_of,
    set_personal_grants,
    set_roles,
    sources_of_rights,
)
from crm.domain.organisation.units import people_within, unit_tree
from crm.entities.entity import Field
from crm.entities.people import PERSON, ROLE
from crm.entities.record_saving import check_version, stamp
from crm.extensions import db
from crm.i18n import N_
from crm.models import Permission, Scope, User
from crm.models.permissions import SCOPE_LABELS, every_right
from crm.web.access import actor, may, one_or_404, requires, rights
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.key_select import Listed
from crm.web.people_without_rights import warn_without_permissions
from crm.web.respond import go, page
from crm.web.rights_grid import effective_rights, functions_with_pages, is_grantable, permission_label, scope_names
from crm.web.translation import gettext as _

GRANT = (Field("permission", N_("Permission"), Listed(), required=True), replace(ROLE["scope"], help=""))


@blueprint.get("/grants")
@requires(Permission.GRANTS_VIEW)
def index() -> Any:
    return page("grants/index.html", nodes=unit_tree(db.session(), rights(), Permission.GRANTS_VIEW))


@blueprint.get("/grants/<int:id>")
@requires(Permission.GRANTS_VIEW)
def edit(id: int) -> Any:
    return _show(person_or_404(id, Permission.GRANTS_VIEW))


@blueprint.post("/grants/<int:id>/roles")
@requires(Permission.GRANTS_SAVE)
def save_roles(id: int) -> Any:
    person = person_or_404(id)
    form = _roles_form(person)
    if attempt(form, lambda: _set_roles(person, form), person) is None:
        return _show(person, form.status, roles_form=form)
    flash(_("The roles of %(what)s have been saved.", what=person.name), "done")
    warn_without_permissions([person])
    return go(url_for("grants.edit", id=id))


@blueprint.post("/grants/<int:id>")
@requires(Permission.GRANTS_SAVE)
def add(id: int) -> Any:
    person = person_or_404(id)
    form = _grant_form()
    if attempt(form, lambda: _add(person, form)) is None:
        return _show(person, form.status, grant_form=form)
    flash(_("The permission has been granted to %(what)s.", what=person.name), "done")
    return go(url_for("grants.edit", id=id))


@blueprint.post("/grants/<int:id>/remove")
@requires(Permission.GRANTS_SAVE)
def remove(id: int) -> Any:
    person = person_or_404(id)
    removed_key = request.form.get("permission", "")
    remaining = {key: scope for key, scope in personal_grants(db.session(), person).items() if key != removed_key}
    set_personal_grants(db.session(), person, remaining, actor())
    flash(_("The permission of %(what)s has been removed.", what=person.name), "done")
    warn_without_permissions([person])
    return go(url_for("grants.edit", id=id))


def person_or_404(id: int, permission: Permission = Permission.GRANTS_SAVE) -> User:
    person: User = one_or_404(select(User).where(User.id == id, people_within(rights(), permission)))
    return person


def _roles_form(person: User) -> RecordForm:
    form = form_for(PERSON.pick("roles"), person, {"roles": roles_of(db.session(), person)})
    offered = offered_roles(db.session(), actor(), person)
    form["roles"].offer((r.id, r.name, r.is_grantable and may(Permission.GRANTS_SAVE)) for r in offered)
    return form


def _grant_form() -> RecordForm:
    """Only what the acting person holds is offered; how far is checked when it is saved."""
    form = form_for(GRANT)
    keys = [p for f in functions_with_pages() for p in f.rights]
    form["permission"].listed = [(p.value, permission_label(p)) for p in keys if is_grantable(p, Scope.OWN)]
    return form


def _set_roles(person: User, form: RecordForm) -> User:
    check_version(person, form.opened_version)
    set_roles(db.session(), person, form["roles"].data, actor())
    stamp(person, actor())
    db.session.flush()
    return person


def _add(person: User, form: RecordForm) -> User:
    values = form.values()
    grants = {**personal_grants(db.session(), person), values["permission"]: values["scope"]}
    set_personal_grants(db.session(), person, grants, actor())
    return person


def _show(
    person: User, code: int = 200, roles_form: RecordForm | None = None, grant_form: RecordForm | None = None
) -> Any:
    own = personal_grants(db.session(), person)
    may_save = may(Permission.GRANTS_SAVE) and (
        db.session.scalar(select(User.id).where(User.id == person.id, people_within(rights(), Permission.GRANTS_SAVE)))
        is not None
    )
    return page(
        "grants/edit.html",
        code,
        person=person,
        may_save=may_save,
        roles_form=roles_form or _roles_form(person),
        grant_form=grant_form or _grant_form(),
        own=[(p, permission_label(p), _(SCOPE_LABELS[Scope(own[p])])) for p in every_right() if p in own],
        effective=effective_rights(sources_of_rights(db.session(), person)),
        scope_names=scope_names(),
    )
