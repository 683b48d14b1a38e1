"""公共檢索: does the firm already know this customer (N-2)."""

from flask import Blueprint

blueprint = Blueprint("lookup", __name__)

from crm.blueprints.lookup import views  # noqa: E402, F401
