"""可能重複的客戶: pairs to look at, to merge, or to call different ones (C-4)."""

from typing import Any

from flask import abort, flash, request, url_for
from sqlalchemy import select

from crm.blueprints.customers import blueprint
from crm.blueprints.customers.duplicates import compared
from crm.domain.customers.duplicates.pairs import Pair, dismiss, pairs_for, show_again
from crm.extensions import db
from crm.models import Customer, Permission
from crm.web.access import actor, requires
from crm.web.firm_settings import lookups, settings
from crm.web.respond import go, page
from crm.web.sessions import safe_next
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number, record_number

SIZE = 20


@blueprint.get("/customers/pairs")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def pairs() -> Any:
    dismissed = bool(request.args.get("dismissed"))
    attributes = settings().duplicate_fields
    all_pairs = pairs_for(db.session(), attributes, actor(), dismissed)
    pages = max(1, -(-len(all_pairs) // SIZE))
    number = min(request.args.get("page", default=1, type=record_number) or 1, pages)
    shown = all_pairs[(number - 1) * SIZE : number * SIZE]
    return page(
        "customers/pairs.html",
        rows=_rows(shown),
        total=f"{len(all_pairs):,}",
        compared=compared(attributes),
        dismissed=dismissed,
        here=_url(number, dismissed),
        number=number,
        pages=pages,
        previous=_url(number - 1, dismissed) if number > 1 else "",
        following=_url(number + 1, dismissed) if number < pages else "",
    )


@blueprint.post("/customers/pairs")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def tell_apart() -> Any:
    """【不是重複】, and back again."""
    sent = [request.form.get(name, "") for name in ("first", "second")]
    if not all(map(is_record_number, sent)):
        abort(404)
    ids = int(sent[0]), int(sent[1])
    if request.form.get("again"):
        show_again(db.session(), *ids, actor())
        flash(_("They are shown again."), "done")
    else:
        dismiss(db.session(), *ids, actor())
        flash(_("They are not shown as duplicates any more."), "done")
    return go(safe_next(request.form.get("next")))


def _url(number: int, dismissed: bool) -> str:
    return url_for("customers.pairs", page=number, dismissed="1" if dismissed else None)


def _rows(shown: list[Pair]) -> list[dict[str, Any]]:
    ids = {id_ for pair in shown for id_ in (pair.first_id, pair.second_id)}
    known = {customer.id: customer for customer in db.session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    names = lookups()
    return [
        {
            "customers": [
                {"id": c.id, "name": c.name, "code": c.code, "owner": names.people.name(c.owner_id)}
                for c in (known[pair.first_id], known[pair.second_id])
            ],
            "why": " · ".join(_(reason) for reason in pair.why),
        }
        for pair in shown
    ]
