"""變更歷史 of every kind of record, read from the operation log (A-9)."""

from flask import Blueprint

blueprint = Blueprint("changes", __name__)

from crm.blueprints.changes import views  # noqa: E402, F401
