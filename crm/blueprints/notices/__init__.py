"""What a person should know, and the count of it in the top bar (F-4)."""

from flask import Blueprint

blueprint = Blueprint("notices", __name__)

from crm.blueprints.notices import views  # noqa: E402, F401
