"""The operation log hears of every change of a record, with before and after (A-9)."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.customers import save_customer
from crm.domain.deleting import delete_record, restore_record
from crm.domain.granting import change_members, set_personal_grants
from crm.domain.pool import put_into_pool
from crm.models import Customer, OperationLog, Permission, Role
from tests.cast import Cast, acting_as


def told(session: Session, entity: str = "customers") -> Sequence[OperationLog]:
    session.flush()
    return session.scalars(select(OperationLog).where(OperationLog.entity == entity).order_by(OperationLog.id)).all()


def test_a_new_record_is_told_once_with_what_was_typed(session: Session, cast: Cast) -> None:
    acting = acting_as(session, cast.wang)
    values = {"name": "大同書局", "credit_limit": Decimal("1200.50"), "phone": "02-2531-7099"}
    customer = save_customer(session, None, values, acting)
    (row,) = told(session)
    assert (row.action, row.name, row.record_id, row.user_id) == ("created", "大同書局", customer.id, cast.wang.id)
    assert row.at == acting.now
    assert row.changes["name"] == [None, "大同書局"]
    assert row.changes["credit_limit"] == [None, "1200.50"]
    assert not {"search_text", "name_key", "phone_key", "version"} & set(row.changes)


def test_a_change_tells_what_it_was_before(session: Session, cast: Cast) -> None:
    acting = acting_as(session, cast.wang)
    customer = save_customer(session, None, {"name": "大同書局", "phone": "02-2531-7099"}, acting)
    session.commit()
    save_customer(session, customer, {"name": "大同書店", "phone": "02-2531-7099"}, acting, customer.version)
    row = told(session)[-1]
    assert row.action == "changed"
    assert row.changes == {"name": ["大同書局", "大同書店"], "pinyin": ["dtsj", "dtsd"]}


def test_saving_without_a_change_tells_nothing(session: Session, cast: Cast) -> None:
    acting = acting_as(session, cast.wang)
    customer = save_customer(session, None, {"name": "大同書局"}, acting)
    session.commit()
    save_customer(session, customer, {"name": "大同書局"}, acting, customer.version)
    assert len(told(session)) == 1


def test_what_a_savepoint_took_back_is_not_told(session: Session, cast: Cast) -> None:
    acting = acting_as(session, cast.wang)
    customer = save_customer(session, None, {"name": "大同書局"}, acting)
    session.commit()
    savepoint = session.begin_nested()
    put_into_pool(session, customer, acting)
    savepoint.rollback()
    save_customer(session, customer, {"name": "大同書局", "fax": "02-1"}, acting, customer.version)
    assert [row.changes for row in told(session)[1:]] == [{"fax": [None, "02-1"]}]


def test_deleting_and_bringing_back_are_told_for_everything_that_goes_along(session: Session, cast: Cast) -> None:
    acting = acting_as(session, cast.wang)
    values = {"name": "大同書局", "main_contact": "陳大文"}
    customer = save_customer(session, None, values, acting)
    session.commit()
    delete_record(session, customer, acting)
    session.commit()
    assert restore_record(session, customer, acting) == 2
    assert [row.action for row in told(session)] == ["created", "deleted", "restored"]
    assert [row.action for row in told(session, "contacts")] == ["created", "deleted", "restored"]
    assert session.get_one(Customer, customer.id).deleted_at is None


def test_a_change_of_rights_is_told(session: Session, cast: Cast) -> None:
    admin = acting_as(session, cast.admin)
    set_personal_grants(session, cast.wang, {Permission.ORDERS_APPROVE: 1}, admin)
    role = session.scalars(select(Role).where(Role.key == "salesperson")).one()
    change_members(session, role, [], [cast.wang], admin)
    granted, taken = told(session, "people")
    assert (granted.action, granted.name, granted.changes["grants"]) == (
        "granted",
        "王小明",
        [{}, {"orders:approve": 1}],
    )
    assert taken.changes["roles"] == [[role.id], []]
