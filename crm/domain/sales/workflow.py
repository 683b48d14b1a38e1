"""Documents that somebody else decides on (SO-2 to SO-7): who may take which step, and taking it.

Each step is an action of the policy, which the buttons (`available_steps`) and the verb (`fire`) both ask.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from crm.domain.customers.owners import ACTIVE, permission_holders
from crm.domain.organisation.belongings import Belonging, declare_belonging
from crm.domain.platform.settings import read_settings
from crm.domain.sales.approval_rules import (
    ASK_THEM,
    allowed_by_rules,
    involved_people,
    needs_of,
    people_to_ask,
    refusal_by_rules,
    replace_person,
    represented_approver_id,
    store_requirements,
    take_decision,
)
from crm.domain.sales.transitions import REQUIRED, Transition
from crm.domain.sales.workflow_history import CREATED, latest_event, record_step
from crm.domain.sales.workflow_notices import mark_earlier_notices_done, notify_of_step
from crm.entities import policy
from crm.entities.record_saving import CHANGED, Actor, stamp
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.i18n import N_
from crm.models import Customer, Permission, Rights, Role, RoleMember, User, WorkflowEvent
from crm.models.documents import APPROVED, PENDING
from crm.models.rights import BY_REQUEST, Way, any_way, surely_in_scope

AWAITING = N_("%(what)s: requests for approval")
OWN_DOCUMENT = N_("%(code)s is this person's own document. Please choose someone else.")
DRAFT_YET = N_("%(code)s is a draft. It has to be submitted first.")


@dataclass(frozen=True)
class Workflow:
    """The steps of one kind of document. `kind` is its key in the history, `label` its name in messages."""

    kind: str
    label: str
    model: Any
    save: Permission
    approve: Permission
    role: str
    transitions: tuple[Transition, ...]

    def step(self, name: str) -> Transition:
        """Raises KeyError where there is no such step."""
        return {t.name: t for t in self.transitions}[name]

    def past(self, name: str) -> str:
        """How the history names an event; a step that the program no longer knows is called by its key."""
        if name == CREATED:
            return N_("Created")
        return next((step.past or step.label for step in self.transitions if step.name == name), name)

    def leading_to(self, state: str) -> tuple[str, ...]:
        """Steps that bring a document into the state and say why: a rejection, voiding."""
        return tuple(step.name for step in self.transitions if step.target == state and step.opinion == REQUIRED)

    def in_bulk(self) -> tuple[Transition, ...]:
        return tuple(step for step in self.transitions if step.bulk_question)

    def registered(self) -> "Workflow":
        """The same, its steps known to the policy as actions: deciding is the approvers', the rest who may save."""
        for step in self.transitions:
            if step.deciding:
                self._declare_deciding(step)
            else:
                policy.declare_action(self.kind, step.name, self.save)
            policy.guard(self.kind, step.name)(partial(self._in_time, step))
            if step.rule is not None:
                policy.guard(self.kind, step.name)(step.rule)
        declare_belonging(
            Belonging(
                f"approvals_{self.kind}",
                AWAITING,
                self._count_asked,
                self._ask_somebody_else,
                lambda session: self._deciders(),
                optional=True,
                of=self.label,
            )
        )
        return self

    def _awaits_people(self, people: Collection[int]) -> ColumnElement[bool]:
        """What waits for these people's decision."""
        model = self.model
        return and_(model.approver_id.in_(people), model.state == PENDING, model.deleted_at.is_(None))

    def _count_asked(self, session: Session, people: Collection[int]) -> int:
        return session.scalar(select(func.count()).select_from(self.model).where(self._awaits_people(people))) or 0

    def _ask_somebody_else(self, session: Session, people: Collection[int], to: int | None, actor: Actor) -> None:
        """Somebody asked to decide leaves (A-2): another one is asked, or whoever may decide does."""
        own = to is not None and not read_settings(session).self_approval
        for record in session.scalars(select(self.model).where(self._awaits_people(people))):
            if own and to in involved_people(record):
                raise FieldError(f"belonging_approvals_{self.kind}", OWN_DOCUMENT, code=record.code)
            record.approver_id = to
            stamp(record, actor)
        replace_person(session, self.kind, people, to)
        session.flush()

    def _declare_deciding(self, step: Transition) -> None:
        """Within the reach of `approve`, or asked to decide (SO-3); voiding is nothing that one is asked for."""
        by_request = step.by_request

        def ways(rights: Rights) -> tuple[Way, ...]:
            by_request_way = Way(BY_REQUEST, self.model.asked_of(rights.user_id))
            return (*self.model.ways(rights, self.approve), *((by_request_way,) if by_request else ()))

        def reached(rights: Rights) -> ColumnElement[bool]:
            return and_(self.model.deleted_at.is_(None), any_way(ways(rights)))

        def known(rights: Rights, record: Any) -> bool | None:
            is_asked = by_request and record.approver_id == rights.user_id
            return True if is_asked or surely_in_scope(record.owner_id, rights, self.approve) else None

        refusal = N_("You do not have permission to approve.")
        policy.declare_action(
            self.kind, step.name, self.approve, reached=reached, ways=ways, known=known, refusal=refusal
        )
        if by_request:
            policy.guard(self.kind, step.name)(_not_ones_own)
            policy.guard(self.kind, step.name)(partial(_not_by_rules, self))

    def _in_time(self, step: Transition, session: Session, record: Any, actor: Actor) -> DomainError | None:
        return None if record.state in step.sources else self._too_late(session, record)

    def available_steps(self, session: Session, record: Any, actor: Actor) -> list[Transition]:
        """The steps this person can take now; the buttons are made of them."""
        possible = (t for t in self.transitions if record.state in t.sources)
        return [t for t in possible if policy.can(session, actor, t.name, record)]

    def refused_steps(self, session: Session, record: Any, actor: Actor) -> list[tuple[Transition, DomainError]]:
        """The steps that the document's state allows and a rule forbids this person now, each with the reason."""
        possible = (t for t in self.transitions if record.state in t.sources)
        refusals = ((t, policy.explained_refusal(session, actor, t.name, record)) for t in possible)
        return [(t, reason) for t, reason in refusals if reason is not None]

    def check(self, session: Session, record: Any, name: str, actor: Actor) -> None:
        """Whether the person can take the step now. Raises what `fire` would: too late, or not allowed."""
        policy.check(session, actor, name, record)

    def possible_approvers(self, session: Session, actor: Actor) -> list[User]:
        """Members of the role who hold `approve` (SO-3); not oneself unless that is allowed (SO-6)."""
        statement = select(User).where(User.id.in_(self._deciders()))
        people = session.scalars(statement.order_by(User.pinyin, User.id))
        return [u for u in people if u.id != actor.user_id or read_settings(session).self_approval]

    def _deciders(self) -> Select[Any]:
        """The ids of the active members of the role who hold `approve`."""
        members = (
            select(RoleMember.user_id)
            .join(Role, Role.id == RoleMember.role_id)
            .where(Role.key == self.role, Role.deleted_at.is_(None))
        )
        return select(User.id).where(*ACTIVE, User.id.in_(members), User.id.in_(permission_holders(self.approve)))

    def approvers(self, session: Session, record: Any, actor: Actor) -> list[User]:
        """The people who can be asked to decide on this document: none of those whose own it is (SO-6), and by the
        rules those who decide first (SO-8). Raises DomainError where the rules ask for somebody who cannot."""
        needs = needs_of(session, self, record)
        if needs:
            person_ids = people_to_ask(session, self, record, needs, actor)
            return list(session.scalars(select(User).where(User.id.in_(person_ids)).order_by(User.pinyin, User.id)))
        own = set() if read_settings(session).self_approval else involved_people(record)
        return [u for u in self.possible_approvers(session, actor) if u.id not in own]

    def fire(
        self,
        session: Session,
        record: Any,
        name: str,
        actor: Actor,
        opinion: str | None = None,
        approver_id: int | None = None,
        opened_version: int | None = None,
    ) -> WorkflowEvent:
        """Take the step; all of it or nothing.

        Raises NotAllowed without the right or on one's own document, StaleRecord where it changed since the person
        opened it (`opened_version` is its version then), DomainError where somebody else was first, FieldError for a
        missing opinion or a wrong approver.
        """
        step = self.step(name)
        session.refresh(record, with_for_update=True)
        if record.deleted_at is not None:
            raise DomainError(N_("It was deleted in the meantime."))
        self.check(session, record, name, actor)
        if opened_version is not None and record.version != opened_version:
            raise StaleRecord(CHANGED)
        if step.opinion == REQUIRED and not (opinion or "").strip():
            raise FieldError("opinion", N_("Please enter a reason."))
        before = record.state
        if step.asks_approver:
            self._ask(session, record, approver_id, actor)
        if step.guard is not None:
            step.guard(session, record, actor)
        for_id = represented_approver_id(session, self, record, actor) if step.by_request else None
        self._move(session, record, step, actor)
        session.flush()
        if step.effect is not None:
            step.effect(session, record, actor)
        event = record_step(session, self.kind, record, step.name, before, actor, opinion, for_id)
        mark_earlier_notices_done(session, self, record, actor)
        notify_of_step(session, self, step, record, actor, (opinion or "").strip(), event)
        return event

    def _move(self, session: Session, record: Any, step: Transition, actor: Actor) -> None:
        """Into the step's state; approved is what has all decisions that it needs (SO-8)."""
        record.version += 1
        record.updated_at = actor.now
        if step.target == APPROVED and take_decision(session, self, record, actor) is not None:
            return
        record.state = step.target
        if step.target == PENDING:
            record.submitted_at, record.submitted_by_id = actor.now, actor.user_id
        if step.target == APPROVED:
            record.approved_at, record.approved_by_id = actor.now, actor.user_id

    def _ask(self, session: Session, record: Any, approver_id: int | None, actor: Actor) -> None:
        """Whom, by the rules of now: what the document needs is written down with it."""
        # Whoever submits it is one of those whose document it is.
        record.submitted_by_id = actor.user_id
        needs = needs_of(session, self, record)
        allowed = {user.id: user for user in self.approvers(session, record, actor)}
        if not allowed:
            raise DomainError(
                N_(
                    "Nobody can approve this yet. Please ask an administrator to give someone the approver role and "
                    "permission."
                )
            )
        if approver_id not in allowed:
            if needs and approver_id is not None:
                raise FieldError("approver_id", ASK_THEM, who=", ".join(user.name for user in allowed.values()))
            raise FieldError("approver_id", N_("Please choose an approver."))
        record.approver_id = approver_id
        store_requirements(session, self, record, needs)

    def awaiting(self, session: Session, actor: Actor) -> Select[Any]:
        """The documents that this person can decide on: within the reach of `approve` or asked, and not their own.

        A select that joins the customer; those that the person was asked for come first, then the latest.
        """
        model, own_id = self.model, actor.user_id
        reached = or_(model.seen_by(actor.rights, self.approve), model.asked_of(own_id))
        statement = select(model).join(Customer, Customer.id == model.customer_id)
        statement = statement.where(model.state == PENDING, model.deleted_at.is_(None), reached)
        statement = statement.where(allowed_by_rules(session, self, actor.rights))
        if not read_settings(session).self_approval:
            people = (model.owner_id, model.created_by_id, model.submitted_by_id)
            statement = statement.where(*(person.is_distinct_from(own_id) for person in people))
        asked_first = case((model.approver_id == own_id, 0), else_=1)
        return statement.order_by(asked_first, model.submitted_at.desc(), model.id.desc())

    def _too_late(self, session: Session, record: Any) -> DomainError:
        """Why the step is not possible now: what somebody did to it last (SO-7)."""
        last = latest_event(session, self.kind, record)
        person = session.get(User, last.by_id) if last is not None and last.by_id else None
        if last is None or person is None:
            return DomainError(N_("This step is not possible in its current status. Please look at it again."))
        words = {step.name: step.too_late for step in self.transitions} | {CREATED: DRAFT_YET}
        return DomainError(words.get(last.step, Transition.too_late), code=record.code, person=person.name)


def _not_by_rules(workflow: Workflow, session: Session, record: Any, actor: Actor) -> DomainError | None:
    """By the rules that were written down with it, somebody else decides now (SO-8)."""
    return refusal_by_rules(session, workflow, record, actor)


def _not_ones_own(session: Session, record: Any, actor: Actor) -> DomainError | None:
    if actor.user_id not in involved_people(record) or read_settings(session).self_approval:
        return None
    return NotAllowed(N_("You cannot decide on your own document. Please ask someone else."))
