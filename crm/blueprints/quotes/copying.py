"""【複製為新版本】 (QT-3)."""

from typing import Any

from flask import flash, url_for

from crm.blueprints.quotes import blueprint
from crm.domain.sales.quotes import copy_quote
from crm.extensions import db
from crm.models import Permission, Quote
from crm.web.access import actor, get_or_404, requires
from crm.web.respond import go
from crm.web.translation import gettext as _


@blueprint.post("/quotes/<int:id>/copy")
@requires(Permission.QUOTES_SAVE)
def copy(id: int) -> Any:
    return show_copy(get_or_404("quotes", id))


def show_copy(quote: Quote) -> Any:
    """On to the new version's page."""
    new_quote = copy_quote(db.session(), quote, actor())
    flash(_("This is version %(number)s, copied from %(code)s.", number=new_quote.revision, code=quote.code), "done")
    return go(url_for("quotes.show", id=new_quote.id))
