"""回收站: what was deleted, bringing it back, removing it for good (A-10)."""

from flask import Blueprint

blueprint = Blueprint("bin", __name__)

from crm.blueprints.bin import table, views  # noqa: E402, F401
