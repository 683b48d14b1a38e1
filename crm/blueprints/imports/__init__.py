"""Importing customers and contacts: templates, the file, the check, the import (I-1 to I-8)."""

from flask import Blueprint

blueprint = Blueprint("imports", __name__)

from crm.blueprints.imports import desk, running, sending, templates  # noqa: E402

desk.set_up(blueprint)

__all__ = ["running", "sending", "templates"]
