"""Importing customers, contacts, products and every kind that declares itself (I-1 to I-8)."""

from crm.blueprints.imports import history, running, sending, templates, undoing
from crm.blueprints.imports.shared import make_blueprint

__all__ = ["history", "make_blueprint", "running", "sending", "templates", "undoing"]
