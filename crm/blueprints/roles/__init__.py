"""Roles: their permissions and their people (A-5)."""

from flask import Blueprint

blueprint = Blueprint("roles", __name__)

from crm.blueprints.roles import views  # noqa: E402, F401
