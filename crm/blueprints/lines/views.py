"""A further row, and what is known of a product that was chosen in one."""

import re
from typing import Any

from flask import request

from crm.blueprints.lines import blueprint
from crm.domain.sales.document_lines import MAX_LINES
from crm.errors import DomainError
from crm.models import Permission
from crm.web.access import requires
from crm.web.lines import blank_row
from crm.web.lines.editor import RowDisplay
from crm.web.lines.products import add_product_hints, find_products
from crm.web.lines.rows import Row
from crm.web.references import resolve
from crm.web.respond import page

_FORM = re.compile(r"/(orders|quotes)(/\d{1,9})?")


@blueprint.get("/lines/new")
@requires(Permission.QUOTES_SAVE, Permission.ORDERS_SAVE)
def new() -> Any:
    """An empty row; `form` is the address of the form that it joins."""
    number = min(max(request.args.get("number", 1, type=int), 1), MAX_LINES)
    form = request.args.get("form", "")
    action = form if _FORM.fullmatch(form) else ""
    return page("lines/new.html", row=blank_row(number), lines=RowDisplay(), action=action)


@blueprint.get("/lines/product")
@requires(Permission.QUOTES_SAVE, Permission.ORDERS_SAVE)
def product() -> Any:
    """Unit, prices and lowest price of the one product that the sent text names; nothing where none does."""
    typed = next((text for name, text in request.args.items() if name.endswith("-product_id")), "").strip()[:300]
    row = Row(1, {"product_id": typed})
    if typed:
        find_products([row])
        add_product_hints([row], _customer())
    return page("lines/product.html", row=row)


def _customer() -> int | None:
    typed = request.args.get("customer_id", "").strip()[:300]
    try:
        return resolve("customers", typed) if typed else None
    except DomainError:
        return None
