"""Errors as pages for people: what happened and what to do next; a 500 with a number that is in the log."""

import logging
import secrets
import sqlite3
import traceback
from typing import Any

from flask import Flask, Response, flash, make_response, redirect, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from crm.domain.errors import DomainError, FieldError, NotAllowed
from crm.extensions import db
from crm.i18n import N_
from crm.models.engine import set_reading
from crm.web.log import log_now
from crm.web.respond import bare_page, page, wants_fragment
from crm.web.sessions import page_before, safe_next

log = logging.getLogger("crm")

TEXTS = {
    400: (N_("This request cannot be read"), N_("Please go back, reload the page and try again.")),
    403: (N_("Not allowed"), N_("You do not have the right for this. Please ask an administrator if you need it.")),
    404: (N_("Not found"), N_("There is nothing here, or it is not yours to see. Please check the address.")),
    405: (N_("This request cannot be read"), N_("Please go back, reload the page and try again.")),
    409: (N_("Not possible now"), N_("Please go back, reload the page and try again.")),
    413: (N_("Too large"), N_("What you sent is too large. Please send less at a time.")),
    415: (
        N_("This request cannot be read"),
        N_("What was sent is no form of this program. Please open the page, and send its own form."),
    ),
    429: (N_("Too many tries"), N_("Please wait a quarter of an hour and try again.")),
    503: (
        N_("Please try again in a moment"),
        N_("Others are saving, and it takes longer than usual. Nothing was saved. Please go back and send it again."),
    ),
    500: (
        N_("Something went wrong"),
        N_("Nothing was saved. Please try again; if it happens again, tell your administrator the number below."),
    ),
}


def say(error: DomainError) -> str:
    """The rule's message in the reader's language."""
    values = {k: _(v) if isinstance(v, str) and v and k != "name" else v for k, v in error.values.items()}
    return _(error.message, **values) if values else _(error.message)


def error_page(code: int, text: str = "", number: str = "") -> Response:
    heading, advice = TEXTS.get(code, TEXTS[500 if code >= 500 else 400])
    back = safe_next(page_before())
    values: dict[str, Any] = {"heading": _(heading), "advice": text or _(advice), "number": number, "back": back}
    render = page if current_user.is_authenticated else bare_page
    return render("errors/error.html", code, **values)


def set_up_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_crash)


def on_domain_error(error: DomainError) -> Response:
    """A rule forbade it. From a plain form: back to where the person was, with the reason."""
    code = 422 if isinstance(error, FieldError) else 403 if isinstance(error, NotAllowed) else 409
    if wants_fragment():
        # The message appears where the person is, and what was typed there stays.
        flash(say(error), "error")
        response = make_response(render_template("layout/_saved.html"), 409)
        response.headers["HX-Reswap"] = "none"
        return response
    return error_page(code, say(error))


def on_http_error(error: HTTPException) -> Response:
    code = error.code or 500
    # Under a name that no host can have there are no addresses to put into a page.
    if code in (301, 302, 303, 307, 308) or request_ctx.url_adapter is None:
        return error.get_response()  # type: ignore[return-value]
    if code == 400 and type(error).__name__ == "CSRFError" and not wants_fragment() and request.method == "POST":
        flash(_("This page was too old to be sent. Please try again."), "warning")
        if request.endpoint == "auth.login":
            return redirect(request.path, 303)  # type: ignore[return-value]
    return error_page(code)


def log_crash(error: Exception) -> str:
    """Roll back, write the error into both logs, and give it a number that people can tell."""
    number = secrets.token_hex(4).upper()
    log.error("error %s at %s", number, request.path, exc_info=error)
    db.session.rollback()
    try:
        log_now("error", number=number, detail="".join(traceback.format_exception(error))[-4000:])
    except Exception:
        log.exception("the error %s could not be written into the system log", number)
    return number


def is_busy(error: Exception) -> bool:
    """Whether others wrote for longer than one waits, or two waited for each other: it can be sent again."""
    cause = getattr(error, "orig", error)
    if getattr(cause, "sqlstate", "") in ("55P03", "40P01", "40001"):
        return True
    return isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause)


def on_busy() -> Response:
    """Nothing was done, so there is no error to be looked into."""
    log.warning("the database was busy at %s", request.path)
    db.session.rollback()
    set_reading(True)  # its page must not wait for the writers again
    answer = error_page(503)
    answer.headers["Retry-After"] = "5"
    return answer


def on_crash(error: Exception) -> Response:
    """A 500: rolled back, logged with a number, told kindly."""
    if is_busy(error):
        return on_busy()
    number = log_crash(error)
    try:
        return error_page(500, number=number)
    except Exception:
        log.exception("no page for the error %s", number)
        return Response(f"Error {number}", 500, mimetype="text/plain")
