"""The tab 變更歷史: the ledger of a customer in words (C-9), and all changes of its fields (A-9)."""

from typing import Any

from sqlalchemy import select

from crm.blueprints.customers import blueprint
from crm.catalogue.public_search import WHERE_KEPT
from crm.domain.customers.customer_events import CREATED, IN_POOL, LEVEL, MERGED, OWNER, PLANS, STATUS
from crm.entities.customers import CUSTOMER
from crm.extensions import db
from crm.i18n import N_
from crm.models import CustomerEvent, Permission
from crm.web.access import get_or_404, requires
from crm.web.customer_file import file_of
from crm.web.firm_settings import lookups
from crm.web.record_changes import changes_of
from crm.web.respond import page
from crm.web.translation import gettext as _

KINDS = {
    CREATED: N_("Created"),
    LEVEL: N_("Customer level"),
    STATUS: N_("Customer status"),
    OWNER: N_("Owner"),
    IN_POOL: N_("Customer pool"),
    PLANS: N_("Planned follow-ups"),
    MERGED: N_("Merged"),
}
POOLS = dict(WHERE_KEPT.options)
MAX_SHOWN = 200


@blueprint.get("/customers/<int:id>/history")
@requires(Permission.CUSTOMERS_VIEW)
def history(id: int) -> Any:
    customer = get_or_404("customers", id)
    newest_first = (CustomerEvent.at.desc(), CustomerEvent.id.desc())
    statement = select(CustomerEvent).where(CustomerEvent.customer_id == id).order_by(*newest_first).limit(MAX_SHOWN)
    events = [event_text(event) for event in db.session.scalars(statement)]
    return page(
        "customers/history.html", events=events, **changes_of(CUSTOMER, customer), **file_of(customer, "history")
    )


def event_text(event: CustomerEvent) -> dict[str, Any]:
    """An event with its values named as they are called now."""
    return {
        "at": event.at,
        "person": lookups().people.name(event.by_id),
        "what": _(KINDS[event.kind]) if event.kind in KINDS else event.kind,
        "before": value_text(event.kind, event.before_id, event.before),
        "after": value_text(event.kind, event.after_id, event.after),
        "reason": _(event.reason) if event.reason else "",
    }


def value_text(kind: str, number: int | None, word: str | None) -> str:
    """What stood there before or after, as it is called now."""
    names = lookups()
    if kind == PLANS:
        person = names.people.name(number)
        return f"{person} ({word})" if word else person or _("Removed from the schedule")
    if kind == LEVEL:
        return names.levels.name(number)
    if kind == STATUS:
        return names.dictionary("customer_status").name(number)
    if kind in (OWNER, CREATED):
        return names.people.name(number)
    return _(POOLS[word]) if word in POOLS else word or ""
