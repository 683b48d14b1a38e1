"""編碼規則: how codes are made (D-5)."""

from flask import Blueprint

blueprint = Blueprint("numbering", __name__)

from crm.blueprints.numbering import views  # noqa: E402, F401
