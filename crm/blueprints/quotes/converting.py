"""【轉為訂單】 (QT-2)."""

from typing import Any

from flask import flash, request, url_for

from crm.blueprints.quotes import blueprint
from crm.domain.sales.quotes import CONVERT, conversion_warnings, convert_quote, order_of
from crm.extensions import db
from crm.models import Permission, Quote
from crm.web.access import actor, get_or_404, requires
from crm.web.errors import error_text
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/quotes/<int:id>/convert")
@requires(Permission.ORDERS_SAVE)
def ask_convert(id: int) -> Any:
    """The question: is it to become an order although it is expired, or another version became one?"""
    quote = get_or_404("quotes", id, CONVERT)
    doubts = [error_text(pending_warning) for pending_warning in conversion_warnings(db.session(), quote, actor())]
    return page("quotes/convert.html", quote=quote, doubts=doubts)


@blueprint.post("/quotes/<int:id>/convert")
@requires(Permission.ORDERS_SAVE)
def convert(id: int) -> Any:
    return show_created_order(get_or_404("quotes", id), bool(request.form.get("even_so")))


def show_created_order(quote: Quote, even_so: bool = False) -> Any:
    """On to the new order's page; first to the question where there are doubts (QT-2)."""
    if not even_so and order_of(db.session(), quote) is None and conversion_warnings(db.session(), quote, actor()):
        return go(url_for("quotes.ask_convert", id=quote.id))
    order = convert_quote(db.session(), quote, actor(), even_so)
    flash(
        _("The quote %(quote)s has been converted into the sales order %(code)s.", quote=quote.code, code=order.code),
        "done",
    )
    return go(url_for("orders.show", id=order.id))
