"""The fields that a firm adds to its records (D-2): how they are kept, changed, retired and deleted."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm.domain.customers.customers import save_customer
from crm.domain.platform.custom_fields import (
    delete_field,
    fields_of,
    move_field,
    retire_field,
    save_field,
)
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.recycle_bin import entry_of, restore
from crm.domain.sales.quotes import copy_quote
from crm.entities.custom_fields import KINDS, attribute, custom_fields, dictionary_of, type_of, with_custom_fields
from crm.entities.customers import CUSTOMER
from crm.entities.lookups import Lookups
from crm.entities.quotes import QUOTE
from crm.entities.text_comparison import HAS, text_condition
from crm.errors import DomainError, FieldError
from crm.fields import Context
from crm.models import Customer, DictionaryItem, ListColumns, OperationLog, SavedReport, SavedSearch
from crm.models.custom_values import column_of, value_of
from crm.text import fold
from tests.cast import actor_as
from tests.factories import make_customer, make_quote


@pytest.fixture
def context(session):
    return Context(ZoneInfo("Asia/Taipei"), Lookups(session))


@pytest.fixture
def admin(session, cast):
    return actor_as(session, cast.admin)


@pytest.fixture
def add(session, context, admin):
    """Adds a field to customers, or to another kind of record."""

    def add_field(kind, label, of=CUSTOMER, **more):
        row = save_field(session, None, of, {"label": label, "kind": kind, **more}, context, admin)
        session.commit()
        return row

    return add_field


VALUES = {
    "text": "北區代理",
    "long": "第一行\n第二行",
    "number": Decimal("-12.5"),
    "amount": Decimal("1200.50"),
    "date": date(2026, 8, 31),
    "yes_no": True,
    "person": 1,
    "link": "https://www.example.com",
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_of_each_kind_is_kept_and_comes_back_as_it_was(session, cast, add, kind):
    field = add(kind, "自訂")
    customer = make_customer(session, cast.wang, **{attribute(field): VALUES[kind]})
    session.commit()
    session.expire_all()
    assert value_of(session.get(Customer, customer.id), attribute(field)) == VALUES[kind]


def test_what_is_emptied_leaves_nothing_behind(session, cast, add):
    field = attribute(add("text", "自訂"))
    actor = actor_as(session, cast.wang)
    customer = make_customer(session, cast.wang, **{field: "一"})
    save_customer(session, customer, {"name": customer.name, field: None}, actor)
    assert customer.custom is None


def test_what_a_form_does_not_name_stays(session, cast, add):
    first, second = attribute(add("text", "甲")), attribute(add("number", "乙"))
    customer = make_customer(session, cast.wang, **{first: "一", second: Decimal(2)})
    save_customer(session, customer, {"name": customer.name, second: Decimal(3)}, actor_as(session, cast.wang))
    assert (value_of(customer, first), value_of(customer, second)) == ("一", Decimal(3))


def test_the_operation_log_tells_each_field_by_itself(session, cast, add):
    field = attribute(add("date", "簽約日"))
    customer = make_customer(session, cast.wang, **{field: date(2026, 1, 2)})
    session.commit()
    actor = actor_as(session, cast.wang)
    save_customer(session, customer, {"name": customer.name, field: date(2026, 1, 3)}, actor)
    session.commit()
    made, changed = session.scalars(
        select(OperationLog).where(OperationLog.entity == "customers").order_by(OperationLog.id)
    )
    assert made.changes[field] == [None, "2026-01-02"]
    assert changed.changes == {field: ["2026-01-02", "2026-01-03"]}


def test_deleting_and_restoring_keeps_them(session, cast, add):
    field = attribute(add("text", "自訂"))
    customer = make_customer(session, cast.wang, **{field: "一"})
    actor = actor_as(session, cast.admin)
    delete_record(session, customer, actor)
    restore(session, entry_of(session, customer), actor)
    session.refresh(customer)
    assert value_of(customer, field) == "一"


def test_a_new_version_of_a_quote_has_them(session, cast, add):
    field = attribute(add("text", "報價條件", of=QUOTE))
    quote = make_quote(session, make_customer(session, cast.wang), cast.wang, **{field: "含安裝"})
    assert value_of(copy_quote(session, quote, actor_as(session, cast.wang)), field) == "含安裝"


def test_a_name_is_there_once(session, add):
    add("text", "合約編號")
    with pytest.raises(FieldError) as refused:
        add("number", "合约编号")
    assert refused.value.field == "label"


def test_they_stand_in_their_order_before_the_last_group(session, add):
    first, second = add("text", "甲"), add("text", "乙")
    move_field(session, second, -1)
    session.commit()
    keys = [field.key for field in with_custom_fields(session, CUSTOMER, CUSTOMER.fields)]
    assert keys.index(attribute(second)) == keys.index(attribute(first)) - 1
    assert keys.index(attribute(first)) < keys.index("notes")


def test_a_retired_field_is_asked_for_no_more(session, cast, add):
    row = add("text", "自訂")
    customer = make_customer(session, cast.wang, **{attribute(row): "一"})
    retire_field(session, row, True)
    session.commit()
    assert custom_fields(session, CUSTOMER) == ()
    assert value_of(customer, attribute(row)) == "一"


def test_a_field_in_use_is_not_deleted_an_unused_one_is_with_its_list(session, cast, add):
    used, unused = add("text", "用過的"), add("choice", "沒用過的", items="甲\n乙")
    make_customer(session, cast.wang, **{attribute(used): "一"})
    with pytest.raises(DomainError):
        delete_field(session, used)
    delete_field(session, unused)
    session.commit()
    assert fields_of(session, CUSTOMER) == [used]
    items = select(DictionaryItem).where(DictionaryItem.dictionary == dictionary_of(unused.id))
    assert session.scalars(items).all() == []


def test_each_has_an_index_as_long_as_it_is_there(session, add):
    row = add("number", "年營收")
    assert indexes_by_name(session) == {f"own_customers_n{row.id}"}
    delete_field(session, row)
    session.commit()
    assert indexes_by_name(session) == set()


@pytest.mark.parametrize("kind", ["long", "link"])
def test_postgresql_finds_a_part_of_a_long_text_by_an_index(session, cast, add, kind):
    """SQLite looks an index through instead; nothing is read of the records themselves."""
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite has another index for it")
    key = attribute(add(kind, "說明"))
    text_of = {"long": "二樓圖书馆，\\ 百分之百 100%", "link": "https://www.example.com/a_b"}[kind]
    made = make_customer(session, cast.wang, **{key: text_of})
    make_customer(session, cast.wang, name="別的", **{key: text_of[::-1]})
    session.commit()
    column = column_of(Customer, key)
    for typed in {"long": ("圖書館", "图书馆", "百 100%", "\\ 百"), "link": ("EXAMPLE.com/a", "a_b", "/")}[kind]:
        wanted = select(Customer.id).where(text_condition(session, column, HAS, typed), Customer.deleted_at.is_(None))
        found = set(session.scalars(wanted))
        assert made.id in found, typed
        assert len(found) == 1 or typed == "/", typed
    session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    for index in Customer.__table__.indexes:  # of a few rows any of them would do
        session.connection().exec_driver_sql(f"DROP INDEX {index.name}")
    wanted = select(Customer.id).where(text_condition(session, column, HAS, "圖書館"), Customer.deleted_at.is_(None))
    asked = str(wanted.compile(session.get_bind(), compile_kwargs={"literal_binds": True})).replace("%%", "%")
    plan = "\n".join(session.connection().exec_driver_sql(f"EXPLAIN {asked}".replace("%", "%%")).scalars())
    assert "own_customers_" in plan, plan


def indexes_by_name(session):
    catalogue = "sqlite_master" if session.get_bind().dialect.name == "sqlite" else "pg_indexes"
    column = "name" if catalogue == "sqlite_master" else "indexname"
    found = session.connection().exec_driver_sql(f"SELECT {column} FROM {catalogue}").scalars()
    return {name for name in found if name and name.startswith("own_")}


def test_it_becomes_another_kind_where_every_value_fits(session, cast, add, admin, context):
    row = add("text", "人數")
    old = attribute(row)
    customer = make_customer(session, cast.wang, **{old: "1,200"})
    session.add(ListColumns(user_id=cast.wang.id, list_key="customers", columns=["name", old]))
    session.add(SavedSearch(list_key="customers", name="大", user_id=cast.wang.id, query=f"af={old}&ao=is&av=1"))
    session.commit()
    save_field(session, row, CUSTOMER, {"label": "人數", "kind": "number"}, context, admin, row.version)
    session.commit()
    new = attribute(row)
    assert new != old
    assert value_of(customer, new) == Decimal(1200)
    assert session.scalars(select(ListColumns)).one().columns == ["name", new]
    assert session.scalars(select(SavedSearch)).one().query == f"af={new}&ao=is&av=1"


def test_it_does_not_where_one_does_not_fit(session, cast, add, admin, context):
    row = add("text", "人數")
    make_customer(session, cast.wang, **{attribute(row): "一百多"})
    session.commit()
    with pytest.raises(FieldError) as refused:
        save_field(session, row, CUSTOMER, {"label": "人數", "kind": "number"}, context, admin, row.version)
    assert (refused.value.field, refused.value.values["value"]) == ("kind", "一百多")


@pytest.mark.parametrize("label", ["客戶名稱", "客户名称", "Customer name"])
def test_a_built_in_name_of_any_language_is_refused(add, label):
    with pytest.raises(FieldError) as refused:
        add("text", label)
    assert refused.value.field == "label"


@pytest.mark.parametrize("kind", ["choice", "several"])
def test_a_list_without_choices_is_refused(add, kind):
    with pytest.raises(FieldError) as refused:
        add(kind, "自訂")
    assert refused.value.field == "items"


@pytest.mark.parametrize(("kind", "items", "expected"), [("choice", "", "北區"), ("choice", "南區\n北區", "北區")])
def test_a_text_becomes_a_list_where_every_value_is_in_it(session, cast, add, admin, context, kind, items, expected):
    row = add("text", "片區")
    customer = make_customer(session, cast.wang, **{attribute(row): "北区"})
    make_customer(session, cast.wang, **{attribute(row): "南區"})
    session.add(
        SavedReport(user_id=cast.wang.id, report="customer_classes", name="按區域", query=f"{attribute(row)}=1")
    )
    session.commit()
    save_field(session, row, CUSTOMER, {"label": "片區", "kind": kind, "items": items}, context, admin, row.version)
    session.commit()
    shown = type_of(row).show(value_of(customer, attribute(row)), Context(context.zone, Lookups(session)))
    assert fold(shown) == fold(expected)
    assert session.scalars(select(SavedReport.query)).one() == f"{attribute(row)}=1"


def test_a_text_that_is_not_among_the_choices_keeps_the_field_as_it_is(session, cast, add, admin, context):
    row = add("text", "片區")
    make_customer(session, cast.wang, **{attribute(row): "北區"})
    session.commit()
    values = {"label": "片區", "kind": "choice", "items": "南區"}
    with pytest.raises(FieldError) as refused:
        save_field(session, row, CUSTOMER, values, context, admin, row.version)
    assert (refused.value.field, refused.value.values["value"]) == ("kind", "北區")


@pytest.mark.parametrize(("kind", "start"), [("number", "x"), ("date", "昨天以前"), ("choice", "甲")])
def test_a_default_that_is_none_is_refused(add, kind, start):
    with pytest.raises(FieldError) as refused:
        add(kind, "自訂", start=start)
    assert refused.value.field == "start"


def test_every_kind_has_a_value_in_these_tests():
    assert set(VALUES) | {"choice", "several"} == set(KINDS)
