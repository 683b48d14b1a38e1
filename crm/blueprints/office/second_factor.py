"""The second factor of one's own account: setting it up, new recovery codes, turning it off (L-6).

Secrets are shown once, in the answer itself: nothing of them is kept for a second look.
"""

from io import BytesIO
from typing import Any

from flask import flash, url_for
from flask_login import current_user
from markupsafe import Markup

from crm.blueprints.office import blueprint
from crm.blueprints.office.tabs import tabs
from crm.catalogue.accounts import NEW_FACTOR_FIELDS, PASSWORD_FIELDS
from crm.domain.accounts import second_factor as verbs
from crm.extensions import db
from crm.models import SystemLog, User
from crm.web.access import own_transaction, signed_in
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.known_devices import record_failed_attempt
from crm.web.log import log_values, short_transaction
from crm.web.menu import menu_of
from crm.web.password_confirmation import knows_password
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _

ON, OFF, NEW_CODES = "second_factor_on", "second_factor_off", "second_factor_codes"
"""Kinds of rows in the system log."""


def _user() -> User:
    user: User = current_user._get_current_object()
    return user


@blueprint.get("/second-factor")
@menu_of("password")
@signed_in
def second_factor() -> Any:
    return _show(form_for(NEW_FACTOR_FIELDS))


@blueprint.post("/second-factor/begin")
@menu_of("password")
@signed_in
def begin_factor() -> Any:
    verbs.begin_setup(db.session(), _user(), now())
    return go(url_for("office.second_factor"))


@blueprint.post("/second-factor")
@menu_of("password")
@signed_in
@own_transaction
def confirm_factor() -> Any:
    form, user = form_for(NEW_FACTOR_FIELDS), _user()
    if not knows_password(form, user):
        return _show(form, form.status)
    with short_transaction():
        codes = attempt(form, lambda: verbs.confirm(db.session(), user, form["code"].data, now()))
        if codes:
            db.session.add(SystemLog(**log_values(ON, name=user.login_key)))
    if not codes:
        record_failed_attempt(user.login)
        return _show(form, form.status)
    return _show_codes(codes, _("Two-factor authentication is on. Other sessions of your account have been ended."))


@blueprint.route("/second-factor/codes", methods=["GET", "POST"])
@menu_of("password")
@signed_in
@own_transaction
def recovery_codes() -> Any:
    form = form_for(PASSWORD_FIELDS)
    if not (form.is_submitted() and knows_password(form, _user())):
        return _ask("recovery_codes", form)
    with short_transaction():
        codes = verbs.new_codes(db.session(), _user().id)
        db.session.add(SystemLog(**log_values(NEW_CODES, name=_user().login_key)))
    return _show_codes(codes, _("The previous recovery codes no longer work."))


@blueprint.route("/second-factor/off", methods=["GET", "POST"])
@menu_of("password")
@signed_in
@own_transaction
def factor_off() -> Any:
    form = form_for(PASSWORD_FIELDS)
    if not (form.is_submitted() and knows_password(form, _user())):
        return _ask("factor_off", form)
    with short_transaction():
        verbs.turn_off(db.session(), _user().id)
        db.session.add(SystemLog(**log_values(OFF, name=_user().login_key)))
    flash(_("Two-factor authentication is off."), "done")
    return go(url_for("office.second_factor"))


def _show(form: RecordForm, code: int = 200) -> Any:
    state, user = verbs.state_of(db.session(), _user().id), _user()
    address = verbs.provisioning_uri(state.secret, user.login, settings().firm_name) if state.secret else ""
    return page(
        "office/second_factor.html",
        code,
        form=form,
        tabs=tabs("second_factor"),
        state=state,
        square=_qr_code(address) if address else "",
    )


def _ask(endpoint: str, form: RecordForm) -> Any:
    code = form.status if form.is_submitted() else 200
    if not verbs.is_on(db.session(), _user().id):
        return go(url_for("office.second_factor"))
    return page("office/ask_password.html", code, form=form, endpoint=endpoint)


def _show_codes(codes: list[str], message: str) -> Any:
    return page("office/recovery_codes.html", codes=codes, message=message, tabs=tabs("second_factor"))


def _qr_code(text: str) -> Markup:
    """The QR code as a part of the page."""
    import segno  # only here, and seldom

    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, svgns=False, svgclass=None, lineclass=None
    )
    return Markup(drawn.getvalue().decode())
