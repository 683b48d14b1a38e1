"""Deleting a customer from its file: asked first, with what goes along (C-8)."""

from typing import Any

from flask import flash

from crm.blueprints.customers import blueprint
from crm.domain.platform.deletion import delete_record, dependent_records
from crm.entities import policy
from crm.entities.registry import belonging_to, entity
from crm.extensions import db
from crm.models import Permission
from crm.web.access import actor, get_or_404, requires
from crm.web.back_links import back_to
from crm.web.customer_ownership import list_url_of
from crm.web.errors import error_text
from crm.web.menu import menu_of
from crm.web.respond import go, page
from crm.web.translation import gettext as _


def dependents_text(dependents: dict[str, list[Any]]) -> list[tuple[str, int]]:
    """(what goes along, how many)."""
    labels = {key: entity(key).plural for key in dependents}
    labels.update((kind.key, link.label) for kind, link in belonging_to("customers") if link.label)
    return [(_(labels[key]), len(records)) for key, records in dependents.items() if records]


@blueprint.get("/customers/<int:id>/delete")
@menu_of("customers")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def ask_delete(id: int) -> Any:
    customer = get_or_404("customers", id, policy.CHANGE)
    refusal = policy.refusal_of(db.session(), actor(), policy.DELETE, customer)
    dependents = dependents_text(dependent_records(db.session(), customer))
    return page(
        "customers/delete.html",
        customer=customer,
        refusal=error_text(refusal) if refusal else "",
        dependents=dependents,
    )


@blueprint.post("/customers/<int:id>/delete")
@menu_of("customers")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def delete(id: int) -> Any:
    customer = get_or_404("customers", id)
    back = back_to(list_url_of(customer))
    delete_record(db.session(), customer, actor())
    flash(_("%(what)s has been deleted.", what=customer.name), "done")
    return go(back)
