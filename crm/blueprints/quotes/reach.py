"""Which quote a view may work with, and what the person may do with it."""

from flask import abort

from crm.domain.quotes import order_of, reaches
from crm.extensions import db
from crm.models import Permission, Quote
from crm.web.access import acting, may, visible_or_404


def within_reach(quote: Quote, permission: Permission = Permission.QUOTES_SAVE) -> bool:
    """Whether the person's right reaches this quote."""
    return may(permission) and reaches(db.session(), quote, acting(), permission)


def may_change(quote: Quote) -> bool:
    """Whether the person may change or delete it now: not once it is an order."""
    return within_reach(quote) and order_of(db.session(), quote) is None


def within_reach_or_403(id: int, permission: Permission = Permission.QUOTES_SAVE) -> Quote:
    """The quote, if the person's right reaches it; 404 where it cannot even be seen."""
    quote: Quote = visible_or_404(Quote, id)
    if not within_reach(quote, permission):
        abort(403)
    return quote
