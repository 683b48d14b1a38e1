"""What a page offers to do with a record, and why not, where people look for the button: the policy answers both."""

from dataclasses import dataclass
from typing import Any

from crm.entities import policy
from crm.errors import DomainError
from crm.extensions import db
from crm.web.access import actor
from crm.web.errors import error_text


@dataclass(frozen=True)
class ActionState:
    """Whether it can be done now. `why` not, for whom the right alone would let; others are told nothing."""

    allowed: bool
    reason: str = ""


def action_state(action: str, record: Any) -> ActionState:
    """What becomes of the button of an action."""
    session, by = db.session(), actor()
    if not policy.reaches(session, by, action, record):
        return ActionState(False)
    return state_from(policy.guard_refusal(session, by, action, record))


def state_from(refusal: DomainError | None) -> ActionState:
    return ActionState(True) if refusal is None else ActionState(False, error_text(refusal))
