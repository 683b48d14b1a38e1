"""Money received against approved orders (RC-1 to RC-4)."""

from flask import Blueprint

blueprint = Blueprint("receipts", __name__)

from crm.blueprints.receipts import reversing, views  # noqa: E402, F401
