"""Why somebody sees a record or not: the explanation and the policy say the same of every kind (A-6, A-7)."""

# ruff: noqa: F401, F811 — fixtures of another module

from typing import Any

from sqlalchemy.orm import Session

from crm.domain.organisation.explaining import Decided, explain
from crm.entities import policy
from crm.entities.record_saving import Actor
from crm.entities.registry import entities
from crm.models import PersonalGrant, Role, RoleMember, User, rights_of
from crm.models.permissions import Permission, Scope
from crm.models.rights import BY_CUSTOMER, BY_OWNER, BY_POOL, BY_REQUEST
from tests.cast import Cast, actor_as
from tests.entities.test_policy import EXPECTED, records
from tests.factories import make_contact, make_customer, make_order, submitted

PEOPLE = ("wang", "li", "manager", "order", "finance", "admin")


def one(session: Session, user: User, record: Any, action: str = policy.VIEW) -> Any:
    return explain(session, user, actor_as(session, user), record, [action])[0]


def really(session: Session, by: Actor, kind: Any, record: Any, action: str) -> bool:
    """What the pages would answer: found, and not refused."""
    found = session.scalar(policy.reachable(kind, by.rights).where(kind.model.id == record.id))
    if action == policy.VIEW:
        return found is not None and policy.may(by.rights, kind, policy.VIEW)
    return found is not None and policy.can(session, by, action, record)


def disagreements(session: Session, people: list[User], records: dict[str, Any]) -> list[Any]:
    wrong = []
    for name, actions in EXPECTED.items():
        record = records[name]
        kind = policy.entity_of(record)
        asked = [*dict.fromkeys([policy.VIEW, policy.CHANGE, policy.DELETE, *actions])]
        for user in people:
            by = actor_as(session, user)
            for told in explain(session, user, by, record, asked):
                answer = really(session, by, kind, record, told.action)
                if told.allowed != answer:
                    wrong.append((name, told.action, user.login, told.decided, answer))
    return wrong


def test_the_explanation_agrees_with_the_policy(session: Session, cast: Cast, records: dict[str, Any]) -> None:
    """Kind × state × action × person, with grants of several scopes added."""
    narrow = {"customers:view": Scope.DEPARTMENT}
    session.add_all(PersonalGrant(user_id=cast.li.id, permission=p, scope=s) for p, s in narrow.items())
    session.flush()
    people = [getattr(cast, login) for login in PEOPLE]
    assert disagreements(session, people, records) == []
    assert {policy.entity_of(record).key for record in records.values()} >= {kind.key for kind in entities()}


def test_each_role_and_grant_that_decides_is_named_with_its_way(session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.wang)
    session.add(PersonalGrant(user_id=cast.wang.id, permission="customers:view", scope=Scope.EVERYTHING))
    session.flush()
    found = one(session, cast.wang, customer)
    assert [(source.role, source.scope, ways) for source, ways in found.sources] == [
        ("業務員", Scope.OWN, (BY_OWNER,)),
        ("", Scope.EVERYTHING, (BY_OWNER,)),
    ]


def test_what_is_missing_or_too_narrow_is_told(session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.wang)
    narrow = one(session, cast.li, customer)
    assert narrow.decided is Decided.OUT_OF_REACH
    assert {source.role for source, _ways in narrow.sources} == {"業務員"}
    lacking = one(session, cast.finance, customer)
    assert (lacking.decided, Permission.CUSTOMERS_VIEW in lacking.needed) == (Decided.LACKING, True)
    assert one(session, cast.li, customer, policy.CHANGE).decided is Decided.HIDDEN


def test_pool_customer_and_request_are_ways_of_their_own(session: Session, cast: Cast) -> None:
    pooled = make_customer(session, cast.wang, pooled=True)
    assert one(session, cast.li, pooled).sources[0][1] == (BY_POOL,)
    contact = make_contact(session, make_customer(session, cast.wang), cast.wang)
    assert one(session, cast.wang, contact).sources[0][1] == (BY_CUSTOMER,)
    order = submitted(session, make_order(session, make_customer(session, cast.wang), cast.wang), cast.wang, cast.order)
    order.approver_id = cast.li.id
    session.add(PersonalGrant(user_id=cast.li.id, permission="orders:approve", scope=Scope.OWN))
    session.flush()
    assert one(session, cast.li, order).sources[0][1] == (BY_REQUEST,)
    assert one(session, cast.li, order, "approve").allowed


def test_a_rule_that_refuses_speaks_for_itself(session: Session, cast: Cast) -> None:
    order = make_order(session, make_customer(session, cast.wang), cast.wang)
    found = one(session, cast.order, order, "approve")
    assert found.decided is Decided.REFUSED and found.refusal is not None
    submitted(session, order, cast.wang, cast.order)
    assert one(session, cast.order, order, "approve").allowed
