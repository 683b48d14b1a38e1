"""The rules of opportunities: probability, state, history, owner, reach (B-1 to B-3, C-7)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.domain.platform.deletion import delete_record
from crm.domain.sales.opportunities import move_to_stage, save_opportunity
from crm.domain.sales.pipeline import StageValue, value_by_stage
from crm.entities import policy
from crm.entities.search_index import matches_search
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.models import Opportunity, PersonalGrant, StageEvent
from tests.factories import give, item, make_contact, make_customer, make_opportunity, make_order

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


@pytest.fixture
def customer(session, cast):
    return make_customer(session, cast.wang, name="大同電子")


@pytest.fixture
def stages(session):
    return {
        name: item(session, "opportunity_stage", name)
        for name in ("初步接洽", "需求確認", "方案報價", "商務談判", "簽約")
    }


@pytest.fixture
def one(session, cast, customer):
    return make_opportunity(session, customer, cast.wang, "三樓會議室翻新", NOW, amount=Decimal("1000.00"))


def events(session, opportunity):
    mine = select(StageEvent).where(StageEvent.opportunity_id == opportunity.id)
    return list(session.scalars(mine.order_by(StageEvent.id)))


class TestSaving:
    def test_a_new_one_is_the_makers_open_numbered_and_found_by_initials(self, session, cast, one):
        assert (one.owner_id, one.unit_id, one.state) == (cast.wang.id, cast.wang.unit_id, "open")
        assert one.code == "OP202611-0001"
        assert one.pinyin == "slhysfx"
        for typed in ("會議室", "会议室", "slhy", "OP202611"):
            found = session.scalars(select(Opportunity).where(matches_search(session, Opportunity, typed))).all()
            assert found == [one], typed

    def test_renaming_makes_new_initials_and_finds_it_anew(self, session, customer, one, actor, cast):
        save_opportunity(session, one, customer, {"title": "影印機"}, actor(cast.wang))
        assert one.pinyin == "yyj"
        assert (
            session.scalars(select(Opportunity.id).where(matches_search(session, Opportunity, "會議室"))).first()
            is None
        )

    def test_the_contact_must_be_the_customers(self, session, cast, customer, actor):
        other = make_contact(session, make_customer(session, cast.wang, name="別家"), cast.wang)
        with pytest.raises(FieldError) as refused:
            make_opportunity(session, customer, cast.wang, contact_id=other.id)
        assert refused.value.field == "contact_id"

    def test_a_code_that_is_taken_is_refused(self, session, cast, customer, one):
        with pytest.raises(FieldError):
            make_opportunity(session, customer, cast.wang, code=one.code)

    def test_an_item_of_another_dictionary_is_no_stage(self, session, cast, customer):
        with pytest.raises(FieldError) as refused:
            make_opportunity(session, customer, cast.wang, stage_id=item(session, "industry", "製造業").id)
        assert refused.value.field == "stage_id"

    def test_a_late_save_is_refused(self, session, customer, one, actor, cast):
        opened = one.version
        save_opportunity(session, one, customer, {"competitor": "甲"}, actor(cast.wang), opened)
        with pytest.raises(StaleRecord):
            save_opportunity(session, one, customer, {"competitor": "乙"}, actor(cast.wang), opened)


class TestProbability:
    def test_it_comes_from_the_stage_and_follows_it(self, session, one, stages, actor, cast):
        assert one.probability == 10
        move_to_stage(session, one, stages["方案報價"].id, actor(cast.wang), one.version)
        assert one.probability == 50

    def test_a_corrected_one_stays(self, session, customer, one, stages, actor, cast):
        save_opportunity(session, one, customer, {"probability": 65}, actor(cast.wang))
        move_to_stage(session, one, stages["方案報價"].id, actor(cast.wang), one.version)
        assert one.probability == 65

    def test_the_form_sends_the_old_one_along_with_a_new_stage(self, session, customer, one, stages, actor, cast):
        values = {"stage_id": stages["商務談判"].id, "probability": 10}
        save_opportunity(session, one, customer, values, actor(cast.wang))
        assert one.probability == 80

    def test_emptied_it_is_the_stages_again(self, session, customer, one, actor, cast):
        save_opportunity(session, one, customer, {"probability": 0}, actor(cast.wang))
        assert one.probability == 0
        save_opportunity(session, one, customer, {"probability": None}, actor(cast.wang))
        assert one.probability == 10


class TestState:
    @pytest.mark.parametrize("state", ["won", "lost", "shelved"])
    def test_closing_sets_the_time_and_opening_clears_it(self, session, customer, one, actor, cast, state):
        values = {"state": state, "reason": "價格"}
        save_opportunity(session, one, customer, values, actor(cast.wang, LATER))
        assert (one.state, one.closed_at, one.reason) == (state, LATER, "價格")
        save_opportunity(session, one, customer, {"state": "open", "reason": "價格"}, actor(cast.wang))
        assert (one.state, one.closed_at, one.reason) == ("open", None, None)

    def test_a_loss_needs_its_reason(self, session, customer, one, actor, cast):
        with pytest.raises(FieldError) as refused:
            save_opportunity(session, one, customer, {"state": "lost", "reason": None}, actor(cast.wang))
        assert refused.value.field == "reason"

    def test_saving_a_closed_one_again_keeps_its_time(self, session, customer, one, actor, cast):
        save_opportunity(session, one, customer, {"state": "won"}, actor(cast.wang, NOW))
        save_opportunity(session, one, customer, {"state": "won", "notes": "謝謝"}, actor(cast.wang, LATER))
        assert one.closed_at == NOW


class TestHistory:
    def test_each_change_of_stage_or_state_is_a_line(self, session, customer, one, stages, actor, cast):
        move_to_stage(session, one, stages["需求確認"].id, actor(cast.manager, LATER), one.version)
        save_opportunity(session, one, customer, {"competitor": "甲"}, actor(cast.wang))
        lost = {"state": "lost", "reason": "價格", "stage_id": stages["商務談判"].id}
        save_opportunity(session, one, customer, lost, actor(cast.wang))
        lines = [(e.before_id, e.after_id, e.state_before, e.state_after, e.reason) for e in events(session, one)]
        first, second, third = (stages[n].id for n in ("初步接洽", "需求確認", "商務談判"))
        assert lines == [
            (None, first, None, "open", None),
            (first, second, "open", "open", None),
            (second, third, "open", "lost", "價格"),
        ]
        assert (events(session, one)[1].by_id, events(session, one)[1].at) == (cast.manager.id, LATER)


class TestMoving:
    def test_from_an_old_board_it_is_refused(self, session, one, stages, actor, cast):
        opened = one.version
        move_to_stage(session, one, stages["需求確認"].id, actor(cast.wang), opened)
        with pytest.raises(StaleRecord):
            move_to_stage(session, one, stages["簽約"].id, actor(cast.wang), opened)
        assert one.stage_id == stages["需求確認"].id

    def test_to_where_it_is_changes_nothing(self, session, one, actor, cast):
        before = one.version
        move_to_stage(session, one, one.stage_id, actor(cast.wang), before)
        assert (one.version, len(events(session, one))) == (before, 1)

    def test_a_closed_one_and_a_retired_stage_are_refused(self, session, customer, one, stages, actor, cast):
        stages["簽約"].retired = True
        with pytest.raises(DomainError):
            move_to_stage(session, one, stages["簽約"].id, actor(cast.wang), one.version)
        save_opportunity(session, one, customer, {"state": "won"}, actor(cast.wang))
        with pytest.raises(DomainError):
            move_to_stage(session, one, stages["需求確認"].id, actor(cast.wang), one.version)

    def test_out_of_reach_it_is_refused(self, session, one, stages, actor, cast):
        with pytest.raises(NotAllowed):
            move_to_stage(session, one, stages["需求確認"].id, actor(cast.li), one.version)


class TestOwner:
    def test_a_salesperson_stays_the_owner_whatever_is_sent(self, session, customer, one, actor, cast):
        with pytest.raises(FieldError):
            save_opportunity(session, one, customer, {"owner_id": cast.li.id}, actor(cast.wang))

    def test_who_may_assign_gives_it_within_their_reach(self, session, customer, one, actor, cast):
        save_opportunity(session, one, customer, {"owner_id": cast.li.id}, actor(cast.manager))
        assert (one.owner_id, one.unit_id) == (cast.li.id, cast.li.unit_id)
        with pytest.raises(FieldError):
            save_opportunity(session, one, customer, {"owner_id": cast.admin.id}, actor(cast.manager))

    def test_nobody_who_has_left_is_given_one(self, session, customer, one, actor, cast):
        cast.li.disabled_at = NOW
        session.flush()
        with pytest.raises(FieldError):
            save_opportunity(session, one, customer, {"owner_id": cast.li.id}, actor(cast.manager))

    def test_open_ones_go_along_with_the_customer(self, session, cast, customer, one, actor):
        won = make_opportunity(session, customer, cast.wang, state="won")
        opened = one.version
        give(session, customer, cast.li, cast.manager)
        assert [o.owner_id for o in (one, won)] == [cast.li.id, cast.wang.id]
        with pytest.raises(StaleRecord):
            save_opportunity(session, one, customer, {"notes": "舊"}, actor(cast.manager), opened)


class TestReach:
    def seen(self, session, user):
        return set(session.scalars(Opportunity.visible_to(user.rights).with_only_columns(Opportunity.id)))

    def test_the_owner_the_customers_owner_and_their_manager_see_it(self, session, cast, one):
        assert [self.seen(session, u) for u in (cast.wang, cast.manager, cast.admin)] == [{one.id}] * 3
        assert [self.seen(session, u) for u in (cast.li, cast.order, cast.finance)] == [set()] * 3

    def test_of_a_handed_on_customer_the_closed_one_is_seen_by_both(self, session, cast, customer, actor):
        won = make_opportunity(session, customer, cast.wang, state="won")
        give(session, customer, cast.li, cast.manager)
        assert self.seen(session, cast.wang) == self.seen(session, cast.li) == {won.id}
        assert policy.can(session, actor(cast.li), policy.CHANGE, won)

    def test_seeing_is_not_changing(self, session, cast, one, actor):
        session.add(PersonalGrant(user_id=cast.li.id, permission="opportunities:view", scope=4))
        session.flush()
        assert self.seen(session, cast.li) == set()  # rights are read once
        wide = actor(cast.li)
        assert session.scalar(Opportunity.visible_to(wide.rights).with_only_columns(Opportunity.id)) == one.id
        assert not policy.can(session, wide, policy.CHANGE, one)
        with pytest.raises(NotAllowed):
            delete_record(session, one, wide)


class TestDeleting:
    def test_it_goes_to_the_bin(self, session, cast, one, actor):
        delete_record(session, one, actor(cast.wang, LATER))
        assert (one.deleted_at, one.deleted_by_id) == (LATER, cast.wang.id)
        assert session.scalar(Opportunity.visible_to(cast.admin.rights)) is None

    def test_with_an_order_it_stays(self, session, cast, customer, one, actor):
        make_order(session, customer, cast.wang, opportunity_id=one.id)
        with pytest.raises(DomainError):
            delete_record(session, one, actor(cast.wang))
        assert one.deleted_at is None


def test_the_worth_is_exact_to_the_cent(session, cast, customer, stages):
    """Ten times 33.33 at 33 % are 109.989, told as 109.99."""
    for _ in range(10):
        make_opportunity(session, customer, cast.wang, amount=Decimal("33.33"), probability=33)
    make_opportunity(session, customer, cast.wang, stage_id=stages["簽約"].id, expected_on=date(2026, 12, 1))
    ids = Opportunity.visible_to(cast.wang.rights).with_only_columns(Opportunity.id)
    found = value_by_stage(session, ids)
    assert found == {
        stages["初步接洽"].id: StageValue(10, Decimal("333.30"), Decimal("109.99")),
        stages["簽約"].id: StageValue(1, Decimal("0.00"), Decimal("0.00")),
    }
