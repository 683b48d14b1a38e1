"""Suggestions for a reference field: what matches the typed text, within what the person may see."""

from typing import Any

from flask import request

from crm.blueprints.reference_search import blueprint
from crm.entities.contacts import RECORD
from crm.entities.opportunities import OPPORTUNITY
from crm.entities.orders import ORDER
from crm.entities.quotes import QUOTE
from crm.errors import DomainError
from crm.models import Permission
from crm.web.access import requires
from crm.web.contact_choices import fill_contact_choices
from crm.web.forms import form_for
from crm.web.reference_search import suggestions
from crm.web.references import resolve
from crm.web.respond import page

CONTACTS_NAMED_BY = (
    *(kind.permission("save") for kind in (RECORD, OPPORTUNITY, QUOTE, ORDER)),
    Permission.POOL_SAVE,
)
"""Whose forms have a drop-down of contacts."""


@blueprint.get("/find/customers")
@requires(Permission.CUSTOMERS_VIEW, Permission.POOL_VIEW)
def customers() -> Any:
    return suggestions("customers")


@blueprint.get("/find/opportunities")
@requires(Permission.OPPORTUNITIES_VIEW)
def opportunities() -> Any:
    return suggestions("opportunities")


@blueprint.get("/find/paying")
@requires(Permission.RECEIPTS_SAVE)
def paying() -> Any:
    """Customers with approved orders that are not wholly paid (RC-1)."""
    return suggestions("paying")


@blueprint.get("/find/products")
@requires(Permission.PRODUCTS_VIEW)
def products() -> Any:
    return suggestions("products")


@blueprint.get("/find/contacts")
@requires(*CONTACTS_NAMED_BY)
def contacts() -> Any:
    """The drop-down of the contacts of the customer that was chosen in a form."""
    form = form_for(RECORD.pick("contact_id"))
    try:
        fill_contact_choices(form, resolve("customers", request.args.get("customer_id", "").strip()))
    except DomainError:
        fill_contact_choices(form, None)
    return page("reference_search/contacts.html", form=form)
