"""An opportunity's page: the head and the tabs, its form or what it says, the history of its stages (B-1 to B-3)."""

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from crm.blueprints.opportunities.history import history_of
from crm.blueprints.opportunities.table import COLOURS
from crm.domain.opportunities import STAGES
from crm.entities import policy
from crm.entities.opportunities import OPPORTUNITY
from crm.i18n import N_
from crm.models import Opportunity
from crm.web.access import can, may_do
from crm.web.contact_choices import chosen_contact
from crm.web.firm import lookups
from crm.web.forms import RecordForm
from crm.web.linked import linked_customer
from crm.web.showing import show_value, shown_values

SHOWN_KEYS = tuple("expected_on probability source_id competitor reason notes".split())
"""What who may only look sees, beside the head."""

TABS = (
    ("show", "opportunities.show", N_("Opportunity"), "opportunities"),
    ("quotes", "quotes.of_opportunity", N_("Quotes"), "quotes"),
)


def head_of(opportunity: Opportunity, current: str) -> dict[str, Any]:
    """What stands on every tab."""
    customer, customer_url = linked_customer(opportunity.customer_id)
    return {
        "opportunity": opportunity,
        "customer": customer,
        # Its customer may have gone to somebody else since.
        "customer_url": customer_url,
        "stage": lookups().dictionary(STAGES).name(opportunity.stage_id),
        "state": show_value(OPPORTUNITY["state"], opportunity.state),
        "colour": COLOURS[opportunity.state],
        "tabs": [
            {"label": _(label), "url": url_for(endpoint, id=opportunity.id), "current": key == current}
            for key, endpoint, label, kind in TABS
            if endpoint in current_app.view_functions and may_do(kind, "view")
        ],
    }


def file_values(opportunity: Opportunity, form: RecordForm) -> dict[str, Any]:
    """What the opportunity's page shows around its form."""
    shown = shown_values(OPPORTUNITY, opportunity, SHOWN_KEYS)
    return {
        **head_of(opportunity, "show"),
        "form": form,
        "changeable": can(policy.CHANGE, opportunity),
        "shown": [(_("Contact"), chosen_contact(form)), *shown],
        "history": history_of(opportunity),
    }
