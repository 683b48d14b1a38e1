"""商品資料: goods and services with their prices (G-2)."""

from flask import Blueprint

blueprint = Blueprint("products", __name__)

from crm.blueprints.products import views  # noqa: E402, F401
