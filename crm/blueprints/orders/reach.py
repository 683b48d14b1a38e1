"""Which order a view may work with."""

from flask import abort

from crm.domain.orders import ORDER_WORKFLOW
from crm.extensions import db
from crm.models import Order, Permission
from crm.models.orders import CHANGEABLE
from crm.web.access import acting, may, visible_or_404


def reaches(order: Order) -> bool:
    """Whether the person's right to save reaches this order."""
    if not may(Permission.ORDERS_SAVE):
        return False
    return ORDER_WORKFLOW.reaches(db.session(), order, acting(), Permission.ORDERS_SAVE)


def may_change(order: Order) -> bool:
    """Whether the person may change or delete it now (SO-5)."""
    return order.state in CHANGEABLE and reaches(order)


def within_reach_or_403(id: int) -> Order:
    """The order, if the person may save orders of its kind; its state is the verb's business. 404 where unseen."""
    order: Order = visible_or_404(Order, id)
    if not reaches(order):
        abort(403)
    return order
