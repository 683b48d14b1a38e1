"""Q-5: a former owner waits before claiming a customer again, and gets it with its idle days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from crm.domain.customers.idle_customers import recycle_idle
from crm.domain.customers.pool import (
    CLAIM,
    assign_customer,
    claim_customer,
    claimed_today,
    release_customer,
    transfer_customer,
)
from crm.domain.platform.settings import change_settings
from crm.entities import policy
from crm.entities.record_saving import Actor, system_actor
from crm.errors import DomainError
from crm.models import Customer, Permission, PersonalGrant
from tests.cast import Cast
from tests.factories import make_customer, make_record

START = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)  # noon of a Monday in Taipei
DAY = timedelta(days=1)
By = Callable[..., Actor]


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    return make_customer(session, cast.wang, name="大同", now=START)


def idle(customer: Customer, now: datetime) -> int:
    assert customer.idle_since is not None
    return (now - customer.idle_since).days


class TestWaiting:
    def test_whoever_gives_back_claims_after_seven_days_and_others_at_once(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        release_customer(session, customer, actor(cast.wang, START + 20 * DAY))
        for days, hours in ((0, 0), (3, 0), (6, 11)):
            by = actor(cast.wang, START + (20 + days) * DAY + timedelta(hours=hours))
            refusal = policy.refusal_of(session, by, CLAIM, customer)
            assert refusal is not None
            assert refusal.values == {"day": date(2026, 11, 29)}
            with pytest.raises(DomainError, match="yours recently"):
                claim_customer(session, customer, by)
        assert policy.can(session, actor(cast.li, START + 20 * DAY), CLAIM, customer)
        claim_customer(session, customer, actor(cast.wang, START + 27 * DAY))
        assert customer.owner_id == cast.wang.id

    def test_whoever_lost_it_to_recycling_waits_too(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        change_settings(session, recycle_on=True, recycle_days=30)
        now = START + 32 * DAY
        recycle_idle(session, system_actor(now, actor(cast.wang).zone))
        assert customer.pool == "recycled"
        assert not policy.can(session, actor(cast.wang, now + 6 * DAY), CLAIM, customer)
        assert policy.can(session, actor(cast.wang, now + 7 * DAY), CLAIM, customer)

    def test_a_manager_who_puts_it_there_makes_its_owner_wait(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        release_customer(session, customer, actor(cast.manager, START + DAY))
        assert not policy.can(session, actor(cast.wang, START + 2 * DAY), CLAIM, customer)
        assert policy.can(session, actor(cast.manager, START + 2 * DAY), CLAIM, customer)

    @pytest.mark.parametrize(("days", "waits"), [(0, 0), (1, 1), (30, 30)])
    def test_the_policy_says_how_long(
        self, session: Session, cast: Cast, customer: Customer, actor: By, days: int, waits: int
    ) -> None:
        change_settings(session, claim_pause_days=days)
        now = START + 20 * DAY
        release_customer(session, customer, actor(cast.wang, now))
        if waits:
            assert not policy.can(session, actor(cast.wang, now + (waits - 1) * DAY), CLAIM, customer)
        assert policy.can(session, actor(cast.wang, now + waits * DAY), CLAIM, customer)

    def test_somebody_between_does_not_shorten_it(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        release_customer(session, customer, actor(cast.wang, START + DAY))
        claim_customer(session, customer, actor(cast.li, START + DAY))
        release_customer(session, customer, actor(cast.li, START + 2 * DAY))
        for person in (cast.wang, cast.li):
            assert not policy.can(session, actor(person, START + 3 * DAY), CLAIM, customer)
        assert policy.can(session, actor(cast.wang, START + 8 * DAY), CLAIM, customer)

    def test_a_manager_assigns_it_to_them_at_any_time(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        release_customer(session, customer, actor(cast.wang, START + DAY))
        assign_customer(session, customer, actor(cast.manager, START + DAY), cast.wang.id)
        assert customer.owner_id == cast.wang.id


class TestIdleDays:
    def test_they_go_on_for_a_former_owner_as_if_it_had_not_been_away(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        release_customer(session, customer, actor(cast.wang, START + 20 * DAY))
        claim_customer(session, customer, actor(cast.wang, START + 27 * DAY))
        assert idle(customer, START + 27 * DAY) == 27
        release_customer(session, customer, actor(cast.wang, START + 28 * DAY))
        claim_customer(session, customer, actor(cast.wang, START + 35 * DAY))
        assert idle(customer, START + 35 * DAY) == 35
        assert claimed_today(session, actor(cast.wang, START + 35 * DAY)) == 1

    def test_from_the_last_contact_where_there_was_one(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        make_record(session, customer, cast.wang, START + 5 * DAY)
        release_customer(session, customer, actor(cast.wang, START + 20 * DAY))
        claim_customer(session, customer, actor(cast.wang, START + 27 * DAY))
        assert idle(customer, START + 27 * DAY) == 22

    def test_for_a_new_owner_they_begin_with_the_claim(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        release_customer(session, customer, actor(cast.wang, START + 20 * DAY))
        claim_customer(session, customer, actor(cast.li, START + 21 * DAY))
        assert idle(customer, START + 21 * DAY) == 0

    def test_once_somebody_else_had_it_for_longer_it_is_new(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        release_customer(session, customer, actor(cast.wang, START + DAY))
        claim_customer(session, customer, actor(cast.li, START + 2 * DAY))
        release_customer(session, customer, actor(cast.li, START + 40 * DAY))
        claim_customer(session, customer, actor(cast.wang, START + 41 * DAY))
        assert idle(customer, START + 41 * DAY) == 0

    def test_what_a_manager_decides_is_a_beginning(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        release_customer(session, customer, actor(cast.wang, START + 20 * DAY))
        assign_customer(session, customer, actor(cast.manager, START + 21 * DAY), cast.wang.id)
        assert idle(customer, START + 21 * DAY) == 0
        release_customer(session, customer, actor(cast.wang, START + 25 * DAY))
        claim_customer(session, customer, actor(cast.wang, START + 40 * DAY))
        assert idle(customer, START + 40 * DAY) == 19

    def test_two_colleagues_who_hand_it_to_each_other_make_it_no_younger(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        transfer_customer(session, customer, actor(cast.wang, START + 20 * DAY), cast.li.id)
        assert idle(customer, START + 20 * DAY) == 0
        transfer_customer(session, customer, actor(cast.li, START + 21 * DAY), cast.wang.id)
        assert idle(customer, START + 21 * DAY) == 21

    @pytest.mark.parametrize("door", ["assigned from the pool", "handed on and taken back"])
    def test_who_assigns_it_to_oneself_makes_it_no_younger(
        self, session: Session, cast: Cast, actor: By, door: str
    ) -> None:
        customer = make_customer(session, cast.manager, name="大通", now=START)
        if door == "assigned from the pool":
            release_customer(session, customer, actor(cast.manager, START + 20 * DAY))
            assign_customer(session, customer, actor(cast.manager, START + 21 * DAY), cast.manager.id)
        else:
            transfer_customer(session, customer, actor(cast.manager, START + 20 * DAY), cast.li.id)
            transfer_customer(session, customer, actor(cast.manager, START + 21 * DAY), cast.manager.id)
        assert (customer.owner_id, idle(customer, START + 21 * DAY)) == (cast.manager.id, 21)

    def test_who_assigns_to_oneself_what_was_anothers_begins(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        transfer_customer(session, customer, actor(cast.manager, START + 21 * DAY), cast.manager.id)
        assert idle(customer, START + 21 * DAY) == 0

    def test_the_next_run_takes_back_what_was_claimed_and_not_contacted(
        self, session: Session, cast: Cast, customer: Customer, actor: By
    ) -> None:
        change_settings(session, recycle_on=True, recycle_days=30)
        zone = actor(cast.wang).zone
        release_customer(session, customer, actor(cast.wang, START + 25 * DAY))
        claim_customer(session, customer, actor(cast.wang, START + 32 * DAY))
        recycle_idle(session, system_actor(START + 33 * DAY, zone))
        assert (customer.owner_id, customer.pool) == (None, "recycled")


def test_a_right_of_ones_own_to_assign_decides(session: Session, cast: Cast, customer: Customer, actor: By) -> None:
    session.add(PersonalGrant(user_id=cast.li.id, permission=Permission.CUSTOMERS_ASSIGN.value, scope=4))
    session.flush()
    transfer_customer(session, customer, actor(cast.wang, START + 20 * DAY), cast.li.id)
    transfer_customer(session, customer, actor(cast.li, START + 21 * DAY), cast.wang.id)
    assert idle(customer, START + 21 * DAY) == 0
