"""The history of an opportunity's stages and states (B-3)."""

from typing import Any

from sqlalchemy import select

from crm.domain.sales.opportunities import STAGES
from crm.entities.opportunities import OPPORTUNITY
from crm.extensions import db
from crm.models import Opportunity, StageEvent
from crm.web.firm_settings import lookups
from crm.web.formatting import show_person, show_value

MAX_EVENTS = 200


def history_of(opportunity: Opportunity) -> list[dict[str, Any]]:
    """Its changes in words, the newest first."""
    own_events = select(StageEvent).where(StageEvent.opportunity_id == opportunity.id)
    events = db.session.scalars(own_events.order_by(StageEvent.at.desc(), StageEvent.id.desc()).limit(MAX_EVENTS))
    stages = lookups().dictionary(STAGES)
    return [
        {
            "at": event.at,
            "person": show_person(event.by_id),
            "before": stages.name(event.before_id),
            "after": stages.name(event.after_id),
            "state_before": _word(event.state_before),
            "state": _word(event.state_after),
            "reason": event.reason,
        }
        for event in events
    ]


def _word(state: str | None) -> str:
    return show_value(OPPORTUNITY["state"], state) if state else ""
