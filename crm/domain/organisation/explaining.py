"""Why a person can, or cannot, do something with a record: the policy is asked, right by right (A-6, A-7).

What is said is found by the conditions that decide (`policy.ways_to`) and the same guards; nothing is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.organisation.roles_and_grants import Source, sources_of
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.record_saving import Actor
from crm.entities.registry import entity_of
from crm.errors import DomainError
from crm.models import Rights, User
from crm.models.permissions import Right


class Decided(StrEnum):
    """What decides: the first of these that holds."""

    HIDDEN = "what cannot be seen cannot be worked with"
    LACKING = "none of the permissions is held"
    OUT_OF_REACH = "the permission does not reach the record"
    REFUSED = "a rule refuses it"
    REACHED = "the permission reaches the record"


@dataclass(frozen=True)
class Explanation:
    """Whether a person can do it, and why.

    `needed` are the permissions of which one is asked for. `sources` are the roles and grants that decide, each with
    the ways in which it reaches the record (none where it does not). `refusal` is what a rule says against it.
    """

    action: str
    decided: Decided
    needed: tuple[Right, ...]
    sources: tuple[tuple[Source, tuple[str, ...]], ...] = ()
    refusal: DomainError | None = None

    @property
    def allowed(self) -> bool:
        return self.decided is Decided.REACHED


def explain(session: Session, user: User, by: Actor, record: Any, actions: Sequence[str]) -> list[Explanation]:
    """For each of the actions; `by` is the person as an actor now. What they cannot see, they cannot work with."""
    kind, sources = entity_of(record), sources_of(session, user)
    wanted_actions = [policy.VIEW, *(action for action in actions if action != policy.VIEW)]
    explanations = {
        explanation.action: explanation
        for explanation in _explained(session, kind, by, record, wanted_actions, sources)
    }
    is_visible = explanations[policy.VIEW].allowed or _is_reachable(session, kind, by.rights, record)
    hidden = {
        action: replace(explanations[action], decided=Decided.HIDDEN, sources=(), refusal=None)
        for action in actions
        if not is_visible and action != policy.VIEW and explanations[action].decided is not Decided.LACKING
    }
    return [hidden.get(action, explanations[action]) for action in actions]


def _is_reachable(session: Session, kind: Entity, rights: Rights, record: Any) -> bool:
    """Whether the record's own pages are found: whoever was asked to decide needs no list of such records."""
    statement = policy.reachable(kind, rights).where(kind.model.id == record.id).with_only_columns(kind.model.id)
    return session.scalar(statement) is not None


def _explained(
    session: Session, kind: Entity, by: Actor, record: Any, actions: Sequence[str], sources: Sequence[Source]
) -> list[Explanation]:
    held = {action: _sources_for(kind, action, sources) for action in actions}
    questions = [
        (_rights_from(by.rights, kind, action, source), action) for action in actions for source in held[action]
    ]
    ways = iter(policy.ways_to(session, kind, record, questions))
    reached = {action: tuple((source, next(ways)) for source in held[action]) for action in actions}
    return [_decision(session, kind, by, record, action, reached[action]) for action in actions]


def _sources_for(kind: Entity, action: str, sources: Sequence[Source]) -> list[Source]:
    needed = policy.permissions_for(kind, action)
    return [source for source in sources if source.permission in needed]


def _rights_from(rights: Rights, kind: Entity, action: str, source: Source) -> Rights:
    """The person's rights with this source alone of those that the action asks for."""
    needed = {permission.value for permission in policy.permissions_for(kind, action)}
    other_scopes = {key: scope for key, scope in rights.scopes.items() if key not in needed}
    return replace(rights, scopes={**other_scopes, source.permission.value: source.scope})


def _decision(
    session: Session,
    kind: Entity,
    by: Actor,
    record: Any,
    action: str,
    sources: tuple[tuple[Source, tuple[str, ...]], ...],
) -> Explanation:
    needed = policy.permissions_for(kind, action)
    if not sources:
        return Explanation(action, Decided.LACKING, needed)
    deciding = tuple((source, ways) for source, ways in sources if ways)
    if not deciding:
        return Explanation(action, Decided.OUT_OF_REACH, needed, sources)
    refusal = policy.guard_refusal(session, by, action, record)
    return Explanation(action, Decided.REFUSED if refusal else Decided.REACHED, needed, deciding, refusal)
