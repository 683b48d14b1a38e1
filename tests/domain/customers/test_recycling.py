"""Q-4: who is taken back, who is warned, who is exempt; once, on the right day, in the firm's zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.domain.customers.idle_customers import (
    due_soon,
    due_today,
    exemption_reasons,
    recycle_idle,
    recycling_day,
    save_recycling_policy,
)
from crm.domain.platform.settings import change_settings, read_settings
from crm.entities.record_saving import system_actor
from crm.errors import FieldError
from crm.models import Customer, CustomerEvent, Notice, Opportunity
from tests.bare_sales import bare_order
from tests.cast import ZONE
from tests.factories import give, item, level, make_customer, make_record

TWO_AT_NIGHT = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)  # 30 November, 02:00 in Taipei


def night(day):
    """02:00 of a day of November 2026 (31 is 1 December)."""
    return TWO_AT_NIGHT + timedelta(days=day - 30)


@pytest.fixture
def policy(session):
    def set_policy(**values):
        change_settings(session, recycle_on=True, recycle_days=7, recycle_warn_days=5, **values)
        session.commit()
        return read_settings(session)

    return set_policy


def run(session, now):
    done = recycle_idle(session, system_actor(now, ZONE))
    session.commit()
    return done.recycled, done.warned


def idle_customers(session, owner, days, now=TWO_AT_NIGHT):
    """One customer for each number of idle days, contacted in the middle of that day."""
    noon = now.astimezone(ZONE).replace(hour=12).astimezone(UTC)
    return {n: make_customer(session, owner, name=f"閒置{n}日", now=noon - timedelta(days=n)) for n in days}


def add_opportunity(session, customer, owner, state="open"):
    made = Opportunity(
        code=f"OP{customer.id}",
        title="機會",
        customer_id=customer.id,
        owner_id=owner.id,
        unit_id=owner.unit_id,
        stage_id=item(session, "opportunity_stage", "初步接洽").id,
        state=state,
        closed_at=None if state == "open" else TWO_AT_NIGHT,
        created_at=TWO_AT_NIGHT,
        updated_at=TWO_AT_NIGHT,
    )
    session.add(made)
    session.flush()
    return made


def test_nothing_happens_while_the_policy_is_off(session, cast):
    idle_customers(session, cast.wang, [40])
    assert run(session, TWO_AT_NIGHT) == (0, 0)
    assert session.scalars(select(Notice)).all() == []


def test_more_than_seven_days_and_not_a_day_less(session, cast, policy):
    """One to forty days idle: eight and more move, three to seven are warned of (five days before)."""
    firm = policy()
    customers = idle_customers(session, cast.wang, range(1, 41))
    assert {c.name for c in session.scalars(due_today(firm, TWO_AT_NIGHT))} == {f"閒置{n}日" for n in range(8, 41)}
    assert run(session, TWO_AT_NIGHT) == (33, 5)
    moved = {n for n, customer in customers.items() if customer.pool == "recycled"}
    assert moved == set(range(8, 41))
    assert all(customers[n].owner_id is None for n in moved)
    told = session.scalars(select(Notice).where(Notice.kind == "recycle_warning").order_by(Notice.id)).all()
    assert [(n.user_id, n.values["day"], n.values["names"]) for n in told] == [
        (cast.wang.id, f"2026-12-0{day}", f"閒置{8 - day}日") for day in (1, 2, 3, 4, 5)
    ]


def test_day_after_day_across_the_months_end(session, cast, policy):
    """A customer owned since the 26th: warned once, gone on the right night, told once."""
    policy()
    customer = idle_customers(session, cast.wang, [1], night(27))[1]
    seen = []
    for day in range(27, 40):
        for _again in range(2):
            seen += [(day, run(session, night(day)))]
    happened = [(day, done) for day, done in seen if done != (0, 0)]
    assert happened == [(29, (0, 1)), (34, (1, 0))]
    assert recycling_day(datetime(2026, 11, 26, 4, tzinfo=UTC), read_settings(session)) == date(2026, 12, 4)
    moves = session.scalars(select(CustomerEvent).where(CustomerEvent.kind == "pool")).all()
    assert [(e.before, e.after, e.by_id, e.at) for e in moves] == [("owned", "recycled", None, night(34))]
    assert customer.pool == "recycled"


def test_the_day_is_the_firms_and_not_londons(session, cast, policy):
    """Contacted at 23:30 and at 00:30 in Taipei: one day apart, though both are the same day in UTC."""
    firm = policy()
    late = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # the 22nd, 23:30
    early = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # the 23rd, 00:30
    make_customer(session, cast.wang, name="前一天", now=late)
    make_customer(session, cast.wang, name="後一天", now=early)
    assert [c.name for c in session.scalars(due_today(firm, TWO_AT_NIGHT))] == ["前一天"]


def test_a_contact_or_a_new_owner_begins_the_count_anew(session, cast, policy):
    firm = policy()
    visited, handed_on, left = idle_customers(session, cast.wang, [20, 21, 22]).values()
    make_record(session, visited, cast.wang, at=TWO_AT_NIGHT - timedelta(days=3))
    give(session, handed_on, cast.li, cast.admin, now=TWO_AT_NIGHT - timedelta(days=2))
    assert session.scalars(due_today(firm, TWO_AT_NIGHT)).all() == [left]


def test_exempt_levels_and_open_opportunities_stay(session, cast, policy):
    important = level(session, "重要客戶")
    firm = policy(recycle_exempt_levels=[important.id])
    customers = idle_customers(session, cast.wang, [9, 10, 11, 12])
    customers[9].level_id = important.id
    customers[10].level_id = level(session, "一般客戶").id
    add_opportunity(session, customers[11], cast.wang)
    add_opportunity(session, customers[12], cast.wang, "won")
    session.flush()
    assert [exemption_reasons(session, customers[n], firm) for n in (9, 10, 11, 12)] == [
        ["its level is exempt"],
        [],
        ["it has an open opportunity"],
        [],
    ]
    assert run(session, TWO_AT_NIGHT) == (2, 0)
    assert {n for n, c in customers.items() if c.pool == "recycled"} == {10, 12}
    policy(recycle_exempt_levels=[], recycle_exempt_open_opportunities=False)
    assert run(session, TWO_AT_NIGHT) == (2, 0)


def test_unpaid_orders_keep_a_customer_with_its_owner(session, cast, policy):
    firm = policy()
    customers = idle_customers(session, cast.wang, [9, 10, 11, 12, 13])
    bare_order(session, customers[13], cast.wang, "pending")
    bare_order(session, customers[9], cast.wang, "approved", total=100, received=99)
    bare_order(session, customers[10], cast.wang, "approved", total=100, received=100)
    bare_order(session, customers[11], cast.wang, "draft")
    bare_order(session, customers[12], cast.wang, "void")
    assert exemption_reasons(session, customers[9], firm) == ["it has an unpaid order"]
    assert run(session, TWO_AT_NIGHT) == (3, 0)
    assert {customers[9].owner_id, customers[13].owner_id} == {cast.wang.id}
    policy(recycle_exempt_unpaid_orders=False)
    assert run(session, TWO_AT_NIGHT) == (2, 0)


def test_the_owner_and_the_manager_are_told_and_nobody_else(session, cast, policy):
    policy()
    for owner in (cast.wang, cast.li):
        idle_customers(session, owner, [10, 11])
    run(session, TWO_AT_NIGHT)
    told = session.scalars(select(Notice).where(Notice.kind == "recycled")).all()
    assert {(n.user_id, n.values["count"]) for n in told} == {
        (cast.wang.id, 2),
        (cast.li.id, 2),
        (cast.manager.id, 4),
    }
    assert "王小明" in next(n.values["people"] for n in told if n.user_id == cast.manager.id)


def test_who_was_warned_on_a_day_the_server_was_off_is_warned_later_and_once(session, cast, policy):
    policy()
    idle_customers(session, cast.wang, [3], night(24))
    assert run(session, night(26)) == (0, 1)
    assert run(session, night(27)) == (0, 0)


def test_pool_customers_and_deleted_ones_are_left_alone(session, cast, policy):
    firm = policy()
    customers = idle_customers(session, cast.wang, [20, 21])
    customers[20].deleted_at = TWO_AT_NIGHT
    make_customer(session, cast.manager, now=TWO_AT_NIGHT - timedelta(days=30), pooled=True)
    session.flush()
    assert session.scalars(due_today(firm, TWO_AT_NIGHT)).all() == [customers[21]]
    assert session.scalars(due_soon(firm, TWO_AT_NIGHT)).all() == []
    assert session.scalars(select(Customer).where(Customer.pool == "recycled")).all() == []


def test_the_policy_is_checked(session):
    values = {
        "recycle_on": True,
        "recycle_days": 3,
        "recycle_warn_days": 4,
        "recycle_exempt_levels": set(),
    }
    with pytest.raises(FieldError):
        save_recycling_policy(session, values)
    with pytest.raises(FieldError):
        save_recycling_policy(session, {**values, "recycle_warn_days": 2, "recycle_exempt_levels": {999}})
    save_recycling_policy(session, {**values, "recycle_warn_days": 2})
    session.commit()
    assert read_settings(session).recycle_days == 3
