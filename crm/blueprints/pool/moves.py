"""Moves of one customer, from its file: 變更客戶所屬人, 分配, 放入客戶池 (C-7, Q-2)."""

from typing import Any

from flask import flash, url_for

from crm.blueprints.pool import blueprint
from crm.catalogue.pool import OWNER
from crm.domain.customers.pool import (
    ASSIGN,
    HAND_OVER,
    RELEASE,
    assign_customer,
    assignment_action,
    release_customer,
    transfer_customer,
)
from crm.entities import policy
from crm.extensions import db
from crm.models import Customer
from crm.web.access import actor, get_or_404, requires, rights
from crm.web.back_links import back_to
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.menu import menu_of
from crm.web.respond import go, page
from crm.web.translation import gettext as _

RELEASERS = policy.permissions_for("customers", RELEASE)
MOVERS = (*policy.permissions_for("customers", HAND_OVER), *policy.permissions_for("customers", ASSIGN))


@blueprint.get("/customers/<int:id>/owner")
@menu_of("customers")
@requires(*MOVERS)
def owner(id: int) -> Any:
    customer = _movable(id)
    return _show(customer, form_for((OWNER,)))


@blueprint.post("/customers/<int:id>/owner")
@menu_of("customers")
@requires(*MOVERS)
def give(id: int) -> Any:
    customer = _movable(id)
    form = form_for((OWNER,))
    verb = assign_customer if customer.owner_id is None else transfer_customer
    if attempt(form, lambda: verb(db.session(), customer, actor(), form["owner_id"].data)) is None:
        return _show(customer, form, form.status)
    flash(_("%(name)s has a new owner.", name=customer.name), "done")
    return go(after_move(customer))


@blueprint.get("/customers/<int:id>/pool")
@menu_of("customers")
@requires(*RELEASERS)
def ask_release(id: int) -> Any:
    return page("pool/release.html", customer=get_or_404("customers", id, RELEASE))


@blueprint.post("/customers/<int:id>/pool")
@menu_of("customers")
@requires(*RELEASERS)
def release(id: int) -> Any:
    customer = get_or_404("customers", id)
    release_customer(db.session(), customer, actor())
    flash(_("%(name)s is now in the customer pool.", name=customer.name), "done")
    return go(after_move(customer))


def _movable(id: int) -> Customer:
    customer: Customer = get_or_404("customers", id)
    policy.check(db.session(), actor(), assignment_action(customer), customer)
    return customer


def after_move(customer: Customer) -> str:
    """The file, where the person still sees it; else the list."""
    db.session.flush()
    visible = Customer.visible_to(rights()).where(Customer.id == customer.id)
    if db.session.scalars(visible).first() is not None:
        return url_for("customers.show", id=customer.id)
    return back_to(url_for("customers.index"))


def _show(customer: Customer, form: RecordForm, code: int = 200) -> Any:
    return page("pool/owner.html", code, customer=customer, form=form)
