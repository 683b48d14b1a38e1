"""審核規則: which documents somebody else decides on than usually, or a second person too (SO-8).

What a document needs is written down with it when it is submitted: a rule that changes later changes nothing that
waits. Needs are met one after the other, each by another person. Without rules nothing is written down, and the usual
approvers decide.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import BigInteger, ColumnElement, and_, delete, exists, or_, select, type_coerce
from sqlalchemy.orm import Session

from crm.domain.customers.owners import ACTIVE, permission_holders
from crm.domain.platform.settings import read_settings
from crm.domain.sales.approvers import DOCUMENTS
from crm.domain.sales.stand_ins import stand_ins_on, today_of
from crm.entities.record_saving import Actor
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.models import (
    Customer,
    CustomerLevel,
    Order,
    OrderLine,
    Permission,
    Product,
    Rights,
    Role,
    RoleMember,
    User,
)
from crm.models.approval_rules import (
    BY_AMOUNT,
    BY_LEVEL,
    BY_PRICE,
    DONE,
    OPEN,
    WAITING,
    ApprovalRequirement,
    ApprovalRule,
    stood_in_for,
)
from crm.models.documents import PENDING
from crm.models.engine import ask_once

REASONS = {
    BY_AMOUNT: N_("The amount is above %(amount)s."),
    BY_PRICE: N_("A price is below the lowest selling price."),
    BY_LEVEL: N_("The customer's level is %(level)s."),
}
OWN_DOCUMENT = N_("%(name)s is to decide by the rules, but it is their own document: the other approvers decide.")
NOT_YOURS = N_("By the approval rules, %(who)s decides on this now.")
NOBODY_ELSE = N_(
    "By the approval rules, %(who)s has to approve this as well, but cannot at the moment. Please ask an administrator."
)
ASK_THEM = N_("By the approval rules, please ask %(who)s.")
USUAL = N_("the usual approvers")


class ApprovalWorkflow(Protocol):
    """What is asked of a workflow here."""

    @property
    def kind(self) -> str: ...
    @property
    def approve(self) -> Permission: ...
    @property
    def role(self) -> str: ...


@dataclass
class Need:
    """One decision that a document needs: of a role, of a person, or (of neither) of the usual approvers."""

    role_id: int | None = None
    person_id: int | None = None
    reasons: list[list[Any]] = field(default_factory=list)


def involved_people(record: Any) -> set[int]:
    """The people whose document it is: the salesperson, its maker, its submitter (SO-6)."""
    return {p for p in (record.owner_id, record.created_by_id, record.submitted_by_id) if p}


# Rules and what they ask for.


def rules_of(session: Session, document: str = "") -> list[ApprovalRule]:
    """The rules in the order in which they were made; of one kind of document, or all."""
    statement = select(ApprovalRule).where(ApprovalRule.deleted_at.is_(None)).order_by(ApprovalRule.id)
    return list(session.scalars(statement.where(ApprovalRule.document == document) if document else statement))


def touched_by(rule: ApprovalRule) -> ColumnElement[bool]:
    """The documents that the rule speaks of; for a select that joins the customer."""
    model: Any = DOCUMENTS[rule.document][0]
    if rule.condition == BY_LEVEL:
        return Customer.level_id == rule.level_id
    if rule.condition == BY_PRICE:
        return _has_a_low_price()
    amount = model.total if model is Order else model.amount
    # A reversal takes back as much as it is below zero.
    beyond: ColumnElement[bool] = or_(amount > rule.amount, amount < -(rule.amount or 0))
    return beyond


def _has_a_low_price() -> ColumnElement[bool]:
    """The same as `document_lines.is_below_minimum`, on the whole numbers that the database keeps."""
    paid = type_coerce(OrderLine.price, BigInteger) * type_coerce(OrderLine.discount, BigInteger)
    minimum_paid = type_coerce(Product.floor_price, BigInteger) * 10_000
    lines = select(OrderLine.id).join(Product, Product.id == OrderLine.product_id)
    return exists(lines.where(OrderLine.order_id == Order.id, Product.floor_price.is_not(None), paid < minimum_paid))


def rules_for(session: Session, kind: str, record: Any) -> list[ApprovalRule]:
    """The rules that the document as it is now falls under; one statement for all of them."""
    rules = rules_of(session, kind)
    if not rules:
        return []
    model: Any = DOCUMENTS[kind][0]
    columns = [touched_by(rule).label(f"rule_{rule.id}") for rule in rules]
    statement = select(*columns).select_from(model).join(Customer, Customer.id == model.customer_id)
    row = session.execute(statement.where(model.id == record.id)).first() or ()
    return [rule for rule, holds in zip(rules, row, strict=False) if holds]


def needs_of(session: Session, workflow: ApprovalWorkflow, record: Any) -> list[Need]:
    """What the document would need if it were submitted now; nothing where no rule speaks of it."""
    rules = rules_for(session, workflow.kind, record)
    if not rules:
        return []
    own = set() if read_settings(session).self_approval else involved_people(record)
    first: dict[tuple[int | None, int | None], Need] = {}
    second: dict[tuple[int | None, int | None], Need] = {}
    for rule in rules:
        if rule.role_id or rule.person_id:
            _add(session, first, rule, rule.role_id, rule.person_id, own)
        if rule.second_id:
            _add(session, second, rule, None, rule.second_id, own)
    first_needs = first or {(None, None): Need()}
    return [
        *first_needs.values(),
        *(need for key, need in second.items() if key == (None, None) or key not in first_needs),
    ]


def _add(
    session: Session,
    needs: dict[tuple[int | None, int | None], Need],
    rule: ApprovalRule,
    role_id: int | None,
    person_id: int | None,
    own: set[int],
) -> None:
    reason = [REASONS[rule.condition], _values_of(session, rule)]
    reasons = [reason]
    if person_id in own and person_id is not None:
        reasons.append([OWN_DOCUMENT, {"name": session.get_one(User, person_id).name}])
        person_id = None
    need = needs.setdefault((role_id, person_id), Need(role_id, person_id))
    need.reasons += [reason for reason in reasons if reason not in need.reasons]


def _values_of(session: Session, rule: ApprovalRule) -> dict[str, str]:
    if rule.condition == BY_AMOUNT:
        return {"amount": f"{rule.amount:,.2f}"}
    if rule.condition == BY_LEVEL:
        level = session.get(CustomerLevel, rule.level_id or 0)
        return {"level": level.name if level is not None else ""}
    return {}


# What was written down with a submitted document.


def requirements_of(session: Session, kind: str, record: Any) -> list[ApprovalRequirement]:
    """What the document needs, by its last submission, in their order."""
    if record.submitted_at is None:
        return []
    of_document = (ApprovalRequirement.kind == kind, ApprovalRequirement.record_id == record.id)
    statement = (
        select(ApprovalRequirement).where(*of_document).order_by(ApprovalRequirement.position, ApprovalRequirement.id)
    )
    return ask_once(session, ("requirements of", kind, record.id), lambda: list(session.scalars(statement)))


def store_requirements(session: Session, workflow: ApprovalWorkflow, record: Any, needs: Sequence[Need]) -> None:
    """Store the document's requirements, in place of those of an earlier submission."""
    requirement = ApprovalRequirement
    session.execute(delete(requirement).where(requirement.kind == workflow.kind, requirement.record_id == record.id))
    session.add_all(
        ApprovalRequirement(
            kind=workflow.kind,
            record_id=record.id,
            position=position,
            role_id=need.role_id,
            person_id=need.person_id,
            reasons=need.reasons,
            state=WAITING if position else OPEN,
        )
        for position, need in enumerate(needs)
    )
    session.flush()


def replace_person(session: Session, kind: str, people: Collection[int], to: int | None) -> None:
    """Somebody who is to decide leaves: another one does, or the usual approvers do (A-2)."""
    waiting = select(ApprovalRequirement).where(
        ApprovalRequirement.kind == kind,
        ApprovalRequirement.person_id.in_(people),
        ApprovalRequirement.state != DONE,
    )
    for requirement in session.scalars(waiting):
        requirement.person_id = to


def open_requirement(requirements: Iterable[ApprovalRequirement]) -> ApprovalRequirement | None:
    """The decision that is to be taken now."""
    return next((requirement for requirement in requirements if requirement.state == OPEN), None)


def _holders(session: Session, workflow: ApprovalWorkflow) -> set[int]:
    holders = select(User.id).where(*ACTIVE, User.id.in_(permission_holders(workflow.approve)))
    return set(session.scalars(holders))


def members_of(session: Session, role_id: int) -> set[int]:
    members = select(RoleMember.user_id).join(Role, Role.id == RoleMember.role_id)
    return set(session.scalars(members.where(Role.id == role_id, Role.deleted_at.is_(None))))


def _people_of_need(session: Session, need: Need | ApprovalRequirement, holders: set[int]) -> set[int]:
    if need.person_id is not None:
        return {need.person_id} & holders
    return members_of(session, need.role_id) & holders if need.role_id is not None else holders


def deciders(
    session: Session,
    workflow: ApprovalWorkflow,
    record: Any,
    need: Need | ApprovalRequirement,
    needs: Iterable[Need | ApprovalRequirement],
    day: date,
) -> tuple[set[int], dict[int, int]]:
    """Who can take this decision: the people themselves, and stand-in → in whose place.

    Nobody takes two of them; nobody takes one before the own one comes; nobody decides on the own document (SO-6),
    nor does a stand-in of theirs in their place.
    """
    other_needs = [other for other in needs if other is not need]
    taken = {
        other.decided_by_id for other in other_needs if isinstance(other, ApprovalRequirement) and other.decided_by_id
    }
    named = {other.person_id for other in other_needs if other.person_id and getattr(other, "state", WAITING) != DONE}
    own = set() if read_settings(session).self_approval else involved_people(record)
    holders = _holders(session, workflow)
    people = _people_of_need(session, need, holders) - own
    free = holders - own - taken - (named - {need.person_id})
    places = {stand_in: user for user, stand_in in stand_ins_on(session, day) if user in people}
    return people & free, {stand_in: user for stand_in, user in places.items() if stand_in in free}


def refusal_by_rules(session: Session, workflow: ApprovalWorkflow, record: Any, actor: Actor) -> DomainError | None:
    """Why this person is not the one who decides now; None where no rule says so."""
    requirements = requirements_of(session, workflow.kind, record)
    now = open_requirement(requirements)
    if now is None or record.state != PENDING:
        return None
    people, places = deciders(session, workflow, record, now, requirements, today_of(actor))
    if actor.user_id in people or actor.user_id in places:
        return None
    return NotAllowed(NOT_YOURS, who=name_of(session, now, workflow))


def name_of(session: Session, need: Need | ApprovalRequirement, workflow: ApprovalWorkflow) -> str:
    """The person or the role that decides; the role of the usual approvers."""
    if need.person_id is not None:
        return session.get_one(User, need.person_id).name
    chosen = Role.id == need.role_id if need.role_id is not None else Role.key == workflow.role
    return session.scalar(select(Role.name).where(chosen)) or USUAL


def represented_approver_id(session: Session, workflow: ApprovalWorkflow, record: Any, actor: Actor) -> int | None:
    """For whom this person decides as a stand-in; None where they decide for themselves."""
    requirements, day = requirements_of(session, workflow.kind, record), today_of(actor)
    now = open_requirement(requirements)
    if now is not None:
        people, places = deciders(session, workflow, record, now, requirements, day)
        return None if actor.user_id in people else places.get(actor.user_id)
    if record.approver_id == actor.user_id:
        return None
    return next(
        (user for user, other in stand_ins_on(session, day) if (user, other) == _question_key(record, actor)), None
    )


def _question_key(record: Any, actor: Actor) -> tuple[int | None, int]:
    return record.approver_id, actor.user_id


def take_decision(
    session: Session, workflow: ApprovalWorkflow, record: Any, actor: Actor
) -> ApprovalRequirement | None:
    """Note that this person has approved; the next decision that the document needs, None where it has all."""
    requirements = requirements_of(session, workflow.kind, record)
    now = open_requirement(requirements)
    if now is None:
        return None
    now.state, now.decided_by_id, now.decided_at = DONE, actor.user_id, actor.now
    next_requirement = next((requirement for requirement in requirements if requirement.state == WAITING), None)
    if next_requirement is not None:
        next_requirement.state = OPEN
        people, _places = deciders(session, workflow, record, next_requirement, requirements, today_of(actor))
        usual = people & usual_approvers(session, workflow) if next_requirement.person_id is None else people
        record.approver_id = next_requirement.person_id or min(usual or people, default=None)
    session.flush()
    return next_requirement


def usual_approvers(session: Session, workflow: ApprovalWorkflow) -> set[int]:
    """Members of the approvers' role who hold `approve` (SO-3)."""
    members = (
        select(RoleMember.user_id)
        .join(Role, Role.id == RoleMember.role_id)
        .where(Role.key == workflow.role, Role.deleted_at.is_(None))
    )
    return set(session.scalars(members)) & _holders(session, workflow)


def people_to_ask(
    session: Session, workflow: ApprovalWorkflow, record: Any, needs: Sequence[Need], actor: Actor
) -> set[int]:
    """Who can be asked for the first decision. Raises DomainError where another one could not be taken at all."""
    day, able = today_of(actor), []
    for need in needs:
        people, places = deciders(session, workflow, record, need, needs, day)
        able.append(people | set(places))
        if not _by_different_people(able):
            raise DomainError(NOBODY_ELSE, who=name_of(session, need, workflow))
    people, places = deciders(session, workflow, record, needs[0], needs, day)
    if needs[0].person_id is not None:
        return {needs[0].person_id}
    if needs[0].role_id is not None:
        return people or set(places)
    return people & usual_approvers(session, workflow)


def _by_different_people(able: Sequence[set[int]], taken: frozenset[int] = frozenset()) -> bool:
    """Whether each decision finds somebody of its own."""
    if not able:
        return True
    return any(_by_different_people(able[1:], taken | {person}) for person in able[0] - taken)


def allowed_by_rules(session: Session, workflow: ApprovalWorkflow, rights: Rights) -> ColumnElement[bool]:
    """The documents whose next decision this person can take, as far as the rules are concerned; for lists."""
    model, me = DOCUMENTS[workflow.kind][0], rights.user_id
    requirement = ApprovalRequirement
    of_document = and_(requirement.kind == workflow.kind, requirement.record_id == model.id)
    people = or_(requirement.person_id == me, requirement.person_id.in_(stood_in_for(me)))
    member = RoleMember.user_id.in_(stood_in_for(me)) | (RoleMember.user_id == me)
    roles = requirement.role_id.in_(select(RoleMember.role_id).where(member))
    usual = and_(requirement.person_id.is_(None), requirement.role_id.is_(None))
    now = select(requirement.id).where(of_document, requirement.state == OPEN)
    later = select(requirement.id).where(
        of_document,
        or_(requirement.decided_by_id == me, and_(requirement.state == WAITING, requirement.person_id == me)),
    )
    return or_(~exists(now), and_(exists(now.where(or_(people, roles, usual))), ~exists(later)))
