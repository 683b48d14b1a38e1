"""公共檢索: does the firm already know this customer (N-2)."""

from flask import Blueprint

blueprint = Blueprint("public_search", __name__)

from crm.blueprints.public_search import views  # noqa: E402, F401
