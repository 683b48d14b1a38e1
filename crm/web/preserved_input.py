"""What somebody typed survives an ended session and a failed save (L-7): it travels with its person, sealed.

A form's token says for whom the form was made. What was sent with it is shown again in its own form: the view runs
once more, reading only, and every form in it refuses to be valid.
"""

import json
import logging
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, flash, g, request, session
from flask.ctx import RequestContext
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder

from crm.extensions import db
from crm.installation.encryption import derived_key
from crm.web.cookies import Signer
from crm.web.respond import page
from crm.web.translation import gettext as _

log = logging.getLogger("crm")

TOKEN, FIELD = "csrf_token", "carried"
SALT = "carried form"
LABEL = b"shuke-crm carried forms, 1"
GOOD_FOR = 12 * 3600
TOKEN_GOOD_FOR = 31 * 24 * 3600
MAX_BYTES = 128 * 1024
"""Of the sealed text; a document of 400 lines has a quarter of it."""
NEVER = frozenset({TOKEN, FIELD, "once", "captcha", "nonce", "confirm", "repeated"})
UNTYPED = frozenset({"version", "next", "back", "suggested", "lines-count"})
CLOSED = frozenset({"auth", "static"})


@dataclass(frozen=True)
class PreservedInput:
    """A sent form: whose, where to, and its values without passwords and codes."""

    person_id: int
    path: str
    values: list[tuple[str, str]]
    had_files: bool = False


def new_form_secret(person_id: int) -> str:
    """For the session; the tokens made of it say for whom a form was made."""
    return f"{person_id}-{secrets.token_hex(20)}"


def form_owner() -> int | None:
    """For whom the sent form was made; None where it does not say so."""
    serializer = URLSafeTimedSerializer(str(current_app.secret_key), salt="wtf-csrf-token")
    serializer.signer = Signer
    token = request.form.get(TOKEN) or request.headers.get("X-CSRFToken") or ""
    try:
        number = str(serializer.loads(token, max_age=TOKEN_GOOD_FOR)).partition("-")[0]
    except BadData:
        return None
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def submitted_input(person_id: int | None) -> PreservedInput | None:
    """What was sent with this request, if it is a form in which the person may have typed something."""
    if person_id is None or request.method != "POST" or request.blueprint in CLOSED or not request.endpoint:
        return None
    values = [(name, text) for name, text in request.form.items(multi=True) if not _is_secret(name)]
    if not any(text.strip() for name, text in values if name not in UNTYPED):
        return None
    path = request.full_path if request.query_string else request.path
    return PreservedInput(person_id, path, values, any(file.filename for file in request.files.values()))


def _is_secret(name: str) -> bool:
    return name in NEVER or "password" in name or (name == "code" and request.blueprint == "office")


def seal(preserved: PreservedInput) -> str:
    """Unreadable to everybody but the server, for a hidden field; empty where it would be too long."""
    text = json.dumps([preserved.person_id, preserved.path, preserved.values, preserved.had_files]).encode()
    nonce = secrets.token_bytes(12)
    sealed = _signer().sign(urlsafe_b64encode(nonce + _cipher().encrypt(nonce, zlib.compress(text), None))).decode()
    return sealed if len(sealed) <= MAX_BYTES else ""


def unseal(sealed: str) -> PreservedInput | None:
    try:
        data = urlsafe_b64decode(_signer().unsign(sealed[:MAX_BYTES], max_age=GOOD_FOR))
    except (BadData, ValueError):
        return None
    # What is signed is what was encrypted here.
    person_id, path, values, had_files = json.loads(zlib.decompress(_cipher().decrypt(data[:12], data[12:], None)))
    return PreservedInput(person_id, path, [(name, text) for name, text in values], had_files)


def _signer() -> Signer:
    return Signer(str(current_app.secret_key), salt=SALT)


def _cipher() -> Any:
    """AES-256-GCM with a key for this alone; the nonce is each parcel's own."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # rarely needed: it is no part of a quick start

    return AESGCM(derived_key(str(current_app.config["SECRET_KEY"]), LABEL))


def preserved_field() -> str:
    """For the pages of signing in: what they hand on."""
    return str(g.get(FIELD) or request.form.get(FIELD, "")[:MAX_BYTES])


def subrequest(path: str, method: str, values: list[tuple[str, str]] | None = None) -> Response:
    """The answer to another request of the same person, within this one."""
    base = {"Referer": request.host_url, "Accept-Language": request.headers.get("Accept-Language", "")}
    data = MultiDict(values) if values is not None else None
    built = EnvironBuilder(path=path, method=method, base_url=request.host_url, data=data, headers=list(base.items()))
    environ = {**built.get_environ(), "REMOTE_ADDR": request.remote_addr or ""}
    own = session._get_current_object()  # type: ignore[attr-defined]
    with RequestContext(current_app._get_current_object(), environ, session=own):  # type: ignore[attr-defined]
        response = current_app.preprocess_request()
        return current_app.make_response(response if response is not None else current_app.dispatch_request())


def restore_input(preserved: PreservedInput) -> Response:
    """After signing in, to its own person."""
    return show_preserved(
        preserved, _("You had to sign in again. What you had typed has been restored; please check it and save.")
    )


def show_preserved(preserved: PreservedInput, message: str, code: int = 200) -> Response:
    """The form with what was typed; where it cannot be shown, its values and a button that sends them again."""
    if preserved.had_files:
        message = f"{message} {_('Files are not kept: please choose them again.')}"
    flash(message, "warning")
    response = _form_of(preserved)
    if response is None:
        session.pop("_flashes", None)
        response = page("errors/again.html", carried=preserved, message=message)
    response.status_code = code
    return response


def _form_of(preserved: PreservedInput) -> Response | None:
    g.showing_again, g.shown_again = True, False
    g.pop(TOKEN, None)
    try:
        endpoint, _values = current_app.create_url_adapter(request).match(  # type: ignore[union-attr]
            preserved.path.partition("?")[0], method="POST"
        )
        view: Any = current_app.view_functions[endpoint]
        if getattr(view, "own_transaction", False) or getattr(view, "takes_files", False):
            return None
        response = subrequest(preserved.path, "POST", [*preserved.values, (TOKEN, generate_csrf())])
        return response if g.shown_again and not 300 <= response.status_code < 400 else None
    except Exception:
        log.info("the form of %s could not be shown again", preserved.path, exc_info=True)
        db.session.rollback()
        return None
    finally:
        g.showing_again = False
