"""商品類別: the tree of product categories (G-1)."""

from flask import Blueprint

blueprint = Blueprint("categories", __name__)

from crm.blueprints.categories import views  # noqa: E402, F401
