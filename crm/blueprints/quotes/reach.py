"""Which quote a view may work with, and what the person may do with it."""

from flask import abort
from sqlalchemy import select

from crm.domain.quotes import reaches
from crm.extensions import db
from crm.models import Customer, Permission, Quote
from crm.web.access import acting, may, rights, visible_or_404


def within_reach(quote: Quote, permission: Permission = Permission.QUOTES_SAVE) -> bool:
    """Whether the person's right reaches this quote."""
    return may(permission) and reaches(db.session(), quote, acting(), permission)


def reach_of(quote: Quote) -> tuple[bool, bool]:
    """Whether the rights to save quotes and to save orders reach it, in one statement."""
    held = rights()
    asked = (Quote.seen_by(held, Permission.QUOTES_SAVE), Quote.seen_by(held, Permission.ORDERS_SAVE))
    wanted = select(*asked).select_from(Quote).join(Customer, Customer.id == Quote.customer_id)
    row = db.session.execute(wanted.where(Quote.id == quote.id)).one()
    return bool(row[0]), bool(row[1])


def within_reach_or_403(id: int, permission: Permission = Permission.QUOTES_SAVE) -> Quote:
    """The quote, if the person's right reaches it; 404 where it cannot even be seen."""
    quote: Quote = visible_or_404(Quote, id)
    if not within_reach(quote, permission):
        abort(403)
    return quote
