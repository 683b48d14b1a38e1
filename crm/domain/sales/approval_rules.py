"""審核規則: which documents somebody else decides on than usually, or a second person too (SO-8).

What a document needs is written down with it when it is submitted: a rule that changes later changes nothing that
waits. Needs are met one after the other, each by another person. Without rules nothing is written down, and the usual
approvers decide.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import BigInteger, ColumnElement, Select, and_, delete, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers.owners import ACTIVE, permission_holders
from crm.domain.organisation.belongings import Belonging, declare_belonging
from crm.domain.platform.settings import read_settings
from crm.entities.record_saving import Actor, check_version, discard, stamp
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import (
    Customer,
    CustomerLevel,
    Order,
    OrderLine,
    Permission,
    Product,
    Receipt,
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
    StandIn,
    stood_in_for,
)
from crm.models.documents import DRAFT, PENDING, REJECTED
from crm.models.engine import ask_once

DOCUMENTS: dict[str, tuple[Any, Permission]] = {
    "orders": (Order, Permission.ORDERS_APPROVE),
    "receipts": (Receipt, Permission.RECEIPTS_APPROVE),
}
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


class Deciding(Protocol):
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
    wanted = select(ApprovalRule).where(ApprovalRule.deleted_at.is_(None)).order_by(ApprovalRule.id)
    return list(session.scalars(wanted.where(ApprovalRule.document == document) if document else wanted))


def touched_by(rule: ApprovalRule) -> ColumnElement[bool]:
    """The documents that the rule speaks of; for a select that joins the customer."""
    model: Any = DOCUMENTS[rule.document][0]
    if rule.condition == BY_LEVEL:
        return Customer.level_id == rule.level_id
    if rule.condition == BY_PRICE:
        return _has_a_low_price()
    worth = model.total if model is Order else model.amount
    # A reversal takes back as much as it is below zero.
    beyond: ColumnElement[bool] = or_(worth > rule.amount, worth < -(rule.amount or 0))
    return beyond


def _has_a_low_price() -> ColumnElement[bool]:
    """The same as `document_lines.is_below_minimum`, on the whole numbers that the database keeps."""
    paid = type_coerce(OrderLine.price, BigInteger) * type_coerce(OrderLine.discount, BigInteger)
    least = type_coerce(Product.floor_price, BigInteger) * 10_000
    lines = select(OrderLine.id).join(Product, Product.id == OrderLine.product_id)
    return exists(lines.where(OrderLine.order_id == Order.id, Product.floor_price.is_not(None), paid < least))


def rules_for(session: Session, kind: str, record: Any) -> list[ApprovalRule]:
    """The rules that the document as it is now falls under; one statement for all of them."""
    rules = rules_of(session, kind)
    if not rules:
        return []
    model: Any = DOCUMENTS[kind][0]
    columns = [touched_by(rule).label(f"rule_{rule.id}") for rule in rules]
    wanted = select(*columns).select_from(model).join(Customer, Customer.id == model.customer_id)
    row = session.execute(wanted.where(model.id == record.id)).first() or ()
    return [rule for rule, holds in zip(rules, row, strict=False) if holds]


def needs_of(session: Session, workflow: Deciding, record: Any) -> list[Need]:
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
    begin = first or {(None, None): Need()}
    return [*begin.values(), *(need for key, need in second.items() if key == (None, None) or key not in begin)]


def _add(
    session: Session,
    found: dict[tuple[int | None, int | None], Need],
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
    need = found.setdefault((role_id, person_id), Need(role_id, person_id))
    need.reasons += [one for one in reasons if one not in need.reasons]


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
    mine = (ApprovalRequirement.kind == kind, ApprovalRequirement.record_id == record.id)
    wanted = select(ApprovalRequirement).where(*mine).order_by(ApprovalRequirement.position, ApprovalRequirement.id)
    return ask_once(session, ("requirements of", kind, record.id), lambda: list(session.scalars(wanted)))


def write_down(session: Session, workflow: Deciding, record: Any, needs: Sequence[Need]) -> None:
    """Keep with the document what it needs, in place of what an earlier submission needed."""
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


def open_one(requirements: Iterable[ApprovalRequirement]) -> ApprovalRequirement | None:
    """The decision that is to be taken now."""
    return next((one for one in requirements if one.state == OPEN), None)


def _holders(session: Session, workflow: Deciding) -> set[int]:
    holders = select(User.id).where(*ACTIVE, User.id.in_(permission_holders(workflow.approve)))
    return set(session.scalars(holders))


def _members(session: Session, role_id: int) -> set[int]:
    members = select(RoleMember.user_id).join(Role, Role.id == RoleMember.role_id)
    return set(session.scalars(members.where(Role.id == role_id, Role.deleted_at.is_(None))))


def _named(session: Session, need: Need | ApprovalRequirement, holders: set[int]) -> set[int]:
    if need.person_id is not None:
        return {need.person_id} & holders
    return _members(session, need.role_id) & holders if need.role_id is not None else holders


def deciders(
    session: Session,
    workflow: Deciding,
    record: Any,
    need: Need | ApprovalRequirement,
    others: Iterable[Need | ApprovalRequirement],
    day: date,
) -> tuple[set[int], dict[int, int]]:
    """Who can take this decision: the people themselves, and stand-in → in whose place.

    Nobody takes two of them; nobody takes one before the own one comes; nobody decides on the own document (SO-6),
    nor does a stand-in of theirs in their place.
    """
    rest = [one for one in others if one is not need]
    taken = {one.decided_by_id for one in rest if isinstance(one, ApprovalRequirement) and one.decided_by_id}
    named = {one.person_id for one in rest if one.person_id and getattr(one, "state", WAITING) != DONE}
    own = set() if read_settings(session).self_approval else involved_people(record)
    holders = _holders(session, workflow)
    people = _named(session, need, holders) - own
    free = holders - own - taken - (named - {need.person_id})
    places = {stand_in: user for user, stand_in in stand_ins_on(session, day) if user in people}
    return people & free, {stand_in: user for stand_in, user in places.items() if stand_in in free}


def refusal_by_rules(session: Session, workflow: Deciding, record: Any, actor: Actor) -> DomainError | None:
    """Why this person is not the one who decides now; None where no rule says so."""
    requirements = requirements_of(session, workflow.kind, record)
    now = open_one(requirements)
    if now is None or record.state != PENDING:
        return None
    people, places = deciders(session, workflow, record, now, requirements, _today(actor))
    if actor.user_id in people or actor.user_id in places:
        return None
    return NotAllowed(NOT_YOURS, who=name_of(session, now, workflow))


def name_of(session: Session, need: Need | ApprovalRequirement, workflow: Deciding) -> str:
    """The person or the role that decides; the role of the usual approvers."""
    if need.person_id is not None:
        return session.get_one(User, need.person_id).name
    chosen = Role.id == need.role_id if need.role_id is not None else Role.key == workflow.role
    return session.scalar(select(Role.name).where(chosen)) or USUAL


def in_whose_place(session: Session, workflow: Deciding, record: Any, actor: Actor) -> int | None:
    """For whom this person decides as a stand-in; None where they decide for themselves."""
    requirements, day = requirements_of(session, workflow.kind, record), _today(actor)
    now = open_one(requirements)
    if now is not None:
        people, places = deciders(session, workflow, record, now, requirements, day)
        return None if actor.user_id in people else places.get(actor.user_id)
    if record.approver_id == actor.user_id:
        return None
    return next((user for user, other in stand_ins_on(session, day) if (user, other) == _asked(record, actor)), None)


def _asked(record: Any, actor: Actor) -> tuple[int | None, int]:
    return record.approver_id, actor.user_id


def take_decision(session: Session, workflow: Deciding, record: Any, actor: Actor) -> ApprovalRequirement | None:
    """Note that this person has approved; the next decision that the document needs, None where it has all."""
    requirements = requirements_of(session, workflow.kind, record)
    now = open_one(requirements)
    if now is None:
        return None
    now.state, now.decided_by_id, now.decided_at = DONE, actor.user_id, actor.now
    coming = next((one for one in requirements if one.state == WAITING), None)
    if coming is not None:
        coming.state = OPEN
        people, _places = deciders(session, workflow, record, coming, requirements, _today(actor))
        usual = people & usual_approvers(session, workflow) if coming.person_id is None else people
        record.approver_id = coming.person_id or min(usual or people, default=None)
    session.flush()
    return coming


def usual_approvers(session: Session, workflow: Deciding) -> set[int]:
    """Members of the approvers' role who hold `approve` (SO-3)."""
    members = (
        select(RoleMember.user_id)
        .join(Role, Role.id == RoleMember.role_id)
        .where(Role.key == workflow.role, Role.deleted_at.is_(None))
    )
    return set(session.scalars(members)) & _holders(session, workflow)


def people_to_ask(session: Session, workflow: Deciding, record: Any, needs: Sequence[Need], actor: Actor) -> set[int]:
    """Who can be asked for the first decision. Raises DomainError where another one could not be taken at all."""
    day, able = _today(actor), []
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


def not_kept_by_rules(session: Session, workflow: Deciding, rights: Rights) -> ColumnElement[bool]:
    """The documents whose next decision this person can take, as far as the rules are concerned; for lists."""
    model, me = DOCUMENTS[workflow.kind][0], rights.user_id
    mine = ApprovalRequirement
    of_document = and_(mine.kind == workflow.kind, mine.record_id == model.id)
    people = or_(mine.person_id == me, mine.person_id.in_(stood_in_for(me)))
    member = RoleMember.user_id.in_(stood_in_for(me)) | (RoleMember.user_id == me)
    roles = mine.role_id.in_(select(RoleMember.role_id).where(member))
    usual = and_(mine.person_id.is_(None), mine.role_id.is_(None))
    now = select(mine.id).where(of_document, mine.state == OPEN)
    later = select(mine.id).where(
        of_document, or_(mine.decided_by_id == me, and_(mine.state == WAITING, mine.person_id == me))
    )
    return or_(~exists(now), and_(exists(now.where(or_(people, roles, usual))), ~exists(later)))


def _today(actor: Actor) -> date:
    return clock.day_of(actor.now, actor.zone)


# Stand-ins.


def stand_ins_on(session: Session, day: date) -> list[tuple[int, int]]:
    """(who is away, who decides in their place) on that day."""
    on_it = (StandIn.from_on <= day, StandIn.until_on >= day, StandIn.deleted_at.is_(None))
    wanted = select(StandIn.user_id, StandIn.stand_in_id).where(*on_it).order_by(StandIn.id)

    def ask() -> list[tuple[int, int]]:
        return [(user, other) for user, other in session.execute(wanted)]

    return ask_once(session, ("stand-ins on", day), ask)


def stand_ins_of(session: Session, people: Iterable[int | None], day: date) -> set[int]:
    """Who decides in the place of these people on that day."""
    wanted = set(people)
    return {stand_in for user, stand_in in stand_ins_on(session, day) if user in wanted}


def _unsettled(actor: Actor) -> Select[Any]:
    day = _today(actor)
    on_it = and_(StandIn.from_on <= day, StandIn.until_on >= day)
    return select(StandIn).where(StandIn.deleted_at.is_(None), StandIn.active.is_distinct_from(on_it))


def settle_stand_ins(session: Session, actor: Actor) -> int:
    """Those that begin or end today; how many."""
    found = list(session.scalars(_unsettled(actor)))
    for one in found:
        one.active = not one.active
    session.flush()
    return len(found)


def has_unsettled(session: Session, actor: Actor) -> bool:
    return session.scalar(_unsettled(actor).with_only_columns(StandIn.id).limit(1)) is not None


def all_stand_ins(session: Session, actor: Actor) -> list[StandIn]:
    """Those that are not over yet, in the order of their days."""
    wanted = select(StandIn).where(StandIn.deleted_at.is_(None), StandIn.until_on >= _today(actor))
    return list(session.scalars(wanted.order_by(StandIn.from_on, StandIn.id)))


def save_stand_in(
    session: Session, found: StandIn | None, values: Mapping[str, Any], actor: Actor, opened: int | None = None
) -> StandIn:
    """Make or change it. Raises FieldError: a stand-in holds a right to approve that the other one holds, too (A-5)."""
    one = found or StandIn()
    check_version(one, opened)
    _check_stand_in(session, one, values)
    for key in ("user_id", "stand_in_id", "from_on", "until_on"):
        setattr(one, key, values[key])
    one.active = one.from_on <= _today(actor) <= one.until_on
    stamp(one, actor)
    session.add(one)
    session.flush()
    return one


def _check_stand_in(session: Session, one: StandIn, values: Mapping[str, Any]) -> None:
    if values["user_id"] == values["stand_in_id"]:
        raise FieldError("stand_in_id", N_("Please choose someone else."))
    if values["until_on"] < values["from_on"]:
        raise FieldError("until_on", N_("The last day cannot be before the first."))
    held = {person: rights_to_approve(session, person) for person in (values["user_id"], values["stand_in_id"])}
    if not held[values["user_id"]]:
        raise FieldError("user_id", N_("This person cannot approve anything. Please choose someone else."))
    if not held[values["user_id"]] <= held[values["stand_in_id"]]:
        raise FieldError("stand_in_id", N_("This person may not approve everything that the other one approves."))
    same = select(StandIn.id).where(
        StandIn.user_id == values["user_id"],
        StandIn.deleted_at.is_(None),
        StandIn.from_on <= values["until_on"],
        StandIn.until_on >= values["from_on"],
    )
    if session.scalar(same.where(StandIn.id != one.id) if one.id else same) is not None:
        raise FieldError("from_on", N_("There is a stand-in for some of these days already."))


def rights_to_approve(session: Session, person_id: int) -> set[str]:
    """Of which documents the person may decide."""
    return {
        kind
        for kind, (_model, approve) in DOCUMENTS.items()
        if session.scalar(
            select(User.id).where(*ACTIVE, User.id == person_id, User.id.in_(permission_holders(approve)))
        )
        is not None
    }


def _may_approve() -> ColumnElement[bool]:
    return or_(*(User.id.in_(permission_holders(approve)) for _model, approve in DOCUMENTS.values()))


def possible_deciders(session: Session) -> list[User]:
    """The people who may approve anything."""
    return list(session.scalars(select(User).where(*ACTIVE, _may_approve()).order_by(User.pinyin, User.id)))


def delete_of(session: Session, found: ApprovalRule | StandIn, actor: Actor) -> None:
    """Delete a rule or a stand-in; what was written down with documents stays."""
    if isinstance(found, StandIn):
        found.active = False
    discard(found, actor)
    session.flush()


# Saving a rule.


def save_rule(
    session: Session, found: ApprovalRule | None, values: Mapping[str, Any], actor: Actor, opened: int | None = None
) -> ApprovalRule:
    """Make or change a rule. `values`: document, condition, amount, level_id, role_id, person_id, second_id.

    Raises FieldError for a rule that says nothing, or names people who may not approve.
    """
    rule = found or ApprovalRule()
    check_version(rule, opened)
    _check_rule(session, values)
    rule.document, rule.condition = values["document"], values["condition"]
    rule.amount = values.get("amount") if rule.condition == BY_AMOUNT else None
    rule.level_id = values.get("level_id") if rule.condition == BY_LEVEL else None
    rule.role_id, rule.person_id = values.get("role_id"), values.get("person_id")
    rule.second_id = values.get("second_id")
    stamp(rule, actor)
    session.add(rule)
    session.flush()
    return rule


def _check_rule(session: Session, values: Mapping[str, Any]) -> None:
    condition, document = values["condition"], values["document"]
    if condition == BY_AMOUNT and values.get("amount") is None:
        raise FieldError("amount", N_("Please fill this in."))
    if condition == BY_LEVEL and values.get("level_id") is None:
        raise FieldError("level_id", N_("Please choose one from the list."))
    if condition == BY_PRICE and document != "orders":
        raise FieldError("condition", N_("Only sales orders have prices. Please choose another condition."))
    person_id, second_id, role_id = (values.get(key) for key in ("person_id", "second_id", "role_id"))
    if not (person_id or second_id or role_id):
        raise FieldError("decider", N_("Please choose who decides, or a second person."))
    if second_id and second_id == person_id:
        raise FieldError("second", N_("The second person must be someone else."))
    approve = DOCUMENTS[document][1]
    holders = set(session.scalars(select(User.id).where(*ACTIVE, User.id.in_(permission_holders(approve)))))
    for key, chosen in (("decider", person_id), ("second", second_id)):
        if chosen and chosen not in holders:
            raise FieldError(key, N_("This person may not approve these documents. Please grant the permission first."))
    if role_id and not _members(session, role_id) & holders:
        raise FieldError("decider", N_("Nobody in this role may approve these documents."))


def documents_touched(rule: ApprovalRule, rights: Rights) -> Select[Any]:
    """Drafts, rejected and waiting documents that the rule speaks of, of those the person may see."""
    model: Any = DOCUMENTS[rule.document][0]
    wanted = select(model).join(Customer, Customer.id == model.customer_id)
    open_states = model.state.in_((DRAFT, REJECTED, PENDING))
    return wanted.where(open_states, model.seen_by(rights), touched_by(rule)).order_by(model.id.desc())


# What becomes of rules and stand-ins of somebody who leaves.


def _naming(people: Collection[int]) -> Select[Any]:
    named = or_(ApprovalRule.person_id.in_(people), ApprovalRule.second_id.in_(people))
    return select(ApprovalRule).where(ApprovalRule.deleted_at.is_(None), named)


def _standing_in(people: Collection[int]) -> Select[Any]:
    named = or_(StandIn.user_id.in_(people), StandIn.stand_in_id.in_(people))
    return select(StandIn).where(StandIn.deleted_at.is_(None), named)


def _count_named(session: Session, people: Collection[int]) -> int:
    found = (_naming(people), _standing_in(people))
    return sum(session.scalar(select(func.count()).select_from(each.subquery())) or 0 for each in found)


def _name_somebody_else(session: Session, people: Collection[int], to: int | None, actor: Actor) -> None:
    """The rules name another person, or nobody: one that then says nothing goes. Stand-ins end."""
    for rule in session.scalars(_naming(people)):
        if to is not None and rule.document not in rights_to_approve(session, to):
            raise FieldError(
                "belonging_approval_rules",
                N_("This person may not approve these documents. Please grant the permission first."),
            )
        rule.person_id = to if rule.person_id in people else rule.person_id
        rule.second_id = to if rule.second_id in people else rule.second_id
        rule.second_id = None if rule.second_id == rule.person_id else rule.second_id
        stamp(rule, actor)
        if not (rule.role_id or rule.person_id or rule.second_id):
            discard(rule, actor)
    for one in session.scalars(_standing_in(people)):
        delete_of(session, one, actor)
    session.flush()


def _possible_decider_ids(session: Session) -> Select[Any]:
    return select(User.id).where(*ACTIVE, _may_approve())


declare_belonging(
    Belonging(
        "approval_rules",
        N_("Approval rules"),
        _count_named,
        _name_somebody_else,
        _possible_decider_ids,
        optional=True,
    )
)
