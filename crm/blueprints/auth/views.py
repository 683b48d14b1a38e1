"""Login, logout, language."""

from typing import Any

from flask import flash, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from crm.blueprints.auth import blueprint
from crm.domain.signing_in import (
    FAILED,
    SIGNED_IN,
    SIGNED_OUT,
    checked_user,
    end_sessions,
    login_key,
    start_session,
)
from crm.extensions import db
from crm.models import SystemLog
from crm.web.access import own_transaction, public, signed_in
from crm.web.clock import now
from crm.web.language import LANGUAGES, speak
from crm.web.log import log_now, log_values, writing
from crm.web.respond import bare_page, page
from crm.web.sessions import SEEN, safe_next


@blueprint.get("/login")
@public
def login() -> Any:
    return bare_page("auth/login.html")


@blueprint.post("/login")
@public
@own_transaction
def sign_in() -> Any:
    name, password = request.form.get("username", ""), request.form.get("password", "")
    user = checked_user(db.session(), name, password)
    if user is None:
        log_now(FAILED, name=login_key(name))
        flash(_("The user name or the password is wrong."), "error")
        return bare_page("auth/login.html", 422)
    with writing():
        user.session_token = start_session(
            db.session(), user, request.remote_addr or "", request.user_agent.string, now()
        )
        db.session.add(SystemLog(**log_values(SIGNED_IN, name=login_key(name), user_id=user.id)))
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    session[SEEN] = int(now().timestamp())
    login_user(user)
    return redirect(safe_next(request.form.get("next")), 303)


@blueprint.get("/logout")
@signed_in
def logout() -> Any:
    return page("auth/logout.html")


@blueprint.post("/logout")
@signed_in
def sign_out() -> Any:
    end_sessions(db.session(), current_user.id, now(), only=[current_user.get_id()])
    db.session.add(SystemLog(**log_values(SIGNED_OUT, name=current_user.login_key)))
    logout_user()
    return redirect(url_for("auth.login"), 303)


@blueprint.post("/language")
@public
def language() -> Any:
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        speak(chosen)
        if current_user.is_authenticated:
            current_user.language = chosen
    return redirect(safe_next(request.form.get("next")), 303)
