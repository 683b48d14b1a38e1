"""數據備份, 數據還原 (D-3, D-4)."""

from flask import Blueprint

blueprint = Blueprint("backups", __name__)

from crm.blueprints.backups import files, making, open_files, restoring  # noqa: E402, F401
