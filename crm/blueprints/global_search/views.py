"""What the search box finds: a page, or below the box while one types (F-3)."""

from typing import Any

from flask import request

from crm.blueprints.global_search import blueprint, customer_sources  # noqa: F401  (declares the kinds)
from crm.web.access import requires_one_of
from crm.web.global_search import MAX_SHOWN, all_sources, is_searchable, search_everything
from crm.web.menu import menu_of
from crm.web.respond import page, wants_fragment

MAX_OFFERED = 5
MAX_LENGTH = 100


@blueprint.get("/search")
@requires_one_of(lambda: (source.permission for source in all_sources()))
@menu_of("")
def index() -> Any:
    typed = request.args.get("q", "").strip()[:MAX_LENGTH]
    limit = MAX_OFFERED if wants_fragment() else MAX_SHOWN
    groups = search_everything(typed, limit)
    return page(
        "global_search/index.html", typed=typed, groups=groups, enough=is_searchable(typed), offered=wants_fragment()
    )
