"""Who is asking: the session's row, the idle time in the signed cookie (L-5, L-7)."""

from urllib.parse import urlsplit

from flask import Response, redirect, request, session, url_for

from crm.domain.signing_in import user_of_token
from crm.extensions import db
from crm.models import User, rights_of
from crm.web.clock import now
from crm.web.firm import settings
from crm.web.respond import wants_fragment

SEEN = "seen"
REFRESH_SECONDS = 60


def load_user(token: str) -> User | None:
    """Flask-Login's loader: the person of the session's token, unless it ended or lay idle too long."""
    moment = int(now().timestamp())
    seen = session.get(SEEN)
    if not isinstance(seen, int) or moment - seen > settings().idle_minutes * 60:
        return None
    user = user_of_token(db.session(), token)
    if user is None:
        return None
    user.rights = rights_of(db.session(), user)
    if moment - seen >= REFRESH_SECONDS:
        session[SEEN] = moment
    return user


def needs_login() -> Response:
    """To the login page as a whole page, and afterwards back to where the person was going (L-5, L-7)."""
    url = url_for("auth.login", next=_wanted())
    if wants_fragment():
        return Response(status=200, headers={"HX-Redirect": url})
    return redirect(url, 303)  # type: ignore[return-value]


def _wanted() -> str | None:
    """The page to come back to: for a fragment or a sent form, the page that it was on."""
    if wants_fragment() or request.method != "GET":
        parts = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
        if parts.netloc != request.host:
            return None
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return request.full_path if request.query_string else request.path


def safe_next(target: str | None) -> str:
    """The address within this site, else the workbench (hostile case 51)."""
    home = url_for("workbench.show")
    if not target or not target.startswith("/") or target.startswith("//"):
        return home
    if "\\" in target or any(not c.isprintable() for c in target):
        return home
    try:
        parts = urlsplit(target)
    except ValueError:
        return home
    return home if parts.scheme or parts.netloc else target
