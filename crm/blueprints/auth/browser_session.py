"""Beginning and ending a session in this browser."""

import logging
import sqlite3

from flask import Response, flash, g, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user
from sqlalchemy.exc import DBAPIError

from crm.domain.accounts.sign_in import SIGNED_IN, SIGNED_OUT, block_token, end_sessions, start_session
from crm.extensions import db
from crm.models import SystemLog, User, rights_of
from crm.text import login_key
from crm.web.known_devices import remember_device
from crm.web.log import log_values, short_transaction
from crm.web.preserved_input import new_form_secret, preserved_field, restore_input, subrequest, unseal
from crm.web.request_clock import now
from crm.web.sessions import SEEN, safe_next
from crm.web.translation import gettext as _

log = logging.getLogger("crm")


def sign_in_user(user: User) -> None:
    """Sign the person in with a new cookie and a new form token; whoever was signed in here before is out."""
    with short_transaction():
        if current_user.is_authenticated:
            end_sessions(db.session(), current_user.id, now(), only_tokens=[current_user.get_id()])
        user.session_token = start_session(
            db.session(), user, request.remote_addr or "", request.user_agent.string, now()
        )
        db.session.add(SystemLog(**log_values(SIGNED_IN, name=login_key(user.login), user_id=user.id)))
    _forget_browser()
    session[SEEN] = int(now().timestamp())
    session["csrf_token"] = new_form_secret(user.id)
    login_user(user)
    remember_device(user)
    user.rights = rights_of(db.session(), user)


def continue_signed_in(user: User) -> Response:
    """After signing in: the form that came too late, for the same person; else where they were going."""
    preserved = unseal(preserved_field()) if preserved_field() else None
    if preserved is None:
        return redirect(safe_next(request.form.get("next")), 303)  # type: ignore[return-value]
    if preserved.person_id != user.id:
        flash(_("What someone else had typed here has been discarded."), "warning")
        return redirect(url_for("workbench.show"), 303)  # type: ignore[return-value]
    if user.must_change_password:
        # The page of the password hands it on.
        g.carried = preserved_field()
        return subrequest(url_for("office.password"), "GET")
    return restore_input(preserved)


def sign_out() -> None:
    """Sign the person of this request out; an old copy of the cookie opens nothing any more.

    Also where nothing can be written (a full disk, a writer that does not end): nobody is kept in by that.
    """
    token = current_user.get_id()
    values = log_values(SIGNED_OUT, name=current_user.login_key)
    try:
        with short_transaction():
            end_sessions(db.session(), current_user.id, now(), only_tokens=[token])
            db.session.add(SystemLog(**values))
    except (DBAPIError, sqlite3.Error):
        log.warning("a session was ended without a note of it: the database cannot be written", exc_info=True)
        block_token(token)
    logout_user()
    _forget_browser()


def _forget_browser() -> None:
    """Empty the cookie, the form token in it too; only the language stays."""
    language = session.get("language")
    session.clear()
    g.pop("csrf_token", None)  # made of what is no longer there
    if language:
        session["language"] = language
