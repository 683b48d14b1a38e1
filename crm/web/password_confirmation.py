"""Asking for a person's own password again before something serious; attempts are limited as at login (L-2)."""

from crm.domain.accounts.passwords import password_fits
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import User
from crm.web.forms import RecordForm
from crm.web.known_devices import attempts_here, record_failed_attempt
from crm.web.request_clock import now
from crm.web.waiting_time import too_many_attempts


def must_wait(form: RecordForm, user: User) -> bool:
    """True after too many wrong tries; the form then says how long."""
    wait = attempts_here(user.login).wait(now())
    if wait:
        form.status = 429
        form.form_errors.append(too_many_attempts(wait))
    return bool(wait)


def knows_password(form: RecordForm, user: User) -> bool:
    """Whether the form is filled in and its password is the person's own; else the form says why not."""
    form.status = 422
    if not form.validate() or must_wait(form, user):
        return False
    if password_fits(user.password_hash, form["password"].typed or ""):
        return True
    record_failed_attempt(user.login)
    form.refuse(FieldError("password", N_("This is not your current password.")))
    return False
