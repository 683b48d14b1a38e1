"""A-2: whoever leaves loses every way in, and nothing of what they had is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.organisation.handover import POOL, Handover, left_behind, owned_kinds
from crm.domain.organisation.leaving import leave, leaving_person, leaving_unit, reinstate
from crm.domain.organisation.people import set_disabled
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.recycle_bin import entry_of, restore
from crm.domain.schedule.calendar_addresses import make_address, person_of_token
from crm.domain.schedule.items import save_item
from crm.domain.schedule.participants import participants
from crm.entities.lookups import Lookups
from crm.errors import DomainError, FieldError, NotAllowed, StaleRecord
from crm.models import (
    Customer,
    CustomerEvent,
    MailMessage,
    Notice,
    OperationLog,
    Order,
    OrgUnit,
    Permission,
    PersonalGrant,
    ReportReceiver,
    Role,
    RoleMember,
    SavedReport,
    SavedSearch,
    ScheduleItem,
    Scope,
    User,
    rights_of,
)
from crm.models.approval_rules import ApprovalRule, StandIn
from crm.models.documents import DRAFT, PENDING
from crm.models.organisation import DEPARTMENT
from crm.models.reports import DAILY
from crm.text import pinyin_code
from tests.cast import FOUNDED
from tests.factories import (
    approved_order,
    level,
    make_customer,
    make_letter,
    make_opportunity,
    make_order,
    make_quote,
    make_receipt,
    make_record,
    make_target,
    submitted,
)

NOW = datetime.now(UTC)


def hired(session: Session, login: str, unit_id: int, role: str = "salesperson") -> User:
    user = User(login=login, login_key=login, name=f"員工{login}", pinyin=pinyin_code(login), unit_id=unit_id)
    user.password_hash, user.created_at, user.updated_at = "x", FOUNDED, FOUNDED
    session.add(user)
    session.flush()
    role_id = session.scalars(select(Role.id).where(Role.key == role)).one()
    session.add(RoleMember(role_id=role_id, user_id=user.id))
    session.flush()
    return user


def unit(session, name):
    return session.scalars(select(OrgUnit).where(OrgUnit.name == name)).one()


def owner_of(session, record):
    session.refresh(record)
    return record.owner_id


def test_the_successor_gets_customers_open_documents_and_schedule(session, cast, actor):
    customer = make_customer(session, cast.wang)
    opportunity = make_opportunity(session, customer, cast.wang)
    quote = make_quote(session, customer, cast.wang)
    draft = make_order(session, customer, cast.wang)
    sold = approved_order(session, customer, cast.wang, cast.order)
    receipt = make_receipt(session, customer, cast.wang, {sold: "10"})
    make_record(session, customer, cast.wang, NOW, next_contact_at=NOW + timedelta(days=3), next_plan="回訪")
    by_hand = save_item(session, None, {"title": "展覽", "starts_at": NOW + timedelta(days=2)}, actor(cast.wang))
    leave(session, leaving_person(cast.wang), Handover(cast.li.id), actor(cast.admin))
    for record in (customer, opportunity, quote, draft, receipt, by_hand):
        assert owner_of(session, record) == cast.li.id, record
    assert draft.unit_id == cast.li.unit_id
    assert owner_of(session, sold) == cast.wang.id, "what was decided keeps its salesperson"
    assert left_behind(session, [cast.wang.id]).total == 0
    plans = select(ScheduleItem.owner_id).where(ScheduleItem.customer_id == customer.id)
    assert set(session.scalars(plans)) == {cast.li.id}
    told = session.scalars(select(Notice).where(Notice.user_id == cast.li.id, Notice.kind == "handed_over")).one()
    assert told.values["names"] == cast.wang.name


def test_the_ways_in_are_closed_and_the_name_stays(session, cast, actor):
    token = make_address(session, actor(cast.wang))
    waiting, sent = make_letter(session, cast.wang), make_letter(session, cast.wang, state="sent")
    record = make_record(session, make_customer(session, cast.wang), cast.wang, NOW)
    session.add(PersonalGrant(user_id=cast.wang.id, permission=Permission.POOL_ASSIGN.value, scope=4))
    session.flush()
    leave(session, leaving_person(cast.wang), Handover(cast.li.id), actor(cast.admin))
    session.refresh(cast.wang)
    assert not cast.wang.is_active
    assert person_of_token(session, token) is None
    assert session.scalars(select(MailMessage.id).where(MailMessage.user_id == cast.wang.id)).all() == [sent.id]
    assert waiting.id != sent.id
    assert rights_of(session, cast.wang).scopes == {}
    assert record.created_by_id == cast.wang.id
    people = Lookups(session).people
    assert people.name(cast.wang.id) == "王小明"
    assert people.by_id[cast.wang.id].retired
    row = session.scalars(
        select(OperationLog).where(OperationLog.action == "deleted", OperationLog.entity == "people")
    ).one()
    assert row.record_id == cast.wang.id
    assert row.changes["successor"] == [None, cast.li.name]


def test_by_level_and_by_kind_to_different_people(session, cast, actor):
    first = make_customer(session, cast.wang, level_id=level(session, "重要客戶").id)
    second = make_customer(session, cast.wang, level_id=level(session, "一般客戶").id)
    third = make_customer(session, cast.wang)
    order, opportunity = make_order(session, first, cast.wang), make_opportunity(session, first, cast.wang)
    make_record(session, second, cast.wang, NOW, next_contact_at=NOW + timedelta(days=3), next_plan="回訪")
    handover = Handover(
        cast.li.id,
        kinds={"customers": cast.manager.id, "orders": cast.manager.id, "schedule": cast.manager.id},
        levels={level(session, "重要客戶").id: cast.li.id, level(session, "一般客戶").id: POOL},
    )
    leave(session, leaving_person(cast.wang), handover, actor(cast.admin))
    assert owner_of(session, first) == cast.li.id
    assert owner_of(session, second) is None
    assert second.pool == "pool"
    assert owner_of(session, third) == cast.manager.id
    assert owner_of(session, order) == cast.manager.id
    assert owner_of(session, opportunity) == cast.li.id, "goes along with its customer"
    plan = session.scalars(select(ScheduleItem).where(ScheduleItem.customer_id == second.id)).one()
    assert (plan.owner_id, plan.deleted_at) == (cast.manager.id, None)


def test_a_department_of_six_loses_nothing(session, cast, actor):
    """A-2: 200 customers, open orders, pending receipts, schedules."""
    north = unit(session, "北區")
    below = OrgUnit(kind=DEPARTMENT, name="北一組", parent_id=north.id, created_at=FOUNDED, updated_at=FOUNDED)
    session.add(below)
    session.flush()
    people = [cast.wang, *(hired(session, f"n{n}", (north if n < 3 else below).id) for n in range(5))]
    for number in range(200):
        person = people[number % 6]
        customer = make_customer(session, person, name=f"第{number}號公司")
        if number % 4 == 0:
            make_order(session, customer, person)
            make_record(session, customer, person, NOW, next_contact_at=NOW + timedelta(days=2), next_plan="回訪")
        if number % 20 == 0:
            sold = approved_order(session, customer, person, cast.order)
            make_receipt(session, customer, person, {sold: "5"})
    make_target(session, cast.wang, cast.manager)
    session.flush()

    def alive():
        session.expire_all()
        return {
            kind.key: session.scalar(select(func.count()).where(kind.model.deleted_at.is_(None)))
            for kind in owned_kinds()
        }

    before, decided = alive(), session.scalars(select(Order.id).where(Order.state == "approved")).all()
    owners = {i: session.get(Order, i).owner_id for i in decided}
    ids = [person.id for person in people]
    left = left_behind(session, ids)
    assert {kind.key: count for kind, count in left.open}["customers"] == 200
    leaving = leaving_unit(session, north)
    assert {person.id for person in leaving.people} == set(ids)
    assert {one.name for one in leaving.units} == {"北區", "北一組"}
    leave(session, leaving, Handover(cast.li.id), actor(cast.admin), shown_ids=ids)
    assert alive() == before
    assert left_behind(session, ids).total == 0
    assert session.scalar(select(func.count()).where(Customer.owner_id == cast.li.id)) == 200
    assert {i: session.get(Order, i).owner_id for i in decided} == owners
    events = select(func.count()).where(CustomerEvent.kind == "owner", CustomerEvent.after_id == cast.li.id)
    assert session.scalar(events) == 200
    names = Lookups(session)
    assert names.units.name(north.id) == "北區", "documents keep the department of their time"
    assert all(names.people.name(one) for one in ids)
    assert not [u for u in session.scalars(select(User)) if u.id in ids and u.is_active]


def test_in_steps_it_comes_to_the_same(session, cast, actor):
    """A long task hands over some at a time; nobody has left before the last step."""
    for _ in range(7):
        make_order(session, make_customer(session, cast.wang), cast.wang)
    steps = 0
    while leave(session, leaving_person(cast.wang), Handover(cast.li.id), actor(cast.admin), limit=3) >= 3:
        steps += 1
        session.refresh(cast.wang)
        assert cast.wang.deleted_at is None
    assert steps == 2
    session.refresh(cast.wang)
    assert cast.wang.deleted_at is not None
    assert left_behind(session, [cast.wang.id]).total == 0


@pytest.mark.parametrize("who", ["admin", "manager"])
def test_oneself_and_the_last_administrator_stay(session, cast, actor, who):
    by = actor(getattr(cast, who))
    with pytest.raises(NotAllowed):
        leave(session, leaving_person(cast.admin), Handover(cast.li.id), by)
    session.refresh(cast.admin)
    assert cast.admin.deleted_at is None


def test_a_department_with_oneself_or_all_administrators_stays(session, cast, actor):
    second = hired(session, "boss", unit(session, "北區").id, "administrator")
    with pytest.raises(DomainError):
        leave(session, leaving_unit(session, unit(session, "測試公司")), Handover(cast.li.id), actor(cast.admin))
    with pytest.raises(NotAllowed):
        leave(session, leaving_unit(session, unit(session, "北區")), Handover(cast.li.id), actor(second))
    set_disabled(session, cast.admin, actor(second), True)
    with pytest.raises(NotAllowed):
        leave(session, leaving_unit(session, unit(session, "北區")), Handover(cast.li.id), actor(cast.admin))


def test_nothing_is_handed_over_to_a_leaver(session, cast, actor):
    make_customer(session, cast.wang)
    other = hired(session, "other", cast.wang.unit_id)
    for to in (cast.wang.id, other.id, None, cast.finance.id):
        with pytest.raises(FieldError):
            leave(session, leaving_unit(session, unit(session, "北區")), Handover(to), actor(cast.admin))
    set_disabled(session, cast.li, actor(cast.admin), True)
    with pytest.raises(FieldError):
        leave(session, leaving_person(cast.wang), Handover(cast.li.id), actor(cast.admin))


def test_whoever_came_meanwhile_is_not_deleted_unseen(session, cast, actor):
    make_customer(session, cast.wang)
    hired(session, "late", cast.wang.unit_id)
    with pytest.raises(StaleRecord):
        leave(
            session,
            leaving_unit(session, unit(session, "北區")),
            Handover(cast.li.id),
            actor(cast.admin),
            shown_ids=[cast.wang.id],
        )


def test_twice_is_refused(session, cast, actor):
    leave(session, leaving_person(cast.wang), Handover(), actor(cast.admin))
    with pytest.raises(DomainError):
        leave(session, leaving_person(cast.wang), Handover(), actor(cast.admin))


def test_who_only_keeps_the_organisation_takes_no_customers(session, cast, actor):
    """Handing over decides to whom customers belong: it needs the right to assign, however few there are."""
    customer = make_customer(session, cast.wang)
    for permission in (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE, Permission.CUSTOMERS_SAVE):
        session.add(PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=Scope.EVERYTHING))
    session.flush()
    for to in (cast.finance.id, cast.li.id, POOL):
        handover = Handover(to) if to else Handover(kinds={"customers": POOL})
        with pytest.raises(NotAllowed):
            leave(session, leaving_person(cast.wang), handover, actor(cast.finance))
    assert owner_of(session, customer) == cast.wang.id
    leave(session, leaving_person(cast.order), Handover(), actor(cast.finance))


def test_requests_for_approval_go_to_somebody_who_may(session, cast, actor):
    order = submitted(session, make_order(session, make_customer(session, cast.wang), cast.wang), cast.wang, cast.order)
    for wrong in (cast.li, cast.finance):
        handover = Handover(belongings={"approvals_orders": wrong.id})
        with pytest.raises(FieldError):
            leave(session, leaving_person(cast.order), handover, actor(cast.admin))
    second = hired(session, "second", cast.order.unit_id, "sales_approver")
    handover = Handover(belongings={"approvals_orders": second.id})
    leave(session, leaving_person(cast.order), handover, actor(cast.admin))
    session.refresh(order)
    assert (order.state, order.approver_id) == (PENDING, second.id)
    leave(session, leaving_person(second), Handover(), actor(cast.admin))
    session.refresh(order)
    assert (order.state, order.approver_id) == (PENDING, None), "whoever may approve can"


def test_an_approver_does_not_inherit_their_own_document(session, cast, actor):
    """The successor becomes its salesperson, and so cannot be asked to decide on it (SO-6)."""
    both = hired(session, "both", cast.wang.unit_id, "sales_approver")
    sales = session.scalars(select(Role.id).where(Role.key == "salesperson")).one()
    session.add(RoleMember(role_id=sales, user_id=both.id))
    boss = hired(session, "boss", cast.wang.unit_id)
    session.add(
        RoleMember(role_id=session.scalars(select(Role.id).where(Role.key == "sales_approver")).one(), user_id=boss.id)
    )
    session.flush()
    order = submitted(session, make_order(session, make_customer(session, cast.wang), cast.wang), cast.wang, boss)
    leave(session, leaving_person(cast.wang), Handover(both.id), actor(cast.admin))
    assert owner_of(session, order) == both.id
    with pytest.raises(FieldError) as refused:
        leave(session, leaving_person(boss), Handover(belongings={"approvals_orders": both.id}), actor(cast.admin))
    assert refused.value.field == "belonging_approvals_orders"


def test_saved_reports_searches_and_appointments(session, cast, actor):
    report = SavedReport(user_id=cast.wang.id, report="ranking", name="排名", query="", every=DAILY)
    theirs = SavedReport(user_id=cast.manager.id, report="ranking", name="全部", query="", every=DAILY)
    report.receivers = [ReportReceiver(user_id=cast.li.id), ReportReceiver(user_id=cast.wang.id)]
    theirs.receivers = [ReportReceiver(user_id=cast.wang.id)]
    search = SavedSearch(list_key="customers", name="北區", user_id=cast.wang.id, shared=True, query="")
    session.add_all([report, theirs, search])
    coming = {"title": "會議", "starts_at": NOW + timedelta(days=2), "participants": [cast.wang.id, cast.li.id]}
    was = {"title": "舊會議", "starts_at": NOW - timedelta(days=2), "participants": [cast.wang.id]}
    meeting = save_item(session, None, coming, actor(cast.manager))
    past = save_item(session, None, was, actor(cast.manager))
    left = left_behind(session, [cast.wang.id])
    assert left.belongings == {"saved_reports": 1, "shared_searches": 1}
    assert left.needs_successor
    leave(session, leaving_person(cast.wang), Handover(cast.li.id), actor(cast.admin))
    session.expire_all()
    assert report.user_id == search.user_id == cast.li.id
    assert [receiver.user_id for receiver in report.receivers] == [cast.li.id]
    assert theirs.receivers == []
    assert participants(session, meeting.id) == {cast.li.id}
    assert participants(session, past.id) == {cast.wang.id}


def test_what_is_refused_changes_nothing(session, cast, actor):
    customer = make_customer(session, cast.wang)
    order = make_order(session, customer, cast.wang)
    session.commit()
    with pytest.raises(FieldError), session.begin_nested():
        leave(
            session,
            leaving_person(cast.wang),
            Handover(cast.li.id, kinds={"orders": cast.finance.id}),
            actor(cast.admin),
        )
    session.expire_all()
    assert customer.owner_id == order.owner_id == cast.wang.id
    assert order.state == DRAFT
    assert cast.wang.is_active


def test_what_comes_out_of_the_bin_finds_another_owner(session, cast, actor):
    customer, other = make_customer(session, cast.wang), make_customer(session, cast.li)
    order = make_order(session, other, cast.wang)
    delete_record(session, customer, actor(cast.wang))
    delete_record(session, order, actor(cast.admin))
    entries = [entry_of(session, record) for record in (customer, order)]
    leave(session, leaving_person(cast.wang), Handover(), actor(cast.admin))
    for entry in entries:
        restore(session, entry, actor(cast.admin))
    assert owner_of(session, customer) is None
    assert customer.pool == "pool"
    assert owner_of(session, order) == cast.li.id


def test_only_an_administrator_takes_somebody_on_again(session, cast, actor):
    """Who keeps the organisation could otherwise act under a name that they may not take over."""
    for permission in (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE):
        session.add(PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=Scope.EVERYTHING))
    session.flush()
    leave(session, leaving_person(cast.order), Handover(), actor(cast.finance))
    with pytest.raises(NotAllowed):
        reinstate(session, cast.order, cast.order.unit_id, actor(cast.finance))
    reinstate(session, cast.order, cast.order.unit_id, actor(cast.admin))
    assert cast.order.is_active


def test_rules_of_approval_and_stand_ins_go_on_without_them(session, cast, actor):
    second = hired(session, "second", cast.order.unit_id, "sales_approver")
    made = {"created_at": NOW, "updated_at": NOW}
    rule = ApprovalRule(document="orders", condition="price", person_id=cast.order.id, **made)
    today = NOW.date()
    stand_in = StandIn(user_id=cast.order.id, stand_in_id=second.id, from_on=today, until_on=today, active=True, **made)
    session.add_all([rule, stand_in])
    session.flush()
    handover = Handover(cast.li.id, belongings={"approval_rules": second.id})
    leave(session, leaving_person(cast.order), handover, actor(cast.admin))
    assert rule.person_id == second.id
    assert (stand_in.active, stand_in.deleted_at is None) == (False, False)
