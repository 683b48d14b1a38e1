"""Deleting a quote: asked first."""

from typing import Any

from flask import flash, url_for

from crm.blueprints.quotes import blueprint
from crm.domain.platform.deletion import delete_record
from crm.entities import policy
from crm.extensions import db
from crm.models import Permission
from crm.web.access import actor, get_or_404, requires
from crm.web.back_links import back_to
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/quotes/<int:id>/delete")
@requires(Permission.QUOTES_SAVE)
def ask_delete(id: int) -> Any:
    return page("quotes/delete.html", quote=get_or_404("quotes", id, policy.DELETE))


@blueprint.post("/quotes/<int:id>/delete")
@requires(Permission.QUOTES_SAVE)
def delete(id: int) -> Any:
    quote = get_or_404("quotes", id)
    delete_record(db.session(), quote, actor())
    flash(_("The quote %(code)s has been deleted.", code=quote.code), "done")
    return go(back_to(url_for("quotes.index")))
