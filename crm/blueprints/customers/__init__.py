"""Customers and their file (C-1 to C-9)."""

from flask import Blueprint

blueprint = Blueprint("customers", __name__)

from crm.blueprints.customers import deleting, duplicates, history, pairs, views  # noqa: E402, F401
