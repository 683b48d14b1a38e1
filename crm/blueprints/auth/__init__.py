"""Signing in and out, language, set-up."""

from flask import Blueprint

blueprint = Blueprint("auth", __name__)

from crm.blueprints.auth import views  # noqa: E402, F401
