"""The form of one's own account: filling it and saving it."""

from flask import Response, flash, request, url_for
from flask_login import current_user

from crm.blueprints.office.tabs import tabs
from crm.catalogue.accounts import ACCOUNT_FIELDS
from crm.domain.accounts.own_account import change_own_account, new_password_hash
from crm.domain.accounts.passwords import password_fits
from crm.errors import FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import User
from crm.web.access import actor
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.known_devices import record_failed_attempt
from crm.web.language import choose_language, switch_language
from crm.web.log import short_transaction
from crm.web.new_password import new_password_rules
from crm.web.password_confirmation import must_wait
from crm.web.preserved_input import preserved_field, restore_input, unseal
from crm.web.respond import go, page
from crm.web.translation import gettext as _

SECRETS = ("old_password", "new_password", "confirm")


def _user() -> User:
    user: User = current_user._get_current_object()
    return user


def account_form() -> RecordForm:
    """Filled from the account; somebody who never chose a language sees the one being spoken."""
    form = form_for(ACCOUNT_FIELDS, _user())
    if request.method != "POST" and form["language"].data is None:
        form["language"].data = choose_language()
    return form


def show_account(form: RecordForm, code: int = 200) -> Response:
    forced = _user().must_change_password
    shown = [] if forced else tabs("password")
    return page("office/password.html", code, form=form, must_change=forced, tabs=shown)


def save_account(form: RecordForm) -> Response:
    """Save what was given; the password only where one of its fields was filled, or where it must be changed."""
    user, forced = _user(), _user().must_change_password
    form.status, new_hash = 422, ""
    changing = forced or any(form[key].typed for key in SECRETS)
    if changing:
        form.rule(("old_password",), _check_given)
        new_password_rules(form, lambda: user.login, "new_password", "confirm")
    if form.validate():
        new_hash = _new_hash(form, user) if changing else ""
    elif form["old_password"].typed and not must_wait(form, user):
        _check_old(form, user)
    if form.errors:
        return show_account(form, form.status)
    with short_transaction():
        saved = attempt(
            form,
            lambda: change_own_account(db.session(), user, form.values(), new_hash, actor(), form.opened_version),
            user,
        )
    if saved is None:
        return show_account(form, form.status)
    if user.language:
        switch_language(user.language)
    flash(_("Your password has been changed.") if new_hash else _("Your details have been saved."), "done")
    preserved = unseal(preserved_field()) if preserved_field() else None
    if preserved is not None and preserved.person_id == user.id:
        return restore_input(preserved)
    return go(url_for("workbench.show" if forced else "office.password"))


def _check_given(old: str | None) -> None:
    if not old:
        raise FieldError("old_password", N_("Please enter your current password."))


def _check_old(form: RecordForm, user: User) -> None:
    """Told with the rest that is wrong, and counted like any try."""
    if not password_fits(user.password_hash, form["old_password"].typed or ""):
        form.refuse(FieldError("old_password", N_("This is not your current password.")))
        record_failed_attempt(user.login)


def _new_hash(form: RecordForm, user: User) -> str:
    """The new password's hash, or nothing and the reason in the form. Guessing is limited as at the login page."""
    if must_wait(form, user):
        return ""
    try:
        return new_password_hash(user, *(form[key].typed or "" for key in SECRETS))
    except FieldError as error:
        form.refuse(error)
        if error.field == "old_password" and form["old_password"].typed:
            record_failed_attempt(user.login)
        return ""
