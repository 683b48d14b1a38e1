"""An opportunity's page: the head and the tabs, its form or what it says, the history of its stages (B-1 to B-3)."""

from typing import Any

from crm.blueprints.opportunities.history import history_of
from crm.entities import policy
from crm.entities.opportunities import OPPORTUNITY
from crm.models import Opportunity
from crm.web.access import can
from crm.web.contact_choices import chosen_contact
from crm.web.formatting import shown_values
from crm.web.forms import RecordForm
from crm.web.opportunity_head import head_of
from crm.web.translation import gettext as _

SHOWN_KEYS = tuple("expected_on probability source_id competitor reason notes".split())
"""What who may only look sees, beside the head."""


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
