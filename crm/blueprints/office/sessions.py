"""我的登錄: where one is signed in; ending one of them, or all others (O-1)."""

from typing import Any

from flask import abort, flash, url_for
from flask_login import current_user

from crm.blueprints.office import blueprint
from crm.blueprints.office.tabs import tabs
from crm.domain.accounts.devices import device_words
from crm.domain.accounts.own_sessions import end_own_session, open_sessions
from crm.domain.accounts.sign_in import end_sessions, token_hash
from crm.extensions import db
from crm.models import LoginSession
from crm.web.access import signed_in
from crm.web.firm_settings import settings
from crm.web.menu import menu_of
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/sessions")
@menu_of("password")
@signed_in
def sessions() -> Any:
    here = token_hash(current_user.get_id())
    shown = [_session_values(row, here) for row in open_sessions(db.session(), current_user.id, now())]
    return page("office/sessions.html", tabs=tabs("sessions"), sessions=shown, idle=settings().idle_minutes)


def _session_values(row: LoginSession, here: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "device": device_words(row.device) or _("Unknown device"),
        "agent": row.device or "",
        "address": row.address or "",
        "since": row.started_at,
        "last": now() if row.token_hash == here else row.last_sent_at or row.started_at,
        "here": row.token_hash == here,
    }


@blueprint.post("/sessions/<int:id>/end")
@menu_of("password")
@signed_in
def end_session(id: int) -> Any:
    if not end_own_session(db.session(), current_user.id, id, now()):
        abort(404)
    flash(_("That session has been ended."), "done")
    return go(url_for("office.sessions"))


@blueprint.post("/sessions/end-others")
@menu_of("password")
@signed_in
def end_others() -> Any:
    end_sessions(db.session(), current_user.id, now(), except_token=current_user.get_id())
    flash(_("All other sessions have been ended."), "done")
    return go(url_for("office.sessions"))
