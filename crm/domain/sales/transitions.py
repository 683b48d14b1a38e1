"""The steps of documents that somebody else decides on, as data: what each is called, leads to and asks for.

Buttons, questions, history, notices and bulk actions are all made of these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.i18n import N_
from crm.models.documents import APPROVED, DRAFT, PENDING, REJECTED, VOID
from crm.models.states import State

NO_OPINION, OPTIONAL, REQUIRED = "", "optional", "required"


@dataclass(frozen=True)
class Transition:
    """One step, with all its texts. Only the label is required: the others have general defaults.

    `deciding` steps are the approvers', the others belong to whoever may save. `opinion` says whether the person may
    or must write why. `rule` is the document's own and is checked before anybody is asked; `guard` locks what the
    step is about to change, and checks again; `effect` follows the step. `wants_reply`: its notice asks for a step,
    and is done with the next one, whoever takes it.
    """

    name: str
    label: str
    """On the button."""
    sources: tuple[State, ...]
    target: State
    deciding: bool = False
    opinion: str = NO_OPINION
    opinion_label: str = ""
    asks_approver: bool = False
    wants_reply: bool = False
    rule: Callable[[Session, Any, Actor], DomainError | None] | None = None
    guard: Callable[[Session, Any, Actor], None] | None = None
    effect: Callable[[Session, Any, Actor], None] | None = None
    tone: str = ""
    """Of the button: "primary", "danger"."""
    question: str = N_("Take this step for %(code)s?")
    done: str = N_("%(code)s has been changed.")
    """The message after it."""
    past: str = ""
    """In the history; empty: the label."""
    too_late: str = N_("%(code)s was changed by %(person)s in the meantime.")
    """The message for somebody who wants to take a step when this one was taken before."""
    notice: str = N_("%(person)s has changed %(code)s. %(opinion)s")
    """To whoever was asked for a decision; of a deciding step, to the people whose document it is."""
    bulk_question: str = ""
    """With %(count)s; empty: the step is not offered for several documents at once."""
    bulk_done: str = ""

    @property
    def by_request(self) -> bool:
        """Whether people are asked for this decision: what is not waiting can be decided by right alone."""
        return self.deciding and PENDING in self.sources


SUBMIT = Transition(
    "submit",
    N_("Submit"),
    (DRAFT, REJECTED),
    PENDING,
    asks_approver=True,
    wants_reply=True,
    question=N_("Submit %(code)s for approval?"),
    done=N_("%(code)s has been submitted."),
    past=N_("Submitted"),
    too_late=N_("%(code)s was submitted by %(person)s and is awaiting approval."),
)
WITHDRAW = Transition(
    "withdraw",
    N_("Withdraw"),
    (PENDING,),
    DRAFT,
    question=N_("Withdraw %(code)s before it is decided? It becomes a draft again."),
    done=N_("%(code)s has been withdrawn."),
    past=N_("Withdrawn"),
    too_late=N_("%(code)s was withdrawn by %(person)s in the meantime."),
)
APPROVE = Transition(
    "approve",
    N_("Approve"),
    (PENDING,),
    APPROVED,
    deciding=True,
    opinion=OPTIONAL,
    opinion_label=N_("Approval comment"),
    tone="primary",
    question=N_("Approve %(code)s?"),
    done=N_("%(code)s has been approved."),
    past=N_("Approved"),
    too_late=N_("%(code)s was approved by %(person)s in the meantime."),
)
REJECT = Transition(
    "reject",
    N_("Reject"),
    (PENDING,),
    REJECTED,
    deciding=True,
    opinion=REQUIRED,
    opinion_label=N_("Rejection comment"),
    wants_reply=True,
    tone="danger",
    question=N_("Reject %(code)s? It goes back to the person who submitted it."),
    done=N_("%(code)s has been rejected."),
    past=N_("Rejected"),
    too_late=N_("%(code)s was rejected by %(person)s in the meantime."),
)
MARK_VOID = Transition(
    "void",
    N_("Void"),
    (APPROVED,),
    VOID,
    deciding=True,
    opinion=REQUIRED,
    opinion_label=N_("Reason for voiding"),
    tone="danger",
    question=N_("Void %(code)s? It will no longer count, and this cannot be undone."),
    done=N_("%(code)s has been voided."),
    past=N_("Voided"),
    too_late=N_("%(code)s was voided by %(person)s in the meantime."),
)
