"""S-2: colleagues who take part see the item in their own schedule, and cannot change it."""

from datetime import UTC, date, datetime

import pytest

from crm.domain.schedule import agenda
from crm.domain.schedule.items import complete_item, delete_item, save_item
from crm.domain.schedule.participants import participants, possible_participants
from crm.errors import FieldError, NotAllowed
from crm.models import ScheduleItem
from tests.factories import make_customer

NOON = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)
TODAY = date(2026, 8, 31)


@pytest.fixture
def meeting(session, cast, actor):
    values = {"title": "週會", "starts_at": NOON, "participants": {cast.li.id}}
    return save_item(session, None, values, actor(cast.wang, NOON))


def own_day(session, by):
    mine = ScheduleItem.of_person(by.user_id), agenda.covering(TODAY, TODAY, by)
    return [(entry.item.title, entry.customer) for entry in agenda.entries(session, by.rights, *mine)]


def test_it_stands_in_their_schedule(session, cast, meeting, actor):
    assert own_day(session, actor(cast.li, NOON)) == [("週會", None)]
    assert own_day(session, actor(cast.manager, NOON)) == []


def test_they_see_it_and_cannot_touch_it(session, cast, meeting, actor):
    li = actor(cast.li, NOON)
    assert session.scalars(ScheduleItem.visible_to(li.rights)).all() == [meeting]
    for verb in (
        lambda: save_item(session, meeting, {"title": "改"}, li),
        lambda: complete_item(session, meeting, "", li),
        lambda: delete_item(session, meeting, li),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_whoever_left_it_sees_it_no_more(session, cast, meeting, actor):
    save_item(session, meeting, {"participants": set()}, actor(cast.wang, NOON))
    assert session.scalars(ScheduleItem.visible_to(actor(cast.li, NOON).rights)).all() == []


def test_what_is_not_mentioned_stays(session, cast, meeting, actor):
    save_item(session, meeting, {"title": "改"}, actor(cast.wang, NOON))
    assert participants(session, meeting.id) == {cast.li.id}


def test_the_owner_takes_part_anyway(session, cast, meeting, actor):
    save_item(session, meeting, {"participants": {cast.wang.id, cast.li.id}}, actor(cast.wang, NOON))
    assert participants(session, meeting.id) == {cast.li.id}


def test_only_who_uses_the_schedule_can_be_asked(session, cast, meeting, actor):
    assert {p.login for p in possible_participants(session, cast.wang.id)} == {"admin", "li", "manager"}
    for stranger in (cast.finance.id, 999):
        with pytest.raises(FieldError) as refused:
            save_item(session, meeting, {"participants": {stranger}}, actor(cast.wang, NOON))
        assert refused.value.field == "participants"


def test_who_left_the_firm_stays_named_and_cannot_be_asked_anew(session, cast, meeting, actor):
    cast.li.disabled_at = NOON
    session.flush()
    save_item(session, meeting, {"participants": {cast.li.id}}, actor(cast.wang, NOON))
    with pytest.raises(FieldError):
        save_item(
            session, None, {"title": "新", "starts_at": NOON, "participants": {cast.li.id}}, actor(cast.wang, NOON)
        )


def test_the_customer_is_named_only_to_who_may_see_it(session, cast, meeting, actor):
    customer = make_customer(session, cast.wang, "大同公司")
    save_item(session, meeting, {"customer_id": customer.id}, actor(cast.wang, NOON))
    assert own_day(session, actor(cast.wang, NOON)) == [("週會", "大同公司")]
    assert own_day(session, actor(cast.li, NOON)) == [("週會", None)]


def test_it_is_not_overdue_for_who_cannot_complete_it(session, cast, meeting, actor):
    by = actor(cast.li, NOON)
    assert agenda.latest_overdue(session, by.rights, date(2026, 9, 2), by, 20) == []
