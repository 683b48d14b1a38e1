"""系統狀態: whether all is well with the installation, and what to do where it is not."""

from flask import Blueprint

blueprint = Blueprint("system_status", __name__)

from crm.blueprints.system_status import views  # noqa: E402, F401
