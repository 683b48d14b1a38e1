"""Errors as pages for people: what happened and what to do next; a 500 with a number that is in the log."""

import logging
import secrets
import traceback
from typing import Any

from flask import Flask, Response, flash, make_response, redirect, render_template, request
from flask.globals import request_ctx
from flask_login import current_user
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException

from crm.errors import DomainError, FieldError, NotAllowed, NotFound
from crm.extensions import db
from crm.i18n import N_
from crm.models.engine import set_read_only
from crm.web.former_numbers import remaining_url
from crm.web.log import write_system_log
from crm.web.preserved_input import form_owner, show_preserved, submitted_input
from crm.web.respond import bare_page, go, page, wants_fragment
from crm.web.server.machine_faults import BUSY, UNKNOWN, fault_of, is_busy
from crm.web.sessions import needs_login, referring_page, safe_next
from crm.web.translation import gettext as _

log = logging.getLogger("crm")

TEXTS = {
    400: (N_("This request cannot be read"), N_("Please go back, reload the page and try again.")),
    403: (N_("Not allowed"), N_("You do not have permission for this. Please ask an administrator if you need it.")),
    404: (N_("Not found"), N_("There is nothing here, or you do not have access to it. Please check the address.")),
    405: (N_("This request cannot be read"), N_("Please go back, reload the page and try again.")),
    409: (N_("Not possible now"), N_("Please go back, reload the page and try again.")),
    413: (N_("Too large"), N_("The submitted data is too large. Please submit less at a time.")),
    415: (
        N_("This request cannot be read"),
        N_("The submitted form was not recognised. Please open the page and submit its form."),
    ),
    429: (N_("Too many attempts"), N_("Please wait 15 minutes and try again.")),
    503: BUSY,
    500: UNKNOWN,
}


def error_text(error: DomainError) -> str:
    """The rule's message in the reader's language."""
    values = {k: _(v) if isinstance(v, str) and v and k != "name" else v for k, v in error.values.items()}
    return _(error.message, **values) if values else _(error.message)


def error_page(code: int, text: str = "", number: str = "", title: str = "") -> Response:
    heading, advice = TEXTS.get(code, TEXTS[500 if code >= 500 else 400])
    back = safe_next(referring_page())
    values: dict[str, Any] = {"heading": title or _(heading), "advice": text or _(advice), "number": number}
    render = page if current_user.is_authenticated else bare_page
    return render("errors/error.html", code, back=back, **values)


def set_up_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_crash)


def on_domain_error(error: DomainError) -> Response:
    """A rule forbade it. From a plain form: back to where the person was, with the reason."""
    if isinstance(error, NotFound):
        new_url = remaining_url() if current_user.is_authenticated else ""
        return go(new_url) if new_url else error_page(404)
    code = 422 if isinstance(error, FieldError) else 403 if isinstance(error, NotAllowed) else 409
    if wants_fragment():
        return stay_on_page(error_text(error), 409)
    return error_page(code, error_text(error))


def on_http_error(error: HTTPException) -> Response:
    code = error.code or 500
    # Under a name that no host can have there are no addresses to put into a page.
    if code in (301, 302, 303, 307, 308) or request_ctx.url_adapter is None:
        return error.get_response()  # type: ignore[return-value]
    if isinstance(error, CSRFError) and request.method == "POST":
        return on_stale_token()
    return error_page(code)


def on_stale_token() -> Response:
    """The page is from before a new sign-in. Its own person goes on with what was typed; nobody else sees it."""
    person = form_owner()
    if current_user.is_authenticated and person == current_user.id:
        message = _(
            "You have signed in again in the meantime. Nothing is saved yet: please check it and press the button "
            "again."
        )
        if wants_fragment():
            response = stay_on_page(message, 409)
            response.headers["X-Form-Token"] = generate_csrf()
            return response
        preserved = submitted_input(person)
        if preserved is not None:
            return show_preserved(preserved, message)
    elif not current_user.is_authenticated and (wants_fragment() or submitted_input(person)):
        return needs_login()
    elif person is not None and current_user.is_authenticated:
        message = _("Someone else has signed in in this browser in the meantime. Nothing was saved.")
        return stay_on_page(message, 400) if wants_fragment() else error_page(400, message)
    if not wants_fragment():
        flash(_("This page has expired. Please try again."), "warning")
        if request.endpoint == "auth.login":
            return redirect(request.path, 303)  # type: ignore[return-value]
    return error_page(400)


def log_crash(error: Exception) -> str:
    """Roll back, write the error into both logs, and give it a number that people can tell."""
    number = secrets.token_hex(4).upper()
    log.error("error %s at %s", number, request.path, exc_info=error)
    db.session.rollback()
    set_read_only(True)  # the page that says so only reads, whatever failed
    try:
        write_system_log("error", number=number, detail="".join(traceback.format_exception(error))[-4000:])
    except Exception:
        log.exception("the error %s could not be written into the system log", number)
    return number


def on_crash(error: Exception) -> Response:
    """Roll back and answer with a page: 503 where others were saving, else a 500 that is logged with a number."""
    original = getattr(error, "original_exception", None) or error
    if is_busy(original):
        # Nothing was done, so there is no error to be looked into.
        log.warning("the database was busy at %s", request.path)
        db.session.rollback()
        set_read_only(True)  # its page must not wait for the writers again
        answer = failure_page(503, BUSY)
        answer.headers["Retry-After"] = "5"
        return answer
    number = log_crash(original)
    try:
        return failure_page(500, fault_of(original), number)
    except Exception:
        log.exception("no page for the error %s", number)
        return Response(f"Error {number}", 500, mimetype="text/plain")


def failure_page(code: int, trouble: tuple[str, str], number: str = "") -> Response:
    """Nothing was saved, and what was typed is not lost: it stays in a box, and comes back in its form."""
    heading, advice = (_(text) for text in trouble)
    preserved = submitted_input(current_user.id) if current_user.is_authenticated else None
    if request.method != "POST" or (preserved is None and not wants_fragment()):
        return error_page(code, advice, number, heading)
    message = f"{advice} {_('Error number:')} {number}" if number else advice
    return stay_on_page(message, code) if wants_fragment() else show_preserved(preserved, message, code)  # type: ignore[arg-type]


def stay_on_page(message: str, code: int) -> Response:
    """The message appears where the person is, and what was typed there stays."""
    flash(message, "error")
    response = make_response(render_template("layout/_saved.html"), code)
    response.headers["HX-Reswap"] = "none"
    return response
