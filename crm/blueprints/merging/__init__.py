"""合併: making two or three records of a kind one, and taking that back (C-4)."""

from flask import Blueprint

import crm.domain.customers.merged_customers  # noqa: F401 — what follows for customers

blueprint = Blueprint("merging", __name__)

from crm.blueprints.merging import views  # noqa: E402, F401
