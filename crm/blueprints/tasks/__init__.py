"""Long work in the background, as the person who asked for it sees it (C-6)."""

from flask import Blueprint

blueprint = Blueprint("tasks", __name__)

from crm.blueprints.tasks import views  # noqa: E402, F401
