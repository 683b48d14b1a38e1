"""銷售任務管理: the targets of salespeople, by year and month (TG-1)."""

from flask import Blueprint

blueprint = Blueprint("target_setting", __name__)

from crm.blueprints.target_setting import views  # noqa: E402, F401
