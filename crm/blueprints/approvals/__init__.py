"""Steps of orders and receipts: submitted, withdrawn, approved, rejected, voided (SO-3 to SO-7, RC-3)."""

from flask import Blueprint

blueprint = Blueprint("approvals", __name__)

from crm.blueprints.approvals import decisions, panels, steps  # noqa: E402, F401
