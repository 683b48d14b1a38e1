"""忘記密碼？: asking for a link by email, and setting the password by it (O-1, A-1).

The answer is the same whether the login exists or not, and takes the same time: who it is is looked up behind it.
"""

from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy import Engine

from crm.blueprints.auth import blueprint
from crm.blueprints.auth.plain_forms import reject_malformed_form
from crm.catalogue.accounts import BY_LINK_FIELDS, FORGOTTEN_FIELDS
from crm.domain.accounts.logged_logins import logged_login
from crm.domain.accounts.password_links import (
    ASKED,
    DEAD,
    asked_from,
    can_email_links,
    person_of_link,
    send_reset_link,
    set_password_by_link,
)
from crm.domain.accounts.passwords import hash_password
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.extensions import db
from crm.jobs.database import write_session
from crm.models import SystemLog, User, rights_of
from crm.text import login_key
from crm.web.access import own_transaction, public
from crm.web.background_work import runner
from crm.web.firm_settings import settings
from crm.web.forms import RecordForm, form_for
from crm.web.log import log_values, short_transaction, write_system_log
from crm.web.new_password import new_password_rules
from crm.web.request_clock import now
from crm.web.respond import bare_page
from crm.web.setup_code import needs_setup
from crm.web.translation import gettext as _
from crm.web.waiting_time import seconds_of, too_many_attempts

SENT, USED = "password_link_sent", "password_link_used"


@blueprint.route("/login/forgotten", methods=["GET", "POST"])
@public
@own_transaction
def forgotten() -> Any:
    if needs_setup():
        return redirect(url_for("auth.set_up"), 303)
    form = form_for(FORGOTTEN_FIELDS)
    if request.method != "POST" or not can_email_links(settings()):
        return _show_asking(form, 200)
    reject_malformed_form()
    wait = asked_from(db.session(), request.remote_addr or "", now())
    if wait:
        form.form_errors.append(too_many_attempts(wait))
        answer = _show_asking(form, 429)
        answer.headers["Retry-After"] = seconds_of(wait)
        return answer
    if not form.validate():
        return _show_asking(form, 422)
    _send_behind_the_answer(form["username"].data)
    flash(
        _(
            "If this user exists and has an email address, an email with a link is on its way. It is valid for 30 "
            "minutes."
        ),
        "done",
    )
    return redirect(url_for("auth.login"), 303)


def _send_behind_the_answer(login: str) -> None:
    write_system_log(ASKED, name=logged_login(db.session(), login))
    engine, moment, path = db.engine, now(), url_for("auth.new_password", link="")
    values = log_values(SENT)
    runner().submit(lambda: _send(engine, login, moment, path, values))


def _send(engine: Engine, login: str, moment: Any, path: str, values: dict[str, Any]) -> None:
    with write_session(engine) as session:
        user = send_reset_link(session, login, path, moment)
        if user is not None:
            session.add(SystemLog(**{**values, "name": user.login_key, "user_id": user.id}))


def _show_asking(form: RecordForm, code: int) -> Any:
    return bare_page("auth/forgotten.html", code, form=form, by_email=can_email_links(settings()))


@blueprint.route("/login/new-password", methods=["GET", "POST"])
@public
@own_transaction
def new_password() -> Any:
    """The page that the link opens. Opening it uses nothing up: mail programs look at links before people do."""
    token = request.values.get("link", "")[:200]
    user = person_of_link(db.session(), token, now())
    if user is None:
        return _show_dead()
    form = form_for(BY_LINK_FIELDS)
    if request.method != "POST":
        return _show_setting(form, user, token, 200)
    reject_malformed_form()
    login = user.login
    new_password_rules(form, lambda: login, "new_password", "confirm")
    if not form.validate():
        return _show_setting(form, user, token, 422)
    hashed = hash_password(form["new_password"].typed or "")
    try:
        with short_transaction():
            set_password_by_link(db.session(), token, hashed, _as(user.id))
            db.session.add(SystemLog(**log_values(USED, name=login_key(login), user_id=user.id)))
    except DomainError:
        return _show_dead()
    flash(_("Your new password has been saved. Please sign in."), "done")
    return redirect(url_for("auth.login"), 303)


def _as(user_id: int) -> Actor:
    user = db.session.get_one(User, user_id)
    return Actor(rights_of(db.session(), user), now(), settings().zone, (request.remote_addr or "")[:60])


def _show_setting(form: RecordForm, user: User, token: str, code: int) -> Any:
    return bare_page("auth/new_password.html", code, form=form, login=user.login, link=token)


def _show_dead() -> Any:
    return bare_page("auth/dead_link.html", 410, text=_(DEAD), may_ask=can_email_links(settings()))
