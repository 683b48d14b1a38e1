"""What was changed in a record, by whom, from what to what: for whoever sees it, of the fields that they see."""

from typing import Any

from flask import abort, url_for

from crm.blueprints.changes import blueprint
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.registry import entities
from crm.models.permissions import Right
from crm.web.access import get_or_404, requires_one_of
from crm.web.attachments import record_url
from crm.web.record_changes import changes_of
from crm.web.respond import go, page


def _rights() -> list[Right]:
    """Of each kind the rights to look at its records: the record itself decides."""
    return [right for kind in entities() for right in policy.permissions_for(kind, policy.VIEW)]


@blueprint.get("/changes/<kind>/<int:id>")
@requires_one_of(_rights)
def index(kind: str, id: int) -> Any:
    entity: Entity | None = next((candidate for candidate in entities() if candidate.key == kind), None)
    if entity is None:
        abort(404)
    record = get_or_404(entity, id)
    if kind == "customers":
        return go(url_for("customers.history", id=id))
    return page(
        "changes/index.html",
        kind=entity,
        name=entity.name_of(record),
        back_url=record_url(entity, record),
        **changes_of(entity, record),
    )
