"""What a page offers to do with a record, and why not, where people look for the button: the policy answers both."""

from dataclasses import dataclass
from typing import Any

from crm.entities import policy
from crm.errors import DomainError
from crm.extensions import db
from crm.web.access import actor
from crm.web.errors import say


@dataclass(frozen=True)
class Offered:
    """Whether it can be done now. `why` not, for whom the right alone would let; others are told nothing."""

    can: bool
    why: str = ""


def offered(action: str, record: Any) -> Offered:
    """What becomes of the button of an action."""
    session, by = db.session(), actor()
    if not policy.reaches(session, by, action, record):
        return Offered(False)
    return unless(policy.guard_refusal(session, by, action, record))


def unless(refusal: DomainError | None) -> Offered:
    return Offered(True) if refusal is None else Offered(False, say(refusal))
