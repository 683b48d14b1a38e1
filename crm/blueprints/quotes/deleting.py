"""Deleting a quote: asked first."""

from typing import Any

from flask import flash, url_for
from flask_babel import gettext as _

from crm.blueprints.quotes import blueprint
from crm.blueprints.quotes.reach import within_reach_or_403
from crm.domain.quotes import check_changeable, delete_quote
from crm.extensions import db
from crm.models import Permission
from crm.web.access import acting, requires
from crm.web.respond import go, page


@blueprint.get("/quotes/<int:id>/delete")
@requires(Permission.QUOTES_SAVE)
def ask_delete(id: int) -> Any:
    quote = within_reach_or_403(id)
    check_changeable(db.session(), quote)
    return page("quotes/delete.html", quote=quote)


@blueprint.post("/quotes/<int:id>/delete")
@requires(Permission.QUOTES_SAVE)
def delete(id: int) -> Any:
    quote = within_reach_or_403(id)
    delete_quote(db.session(), quote, acting())
    flash(_("The quote %(code)s is deleted.", code=quote.code), "done")
    return go(url_for("quotes.index"))
