"""日誌管理: what people did, and what the system did, to be looked through (A-9). Nothing here changes an entry."""

from flask import Blueprint

blueprint = Blueprint("logs", __name__)

from crm.blueprints.logs import operations, system, views  # noqa: E402, F401
