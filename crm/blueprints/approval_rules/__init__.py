"""審核規則: who decides on which documents, and who stands in for whom (SO-8)."""

from flask import Blueprint

blueprint = Blueprint("approval_rules", __name__)

from crm.blueprints.approval_rules import stand_ins, views  # noqa: E402, F401
