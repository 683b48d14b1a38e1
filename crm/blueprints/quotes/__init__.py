"""Quotes: list, form with lines, a new version, an order made of it (QT-1 to QT-3)."""

from flask import Blueprint

blueprint = Blueprint("quotes", __name__)

from crm.blueprints.quotes import converting, copying, deleting, file, views  # noqa: E402, F401
