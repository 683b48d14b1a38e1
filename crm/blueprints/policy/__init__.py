"""The customer policy; at first its levels (P-4)."""

from flask import Blueprint

blueprint = Blueprint("policy", __name__)

from crm.blueprints.policy import duplicates, lookup, recycling, tabs, views  # noqa: E402, F401
