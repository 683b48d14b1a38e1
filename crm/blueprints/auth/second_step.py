"""The second step of signing in: the code of the app, after the password (L-6).

Between the steps the signed cookie says whose password was right, for some minutes; it opens nothing by itself.
"""

from datetime import timedelta
from typing import Any

from flask import Response, redirect, request, session, url_for

from crm.blueprints.auth import blueprint
from crm.blueprints.auth.browser_session import continue_signed_in, sign_in_user
from crm.blueprints.auth.plain_forms import reject_malformed_form
from crm.catalogue.accounts import CODE
from crm.domain.accounts import second_factor
from crm.domain.accounts.sign_in import REFUSED, token_hash
from crm.errors import FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import User
from crm.web.access import own_transaction, public
from crm.web.forms import RecordForm, form_class, form_for
from crm.web.known_devices import attempts_here, record_failed_attempt
from crm.web.log import short_transaction, write_system_log
from crm.web.preserved_input import preserved_field
from crm.web.request_clock import now
from crm.web.respond import bare_page
from crm.web.waiting_time import seconds_of, too_many_attempts

PASSED = "password_passed"
GOOD_FOR = timedelta(minutes=10)


def begin_second_step(user: User, next: str) -> Response:
    """On to the second step."""
    session[PASSED] = [user.id, int(now().timestamp()), _credentials_mark(user)]
    if preserved_field():
        # A redirect would lose it.
        return bare_page("auth/second_step.html", form=form_class(CODE)(formdata=None), next=next)
    return redirect(url_for("auth.second_step", next=next or None), 303)  # type: ignore[return-value]


def _credentials_mark(user: User) -> str:
    """Another password, another mark: who passed with the old one begins anew."""
    return token_hash(user.password_hash)[:16]


def _waiting() -> User | None:
    """Whose password was right in this browser a moment ago."""
    user_id, at, mark = session.get(PASSED) or (0, 0, "")
    if abs(now().timestamp() - at) > GOOD_FOR.total_seconds():
        return None
    user = db.session.get(User, user_id)
    return user if user is not None and user.is_active and _credentials_mark(user) == mark else None


@blueprint.route("/login/code", methods=["GET", "POST"])
@public
@own_transaction
def second_step() -> Any:
    user = _waiting()
    if user is None:
        session.pop(PASSED, None)
        return redirect(url_for("auth.login", next=request.values.get("next", "")[:2000] or None), 303)
    form = form_for((CODE,))
    if request.method == "POST":
        reject_malformed_form()
        return _check(user, form)
    return _show(form, 200)


def _check(user: User, form: RecordForm) -> Response:
    """The limits are those of the login page: wrong codes and wrong passwords count together."""
    wait = attempts_here(user.login).wait(now())
    if wait:
        write_system_log(REFUSED, name=user.login_key)
        form.form_errors.append(too_many_attempts(wait))
        response = _show(form, 429)
        response.headers["Retry-After"] = seconds_of(wait)
        return response
    if not form.validate():
        return _show(form, 422)
    with short_transaction():
        right = second_factor.verify_code(db.session(), user.id, form["code"].data, now())
    if not right:
        record_failed_attempt(user.login)
        form.refuse(FieldError("code", N_("This code is wrong or was already used. Please wait for the next one.")))
        return _show(form, 422)
    sign_in_user(user)
    return continue_signed_in(user)


def _show(form: RecordForm, code: int) -> Response:
    """The page, with the code's field empty."""
    form["code"].typed, form["code"].data = "", None
    user_id = session.get(PASSED, (0,))[0]
    lost = second_factor.is_undecryptable(db.session(), user_id)
    return bare_page("auth/second_step.html", code, form=form, next=request.values.get("next", "")[:2000], is_lost=lost)
