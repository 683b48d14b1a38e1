"""Contacts: people at customers (K-1 to K-3)."""

from flask import Blueprint

blueprint = Blueprint("contacts", __name__)

from crm.blueprints.contacts import views  # noqa: E402, F401
