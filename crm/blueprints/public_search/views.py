"""The page 公共檢索: rows, never the file (N-2)."""

from typing import Any

from flask import flash
from sqlalchemy import ColumnElement, false

from crm.blueprints.public_search import blueprint
from crm.blueprints.public_search.table import LOOKUP, is_specific
from crm.domain.platform.system_log_words import detail
from crm.entities.listing.rows import COUNT_CAP, visible_ids
from crm.i18n import N_
from crm.models import Customer, Permission
from crm.web.access import requires
from crm.web.log import write_system_log
from crm.web.respond import page
from crm.web.table import Search, table_page
from crm.web.translation import gettext as _

FOUND = N_("%(count)s records, page %(page)s: %(search)s")


@blueprint.get("/lookup")
@requires(Permission.LOOKUP_VIEW)
def index() -> Any:
    """Nothing before something is searched for; who searched for what stands in the system log."""
    search = Search(LOOKUP)
    specific = is_specific(search)
    if search.is_searching and not specific:
        flash(_("Please enter at least two characters."), "warning")
    search.filter_conditions, search.advanced = [], [_first_hits(search) if specific else false()]
    table = table_page(LOOKUP, search=search)
    answer = page("layout/list.html", table=table)
    if specific:
        write_system_log(
            "lookup", detail=detail(FOUND, count=table["total"], page=search.page, search=search.cache_key)
        )
    return answer


def _first_hits(search: Search) -> ColumnElement[bool]:
    """As many hits as are counted, before they are put in order: two common characters have very many."""
    return Customer.id.in_(visible_ids(search).limit(COUNT_CAP + 1))
