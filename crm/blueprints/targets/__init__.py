"""銷售任務: one's own targets of a year with what was sold and received, and the panel 我的銷售 (T-1, W-1)."""

from flask import Blueprint

blueprint = Blueprint("targets", __name__)

from crm.blueprints.targets import panel, views  # noqa: E402, F401
