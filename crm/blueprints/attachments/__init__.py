"""附件: files at records of every kind."""

from flask import Blueprint

blueprint = Blueprint("attachments", __name__)

from crm.blueprints.attachments import views  # noqa: E402, F401
