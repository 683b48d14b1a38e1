"""Deleting a draft or a rejected order: asked first (SO-5)."""

from typing import Any

from flask import flash, url_for

from crm.blueprints.orders import blueprint
from crm.domain.platform.deletion import delete_record
from crm.entities import policy
from crm.extensions import db
from crm.models import Permission
from crm.web.access import actor, get_or_404, requires
from crm.web.back_links import back_to
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/orders/<int:id>/delete")
@requires(Permission.ORDERS_SAVE)
def ask_delete(id: int) -> Any:
    return page("orders/delete.html", order=get_or_404("orders", id, policy.DELETE))


@blueprint.post("/orders/<int:id>/delete")
@requires(Permission.ORDERS_SAVE)
def delete(id: int) -> Any:
    order = get_or_404("orders", id)
    delete_record(db.session(), order, actor())
    flash(_("The sales order %(code)s has been deleted.", code=order.code), "done")
    return go(back_to(url_for("orders.index")))
