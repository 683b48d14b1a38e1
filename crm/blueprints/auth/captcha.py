"""The captcha in the login page: its picture, its sound, and whether what was typed fits."""

import secrets
from typing import Any

from flask import Response, abort, current_app, request, session

from crm.blueprints.auth import blueprint
from crm.domain.accounts import captcha, captcha_media
from crm.extensions import db
from crm.web.access import public
from crm.web.log import short_transaction
from crm.web.request_clock import now

VISITOR = "visitor"


def _key() -> bytes:
    return str(current_app.config["SECRET_KEY"]).encode()


def fresh_nonce() -> str:
    """For a page about to be shown; good in this browser only."""
    if VISITOR not in session:
        session[VISITOR] = secrets.token_hex(12)
    return captcha.new_nonce(_key(), session[VISITOR], now())


def _is_good(nonce: str) -> bool:
    return VISITOR in session and captcha.is_valid_nonce(_key(), session[VISITOR], nonce, now())


def is_solved(nonce: str, typed: str) -> bool:
    """True for the right digits of this browser's own, unused nonce, which is used up by being asked."""
    if not _is_good(nonce):
        return False
    with short_transaction():
        unused = captcha.use_nonce(db.session(), nonce, now())
    return captcha.is_answer(_key(), nonce, typed) and unused


def _digits_or_404(nonce: str) -> str:
    if not _is_good(nonce):
        abort(404)
    return captcha.answer_of(_key(), nonce)


@blueprint.get("/login/captcha.png")
@public
def picture() -> Any:
    nonce = request.args.get("nonce", "")
    return Response(captcha_media.picture(nonce, _digits_or_404(nonce)), mimetype="image/png")


@blueprint.get("/login/captcha.wav")
@public
def sound() -> Any:
    nonce = request.args.get("nonce", "")
    return Response(captcha_media.sound(nonce, _digits_or_404(nonce)), mimetype="audio/wav")
