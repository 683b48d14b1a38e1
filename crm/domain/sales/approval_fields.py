"""What goes with a step of a document's approval: whom to ask, and an opinion (SO-3, SO-4, RC-3)."""

from dataclasses import dataclass

from crm.domain.sales.transitions import REQUIRED, Transition
from crm.entities.entity import Field
from crm.fields import LongText, PersonChoice
from crm.i18n import N_

MAX_LENGTH = 1000


@dataclass(frozen=True)
class ApproverChoice(PersonChoice):
    """One of the people who can be asked to decide on documents of this kind."""

    kind = "approver"
    document: str = ""


def approver_field(document: str) -> Field:
    return Field("approver_id", N_("Approver"), ApproverChoice(document=document), required=True)


def opinion_field(step: Transition) -> Field:
    return Field("opinion", step.opinion_label, LongText(MAX_LENGTH), required=step.opinion == REQUIRED, wide=True)


def fields_of(document: str, step: Transition) -> tuple[Field, ...]:
    """What the step asks for."""
    approver_fields = (approver_field(document),) if step.asks_approver else ()
    return (*approver_fields, opinion_field(step)) if step.opinion else approver_fields
