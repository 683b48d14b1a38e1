"""The pages of people: making, changing, disabling, a new password (A-1)."""

from typing import Any

from flask import flash, request, url_for
from sqlalchemy import select

from crm.blueprints.organisation import blueprint
from crm.blueprints.organisation.forms import password_hash_of, person_form, reset_form
from crm.domain.accounts.passwords import generate_first_password
from crm.domain.accounts.second_factor import is_on
from crm.domain.organisation.people import (
    invite_person,
    new_password_hash,
    reset_password,
    reset_second_factor,
    save_person,
    set_disabled,
)
from crm.domain.organisation.roles_and_grants import set_roles
from crm.domain.organisation.units import people_within
from crm.entities.people import BY_EMAIL, BY_SLIP, PERSON
from crm.extensions import db
from crm.i18n import N_
from crm.models import Permission, SystemLog, User
from crm.web.access import actor, one_or_404, own_transaction, requires, rights
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.formatting import shown_values
from crm.web.forms import RecordForm
from crm.web.log import log_values, short_transaction
from crm.web.people_without_rights import warn_without_permissions
from crm.web.respond import go, page, saved
from crm.web.translation import gettext as _

INVITED = N_("The invitation is on its way by email. Its link is valid for 7 days.")


def person_or_404(id: int, permission: Permission) -> User:
    """The person, where the right reaches them; 404 says no more than that."""
    person: User = one_or_404(select(User).where(User.id == id, people_within(rights(), permission)))
    return person


@blueprint.get("/organisation/people/new")
@requires(Permission.ORGANISATION_SAVE)
def new_person() -> Any:
    return page("organisation/new_person.html", form=person_form())


@blueprint.post("/organisation/people")
@requires(Permission.ORGANISATION_SAVE)
@own_transaction
def create_person() -> Any:
    form = person_form()
    if not form.validate():
        return page("organisation/new_person.html", 422, form=form)
    invited, slip = form["first_login"].data == BY_EMAIL, form["first_login"].data == BY_SLIP
    password = generate_first_password() if slip else form["password"].typed or ""
    hashed = "" if invited else new_password_hash(password, form["login"].data, "password")
    with short_transaction():
        person = attempt(form, lambda: _create(form, hashed, invited))
    if person is None:
        return page("organisation/new_person.html", form.status, form=form)
    if slip:
        return show_slip(person, password, N_("First sign-in"))
    warn_without_permissions([person])
    text = _("%(what)s has been saved.", what=person.name)
    return saved(url_for("organisation.index"), f"{text} {_(INVITED)}" if invited else text)


@blueprint.get("/organisation/people/<int:id>")
@requires(Permission.ORGANISATION_VIEW)
def show_person(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_VIEW)
    return _show(person, person_form(person))


@blueprint.post("/organisation/people/<int:id>")
@requires(Permission.ORGANISATION_SAVE)
def update_person(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    form = person_form(person)
    if attempt(form, lambda: _save(person, form), person) is None:
        return _show(person, form, form.status)
    warn_without_permissions([person])
    return saved(url_for("organisation.index"), _("%(what)s has been saved.", what=person.name))


@blueprint.get("/organisation/people/<int:id>/disable")
@requires(Permission.ORGANISATION_SAVE)
def confirm_disable(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    return page("organisation/open_or_close.html", person=person, disabling=True)


@blueprint.get("/organisation/people/<int:id>/enable")
@requires(Permission.ORGANISATION_SAVE)
def confirm_enable(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    return page("organisation/open_or_close.html", person=person, disabling=False)


@blueprint.post("/organisation/people/<int:id>/disable")
@requires(Permission.ORGANISATION_SAVE)
def disable(id: int) -> Any:
    return _open_or_close(id, disabled=True)


@blueprint.post("/organisation/people/<int:id>/enable")
@requires(Permission.ORGANISATION_SAVE)
def enable(id: int) -> Any:
    return _open_or_close(id, disabled=False)


@blueprint.get("/organisation/people/<int:id>/password")
@requires(Permission.ORGANISATION_SAVE)
def password(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    return page("organisation/password.html", person=person, form=reset_form(person))


@blueprint.post("/organisation/people/<int:id>/password")
@requires(Permission.ORGANISATION_SAVE)
@own_transaction
def set_password(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    form = reset_form(person)
    hashed = password_hash_of(form, person.login)
    if hashed is None:
        return page("organisation/password.html", 422, person=person, form=form)
    with short_transaction():
        done = attempt(form, lambda: _reset(id, hashed, form), person)
    if done is None:
        return page("organisation/password.html", form.status, person=person, form=form)
    text = _("%(what)s has a new password that must be changed at the next sign-in.", what=done.name)
    return saved(url_for("organisation.show_person", id=id), text)


@blueprint.get("/organisation/people/<int:id>/second-factor")
@requires(Permission.ORGANISATION_SAVE)
def confirm_second_factor(id: int) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    return page("organisation/second_factor.html", person=person)


@blueprint.post("/organisation/people/<int:id>/second-factor")
@requires(Permission.ORGANISATION_SAVE)
def disable_second_factor(id: int) -> Any:
    """For whoever lost telephone and recovery codes (L-6)."""
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    reset_second_factor(db.session(), person, actor())
    db.session.add(SystemLog(**log_values("second_factor_reset", name=person.login_key)))
    flash(_("Two-factor authentication of %(what)s is off.", what=person.name), "done")
    return go(url_for("organisation.show_person", id=id))


def _save(person: User | None, form: RecordForm, **more: Any) -> User:
    values = {**form.values(), **more}
    saved_person = save_person(db.session(), person, values, actor(), form.opened_version)
    set_roles(db.session(), saved_person, form["roles"].data, actor())
    return saved_person


def _create(form: RecordForm, hashed: str, invited: bool) -> User:
    person = _save(None, form, password_hash=hashed, invited=invited)
    if invited:
        invite_person(db.session(), person, url_for("auth.new_password", link=""), actor())
    return person


@blueprint.post("/organisation/people/<int:id>/invite")
@requires(Permission.ORGANISATION_SAVE)
def invite(id: int) -> Any:
    """For whoever has an address: they choose the password themselves."""
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    invite_person(db.session(), person, url_for("auth.new_password", link=""), actor())
    flash(_(INVITED), "done")
    return go(url_for("organisation.show_person", id=id))


@blueprint.post("/organisation/people/<int:id>/slip")
@requires(Permission.ORGANISATION_SAVE)
@own_transaction
def slip(id: int) -> Any:
    """For whoever has none: a new password on paper, to be changed at the next sign-in. It is shown this once."""
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    password = generate_first_password()
    hashed = new_password_hash(password, person.login)
    with short_transaction():
        person = person_or_404(id, Permission.ORGANISATION_SAVE)
        reset_password(db.session(), person, hashed, actor())
    return show_slip(person, password, N_("New password"))


def show_slip(person: User, password: str, title: str) -> Any:
    return page(
        "organisation/slip.html",
        heading=title,
        person=person,
        password=password,
        address=settings().mail_site or request.host_url,
    )


def _reset(id: int, hashed: str, form: RecordForm) -> User:
    # Looked up again: the rights may have changed while the hash was made.
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    reset_password(db.session(), person, hashed, actor(), form.opened_version)
    return person


def _open_or_close(id: int, disabled: bool) -> Any:
    person = person_or_404(id, Permission.ORGANISATION_SAVE)
    set_disabled(db.session(), person, actor(), disabled)
    if disabled:
        flash(_("%(what)s can no longer sign in.", what=person.name), "done")
    else:
        flash(_("%(what)s can sign in again.", what=person.name), "done")
    return go(url_for("organisation.show_person", id=id))


def _show(person: User, form: RecordForm, code: int = 200) -> Any:
    reached = select(User.id).where(User.id == person.id, people_within(rights(), Permission.ORGANISATION_SAVE))
    keys = tuple(field.key for field in PERSON if hasattr(person, field.attr))
    return page(
        "organisation/person.html",
        code,
        person=person,
        form=form,
        second_factor=is_on(db.session(), person.id),
        may_change=db.session.scalar(reached) is not None,
        shown=shown_values(PERSON, person, keys),
    )
