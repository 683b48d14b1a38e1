"""Pieces of the editor of a document's lines that are fetched while one types (SO-1, QT-1)."""

from flask import Blueprint

blueprint = Blueprint("lines", __name__)

from crm.blueprints.lines import views  # noqa: E402, F401
