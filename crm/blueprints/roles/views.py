"""The pages of roles: list, name and scope, 權限配置, 角色人員, deleting."""

from dataclasses import replace
from typing import Any

from flask import abort, flash, request, url_for
from sqlalchemy import func, select

from crm.blueprints.roles import blueprint
from crm.domain.organisation.roles_and_grants import (
    change_members,
    check_deletable,
    delete_role,
    members_of,
    offered_roles,
    role_rights,
    save_role,
)
from crm.domain.organisation.units import flatten, people_within, unit_tree
from crm.entities.people import ROLE
from crm.extensions import db
from crm.i18n import N_
from crm.models import Permission, Role, RoleMember, Scope, User
from crm.models.permissions import VERB_LABELS, Right, right
from crm.models.roles import UNDELETABLE
from crm.web.access import actor, may, one_or_404, requires, rights
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.people_without_rights import warn_without_permissions
from crm.web.respond import go, page
from crm.web.rights_grid import grid_of, scope_names, sent_permissions, shown_keys
from crm.web.static_files import static_url
from crm.web.translation import gettext as _

TABS = (
    ("roles.show", N_("Role")),
    ("roles.permissions", N_("Permission settings")),
    ("roles.people", N_("Role members")),
)


@blueprint.get("/roles")
@requires(Permission.ROLES_VIEW)
def index() -> Any:
    roles = db.session.scalars(select(Role).where(Role.deleted_at.is_(None)).order_by(Role.position, Role.id))
    counted = select(RoleMember.role_id, func.count()).group_by(RoleMember.role_id)
    counts = dict(db.session.execute(counted).all())
    return page("roles/index.html", roles=list(roles), counts=counts, scope_names=scope_names())


@blueprint.get("/roles/new")
@requires(Permission.ROLES_SAVE)
def new() -> Any:
    return page("roles/new.html", form=form_for(ROLE))


@blueprint.post("/roles")
@requires(Permission.ROLES_SAVE)
def create() -> Any:
    form = form_for(ROLE)
    role = attempt(form, lambda: _save(None, form, set()))
    if role is None:
        return page("roles/new.html", form.status, form=form)
    flash(_("The role has been saved. Now choose its permissions."), "done")
    return go(url_for("roles.permissions", id=role.id))


@blueprint.get("/roles/<int:id>")
@requires(Permission.ROLES_VIEW)
def show(id: int) -> Any:
    role = _role_or_404(id)
    return _page("roles/show.html", role, form=form_for(ROLE, role))


@blueprint.post("/roles/<int:id>")
@requires(Permission.ROLES_SAVE)
def update(id: int) -> Any:
    role = _role_or_404(id)
    form = form_for(ROLE, role)
    held = {right(key) for key in role_rights(db.session(), role)}
    if attempt(form, lambda: _save(role, form, held), role) is None:
        return _page("roles/show.html", role, form.status, form=form)
    flash(_("%(what)s has been saved.", what=role.name), "done")
    return go(url_for("roles.show", id=id))


@blueprint.get("/roles/<int:id>/permissions")
@requires(Permission.ROLES_VIEW)
def permissions(id: int) -> Any:
    role = _role_or_404(id)
    return _grid(role, _grid_form(role), set(role_rights(db.session(), role)))


@blueprint.post("/roles/<int:id>/permissions")
@requires(Permission.ROLES_SAVE)
def configure(id: int) -> Any:
    role = _role_or_404(id)
    form = _grid_form(role)
    chosen_permissions = sent_permissions(set(role_rights(db.session(), role)), role.scope)
    scope = Scope(form["scope"].data or role.scope)
    done = attempt(
        form,
        lambda: save_role(db.session(), role, role.name, scope, chosen_permissions, actor(), form.opened_version),
        role,
    )
    if done is None:
        return _grid(role, form, {permission.value for permission in chosen_permissions}, form.status)
    flash(_("The permissions of %(what)s have been saved.", what=role.name), "done")
    return go(url_for("roles.permissions", id=id))


@blueprint.get("/roles/<int:id>/people")
@requires(Permission.ROLES_VIEW)
def people(id: int) -> Any:
    role = _role_or_404(id)
    reach = Permission.ROLES_SAVE if may(Permission.ROLES_SAVE) else Permission.ROLES_VIEW
    units = flatten(unit_tree(db.session(), rights(), reach))
    visible_ids = {person.id for unit in units for person in unit.people}
    free = (
        {r.id for r in offered_roles(db.session(), actor()) if r.is_grantable} if may(Permission.ROLES_SAVE) else set()
    )
    members = members_of(db.session(), role) & visible_ids
    return _page("roles/people.html", role, units=units, members=members, may_change=role.id in free)


@blueprint.post("/roles/<int:id>/people")
@requires(Permission.ROLES_SAVE)
def set_people(id: int) -> Any:
    """Only what was changed on the page is changed: what others did in the meantime stays."""
    role = _role_or_404(id)
    before, ticked = _sent_ids("before"), _sent_ids("people")
    reached = select(User).where(people_within(rights(), Permission.ROLES_SAVE))
    people_by_id = {user.id: user for user in db.session.scalars(reached)}
    if (before ^ ticked) - set(people_by_id):
        abort(404)
    add = [people_by_id[key] for key in sorted(ticked - before)]
    remove = [people_by_id[key] for key in sorted(before - ticked)]
    change_members(db.session(), role, add, remove, actor())
    warn_without_permissions(remove)
    flash(_("The members of %(what)s have been saved.", what=role.name), "done")
    return go(url_for("roles.people", id=id))


@blueprint.get("/roles/<int:id>/delete")
@requires(Permission.ROLES_SAVE)
def confirm_delete(id: int) -> Any:
    role = _role_or_404(id)
    check_deletable(role)
    return page("roles/delete.html", role=role, members=len(members_of(db.session(), role)))


@blueprint.post("/roles/<int:id>/delete")
@requires(Permission.ROLES_SAVE)
def delete(id: int) -> Any:
    role = _role_or_404(id)
    delete_role(db.session(), role, actor())
    flash(_("The role %(what)s has been deleted.", what=role.name), "done")
    return go(url_for("roles.index"))


def _role_or_404(id: int) -> Role:
    role: Role = one_or_404(select(Role).where(Role.id == id, Role.deleted_at.is_(None)))
    return role


def _save(role: Role | None, form: RecordForm, permissions: set[Right]) -> Role:
    values = form.values()
    scope = Scope(values["scope"])
    return save_role(db.session(), role, values["name"], scope, permissions, actor(), form.opened_version)


def _sent_ids(name: str) -> set[int]:
    texts = " ".join(request.form.getlist(name)).split()
    return {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10}


def _grid_form(role: Role) -> RecordForm:
    """The data scope above the grid; where none is sent, it stays."""
    return form_for((replace(ROLE["scope"], required=False),), role)


def _grid(role: Role, form: RecordForm, held: set[str], code: int = 200) -> Any:
    verbs = [_(label) for label in VERB_LABELS.values()]
    return _page(
        "roles/permissions.html",
        role,
        code,
        form=form,
        groups=grid_of(held, role.scope),
        verbs=verbs,
        more_scripts=[static_url("js/grid.js")],
        shown_functions=shown_keys(),
    )


def _page(template: str, role: Role, code: int = 200, **values: Any) -> Any:
    endpoint = {"roles.update": "roles.show", "roles.configure": "roles.permissions"}.get(
        request.endpoint or "", request.endpoint
    )
    tabs = [{"label": _(label), "url": url_for(name, id=role.id), "current": name == endpoint} for name, label in TABS]
    deletable = role.key not in UNDELETABLE
    return page(
        template, code, role=role, tabs=tabs, deletable=deletable, scope_name=scope_names()[role.scope], **values
    )
