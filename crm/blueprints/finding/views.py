"""Suggestions for a reference field: what matches the typed text, within what the person may see."""

from typing import Any

from flask import request

from crm.blueprints.finding import blueprint
from crm.models import Permission
from crm.web.access import requires
from crm.web.references import offered, reference_text
from crm.web.respond import page


@blueprint.get("/find/customers")
@requires(Permission.CUSTOMERS_VIEW, Permission.POOL_VIEW)
def customers() -> Any:
    typed = (request.args.get("q") or request.args.get("customer_id") or "").strip()[:100]
    found = [reference_text("customers", record) for record in (offered("customers", typed) if typed else [])]
    return page("finding/offered.html", found=found, typed=typed)
