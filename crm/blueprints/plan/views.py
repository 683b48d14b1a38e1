"""The page 聯繫客戶計劃."""

from typing import Any

from crm.blueprints.plan import blueprint
from crm.blueprints.plan.table import PLAN
from crm.models import Permission
from crm.web.access import requires
from crm.web.respond import page
from crm.web.table import table_export, table_page


@blueprint.get("/plan")
@requires(Permission.PLAN_VIEW)
def index() -> Any:
    return page("plan/index.html", table=table_page(PLAN))


@blueprint.get("/plan/export")
@requires(Permission.PLAN_EXPORT)
def export() -> Any:
    return table_export(PLAN)
