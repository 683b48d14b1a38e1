"""Rules of approval are made, changed and deleted; what becomes of those that name somebody who leaves (SO-8, A-2)."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from crm.domain.customers.owners import ACTIVE, permission_holders
from crm.domain.organisation.belongings import Belonging, declare_belonging
from crm.domain.sales.approval_rules import members_of, touched_by
from crm.domain.sales.approvers import DOCUMENTS, possible_decider_ids, rights_to_approve
from crm.entities.record_saving import Actor, check_version, discard, stamp
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import Customer, Rights, User
from crm.models.approval_rules import BY_AMOUNT, BY_LEVEL, BY_PRICE, ApprovalRule, StandIn
from crm.models.documents import DRAFT, PENDING, REJECTED


def save_rule(
    session: Session,
    existing: ApprovalRule | None,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> ApprovalRule:
    """Make or change a rule. `values`: document, condition, amount, level_id, role_id, person_id, second_id.

    Raises FieldError for a rule that says nothing, or names people who may not approve.
    """
    rule = existing or ApprovalRule()
    check_version(rule, opened_version)
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
    if role_id and not members_of(session, role_id) & holders:
        raise FieldError("decider", N_("Nobody in this role may approve these documents."))


def documents_touched(rule: ApprovalRule, rights: Rights) -> Select[Any]:
    """Drafts, rejected and waiting documents that the rule speaks of, of those the person may see."""
    model: Any = DOCUMENTS[rule.document][0]
    statement = select(model).join(Customer, Customer.id == model.customer_id)
    open_states = model.state.in_((DRAFT, REJECTED, PENDING))
    return statement.where(open_states, model.seen_by(rights), touched_by(rule)).order_by(model.id.desc())


def delete_of(session: Session, record: ApprovalRule | StandIn, actor: Actor) -> None:
    """Delete a rule or a stand-in; what was written down with documents stays."""
    if isinstance(record, StandIn):
        record.active = False
    discard(record, actor)
    session.flush()


def _rules_naming(people: Collection[int]) -> Select[Any]:
    named = or_(ApprovalRule.person_id.in_(people), ApprovalRule.second_id.in_(people))
    return select(ApprovalRule).where(ApprovalRule.deleted_at.is_(None), named)


def _stand_ins_of(people: Collection[int]) -> Select[Any]:
    named = or_(StandIn.user_id.in_(people), StandIn.stand_in_id.in_(people))
    return select(StandIn).where(StandIn.deleted_at.is_(None), named)


def _count_named(session: Session, people: Collection[int]) -> int:
    selects = (_rules_naming(people), _stand_ins_of(people))
    return sum(session.scalar(select(func.count()).select_from(ids.subquery())) or 0 for ids in selects)


def _name_somebody_else(session: Session, people: Collection[int], to: int | None, actor: Actor) -> None:
    """The rules name another person, or nobody: one that then says nothing goes. Stand-ins end."""
    for rule in session.scalars(_rules_naming(people)):
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
    for stand_in in session.scalars(_stand_ins_of(people)):
        delete_of(session, stand_in, actor)
    session.flush()


declare_belonging(
    Belonging(
        "approval_rules",
        N_("Approval rules"),
        _count_named,
        _name_somebody_else,
        possible_decider_ids,
        optional=True,
    )
)
