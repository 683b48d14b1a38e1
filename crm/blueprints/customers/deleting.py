"""Deleting a customer from its file: asked first, with what goes along (C-8)."""

from typing import Any

from flask import flash
from flask_babel import gettext as _

from crm.blueprints.customers import blueprint
from crm.blueprints.customers.belonging import list_of
from crm.blueprints.customers.file import changeable_or_403
from crm.domain.deleting import belongings, delete_customer, why_not_delete
from crm.extensions import db
from crm.models import Permission
from crm.web.access import acting, requires
from crm.web.errors import say
from crm.web.menu import menu_of
from crm.web.respond import go, page


@blueprint.get("/customers/<int:id>/delete")
@menu_of("customers")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def ask_delete(id: int) -> Any:
    customer = changeable_or_403(id)
    refusal = why_not_delete(db.session(), customer, acting())
    theirs = belongings(db.session(), customer)
    return page("customers/delete.html", customer=customer, refusal=say(refusal) if refusal else "", theirs=theirs)


@blueprint.post("/customers/<int:id>/delete")
@menu_of("customers")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def delete(id: int) -> Any:
    customer = changeable_or_403(id)
    back = list_of(customer)
    delete_customer(db.session(), customer, acting())
    flash(_("%(what)s is deleted.", what=customer.name), "done")
    return go(back)
