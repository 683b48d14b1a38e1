"""審核規則 and 代理審核: who decides, a second person, what stays as it was at submission (SO-8, hostile case 21)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.domain.organisation.belongings import belongings
from crm.domain.platform.settings import change_settings
from crm.domain.sales.approval_rule_saving import delete_of, documents_touched, save_rule
from crm.domain.sales.approval_rules import replace_person, requirements_of
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.domain.sales.stand_ins import has_unsettled, save_stand_in, settle_stand_ins
from crm.entities import policy
from crm.errors import DomainError, FieldError, NotAllowed
from crm.models import (
    ApprovalRequirement,
    ApprovalRule,
    Notice,
    Order,
    PersonalGrant,
    Role,
    RoleMember,
    StandIn,
    User,
    WorkflowEvent,
)
from crm.models.documents import APPROVED, PENDING, REJECTED
from crm.models.permissions import Scope
from tests.cast import Cast, actor_as
from tests.factories import (
    approved_order,
    level,
    line,
    make_customer,
    make_order,
    make_product,
    make_receipt,
    submitted,
)


def let_approve(session: Session, user: User, scope: Scope = Scope.OWN) -> None:
    for permission in ("orders:approve", "receipts:approve", "orders:view", "receipts:view"):
        if session.get(PersonalGrant, (user.id, permission)) is None:
            session.add(PersonalGrant(user_id=user.id, permission=permission, scope=scope))
    session.flush()


def rule(session: Session, cast: Cast, **values: Any) -> ApprovalRule:
    given = {"document": "orders", "condition": "amount", "amount": Decimal(1000), **values}
    return save_rule(session, None, given, actor_as(session, cast.admin))


def fire(session: Session, order: Any, step: str, by: User, **more: Any) -> WorkflowEvent:
    workflow = ORDER_WORKFLOW if isinstance(order, Order) else RECEIPT_WORKFLOW
    return workflow.fire(session, order, step, actor_as(session, by), **more)


def approvers(session: Session, order: Any, by: User) -> list[str]:
    return [user.login for user in ORDER_WORKFLOW.approvers(session, order, actor_as(session, by))]


def can(session: Session, user: User, order: Any, step: str = "approve") -> bool:
    return policy.can(session, actor_as(session, user), step, order)


def to_decide(session: Session, user: User) -> list[int]:
    wanted = ORDER_WORKFLOW.awaiting(session, actor_as(session, user))
    return [order.id for order in session.scalars(wanted)]


@pytest.fixture
def order(session: Session, cast: Cast) -> Callable[..., Order]:
    def make(amount: str = "2000", **values: Any) -> Order:
        return make_order(session, make_customer(session, cast.wang), cast.wang, amount, **values)

    return make


def test_without_rules_nothing_is_written_down(session: Session, cast: Cast, order: Callable[..., Order]) -> None:
    sold = submitted(session, order(), cast.wang, cast.order)
    fire(session, sold, "approve", cast.order)
    assert sold.state == APPROVED
    assert session.scalars(select(ApprovalRequirement)).all() == []


def test_up_to_the_limit_the_role_decides_above_it_a_second_person_too(
    session: Session, cast: Cast, order: Callable[..., Order]
) -> None:
    let_approve(session, cast.manager)
    rule(session, cast, second_id=cast.manager.id)
    small, large = order("1000"), order("1000.01")
    submitted(session, small, cast.wang, cast.order)
    fire(session, small, "approve", cast.order)
    assert small.state == APPROVED
    submitted(session, large, cast.wang, cast.order)
    assert (can(session, cast.order, large), can(session, cast.manager, large)) == (True, False)
    fire(session, large, "approve", cast.order)
    assert (large.state, large.approver_id, large.approved_at) == (PENDING, cast.manager.id, None)
    assert not can(session, cast.order, large)
    with pytest.raises(NotAllowed, match="decides on this now"):
        fire(session, large, "approve", cast.order)
    fire(session, large, "approve", cast.manager)
    assert (large.state, large.approved_by_id) == (APPROVED, cast.manager.id)
    done = requirements_of(session, "orders", large)
    assert [one.decided_by_id for one in done] == [cast.order.id, cast.manager.id]


def test_those_concerned_are_told_at_each_step(session: Session, cast: Cast, order: Callable[..., Order]) -> None:
    let_approve(session, cast.manager)
    rule(session, cast, second_id=cast.manager.id)
    sold = submitted(session, order(), cast.wang, cast.order)
    assert (to_decide(session, cast.order), to_decide(session, cast.manager)) == ([sold.id], [])
    fire(session, sold, "approve", cast.order)
    assert (to_decide(session, cast.order), to_decide(session, cast.manager)) == ([], [sold.id])
    told = {
        user.login: session.scalars(select(Notice.message).where(Notice.user_id == user.id)).all()
        for user in (cast.wang, cast.manager)
    }
    assert any("needs your approval as well" in message for message in told["manager"])
    assert any("needs the approval of %(next)s" in message for message in told["wang"])
    fire(session, sold, "approve", cast.manager)
    unread = select(Notice).where(Notice.user_id == cast.manager.id, Notice.read_at.is_(None))
    assert session.scalars(unread).all() == []


def test_a_rule_that_changes_does_not_change_what_waits(
    session: Session, cast: Cast, order: Callable[..., Order]
) -> None:
    let_approve(session, cast.manager)
    before = submitted(session, order(), cast.wang, cast.order)
    made = rule(session, cast, second_id=cast.manager.id)
    fire(session, before, "approve", cast.order)
    assert before.state == APPROVED
    waiting = submitted(session, order(), cast.wang, cast.order)
    delete_of(session, made, actor_as(session, cast.admin))
    fire(session, waiting, "approve", cast.order)
    assert waiting.state == PENDING
    fire(session, waiting, "approve", cast.manager)
    after = submitted(session, order(), cast.wang, cast.order)
    fire(session, after, "approve", cast.order)
    assert (waiting.state, after.state) == (APPROVED, APPROVED)


def test_rejected_or_withdrawn_it_needs_everything_again(
    session: Session, cast: Cast, order: Callable[..., Order]
) -> None:
    let_approve(session, cast.manager)
    rule(session, cast, second_id=cast.manager.id)
    sold = submitted(session, order(), cast.wang, cast.order)
    fire(session, sold, "approve", cast.order)
    fire(session, sold, "reject", cast.manager, opinion="太便宜")
    assert sold.state == REJECTED
    submitted(session, sold, cast.wang, cast.order)
    assert [one.state for one in requirements_of(session, "orders", sold)] == ["open", "waiting"]
    fire(session, sold, "approve", cast.order)
    fire(session, sold, "withdraw", cast.wang)
    submitted(session, sold, cast.wang, cast.order)
    assert can(session, cast.order, sold) and not can(session, cast.manager, sold)


@pytest.mark.parametrize("who", ["person", "role"])
def test_a_rule_names_who_decides_instead(session: Session, cast: Cast, order: Callable[..., Order], who: str) -> None:
    let_approve(session, cast.li)
    role = Role(name="總經理室", scope=1, created_at=datetime.now(UTC), updated_at=datetime.now(UTC))
    session.add(role)
    session.flush()
    session.add(RoleMember(role_id=role.id, user_id=cast.li.id))
    session.flush()
    rule(session, cast, **({"person_id": cast.li.id} if who == "person" else {"role_id": role.id}))
    sold = order()
    assert approvers(session, sold, cast.wang) == ["li"]
    with pytest.raises(FieldError, match="please ask"):
        submitted(session, sold, cast.wang, cast.order)
    submitted(session, sold, cast.wang, cast.li)
    assert (can(session, cast.li, sold), can(session, cast.order, sold)) == (True, False)
    assert (can(session, cast.li, sold, "reject"), can(session, cast.order, sold, "reject")) == (True, False)
    fire(session, sold, "approve", cast.li)
    assert sold.state == APPROVED


def test_by_price_and_by_level(session: Session, cast: Cast, order: Callable[..., Order]) -> None:
    let_approve(session, cast.li)
    rule(session, cast, condition="price", amount=None, person_id=cast.li.id)
    product = make_product(session, floor_price=Decimal("90.5"))
    low = order(lines=[line(product, price="100", discount=Decimal(90))])
    fair = order(lines=[line(product, price="100", discount=Decimal("90.5"))])
    assert (approvers(session, low, cast.wang), approvers(session, fair, cast.wang)) == (["li"], ["order"])
    session.execute(delete(ApprovalRule))
    important = level(session, "重要客戶")
    rule(session, cast, condition="level", amount=None, level_id=important.id, person_id=cast.li.id)
    customer = make_customer(session, cast.wang, level_id=important.id)
    assert approvers(session, make_order(session, customer, cast.wang), cast.wang) == ["li"]
    assert approvers(session, order(), cast.wang) == ["order"]


def test_receipts_and_reversals_count_by_their_amount(session: Session, cast: Cast) -> None:
    let_approve(session, cast.li)
    rule(session, cast, document="receipts", amount=Decimal(50), second_id=cast.li.id)
    customer = make_customer(session, cast.wang)
    sold = approved_order(session, customer, cast.wang, cast.order, "100")
    small, large = (make_receipt(session, customer, cast.wang, {sold: amount}) for amount in ("40", "60"))
    for receipt in (small, large):
        fire(session, receipt, "submit", cast.wang, approver_id=cast.finance.id)
        fire(session, receipt, "approve", cast.finance)
    assert (small.state, large.state, sold.received, sold.pending) == (APPROVED, PENDING, Decimal(40), Decimal(60))
    fire(session, large, "approve", cast.li)
    assert (large.state, sold.received, sold.pending) == (APPROVED, Decimal(100), Decimal(0))


def test_several_rules_count_together_each_by_another_person(
    session: Session, cast: Cast, order: Callable[..., Order]
) -> None:
    for user in (cast.manager, cast.li, cast.finance):
        let_approve(session, user)
    rule(session, cast, amount=Decimal(100), second_id=cast.manager.id)
    rule(session, cast, amount=Decimal(1000), second_id=cast.li.id)
    rule(session, cast, amount=Decimal(1500), second_id=cast.manager.id)
    sold = submitted(session, order(), cast.wang, cast.order)
    needs = requirements_of(session, "orders", sold)
    assert [one.person_id for one in needs] == [None, cast.manager.id, cast.li.id]
    assert len(needs[1].reasons) == 2
    for user in (cast.order, cast.manager, cast.li):
        assert sold.state == PENDING
        fire(session, sold, "approve", user)
    assert sold.state == APPROVED


def test_a_second_person_does_not_decide_first(session: Session, cast: Cast, order: Callable[..., Order]) -> None:
    """Else nobody would be left for the second decision."""
    role = session.scalars(select(Role).where(Role.key == "sales_approver")).one()
    session.add(RoleMember(role_id=role.id, user_id=cast.manager.id))
    session.flush()
    rule(session, cast, second_id=cast.manager.id)
    sold = order()
    assert approvers(session, sold, cast.wang) == ["order"]
    submitted(session, sold, cast.wang, cast.order)
    assert not can(session, cast.manager, sold)


def test_the_own_document_of_a_named_person_goes_to_other_approvers(session: Session, cast: Cast) -> None:
    """SO-6 holds for the second decision too; where nobody else is left, it is said before anybody decides."""
    let_approve(session, cast.manager)
    rule(session, cast, second_id=cast.manager.id)
    own = make_order(session, make_customer(session, cast.manager), cast.manager, "2000")
    with pytest.raises(DomainError, match="as well, but cannot"):
        submitted(session, own, cast.manager, cast.order)
    session.rollback()
    let_approve(session, cast.manager)
    let_approve(session, cast.finance)
    rule(session, cast, second_id=cast.manager.id)
    own = make_order(session, make_customer(session, cast.manager), cast.manager, "2000")
    submitted(session, own, cast.manager, cast.order)
    fire(session, own, "approve", cast.order)
    assert (own.state, own.approver_id) == (PENDING, cast.finance.id)
    assert not can(session, cast.manager, own)
    fire(session, own, "approve", cast.finance)
    assert own.state == APPROVED


@pytest.fixture
def away(session: Session, cast: Cast) -> StandIn:
    """Li decides in the place of the approver, today and tomorrow."""
    let_approve(session, cast.li)
    today = actor_as(session, cast.admin).now.astimezone(actor_as(session, cast.admin).zone).date()
    values = {
        "user_id": cast.order.id,
        "stand_in_id": cast.li.id,
        "from_on": today,
        "until_on": today + timedelta(days=1),
    }
    return save_stand_in(session, None, values, actor_as(session, cast.admin))


def test_a_stand_in_decides_in_the_others_place(
    session: Session, cast: Cast, order: Callable[..., Order], away: StandIn
) -> None:
    sold = submitted(session, order(), cast.wang, cast.order)
    assert to_decide(session, cast.li) == [sold.id]
    assert session.scalars(select(Notice).where(Notice.user_id == cast.li.id)).all()
    event = fire(session, sold, "approve", cast.li)
    assert (sold.state, event.by_id, event.for_id) == (APPROVED, cast.li.id, cast.order.id)


def test_a_stand_in_meets_a_decision_of_the_rules(
    session: Session, cast: Cast, order: Callable[..., Order], away: StandIn
) -> None:
    rule(session, cast, person_id=cast.order.id)
    sold = submitted(session, order(), cast.wang, cast.order)
    assert to_decide(session, cast.li) == [sold.id]
    assert fire(session, sold, "approve", cast.li).for_id == cast.order.id


def test_21_nobody_decides_on_their_own_document_as_a_stand_in(session: Session, cast: Cast, away: StandIn) -> None:
    """Hostile case 21: neither on one's own, nor on that of the person in whose place one decides."""
    own = make_order(session, make_customer(session, cast.li), cast.li)
    submitted(session, own, cast.li, cast.order)
    assert not can(session, cast.li, own)
    with pytest.raises(NotAllowed):
        fire(session, own, "approve", cast.li)
    rule(session, cast, amount=Decimal(1), person_id=cast.order.id)
    let_approve(session, cast.finance)
    session.add(
        RoleMember(
            role_id=session.scalars(select(Role.id).where(Role.key == "sales_approver")).one(), user_id=cast.finance.id
        )
    )
    session.flush()
    theirs = make_order(session, make_customer(session, cast.wang), cast.wang)
    theirs.owner_id = cast.order.id
    submitted(session, theirs, cast.wang, cast.finance)
    assert can(session, cast.finance, theirs)
    (need,) = requirements_of(session, "orders", theirs)
    assert (need.person_id, len(need.reasons)) == (None, 2)


def test_a_stand_in_begins_and_ends_with_the_days(
    session: Session, cast: Cast, order: Callable[..., Order], away: StandIn
) -> None:
    sold = submitted(session, order(), cast.wang, cast.order)
    later = actor_as(session, cast.admin, datetime.now(UTC) + timedelta(days=3))
    assert has_unsettled(session, later)
    assert settle_stand_ins(session, later) == 1
    assert (away.active, can(session, cast.li, sold)) == (False, False)
    assert settle_stand_ins(session, actor_as(session, cast.admin)) == 1
    assert can(session, cast.li, sold)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount": None, "second_id": "manager"}, "amount"),
        ({"condition": "level", "second_id": "manager"}, "level_id"),
        ({"document": "receipts", "condition": "price", "second_id": "manager"}, "condition"),
        ({}, "decider"),
        ({"person_id": "wang"}, "decider"),
        ({"second_id": "wang"}, "second"),
        ({"person_id": "manager", "second_id": "manager"}, "second"),
        ({"role_id": "salesperson"}, "decider"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(session: Session, cast: Cast, values: dict[str, Any], field: str) -> None:
    let_approve(session, cast.manager)
    role = session.scalars(select(Role).where(Role.key == "salesperson")).one()
    session.execute(delete(RoleMember).where(RoleMember.role_id == role.id, RoleMember.user_id == cast.manager.id))
    named = {key: getattr(cast, v).id for key, v in values.items() if key in ("person_id", "second_id")}
    named |= {"role_id": role.id} if "role_id" in values else {}
    with pytest.raises(FieldError) as refused:
        rule(session, cast, **{**values, **named})
    assert refused.value.field == field


def test_a_stand_in_may_approve_what_the_other_one_approves(session: Session, cast: Cast) -> None:
    """Nobody gets a right by standing in (A-5)."""
    days = {"from_on": date(2026, 1, 1), "until_on": date(2026, 1, 2)}
    by = actor_as(session, cast.admin)
    for user, other, field in (
        (cast.order, cast.li, "stand_in_id"),
        (cast.wang, cast.order, "user_id"),
        (cast.order, cast.order, "stand_in_id"),
    ):
        with pytest.raises(FieldError) as refused:
            save_stand_in(session, None, {"user_id": user.id, "stand_in_id": other.id, **days}, by)
        assert refused.value.field == field


def test_the_documents_that_a_rule_speaks_of_now(session: Session, cast: Cast, order: Callable[..., Order]) -> None:
    let_approve(session, cast.manager)
    made = rule(session, cast, second_id=cast.manager.id)
    draft, waiting, _small = order(), submitted(session, order(), cast.wang, cast.order), order("10")
    fire(session, submitted(session, order("10"), cast.wang, cast.order), "approve", cast.order)
    found = session.scalars(documents_touched(made, actor_as(session, cast.admin).rights)).all()
    assert {one.id for one in found} == {draft.id, waiting.id}
    assert session.scalars(documents_touched(made, actor_as(session, cast.li).rights)).all() == []


def test_allowed_self_approval_holds_for_rules_too(session: Session, cast: Cast) -> None:
    let_approve(session, cast.manager)
    change_settings(session, self_approval=True)
    rule(session, cast, second_id=cast.manager.id)
    own = make_order(session, make_customer(session, cast.manager), cast.manager, "2000")
    submitted(session, own, cast.manager, cast.order)
    fire(session, own, "approve", cast.order)
    fire(session, own, "approve", cast.manager)
    assert own.state == APPROVED


def test_rules_of_somebody_who_leaves_name_another_person(
    session: Session, cast: Cast, order: Callable[..., Order], away: StandIn
) -> None:
    """A-2: what waits goes on, too."""
    let_approve(session, cast.manager)
    second = rule(session, cast, second_id=cast.manager.id)
    alone = rule(session, cast, amount=Decimal(5000), person_id=cast.manager.id)
    sold = submitted(session, order(), cast.wang, cast.order)
    (belonging,) = [one for one in belongings() if one.key == "approval_rules"]
    by = actor_as(session, cast.admin)
    assert belonging.count(session, [cast.manager.id]) == 2
    with pytest.raises(FieldError):
        belonging.transfer(session, [cast.manager.id], cast.wang.id, by)
    belonging.transfer(session, [cast.manager.id], cast.li.id, by)
    replace_person(session, "orders", [cast.manager.id], cast.li.id)
    assert (second.second_id, alone.person_id) == (cast.li.id, cast.li.id)
    fire(session, sold, "approve", cast.order)
    fire(session, sold, "approve", cast.li)
    assert sold.state == APPROVED
    assert belonging.count(session, [cast.li.id]) == 3
    belonging.transfer(session, [cast.li.id], None, by)
    assert (second.deleted_at, alone.deleted_at, away.active) == (by.now, by.now, False)
