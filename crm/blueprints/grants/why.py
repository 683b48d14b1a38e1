"""Why somebody sees a record and may work with it, or not; of every kind of record (A-6, A-7)."""

from dataclasses import dataclass
from typing import Any

from flask import abort, request
from sqlalchemy import select

from crm.blueprints.grants import blueprint
from crm.blueprints.grants.views import person_or_404
from crm.domain.organisation.explaining import Decided, Explanation, explain
from crm.domain.organisation.roles_and_grants import Source
from crm.domain.organisation.units import people_within
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.record_saving import Actor
from crm.entities.registry import entities
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Permission, Scope, User, rights_of
from crm.models.permissions import SCOPE_LABELS
from crm.models.rights import (
    BY_CUSTOMER,
    BY_FIRM,
    BY_MAKER,
    BY_OWNER,
    BY_POOL,
    BY_REQUEST,
    BY_RULE,
    BY_TAKING_PART,
    BY_UNIT,
)
from crm.web.access import get_or_404, requires, rights
from crm.web.approvals import KINDS
from crm.web.attachments import record_url
from crm.web.errors import error_text
from crm.web.firm_settings import lookups, settings
from crm.web.formatting import show_person
from crm.web.request_clock import now
from crm.web.respond import page
from crm.web.rights_grid import permission_label, scope_names
from crm.web.translation import gettext as _
from crm.web.urls import record_number

LABELS = {policy.VIEW: N_("View"), policy.CHANGE: N_("Change"), policy.DELETE: N_("Delete")}
WHOSE_OWN = N_("It is their own: %(owner)s is its owner.")
BY_EVERYTHING = N_("The permission covers everything.")
SENTENCES = {
    BY_OWNER: N_("Its owner %(owner)s is within the scope (%(scope)s)."),
    BY_UNIT: N_("The department stored with it, %(unit)s, is within the scope (%(scope)s)."),
    BY_CUSTOMER: N_("The customer belongs to %(customer_owner)s, who is within the scope (%(scope)s)."),
    BY_POOL: N_("The customer is in the pool, where this permission is enough."),
    BY_REQUEST: N_("%(person)s was asked to decide on it."),
    BY_TAKING_PART: N_("%(person)s takes part in it."),
    BY_MAKER: N_("%(maker)s created it and is within the scope (%(scope)s)."),
    BY_FIRM: N_("Records of this kind belong to the whole company."),
    BY_RULE: N_("The rule for this action allows it."),
}
SCOPED = (BY_OWNER, BY_UNIT, BY_CUSTOMER, BY_MAKER)


@dataclass(frozen=True)
class Row:
    """An action with its answer, the sentences that decide, and the roles and grants they speak of."""

    label: str
    allowed: bool
    sentences: list[str]
    sources: list[Source]


@blueprint.get("/why/<kind>/<int:id>")
@requires(Permission.GRANTS_VIEW)
def why(kind: str, id: int) -> Any:
    entity = next((known for known in entities() if known.key == kind), None) or abort(404)
    record = get_or_404(entity, id)
    people = select(User).where(people_within(rights(), Permission.GRANTS_VIEW)).order_by(User.pinyin, User.id)
    chosen = request.args.get("person", type=record_number)
    person = person_or_404(chosen, Permission.GRANTS_VIEW) if chosen else None
    return page(
        "grants/why.html",
        kind=entity,
        record=record,
        name=entity.name_of(record) or getattr(record, "code", "") or str(record.id),
        back_url=record_url(entity, record),
        people=list(db.session.scalars(people)),
        person=person,
        facts=_facts(entity, record),
        rows=_rows(entity, record, person) if person is not None else [],
        scope_names=scope_names(),
    )


def _owner_id(kind: Entity, record: Any) -> int | None:
    return getattr(record, kind.owner) if kind.owner else None


def _customer_of(kind: Entity, record: Any) -> Customer | None:
    if kind.key == "customers":
        customer: Customer = record
        return customer
    return db.session.get(Customer, getattr(record, "customer_id", None) or 0)


def _facts(kind: Entity, record: Any) -> list[tuple[str, str]]:
    """Whose the record is: what scopes are measured by."""
    customer = _customer_of(kind, record)
    customers = customer.owner_id if customer is not None else None
    facts = [
        (_("Owner"), show_person(_owner_id(kind, record))),
        (_("Department"), lookups().units.name(getattr(record, "unit_id", None))),
        (_("Customer"), customer.name if customer is not None and kind.key != "customers" else ""),
        (_("Customer's owner"), (show_person(customers) or _("Customer pool")) if customer is not None else ""),
        (_("Created by"), show_person(record.created_by_id)),
    ]
    return [(label, value) for label, value in facts if value]


def _rows(kind: Entity, record: Any, person: User) -> list[Row]:
    actions = [policy.VIEW, policy.CHANGE, policy.DELETE]
    steps = {step.name: step.label for step in KINDS[kind.key].workflow.transitions} if kind.key in KINDS else {}
    labels = LABELS | steps
    by = Actor(rights_of(db.session(), person), now(), settings().zone)
    explanations = explain(db.session(), person, by, record, [*actions, *steps])
    return [
        Row(
            _(labels[explanation.action]),
            explanation.allowed,
            _sentences(explanation, kind, record, person),
            [s for s, _ways in explanation.sources],
        )
        for explanation in explanations
    ]


def _sentences(explanation: Explanation, kind: Entity, record: Any, person: User) -> list[str]:
    if explanation.decided is Decided.HIDDEN:
        return [_("What someone cannot see, they cannot work with.")]
    if explanation.decided is Decided.LACKING:
        missing = " / ".join(map(permission_label, explanation.needed))
        return [_("No role and no personal permission gives this: %(missing)s.", missing=missing)]
    if explanation.decided is Decided.OUT_OF_REACH:
        return _out_of_reach(explanation, kind, record)
    if explanation.refusal is not None:
        return [_("A rule refuses it, with these words: %(reason)s", reason=error_text(explanation.refusal))]
    values = _values(kind, record, person)
    sentences = [_way_sentence(source, way, values, person) for source, ways in explanation.sources for way in ways]
    return list(dict.fromkeys(sentences))


def _values(kind: Entity, record: Any, person: User) -> dict[str, Any]:
    customer = _customer_of(kind, record)
    return {
        "person": person.name,
        "owner": show_person(_owner_id(kind, record)),
        "owner_id": _owner_id(kind, record),
        "unit": lookups().units.name(getattr(record, "unit_id", None)),
        "customer_owner": show_person(customer.owner_id) if customer is not None else "",
        "maker": show_person(record.created_by_id),
    }


def _way_sentence(source: Source, way: str, values: dict[str, Any], person: User) -> str:
    if way in SCOPED and source.scope is Scope.EVERYTHING:
        return _(BY_EVERYTHING)
    if way == BY_OWNER and values["owner_id"] == person.id:
        return _(WHOSE_OWN, owner=values["owner"])
    return _(SENTENCES[way], **{**values, "scope": _(SCOPE_LABELS[source.scope])})


def _out_of_reach(explanation: Explanation, kind: Entity, record: Any) -> list[str]:
    """How far the permissions go, and whose the record is."""
    scopes = " / ".join(dict.fromkeys(_(SCOPE_LABELS[source.scope]) for source, _ways in explanation.sources))
    customer, owner_id = _customer_of(kind, record), _owner_id(kind, record)
    if customer is not None and customer.owner_id is None and owner_id is None:
        missing = " / ".join(permission_label(p) for p in explanation.needed if p.function == "pool")
        return [_("The customer is in the pool. What is missing: %(missing)s.", missing=missing)]
    owner = show_person(owner_id or (customer.owner_id if customer is not None else record.created_by_id))
    return [
        _("The permission reaches only this far: %(scopes)s. This belongs to %(owner)s.", scopes=scopes, owner=owner)
    ]
