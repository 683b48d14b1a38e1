"""The login page (L-1, L-2); the second step is `second_step` (L-6)."""

from datetime import timedelta
from typing import Any

from flask import Response, current_app, redirect, request, url_for
from flask_login import current_user

from crm.blueprints.auth import blueprint
from crm.blueprints.auth.browser_session import continue_signed_in, sign_in_user
from crm.blueprints.auth.captcha import fresh_nonce, is_solved
from crm.blueprints.auth.plain_forms import reject_malformed_form
from crm.blueprints.auth.second_step import begin_second_step
from crm.catalogue.accounts import LOGIN_FIELDS
from crm.domain.accounts import second_factor
from crm.domain.accounts.logged_logins import logged_login
from crm.domain.accounts.login_limits import FailedAttempts, wants_captcha
from crm.domain.accounts.sign_in import REFUSED, WRONG_CAPTCHA, authenticate
from crm.extensions import db
from crm.web.access import own_transaction, public
from crm.web.firm_settings import settings
from crm.web.forms import RecordForm, form_for
from crm.web.known_devices import attempts_here, record_failed_attempt
from crm.web.log import write_system_log
from crm.web.request_clock import now
from crm.web.respond import bare_page
from crm.web.sessions import safe_next
from crm.web.setup_code import needs_setup
from crm.web.translation import gettext as _
from crm.web.waiting_time import seconds_of, too_many_attempts


@blueprint.route("/login", methods=["GET", "POST"])
@public
@own_transaction
def login() -> Any:
    if needs_setup():
        return redirect(url_for("auth.set_up"), 303)
    if request.method == "POST":
        reject_malformed_form()
        return _sign_in(form_for(LOGIN_FIELDS))
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next")), 303)
    return _show(form_for(LOGIN_FIELDS), 200)


def _sign_in(form: RecordForm) -> Response:
    """Limits first, then the captcha, then the password: what costs most comes last."""
    name = form["username"].data or ""
    tries = attempts_here(name)
    wait = tries.wait(now())
    if wait:
        write_system_log(REFUSED, name=logged_login(db.session(), name))
        return _refuse_for(form, wait)
    valid = form.validate()
    if not _captcha_fits(form, tries) or not valid:
        return _show(form, 422)
    user = authenticate(db.session(), name, form["password"].typed)
    if user is None:
        record_failed_attempt(name)
        form.form_errors.append(_("The user name or password is wrong."))
        return _show(form, 422)
    if second_factor.is_on(db.session(), user.id):
        return begin_second_step(user, request.form.get("next", "")[:2000])
    sign_in_user(user)
    return continue_signed_in(user)


def _captcha_mode() -> str:
    """The server's configuration wins over the firm's setting."""
    return str(current_app.config["CRM_LOGIN_CAPTCHA"] or settings().captcha)


def _captcha_fits(form: RecordForm, tries: FailedAttempts) -> bool:
    """True where the captcha is not asked for, or answered; else the field says what is wrong."""
    if not wants_captcha(_captcha_mode(), tries):
        return True
    typed = form["captcha"].data or ""
    if is_solved(request.form.get("nonce", ""), typed):
        return True
    write_system_log(WRONG_CAPTCHA, name=logged_login(db.session(), form["username"].data or ""))
    if not typed:
        form["captcha"].errors = [_("Please type the digits of the picture.")]
        return False
    form["captcha"].errors = [_("The verification code is wrong or has expired. Please enter the new one.")]
    return False


def _refuse_for(form: RecordForm, wait: timedelta) -> Response:
    form.form_errors.append(too_many_attempts(wait))
    response = _show(form, 429)
    response.headers["Retry-After"] = seconds_of(wait)
    return response


def _show(form: RecordForm, code: int) -> Response:
    """The page with an empty password and, where one is wanted, a new captcha."""
    captcha = form["captcha"]
    captcha.typed, captcha.data = "", None
    shows_captcha = captcha.errors or "captcha" in request.args
    shows_captcha = shows_captcha or wants_captcha(_captcha_mode(), attempts_here(form["username"].data or ""))
    captcha.flags.required = bool(shows_captcha)
    wanted_page = request.values.get("next", "")[:2000]
    return bare_page("auth/login.html", code, form=form, nonce=fresh_nonce() if shows_captcha else "", next=wanted_page)
