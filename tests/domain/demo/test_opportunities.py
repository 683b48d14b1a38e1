"""The demonstration firm's opportunities: in all states, over the year, never after now (B-1 to B-3)."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from crm.domain.demo.choices import Choices
from crm.domain.demo.opportunities import make_opportunities
from crm.domain.demo.world import World
from crm.models import Opportunity, StageEvent
from tests.cast import ZONE
from tests.factories import make_contact, make_customer

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


@pytest.fixture
def made(session, cast):
    """Of 40 customers who came in the course of the year."""
    for number in range(40):
        owner = (cast.wang, cast.li)[number % 2]
        customer = make_customer(session, owner, now=NOW - timedelta(days=9 * number + 5))
        make_contact(session, customer, owner)
    people = {user.login: (user, user.rights) for user in (cast.wang, cast.li, cast.manager)}
    make_opportunities(World(session, NOW, ZONE, people, Choices(session)), Random("sales"))
    return list(session.scalars(select(Opportunity).order_by(Opportunity.id)))


def test_eighty_in_all_states_stages_and_seasons(made):
    assert Counter(o.state for o in made) == {"open": 35, "won": 22, "lost": 15, "shelved": 8}
    assert len({o.stage_id for o in made if o.state == "open"}) >= 4
    assert len({o.created_at.strftime("%Y-%m") for o in made}) >= 9
    assert len({o.owner_id for o in made}) == 2


def test_everything_happened_in_order_and_before_now(session, made):
    assert all(o.created_at < NOW for o in made)
    assert all(o.created_at < o.closed_at < NOW for o in made if o.closed_at is not None)
    assert all(o.reason for o in made if o.state == "lost")
    events = list(session.scalars(select(StageEvent).order_by(StageEvent.id)))
    assert len(events) > 2 * len(made)
    assert [e.at for e in events] == sorted(e.at for e in events)
    assert [o.code for o in made] == sorted(o.code for o in made)
