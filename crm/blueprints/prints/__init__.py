"""Printing of documents, and the templates they are printed by (A-11 to A-13)."""

from flask import Blueprint

from crm.web.printing import print_url

blueprint = Blueprint("prints", __name__)
blueprint.app_template_global("print_url")(print_url)

from crm.blueprints.prints import preview, sheets, versions, views  # noqa: E402, F401
