"""What stands on every tab of an opportunity: the head and the tabs (B-2)."""

from typing import Any

from flask import current_app, url_for

from crm.domain.sales.opportunities import STAGES
from crm.i18n import N_
from crm.models import Opportunity
from crm.models.opportunities import OpportunityState
from crm.web.access import may_do
from crm.web.firm_settings import lookups
from crm.web.formatting import badge
from crm.web.linked_records import linked_customer
from crm.web.translation import gettext as _

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
        **badge(OpportunityState(opportunity.state)),
        "tabs": [
            {"label": _(label), "url": url_for(endpoint, id=opportunity.id), "current": key == current}
            for key, endpoint, label, kind in TABS
            if endpoint in current_app.view_functions and may_do(kind, "view")
        ],
    }
