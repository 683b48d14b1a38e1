"""Deleting a draft or a rejected order: asked first (SO-5)."""

from typing import Any

from flask import flash, url_for
from flask_babel import gettext as _

from crm.blueprints.orders import blueprint
from crm.blueprints.orders.reach import within_reach_or_403
from crm.domain.orders import check_changeable, delete_order
from crm.extensions import db
from crm.models import Permission
from crm.web.access import acting, requires
from crm.web.respond import go, page


@blueprint.get("/orders/<int:id>/delete")
@requires(Permission.ORDERS_SAVE)
def ask_delete(id: int) -> Any:
    order = within_reach_or_403(id)
    check_changeable(db.session(), order)
    return page("orders/delete.html", order=order)


@blueprint.post("/orders/<int:id>/delete")
@requires(Permission.ORDERS_SAVE)
def delete(id: int) -> Any:
    order = within_reach_or_403(id)
    delete_order(db.session(), order, acting())
    flash(_("The sales order %(code)s is deleted.", code=order.code), "done")
    return go(url_for("orders.index"))
