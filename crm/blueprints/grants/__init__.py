"""Personal permissions: a person's roles, own grants, and what they add up to (A-6)."""

from flask import Blueprint

blueprint = Blueprint("grants", __name__)

from crm.blueprints.grants import preview, views, why  # noqa: E402, F401
