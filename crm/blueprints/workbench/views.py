"""The workbench: its frame, its panels, and their arrangement."""

from typing import Any

from crm.blueprints.workbench import blueprint
from crm.web.access import signed_in
from crm.web.respond import page


@blueprint.get("/")
@signed_in
def show() -> Any:
    return page("workbench/show.html")
