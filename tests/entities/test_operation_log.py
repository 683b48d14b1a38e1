"""The operation log hears of every change of a record, with before and after (A-9)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.customers.customers import save_customer
from crm.domain.customers.pool import release_customer
from crm.domain.organisation.roles_and_grants import change_members, set_personal_grants
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.recycle_bin import entry_of, restore
from crm.domain.sales.orders import save_order
from crm.domain.schedule.items import save_item
from crm.models import Contact, Customer, OperationLog, Permission, Role
from tests.cast import Cast, actor_as
from tests.domain.imports.test_imports import bring_in
from tests.factories import level, line, make_contact, make_customer, make_order, make_product


def told(session: Session, entity: str = "customers") -> Sequence[OperationLog]:
    session.flush()
    return session.scalars(select(OperationLog).where(OperationLog.entity == entity).order_by(OperationLog.id)).all()


def test_a_new_record_is_told_once_with_what_was_typed(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.wang)
    values = {"name": "大同書局", "credit_limit": Decimal("1200.50"), "phone": "02-2531-7099"}
    customer = save_customer(session, None, values, actor)
    (row,) = told(session)
    assert (row.action, row.name, row.record_id, row.user_id) == ("created", "大同書局", customer.id, cast.wang.id)
    assert row.at == actor.now
    assert row.changes["name"] == [None, "大同書局"]
    assert row.changes["credit_limit"] == [None, "1200.50"]
    assert not {"search_text", "name_key", "phone_key", "version"} & set(row.changes)


def test_a_change_tells_what_it_was_before(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.wang)
    customer = save_customer(session, None, {"name": "大同書局", "phone": "02-2531-7099"}, actor)
    session.commit()
    save_customer(session, customer, {"name": "大同書店", "phone": "02-2531-7099"}, actor, customer.version)
    row = told(session)[-1]
    assert row.action == "changed"
    assert row.changes == {"name": ["大同書局", "大同書店"], "pinyin": ["dtsj", "dtsd"]}


def test_saving_without_a_change_tells_nothing(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.wang)
    customer = save_customer(session, None, {"name": "大同書局"}, actor)
    session.commit()
    save_customer(session, customer, {"name": "大同書局"}, actor, customer.version)
    assert len(told(session)) == 1


def test_what_a_savepoint_took_back_is_not_told(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.wang)
    customer = save_customer(session, None, {"name": "大同書局"}, actor)
    session.commit()
    savepoint = session.begin_nested()
    release_customer(session, customer, actor)
    savepoint.rollback()
    save_customer(session, customer, {"name": "大同書局", "fax": "02-1"}, actor, customer.version)
    assert [row.changes for row in told(session)[1:]] == [{"fax": [None, "02-1"]}]


def test_deleting_and_bringing_back_are_told_for_everything_that_goes_along(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.wang)
    values = {"name": "大同書局", "main_contact": "陳大文"}
    customer = save_customer(session, None, values, actor)
    session.commit()
    delete_record(session, customer, actor)
    session.commit()
    assert restore(session, entry_of(session, customer), actor) == []
    assert [row.action for row in told(session)] == ["created", "deleted", "restored"]
    assert [row.action for row in told(session, "contacts")] == ["created", "deleted", "restored"]
    assert session.get_one(Customer, customer.id).deleted_at is None


def test_a_change_of_rights_is_told(session: Session, cast: Cast) -> None:
    admin = actor_as(session, cast.admin)
    set_personal_grants(session, cast.wang, {Permission.ORDERS_APPROVE: 1}, admin)
    role = session.scalars(select(Role).where(Role.key == "salesperson")).one()
    change_members(session, role, [], [cast.wang], admin)
    granted, taken = (row for row in told(session, "people") if row.action == "granted")
    assert (granted.action, granted.name, granted.changes["grants"]) == (
        "granted",
        "王小明",
        [{}, {"orders:approve": 1}],
    )
    assert taken.changes["roles"] == [[role.id], []]


def test_an_import_is_told_row_by_row(session: Session, cast: Cast) -> None:
    """New records as a form's are, changed ones from what they were, with the person and the address."""
    actor = replace(actor_as(session, cast.wang), address="192.0.2.7")
    old = make_customer(session, cast.wang, name="大同書局", fax="02-1")
    session.commit()
    rows = [
        ["name", "fax", "credit_limit", "founded_on", "level_id", "main_contact"],
        ["新光書店", None, "1200.5", "2020-06-18", "重要客戶", "陳大文"],
        ["大同書局", "02-2", None, None, None, None],
    ]
    bring_in(session, "customers", actor, rows, duplicates="overwrite")
    made, changed = told(session)[-2:]
    fresh = session.scalars(select(Customer).where(Customer.name == "新光書店")).one()
    assert (made.action, made.record_id, made.name) == ("created", fresh.id, "新光書店")
    assert (made.user_id, made.address, made.at) == (cast.wang.id, "192.0.2.7", actor.now)
    assert made.changes["code"] == [None, fresh.code]
    assert made.changes["level_id"] == [None, level(session, "重要客戶").id]
    assert (made.changes["credit_limit"], made.changes["founded_on"]) == ([None, "1200.50"], [None, "2020-06-18"])
    assert not {"search_text", "name_key", "version"} & set(made.changes)
    assert (changed.action, changed.record_id) == ("changed", old.id)
    assert changed.changes == {"fax": ["02-1", "02-2"]}
    contact = told(session, "contacts")[-1]
    assert (contact.name, contact.changes["customer_id"]) == ("陳大文", [None, fresh.id])


def test_new_items_of_lists_have_their_ids_in_the_log(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.admin)
    bring_in(session, "customers", actor, [["name", "source_id"], ["新光書店", "書展"]], unknown="add")
    fresh = session.scalars(select(Customer).where(Customer.name == "新光書店")).one()
    assert fresh.source_id and told(session)[-1].changes["source_id"] == [None, fresh.source_id]
    (item,) = told(session, "dictionaries")
    assert (item.action, item.record_id, item.name, item.user_id) == ("created", fresh.source_id, "書展", cast.admin.id)


def test_what_a_new_firm_begins_with_is_nobodys_act(session: Session, cast: Cast) -> None:
    """Its settings, its first unit and its people are told; the places and choices of the program are not."""
    assert not told(session, "cities") and not told(session, "dictionaries")
    assert told(session, "organisation") and told(session, "people")


def test_who_makes_way_for_an_imported_main_contact_is_told(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.wang)
    customer = make_customer(session, cast.wang, name="大同書局")
    main = make_contact(session, customer, cast.wang, name="林舊")
    version = main.version
    session.commit()
    bring_in(session, "contacts", actor, [["customer_id", "name", "is_main"], ["大同書局", "王新", "是"]])
    former = session.scalars(select(Contact).where(Contact.name == "林舊")).one()
    assert (former.is_main, former.version) == (False, version + 1)
    row = next(row for row in told(session, "contacts") if row.action == "changed")
    assert (row.record_id, row.user_id, row.changes) == (main.id, cast.wang.id, {"is_main": [True, False]})


def test_the_lines_of_an_order_are_told_in_short(session: Session, cast: Cast) -> None:
    """In the order's own row, also where nothing but a line's notes changed."""
    customer = make_customer(session, cast.wang, name="大同書局")
    product = make_product(session, name="壓力表")
    order = make_order(session, customer, cast.wang, lines=[line(product, "2", "12.50")])
    session.commit()
    (made,) = told(session, "orders")
    assert made.changes["lines"] == [None, ["壓力表 × 2 @ 12.5"]]
    lines = [line(product, "2", "12.50", notes="急件")]
    actor = actor_as(session, cast.wang)
    save_order(session, order, customer, {"title": order.title}, lines, actor, order.version)
    session.commit()
    changed = told(session, "orders")[-1]
    assert (changed.action, changed.user_id) == ("changed", cast.wang.id)
    assert changed.changes == {"lines": [["壓力表 × 2 @ 12.5"], ["壓力表 × 2 @ 12.5, 急件"]]}


def test_who_takes_part_is_told_with_the_item(session: Session, cast: Cast) -> None:
    actor = actor_as(session, cast.wang)
    starts = {"starts_at": datetime(2026, 9, 1, 2, tzinfo=UTC), "ends_at": datetime(2026, 9, 1, 3, tzinfo=UTC)}
    item = save_item(session, None, {"title": "會議", **starts, "participants": {cast.li.id}}, actor)
    session.commit()
    assert told(session, "schedule")[-1].changes["participants"] == [None, [cast.li.id]]
    save_item(session, item, {"participants": set()}, actor)
    session.commit()
    changed = told(session, "schedule")[-1]
    assert (changed.action, changed.user_id) == ("changed", cast.wang.id)
    assert changed.changes == {"participants": [[cast.li.id], None]}
