"""Who is asking: the session's row, the idle time in the signed cookie (L-5, L-7)."""

from urllib.parse import urlsplit

from flask import Response, current_app, flash, g, request, session, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from crm.domain.accounts.sign_in import user_of_token
from crm.extensions import db
from crm.models import User, rights_of
from crm.web.cookies import is_fresh
from crm.web.firm_settings import settings
from crm.web.preserved_input import PreservedInput, form_owner, new_form_secret, seal, submitted_input, subrequest
from crm.web.request_clock import now
from crm.web.respond import go, wants_fragment
from crm.web.setup_code import needs_setup
from crm.web.translation import gettext as _

SEEN = "seen"
REFRESH_SECONDS = 60
MAX_ADDRESS_LENGTH = 2000
DOORS = frozenset({"auth.login", "auth.logout"})


def load_user(token: str) -> User | None:
    """Flask-Login's loader: the person of the session's token, unless it ended or lay idle too long."""
    moment = int(now().timestamp())
    last_request = session.get(SEEN)
    if not isinstance(last_request, int) or not is_fresh(last_request, moment, settings().idle_minutes * 60):
        return None
    user = user_of_token(db.session(), token, now())
    if user is None:
        return None
    user.rights = rights_of(db.session(), user)
    if "csrf_token" not in session:
        session["csrf_token"] = new_form_secret(user.id)
    if not _is_unattended():
        current_app.page_times.note_person(user.id, now())  # type: ignore[attr-defined]
        if abs(moment - last_request) >= REFRESH_SECONDS:
            session[SEEN] = moment
    return user


def _is_unattended() -> bool:
    return getattr(current_app.view_functions.get(request.endpoint or ""), "unattended", False)


def needs_login() -> Response:
    """To the login page as a whole page, and afterwards back to where the person was going (L-5, L-7).

    Where the firm has nobody yet, to the set-up page (L-3).
    """
    if needs_setup():
        return go(url_for("auth.set_up"))
    if _is_unattended():
        return go(url_for("auth.login"))
    if session.pop("_user_id", None) is not None:
        session.pop(SEEN, None)
        flash(_("Your session has ended. Please sign in again."), "warning")
    preserved = None if wants_fragment() else submitted_input(form_owner())
    return sign_in_with(preserved) if preserved is not None else go(url_for("auth.login", next=_page_to_return_to()))


def sign_in_with(preserved: PreservedInput) -> Response:
    """The login page in answer to a form that came too late; what was typed goes along, for its person alone."""
    g.carried = seal(preserved)
    if g.carried:
        flash(_("What you typed is preserved: it comes back when you have signed in again."), "warning")
    else:
        flash(
            _("What you typed is too long to be preserved here. Please go back and copy it before you sign in."),
            "error",
        )
    return subrequest(url_for("auth.login", next=_page_to_return_to()), "GET")


def _page_to_return_to() -> str | None:
    """The page to come back to: for a fragment or a sent form, the page that it was on."""
    if request.endpoint in DOORS:
        return None
    if wants_fragment() or request.method != "GET":
        return referring_page()
    return request.full_path if request.query_string else request.path


def referring_page() -> str | None:
    """The page of this site that the request came from."""
    try:
        parts = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    except ValueError:
        return None
    if parts.netloc != request.host:
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def safe_next(target: str | None) -> str:
    """The address within this site that a browser can open, else the workbench (hostile case 51)."""
    return target if target and is_local(target) and _opens(target) else url_for("workbench.show")


def is_local(target: str) -> bool:
    if not target.startswith("/") or target.startswith("//") or len(target) > MAX_ADDRESS_LENGTH:
        return False
    if "\\" in target or any(not c.isprintable() for c in target):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc


def _opens(target: str) -> bool:
    """False for an address that only takes sent forms, as a page shown after an error may have."""
    adapter = current_app.create_url_adapter(request)
    try:
        if adapter is not None:
            adapter.match(urlsplit(target).path, method="GET")
    except MethodNotAllowed:
        return False
    except HTTPException:
        pass
    return True
