"""查重: 【檢索】 beside the name, and 【高級查重】 on whatever is typed (C-3)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from crm.blueprints.customers import blueprint
from crm.catalogue.duplicates import ATTRIBUTE_LABELS, DUPLICATE_SEARCH
from crm.domain.customers.duplicates import ATTRIBUTES, DuplicateMatch, find_duplicates
from crm.domain.customers.duplicates.keys import match_keys
from crm.entities.lookups import Lookups
from crm.extensions import db
from crm.models import Customer, Permission
from crm.models.customers import RECYCLED
from crm.web.access import requires, rights
from crm.web.firm_settings import lookups, settings
from crm.web.forms import form_for
from crm.web.respond import page
from crm.web.translation import gettext as _
from crm.web.urls import record_number

COMPARED_FIELDS = ("name", "short_name", "phone", "main_mobile", "email", "tax_number", "website")
MAX_LENGTH = 200


@blueprint.get("/customers/duplicates")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def duplicates() -> Any:
    """檢索, by the policy's attributes: a fragment below the name, or a page of its own."""
    matches = find_similar(_typed(COMPARED_FIELDS), settings().duplicate_fields, _excluded_id())
    return page("customers/duplicates.html", duplicates=matches)


@blueprint.get("/customers/duplicates/advanced")
@requires(Permission.CUSTOMERS_SAVE, Permission.POOL_SAVE)
def advanced_duplicates() -> Any:
    """高級查重, by everything that is typed. From a customer's form it opens filled, and without that customer."""
    form = form_for(DUPLICATE_SEARCH)
    form.process(request.args)
    values = _typed(COMPARED_FIELDS)
    matches = find_similar(values, ATTRIBUTES, _excluded_id()) if any(values.values()) else None
    return page("customers/advanced_duplicates.html", form=form, duplicates=matches, customer_id=_excluded_id())


def _typed(fields: Sequence[str]) -> dict[str, str]:
    return {field: request.args.get(field, "").strip()[:MAX_LENGTH] for field in fields}


def _excluded_id() -> int | None:
    """The customer whose form asks: it is no duplicate of itself."""
    return request.args.get("customer", type=record_number)


def find_similar(values: Mapping[str, Any], attributes: Collection[str], excluded_id: int | None) -> dict[str, Any]:
    """What `customers/_duplicates.html` shows: the possible duplicates, and what was compared."""
    used = {key.field for key in match_keys(values, attributes)}
    matches = find_duplicates(db.session(), values, attributes, excluded_id) if used else []
    return {"rows": rows_of(matches), "compared": compared(attributes), "nothing": not used}


def compared(attributes: Collection[str]) -> str:
    return " · ".join(_(label) for key, label in ATTRIBUTE_LABELS if key in attributes)


def rows_of(matches: Sequence[DuplicateMatch]) -> list[dict[str, Any]]:
    """Name, owner and reason of any customer of the firm; a link only to those that the person may see."""
    ids = [match.id for match in matches]
    visible_ids = set(db.session.scalars(select(Customer.id).where(Customer.id.in_(ids), Customer.seen_by(rights()))))
    names = lookups()
    return [
        {
            "name": match.name,
            "url": url_for("customers.show", id=match.id) if match.id in visible_ids else "",
            "owner": owner_of(match, names),
            "why": " · ".join(_(reason) for reason in match.reason_labels),
        }
        for match in matches
    ]


def owner_of(match: DuplicateMatch, names: Lookups) -> str:
    if match.owner_id is not None:
        return names.people.name(match.owner_id)
    return _("Recycled pool") if match.pool == RECYCLED else _("Customer pool")
