"""Suggestions for a reference field: what matches the typed text, within what the person may see."""

from typing import Any

from flask import request

from crm.blueprints.finding import blueprint
from crm.catalogue.contacts import RECORD
from crm.domain.errors import DomainError
from crm.models import Permission
from crm.web.access import requires
from crm.web.contact_choices import list_contacts
from crm.web.forms import form_for
from crm.web.references import offered, reference_text, resolve
from crm.web.respond import page


@blueprint.get("/find/customers")
@requires(Permission.CUSTOMERS_VIEW, Permission.POOL_VIEW)
def customers() -> Any:
    typed = (request.args.get("q") or request.args.get("customer_id") or "").strip()[:100]
    found = [reference_text("customers", record) for record in (offered("customers", typed) if typed else [])]
    return page("finding/offered.html", found=found, typed=typed)


@blueprint.get("/find/contacts")
@requires(Permission.RECORDS_SAVE, Permission.OPPORTUNITIES_SAVE, Permission.POOL_SAVE)
def contacts() -> Any:
    """The drop-down of the contacts of the customer that was chosen in a form."""
    form = form_for(RECORD.pick("contact_id"))
    try:
        list_contacts(form, resolve("customers", request.args.get("customer_id", "").strip()))
    except DomainError:
        list_contacts(form, None)
    return page("finding/contacts.html", form=form)
