"""Q-1 to Q-3, C-7: assigned, claimed by one of many, handed on, put back."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from crm.domain.customers.customers import move_customer, save_customer
from crm.domain.customers.owners import managers_of, owners_tree
from crm.domain.customers.pool import (
    HAND_OVER,
    assign_customer,
    claim_customer,
    notify_new_owner_of_many,
    release_customer,
    transfer_customer,
)
from crm.domain.platform.settings import change_settings
from crm.entities import policy
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.extensions import db
from crm.jobs.database import write_session
from crm.models import Customer, CustomerEvent, Notice, Permission, PersonalGrant, User
from tests.cast import actor_as
from tests.domain.customers.test_recycling import add_opportunity
from tests.factories import make_contact, make_customer

NOW = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)  # 23:30 in Taipei


@pytest.fixture
def pooled(session, cast):
    def make(count=1, name="池中客戶"):
        return [make_customer(session, cast.manager, name=f"{name}{n}", pooled=True) for n in range(count)]

    return make


def test_assigning_gives_an_owner_tells_them_and_is_in_the_ledger(session, cast, pooled, actor):
    (customer,) = pooled()
    assign_customer(session, customer, actor(cast.manager, NOW), cast.wang.id)
    assert (customer.owner_id, customer.pool, customer.owned_since) == (cast.wang.id, "owned", NOW)
    event = session.scalars(select(CustomerEvent).where(CustomerEvent.kind == "owner")).one()
    assert (event.before_id, event.after_id, event.by_id) == (None, cast.wang.id, cast.manager.id)
    assert event.reason == "Assigned from the pool"
    notice = session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.values) == (cast.wang.id, {"name": customer.name, "person": "陳經理"})


def test_who_may_not_assign_does_not(session, cast, pooled, actor):
    (customer,) = pooled()
    with pytest.raises(NotAllowed):
        assign_customer(session, customer, actor(cast.wang), cast.wang.id)
    with pytest.raises(FieldError):  # finance holds no customers
        assign_customer(session, customer, actor(cast.manager), cast.finance.id)
    cast.li.disabled_at = NOW
    session.flush()
    with pytest.raises(FieldError):
        assign_customer(session, customer, actor(cast.manager), cast.li.id)
    assert customer.owner_id is None


def test_a_customer_that_has_an_owner_is_not_assigned_again(session, cast, pooled, actor):
    (customer,) = pooled()
    assign_customer(session, customer, actor(cast.manager), cast.wang.id)
    with pytest.raises(DomainError) as refused:
        assign_customer(session, customer, actor(cast.manager), cast.li.id)
    assert refused.value.values == {"name": "王小明"}


def test_several_at_once_are_one_notice(session, cast, actor):
    notify_new_owner_of_many(session, 12, actor(cast.manager), cast.wang.id)
    notify_new_owner_of_many(session, 12, actor(cast.wang), cast.wang.id)
    assert [(n.user_id, n.values["count"]) for n in session.scalars(select(Notice))] == [(cast.wang.id, 12)]


def test_eight_take_the_same_customer_and_one_has_it(session, cast, pooled, app):
    """Hostile: at the same moment. Seven are told who it is."""
    (customer,) = pooled()
    people = [cast.wang, cast.li, cast.manager, *more_salespeople(session, 5)]
    names = {person.id: person.name for person in people}
    ids, customer_id = list(names), customer.id
    session.commit()
    engine, start = db.engine, Barrier(8)

    def take(person_id):
        with engine.connect():  # the connection is ready before the race
            start.wait()
        try:
            with write_session(engine) as own:
                actor = actor_as(own, own.get_one(User, person_id), NOW)
                claim_customer(own, own.get_one(Customer, customer_id), actor)
            return None
        except DomainError as refused:
            return refused.values["name"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: copy_context().run(take, i), ids))
    session.expire_all()
    owner = session.get_one(Customer, customer_id).owner_id
    assert answers.count(None) == 1 and ids[answers.index(None)] == owner
    assert [a for a in answers if a is not None] == [names[owner]] * 7
    events = session.scalars(select(CustomerEvent).where(CustomerEvent.kind == "owner")).all()
    assert [e.after_id for e in events] == [owner]


def more_salespeople(session, count):
    wang = session.scalars(select(User).where(User.login == "wang")).one()
    made = []
    for n in range(count):
        person = User(login=f"s{n}", login_key=f"s{n}", name=f"業務{n}", unit_id=wang.unit_id, password_hash="")
        person.created_at = person.updated_at = NOW
        session.add(person)
        session.flush()
        for permission in (Permission.POOL_CLAIM, Permission.CUSTOMERS_SAVE):
            session.add(PersonalGrant(user_id=person.id, permission=permission.value, scope=1))
        made.append(person)
    return made


def test_so_many_a_day_and_the_day_is_the_firms(session, cast, pooled, actor):
    change_settings(session, claim_most_a_day=2)
    session.commit()
    one, two, three = pooled(3)
    claim_customer(session, one, actor(cast.wang, NOW))
    claim_customer(session, two, actor(cast.wang, NOW))
    with pytest.raises(DomainError, match="come back tomorrow"):
        claim_customer(session, three, actor(cast.wang, NOW))
    claim_customer(session, three, actor(cast.wang, NOW + timedelta(hours=1)))
    assert three.owner_id == cast.wang.id


def test_what_a_manager_gives_oneself_is_no_claim(session, cast, pooled, actor):
    change_settings(session, claim_most_a_day=1)
    session.commit()
    one, two = pooled(2)
    assign_customer(session, one, actor(cast.manager, NOW), cast.manager.id)
    claim_customer(session, two, actor(cast.manager, NOW))
    assert two.owner_id == cast.manager.id


def test_so_many_owned_and_none_where_the_policy_is_off(session, cast, pooled, actor):
    change_settings(session, claim_most_owned=1)
    session.commit()
    one, two = pooled(2)
    claim_customer(session, one, actor(cast.wang))
    with pytest.raises(DomainError, match="cannot claim another"):
        claim_customer(session, two, actor(cast.wang))
    change_settings(session, claim_on=False)
    session.commit()
    with pytest.raises(NotAllowed):
        claim_customer(session, two, actor(cast.li))
    assert two.owner_id is None


def test_the_owner_hands_on_and_lets_go_others_need_assign(session, cast, actor):
    customer = make_customer(session, cast.wang)
    assert policy.can(session, actor(cast.wang), HAND_OVER, customer)
    assert policy.can(session, actor(cast.manager), HAND_OVER, customer)
    assert not policy.can(session, actor(cast.li), HAND_OVER, customer)
    for verb, given in ((transfer_customer, (cast.li.id,)), (release_customer, ())):
        with pytest.raises(NotAllowed):
            verb(session, customer, actor(cast.li), *given)
    transfer_customer(session, customer, actor(cast.wang), cast.li.id)
    assert customer.owner_id == cast.li.id
    assert session.scalars(select(Notice.user_id)).all() == [cast.li.id]
    with pytest.raises(NotAllowed):
        release_customer(session, customer, actor(cast.wang))
    with pytest.raises(DomainError, match="already belongs"):
        transfer_customer(session, customer, actor(cast.manager), cast.li.id)
    release_customer(session, customer, actor(cast.manager))
    assert (customer.owner_id, customer.pool) == (None, "pool")
    with pytest.raises(DomainError, match="already in the pool"):
        release_customer(session, customer, actor(cast.manager))


def test_open_opportunities_go_along_and_decided_ones_stay(session, cast, actor):
    customer = make_customer(session, cast.wang)
    open_one = add_opportunity(session, customer, cast.wang)
    before = open_one.version
    transfer_customer(session, customer, actor(cast.manager), cast.li.id)
    assert (open_one.owner_id, open_one.unit_id) == (cast.li.id, cast.li.unit_id)
    assert open_one.version == before + 1
    other = make_customer(session, cast.wang)
    won = add_opportunity(session, other, cast.wang, "won")
    transfer_customer(session, other, actor(cast.manager), cast.li.id)
    assert won.owner_id == cast.wang.id


def test_a_form_that_was_open_during_the_move_is_refused(session, cast, actor):
    """Hostile case 13."""
    customer = make_customer(session, cast.wang)
    opened = customer.version
    move_customer(session, customer, actor(cast.manager), cast.li.id)
    session.flush()
    with pytest.raises(StaleRecord):
        save_customer(session, customer, {"name": "搶先"}, actor(cast.manager), opened)


def test_contacts_from_before_stay_out_of_the_new_owners_reach(session, cast, pooled, actor):
    """Q-2: what was there before the assignment cannot be deleted by the salesperson."""

    (customer,) = pooled()
    contact = make_contact(session, customer, cast.wang)
    assert policy.guard_refusal(session, actor(cast.wang), policy.DELETE, contact) is None
    assign_customer(session, customer, actor(cast.manager), cast.wang.id)
    refusal = policy.refusal_of(session, actor(cast.wang), policy.DELETE, contact)
    assert refusal is not None and "before this customer was assigned" in refusal.message


def test_the_tree_offers_who_can_own_and_the_manager_manages_the_departments_below(session, cast):
    def people(nodes):
        return [p.login for n in nodes for p in [*n.people, *[]]] + [p for n in nodes for p in people(n.units)]

    assert set(people(owners_tree(session))) == {"admin", "manager", "wang", "li"}
    assert managers_of(session, [cast.wang.id, cast.li.id]) == {cast.manager.id: sorted([cast.wang.id, cast.li.id])}
    assert managers_of(session, [cast.manager.id]) == {}
