"""Documents that are decided by somebody else: states and steps as data, shared by orders and receipts (SO-2 to SO-7).

Each step is an action of the policy: it feeds the buttons (`available`) and the verb (`fire`) alike.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from crm.clock import day_of
from crm.domain.customers.owners import ACTIVE, permission_holders
from crm.domain.office.notices import mark_done, notify
from crm.domain.organisation.belongings import Belonging, declare_belonging
from crm.domain.platform.settings import read_settings
from crm.domain.sales.approval_rules import (
    ASK_THEM,
    in_whose_place,
    involved_people,
    needs_of,
    not_kept_by_rules,
    people_to_ask,
    refusal_by_rules,
    replace_person,
    take_decision,
    write_down,
)
from crm.domain.sales.stand_ins import stand_ins_of
from crm.domain.sales.workflow_history import CREATED, latest_event, record_step
from crm.entities import policy
from crm.entities.record_saving import CHANGED, Actor, stamp
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.i18n import N_
from crm.models import Customer, Permission, Rights, Role, RoleMember, User, WorkflowEvent
from crm.models.documents import APPROVED, DRAFT, PENDING, REJECTED, VOID
from crm.models.rights import BY_REQUEST, Way, any_way, surely_in_scope
from crm.models.states import State

NO_OPINION, OPTIONAL, REQUIRED = "", "optional", "required"
APPROVALS = "approvals"
"""The kind of its notices."""
AWAITING = N_("%(what)s: requests for approval")
OWN_DOCUMENT = N_("%(code)s is this person's own document. Please choose someone else.")
ASKED_NEXT = N_("%(person)s has approved %(code)s. It needs your approval as well.")
HALF_APPROVED = N_("%(person)s has approved %(code)s. It now needs the approval of %(next)s as well.")
HALF_APPROVED_BY_RULES = N_("%(person)s has approved %(code)s. It needs another approval by the rules.")
DRAFT_YET = N_("%(code)s is a draft. It has to be submitted first.")


@dataclass(frozen=True)
class Transition:
    """One step, with all that is said of it. Only the label is required: the rest has general words.

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
    """What is said after it."""
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
        """What the history says of an event; a step that the program does not know any more by its name."""
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

    def _asked(self, people: Collection[int]) -> ColumnElement[bool]:
        """What waits for these people's decision."""
        model = self.model
        return and_(model.approver_id.in_(people), model.state == PENDING, model.deleted_at.is_(None))

    def _count_asked(self, session: Session, people: Collection[int]) -> int:
        return session.scalar(select(func.count()).select_from(self.model).where(self._asked(people))) or 0

    def _ask_somebody_else(self, session: Session, people: Collection[int], to: int | None, actor: Actor) -> None:
        """Somebody asked to decide leaves (A-2): another one is asked, or whoever may decide does."""
        own = to is not None and not read_settings(session).self_approval
        for record in session.scalars(select(self.model).where(self._asked(people))):
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
        wanted = select(User).where(User.id.in_(self._deciders()))
        people = session.scalars(wanted.order_by(User.pinyin, User.id))
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
        opened: int | None = None,
    ) -> WorkflowEvent:
        """Take the step; all of it or nothing.

        Raises NotAllowed without the right or on one's own document, StaleRecord where it changed since the person
        opened it (`opened` is its version then), DomainError where somebody else was first, FieldError for a missing
        opinion or a wrong approver.
        """
        step = self.step(name)
        session.refresh(record, with_for_update=True)
        if record.deleted_at is not None:
            raise DomainError(N_("It was deleted in the meantime."))
        self.check(session, record, name, actor)
        if opened is not None and record.version != opened:
            raise StaleRecord(CHANGED)
        if step.opinion == REQUIRED and not (opinion or "").strip():
            raise FieldError("opinion", N_("Please enter a reason."))
        before = record.state
        if step.asks_approver:
            self._ask(session, record, approver_id, actor)
        if step.guard is not None:
            step.guard(session, record, actor)
        place = in_whose_place(session, self, record, actor) if step.by_request else None
        self._move(session, record, step, actor)
        session.flush()
        if step.effect is not None:
            step.effect(session, record, actor)
        event = record_step(session, self.kind, record, step.name, before, actor, opinion, place)
        self._settle_notices(session, record, actor)
        self._tell(session, step, record, actor, (opinion or "").strip(), event)
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
        write_down(session, self, record, needs)

    def awaiting(self, session: Session, actor: Actor) -> Select[Any]:
        """The documents that this person can decide on: within the reach of `approve` or asked, and not their own.

        A select that joins the customer; those that the person was asked for come first, then the latest.
        """
        model, own_id = self.model, actor.user_id
        reached = or_(model.seen_by(actor.rights, self.approve), model.asked_of(own_id))
        wanted = select(model).join(Customer, Customer.id == model.customer_id)
        wanted = wanted.where(model.state == PENDING, model.deleted_at.is_(None), reached)
        wanted = wanted.where(not_kept_by_rules(session, self, actor.rights))
        if not read_settings(session).self_approval:
            people = (model.owner_id, model.created_by_id, model.submitted_by_id)
            wanted = wanted.where(*(person.is_distinct_from(own_id) for person in people))
        asked_first = case((model.approver_id == own_id, 0), else_=1)
        return wanted.order_by(asked_first, model.submitted_at.desc(), model.id.desc())

    def _too_late(self, session: Session, record: Any) -> DomainError:
        """Why the step is not possible now: what somebody did to it last (SO-7)."""
        last = latest_event(session, self.kind, record)
        person = session.get(User, last.by_id) if last is not None and last.by_id else None
        if last is None or person is None:
            return DomainError(N_("This step is not possible in its current status. Please look at it again."))
        words = {step.name: step.too_late for step in self.transitions} | {CREATED: DRAFT_YET}
        return DomainError(words.get(last.step, Transition.too_late), code=record.code, person=person.name)

    def _settle_notices(self, session: Session, record: Any, actor: Actor) -> None:
        """Mark the notices of earlier steps as done, whoever took this one."""
        event = WorkflowEvent
        asked_ids = select(event.to_id).where(event.kind == self.kind, event.record_id == record.id)
        people = {person for person in session.scalars(asked_ids) if person} | involved_people(record)
        people |= stand_ins_of(session, people, day_of(actor.now, actor.zone))
        wanting = [ASKED_NEXT, *(step.notice for step in self.transitions if step.wants_reply)]
        mark_done(session, people, APPROVALS, wanting, f"/{self.kind}/{record.id}", actor.now)

    def _tell(
        self, session: Session, step: Transition, record: Any, actor: Actor, opinion: str, event: WorkflowEvent
    ) -> None:
        """Notices to the people concerned: who was asked, or whose document it is (F-4)."""
        by = session.get(User, actor.user_id)
        values = {"code": record.code, "person": by.name if by else "", "opinion": opinion}
        if step.target == APPROVED and record.state == PENDING:
            coming = session.get(User, record.approver_id or 0)
            message = HALF_APPROVED if coming is not None else HALF_APPROVED_BY_RULES
            values_with_next = {**values, "next": coming.name if coming is not None else ""}
            self._send(session, involved_people(record), message, values_with_next, record, actor, event)
            self._send(session, self._asked_people(session, record, actor), ASKED_NEXT, values, record, actor, event)
            return
        people = involved_people(record) if step.deciding else self._asked_people(session, record, actor)
        self._send(session, people, step.notice, values, record, actor, event)

    def _asked_people(self, session: Session, record: Any, actor: Actor) -> set[int]:
        """Who was asked to decide, and who stands in for them today."""
        if record.approver_id is None:
            return set()
        return {record.approver_id} | stand_ins_of(session, [record.approver_id], day_of(actor.now, actor.zone))

    def _send(
        self,
        session: Session,
        people: set[int],
        message: str,
        values: dict[str, Any],
        record: Any,
        actor: Actor,
        event: WorkflowEvent,
    ) -> None:
        for person_id in sorted(p for p in people - {actor.user_id} if p):
            key = f"{self.kind}-{event.id}"
            notify(session, person_id, APPROVALS, message, values, f"/{self.kind}/{record.id}", actor.now, key)


def _not_by_rules(workflow: Workflow, session: Session, record: Any, actor: Actor) -> DomainError | None:
    """By the rules that were written down with it, somebody else decides now (SO-8)."""
    return refusal_by_rules(session, workflow, record, actor)


def _not_ones_own(session: Session, record: Any, actor: Actor) -> DomainError | None:
    if actor.user_id not in involved_people(record) or read_settings(session).self_approval:
        return None
    return NotAllowed(N_("You cannot decide on your own document. Please ask someone else."))
