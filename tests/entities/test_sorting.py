"""C-5: lists are sorted by choices in their arranged order, by owner and telephone, page by page, on both databases."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from crm.domain.platform.readers import reader_for
from crm.entities.listing import LISTINGS, Parameters, Query
from crm.entities.listing.choice_order import values_of
from crm.entities.listing.query import SIZES
from crm.entities.listing.rows import all_rows, page_rows
from crm.fields import Choice, FixedChoice, YesNo
from crm.models import User
from tests.cast import actor_as
from tests.factories import item, level, make_customer, make_order
from tests.linked_firm import fill
from tests.sampling import mostly_long

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
PLACES = {"低價值客戶": 1, "重要客戶": 2, "潛在客戶": 3, "一般客戶": 4}


@pytest.fixture
def reader(session, cast):
    return reader_for(session, actor_as(session, cast.admin, NOW))


def ids(reader, key, sort, direction="", page=1, **typed):
    parts = {"sort": sort, "dir": direction, "page": str(page), **typed}
    return [row.id for row in page_rows(Query(LISTINGS[key], reader, Parameters(parts.items())))]


def test_levels_follow_their_arranged_order_and_then_the_name(session, cast, reader):
    """Neither their ids nor the alphabet; without one last in both directions."""
    for name, place in PLACES.items():
        level(session, name).position = place
    made = {}
    for name, of in (("丙", "重要客戶"), ("甲", "一般客戶"), ("乙", "重要客戶"), ("丁", "低價值客戶"), ("戊", "")):
        made[name] = make_customer(session, cast.li, name, level_id=level(session, of).id if of else None).id
    assert ids(reader, "customers", "level_id") == [made[name] for name in "丁丙乙甲戊"]  # bing, yi; then by pinyin
    assert ids(reader, "customers", "level_id", "desc") == [made[name] for name in "甲乙丙丁戊"]
    assert ids(reader, "customers", "level_id", q="丙") == [made["丙"]]


def test_dictionaries_do_too(session, cast, reader):
    """A rearranged one at once, a retired item where it stands."""
    for place, name in enumerate(("成交", "潛在", "流失", "意向")):
        item(session, "customer_status", name).position = place
    item(session, "customer_status", "流失").retired = True
    made = [make_customer(session, cast.li, status_id=item(session, "customer_status", name).id).id
            for name in ("意向", "流失", "成交", "潛在")]  # fmt: skip
    assert ids(reader, "customers", "status_id") == [made[2], made[3], made[1], made[0]]


def test_owners_by_name_and_states_by_their_course(session, cast, reader):
    customers = {person.name: make_customer(session, person).id for person in (cast.wang, cast.li, cast.manager)}
    named = sorted((cast.wang, cast.li, cast.manager), key=lambda person: person.pinyin)
    assert ids(reader, "customers", "owner_id") == [customers[person.name] for person in named]
    customer = make_customer(session, cast.wang)
    draft, rejected, void, pending = (make_order(session, customer, cast.wang) for _ in range(4))
    rejected.state, void.state, pending.state = "rejected", "void", "pending"
    void.approved_at = pending.submitted_at = NOW
    session.flush()
    order = [draft.id, pending.id, rejected.id, void.id]
    assert ids(reader, "orders", "state") == order
    assert ids(reader, "orders", "state", "desc") == order[::-1]


def test_telephones_by_their_digits(session, cast, reader):
    numbers = ["+886 2 2531 7099", "(02)2345-6789", "13800138000", "0912345678", "+86-10-6505-1234"]
    made = {number: make_customer(session, cast.li, phone=number).id for number in numbers}
    assert ids(reader, "customers", "phone") == [made[numbers[at]] for at in (4, 2, 1, 0, 3)]


def test_days_idle_rise_where_the_heading_says_so(session, cast, reader):
    made = [make_customer(session, cast.li, now=NOW - timedelta(days=days)).id for days in (10, 0, 30)]
    assert ids(reader, "customers", "idle") == [made[1], made[0], made[2]]
    assert ids(reader, "customers", "idle", "desc") == [made[2], made[0], made[1]]


@pytest.mark.parametrize(
    "sort", mostly_long(["level_id", "status_id", "owner_id", "industry_id", "phone", "city_id"], ["owner_id", "phone"])
)
def test_pages_neither_overlap_nor_leave_anybody_out(session, cast, reader, sort):
    """With an index on the choice and without; choices that nobody has, few and many have."""
    dice = random.Random(sort)
    people = (cast.li, cast.wang, cast.manager)
    levels = [None, *(one.id for one in reader.lookups.levels.items)]
    industries = [None, *(one.id for one in reader.lookups.dictionary("industry").items[:3])]
    for number in range(95):
        values = {"level_id": dice.choice(levels[:3]), "industry_id": dice.choice(industries)}
        make_customer(
            session, dice.choice(people), phone=f"02-2{dice.randrange(10)}00-0000" if number % 3 else None, **values
        )
    for direction in ("", "desc"):
        walked = [found for page in range(1, 6) for found in ids(reader, "customers", sort, direction, page)]
        query = Query(LISTINGS["customers"], reader, Parameters([("sort", sort), ("dir", direction)]))
        assert walked == [row.id for row in all_rows(query)]
        assert len(set(walked)) == 95
        assert ids(reader, "customers", sort, direction, 6) == []


def test_every_choice_of_every_list_sorts_in_the_order_of_its_drop_down(app, session, cast, reader):
    """A page, and an export of all, in both directions."""
    fill(session, cast)
    make_customer(session, cast.li, pooled=True)
    tried = 0
    for listing in LISTINGS.values():
        for column in listing.shaped_for(reader).available_columns(reader.rights):
            assert column.sortable or not isinstance(column.type, Choice | FixedChoice | YesNo), (
                listing.key,
                column.key,
            )
            if not column.is_sorted_by_choices:
                continue
            tried += 1
            places = {value: place for place, value in enumerate(values_of(column, reader))}
            for direction in ("", "desc"):
                parts = [("sort", column.key), ("dir", direction), ("size", str(SIZES[-1]))]
                query = Query(LISTINGS[listing.key], reader, Parameters(parts))
                query.__dict__["columns"] = (column,)
                rows = page_rows(query)
                assert [row.id for row in rows] == [row.id for row in all_rows(query)][: query.size], (
                    listing.key,
                    parts,
                )
                found = [row.values[0][0] for row in rows]
                known = [places[value] for value in found if value in places]
                assert known == sorted(known, reverse=direction == "desc"), (listing.key, parts)
                assert all(value is None for value in found[len(known) :]), (listing.key, parts)
    assert tried > 60
    assert session.query(User).count() > 5
