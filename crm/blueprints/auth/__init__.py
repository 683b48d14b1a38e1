"""Signing in and out, the captcha, the language, the set-up of a new firm (L-1 to L-7, F-2)."""

from flask import Blueprint

blueprint = Blueprint("auth", __name__)

from crm.blueprints.auth import captcha, forgotten, language, second_step, set_up, signing_in, signing_out  # noqa: E402, F401
