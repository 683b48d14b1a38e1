"""公告: notes for everybody, written by who may change the settings; a panel of the workbench (W-1)."""

from flask import Blueprint

blueprint = Blueprint("bulletins", __name__)

from crm.blueprints.bulletins import panel, views  # noqa: E402, F401
