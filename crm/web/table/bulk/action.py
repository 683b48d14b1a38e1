"""What can be done with several ticked rows of a list at once (C-6): one declared action."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from crm.entities import policy
from crm.entities.entity import Field
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.models import Rights
from crm.models.permissions import Right


@dataclass(frozen=True)
class BulkAction:
    """One action on ticked rows. `verb` works on one record and raises DomainError where it may not.

    `question`, `done` are message ids with %(count)s. `fields` are asked for together with the question and handed
    to `verb` by their keys. `after` is called once at the end, in the transaction of the last record:
    (session, how many were done, actor, and the fields' values by their keys). `among` selects the records that the
    person may ask for, where that is not all they see. A `versioned` verb gets `opened_version`, the one that the
    person saw when asked, so that nothing is decided unseen. `preview` shows the records in the question.

    `policy_action` is the policy's name of what is done to each; what is no record of a kind says by `why_not` why it
    cannot be done. `side_effects` tells what else changes with the records: (message id, how many). `closed` tells why
    the action is offered for no record now, and `room` how many more records the person may do it with, and why not
    with others.
    """

    name: str
    label: str
    permission: Right
    verb: Callable[..., Any]
    question: str
    done: str
    policy_action: str = ""
    danger: bool = False
    fields: tuple[Field, ...] = ()
    after: Callable[..., None] | None = None
    among: Callable[[Actor], Select[Any]] | None = None
    versioned: bool = False
    preview: Callable[[list[Any]], str] | None = None
    side_effects: Callable[[Session, Sequence[Any]], list[tuple[str, int]]] | None = None
    closed: Callable[[Session, Actor], DomainError | None] | None = None
    room: Callable[[Session, Actor], tuple[int, DomainError]] | None = None

    expand: Callable[[Session, Sequence[int], Rights], list[int]] | None = None
    """The rows that a ticked line stands for, where that is more than itself."""
    leads: Callable[[Sequence[int], str], str] | None = None
    """The address of a page of its own that does it, made of the ids and the way back; nothing is asked here."""
    why_not: Callable[[Session, Any, Actor], DomainError | None] | None = None
    waits: Callable[[Any], bool] | None = None
    """Whether the record waits for more after it was done: an order that needs another approval."""
    partly_done: str = ""
    """The message about those: a message id with %(count)s."""

    def refusal(self, session: Session, record: Any, by: Actor) -> DomainError | None:
        """Why this cannot be done with the record, as far as that is known beforehand."""
        if self.why_not is not None:
            return self.why_not(session, record, by)
        return policy.refusal_of(session, by, self.policy_action, record)
