"""C-3, P-3: which customers are alike and why, and what the policy makes of it."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, insert

from crm import text
from crm.domain.customers.customers import save_customer
from crm.domain.customers.duplicates import ATTRIBUTES, DuplicatesFound, find_duplicates
from crm.domain.customers.duplicates.counting import count_duplicates, duplicate_ids
from crm.domain.customers.duplicates.duplicate_policy import save_duplicate_policy
from crm.domain.imports.known_customers import KnownCustomers, keys_of
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.settings import change_settings, read_settings
from crm.entities.keys import customer_keys
from crm.errors import StaleRecord
from crm.extensions import db
from crm.models import Customer
from crm.models.table_versions import clear_cache
from tests.factories import make_contact, make_customer
from tests.postgres import sqlite_only

NAME = "台灣積體電路製造股份有限公司"
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def known(session, cast):
    """A customer with everything filled in, and its main contact."""
    values = {
        "short_name": "台積電",
        "phone": "(03)563-6688、0912-345-678",
        "email": "Service@TSMC.com",
        "tax_number": "22099131",
        "website": "https://www.tsmc.com/chinese",
        "main_contact": "魏哲家",
        "main_mobile": "+886 935 111 222",
    }
    customer = make_customer(session, cast.li, name=NAME, **values)
    make_contact(session, customer, cast.li, name="林小姐", phone="03-666-7777", email="lin@example.tw")
    return customer


@pytest.fixture
def policy(session):
    def chosen(*attributes, forbids=False):
        change_settings(session, duplicate_fields=list(attributes), duplicate_forbids=forbids)
        session.commit()

    return chosen


def why(session, attributes=ATTRIBUTES, **values):
    """The reasons of the only like customer; none where nothing is alike."""
    likes = find_duplicates(session, values, attributes)
    assert len(likes) <= 1
    return likes[0].reasons if likes else ()


@pytest.mark.parametrize(
    ("typed", "reasons"),
    [
        ({"name": NAME}, ("name",)),
        ({"name": "台湾积体电路制造股份有限公司"}, ("name",)),
        ({"name": " 台灣積體電路製造 股份有限公司"}, ("core",)),
        ({"name": "台湾积体电路制造有限责任公司"}, ("core",)),
        ({"name": "臺灣積體電路製造（股）公司"}, ("core",)),
        ({"name": "台積電"}, ("short_name",)),
        ({"name": "別家", "short_name": "台积电"}, ("short_name",)),
        ({"name": "台积电有限公司", "short_name": "台積電"}, ("short_name",)),
        ({"phone": "03 5636688"}, ("phone",)),
        ({"phone": "+886-3-5636688 轉 12"}, ("phone",)),
        ({"phone": "02-2222-3333；0912345678"}, ("phone",)),
        ({"phone": "036667777"}, ("phone",)),
        ({"phone": "00886 3 563 6688"}, ("phone",)),
        ({"phone": "886912345678"}, ("phone",)),
        ({"phone": "0935-111222"}, ("mobile",)),
        ({"main_mobile": "886-935-111-222"}, ("mobile",)),
        ({"main_mobile": "０９３５－１１１－２２２"}, ("mobile",)),
        ({"main_mobile": "0912345678"}, ("phone",)),
        ({"email": "service@tsmc.com"}, ("email",)),
        ({"email": "LIN@example.tw"}, ("email",)),
        ({"tax_number": "2209 9131"}, ("tax_number",)),
        ({"website": "tsmc.com"}, ("website",)),
        ({"website": "http://TSMC.com/en?x=1"}, ("website",)),
        ({"name": NAME, "tax_number": "22099131", "phone": "035636688"}, ("name", "tax_number", "phone")),
    ],
)
def test_what_makes_two_customers_alike(session, known, typed, reasons):
    """C-3: with the reasons, the strongest first."""
    assert why(session, **typed) == reasons


@pytest.mark.parametrize(
    ("stored", "typed", "reasons"),
    [
        ("138 0013 8000", "+86 138 0013 8000", ("phone",)),
        ("0086-138-0013-8000", "13800138000", ("phone",)),
        ("2345 6780", "+852 2345 6780", ("phone",)),
        ("02-2345-6789", "2345-6789", ("local_phone",)),
        ("2345-6789", "+886 (0)2 2345 6789", ("local_phone",)),
        ("6505 1234", "8610-65051234", ("local_phone",)),
        ("04-2345-6789", "02-2345-6789", ()),
        ("+852 6123 4567", "+65 6123 4567", ()),
        ("02-2345-6780", "+852 2345 6780", ()),
        ("0912-345-678", "12345678", ()),
    ],
)
def test_a_number_in_another_writing(session, cast, stored, typed, reasons):
    """C-3: in national or international writing; one that lacks its area code is only asked about."""
    make_customer(session, cast.li, name="別家", phone=stored)
    likes = find_duplicates(session, {"phone": typed})
    assert [like.reasons for like in likes] == ([reasons] if reasons else [])
    assert all(like.is_certain is (reasons == ("phone",)) for like in likes)


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "台灣積體電路製造股份有限公司新竹分公司"},
        {"name": "台灣積體電路"},
        {"name": "聯華電子股份有限公司", "short_name": "聯電"},
        {"phone": "03-563-668"},
        {"phone": "5636688"},
        {"phone": "13"},
        {"email": "tsmc.com"},
        {"tax_number": "2209913"},
        {"website": "https://tsmc.com.tw"},
    ],
)
def test_what_does_not(session, known, typed):
    assert why(session, **typed) == ()


@pytest.mark.parametrize("nothing", ["無", "0", "N", "－", "00000000", "N/A", "--", "　", "不详", "000-0000", "X"])
def test_placeholders_are_never_alike(session, cast, nothing):
    """Also where an older version has kept them."""
    values = dict.fromkeys(("short_name", "phone", "email", "tax_number", "website"), nothing)
    customer = make_customer(session, cast.li, name="某某公司", **values)
    customer.name = nothing
    session.flush()
    typed = {**values, "name": nothing, "main_mobile": nothing}
    assert find_duplicates(session, typed) == []
    assert find_duplicates(session, {"name": f"{nothing}有限公司"}) == []


def test_pages_of_sites_that_many_firms_share(session, cast):
    make_customer(session, cast.li, name="甲", website="https://www.facebook.com/jia.tw/")
    assert why(session, website="https://zh-tw.facebook.com/jia.tw") == ("website",)
    for other in ("https://www.facebook.com/yi.tw", "https://www.facebook.com/", "facebook.com"):
        assert why(session, website=other) == ()


def test_only_the_chosen_attributes_count(session, known):
    typed = {"name": NAME, "phone": "035636688", "main_mobile": "0935111222", "tax_number": "22099131"}
    assert why(session, ("tax_number",), **typed) == ("tax_number",)
    assert why(session, ("phone",), **typed) == ("phone",)
    assert why(session, ("mobile",), **typed) == ("mobile",)
    assert why(session, ("website",), **typed) == ()
    assert why(session, (), **typed) == ()


def test_deleted_customers_and_contacts_are_left_out(session, cast, known, actor):
    contact = make_contact(session, known, cast.li, mobile="0966-000-111", now=NOW)
    assert why(session, main_mobile="0966000111") == ("mobile",)
    delete_record(session, contact, actor(cast.admin))
    assert why(session, main_mobile="0966000111") == ()
    delete_record(session, known, actor(cast.admin))
    session.flush()
    assert why(session, name=NAME, phone="035636688", tax_number="22099131", email="lin@example.tw") == ()


def test_the_likeliest_first(session, cast, known):
    make_customer(session, cast.wang, name="甲", phone="03-563-6688")
    make_customer(session, cast.wang, name="乙", tax_number="22099131", phone="03-563-6688")
    make_customer(session, cast.wang, name="台積電")
    likes = find_duplicates(session, {"name": NAME, "tax_number": "22099131", "phone": "03-563-6688"})
    assert [like.name for like in likes] == [NAME, "乙", "甲"]
    likes = find_duplicates(session, {"name": "台積電"})
    assert [(like.name, like.is_certain) for like in likes] == [("台積電", True), (NAME, False)]


def test_two_tax_numbers_are_two_firms(session, known):
    """Firms of one group share a telephone: shown, but not sure. The same name is sure all the same."""
    (like,) = find_duplicates(session, {"name": "台積電慈善", "phone": "035636688", "tax_number": "12345678"})
    assert (like.reasons, like.is_certain) == (("phone",), False)
    (like,) = find_duplicates(session, {"name": NAME, "tax_number": "12345678"})
    assert like.is_certain


@sqlite_only("its EXPLAIN QUERY PLAN")
def test_every_lookup_is_answered_by_an_index(session, cast, known):
    """No table is walked through, and it takes two statements."""
    asked = []

    def note(connection, cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    typed = {
        "name": NAME,
        "short_name": "台積電",
        "phone": "035636688",
        "main_mobile": "0935111222",
        "email": "lin@example.tw",
        "tax_number": "22099131",
        "website": "tsmc.com",
    }
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert find_duplicates(session, typed)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(asked) == 2
    raw = session.connection().connection.dbapi_connection
    plan = [row[3] for statement, values in asked for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE INDEX" not in step] == []


def test_saving_asks_and_then_saves(session, cast, known, actor, policy):
    policy("name", "phone")
    by = actor(cast.wang)
    with pytest.raises(DuplicatesFound) as asked:
        save_customer(session, None, {"name": NAME}, by, confirmed_ids=())
    assert not asked.value.forbidden
    seen = [like.id for like in asked.value.duplicates]
    assert seen == [known.id]
    made = save_customer(session, None, {"name": NAME}, by, confirmed_ids=seen)
    assert made.name == NAME


def test_one_who_was_not_shown_is_asked_about_again(session, cast, known, actor, policy):
    policy("name", "phone")
    other = make_customer(session, cast.li, name="另一家", phone="02-2777-8888")
    values = {"name": NAME, "phone": "0227778888"}
    with pytest.raises(DuplicatesFound) as asked:
        save_customer(session, None, values, actor(cast.wang), confirmed_ids=[known.id])
    assert {like.id for like in asked.value.duplicates} == {known.id, other.id}


def test_a_customer_is_not_like_itself_and_old_likes_do_not_hinder(session, cast, known, actor, policy):
    """What was there before the policy can still be worked on; only what changes is compared."""
    double = make_customer(session, cast.wang, name="台积电制造", phone="03-563-6688")
    policy(*ATTRIBUTES, forbids=True)
    by = actor(cast.wang)
    save_customer(session, double, {"notes": "新"}, by, confirmed_ids=())
    save_customer(session, double, {"name": "台积电制造", "phone": "(03)5636688"}, by, confirmed_ids=())
    with pytest.raises(DuplicatesFound):
        save_customer(session, double, {"name": NAME}, by, confirmed_ids=())
    with pytest.raises(DuplicatesFound):
        save_customer(session, double, {"email": "service@tsmc.com"}, by, confirmed_ids=())
    with pytest.raises(DuplicatesFound):
        save_customer(session, double, {"main_contact": "某", "main_mobile": "0935111222"}, by, confirmed_ids=())
    assert double.name == "台积电制造"
    save_customer(session, double, {"phone": "02-2999-0000"}, by, confirmed_ids=())


def test_forbidding_holds_whoever_saves(session, cast, known, actor, policy):
    policy("name", forbids=True)
    count = session.query(Customer).count()
    for seen in (None, (), (known.id,)):
        with pytest.raises(DuplicatesFound) as refused:
            save_customer(session, None, {"name": "台湾积体电路制造"}, actor(cast.admin), confirmed_ids=seen)
        assert refused.value.forbidden
        assert refused.value.duplicates[0].fields == ("name",)
    assert session.query(Customer).count() == count


def test_what_is_not_sure_only_asks(session, cast, known, actor, policy):
    policy("name", "phone", forbids=True)
    with pytest.raises(DuplicatesFound) as asked:
        save_customer(session, None, {"name": "台積電"}, actor(cast.wang), confirmed_ids=())
    assert not asked.value.forbidden
    save_customer(session, None, {"name": "台積電"}, actor(cast.wang), confirmed_ids=[known.id])


def test_nothing_chosen_compares_nothing(session, cast, known, actor, policy):
    policy(forbids=True)
    assert save_customer(session, None, {"name": NAME}, actor(cast.wang), confirmed_ids=()).id


def test_the_policy_is_saved_in_its_order_and_late_saves_are_told(session, cast):
    """P-3."""
    opened = read_settings(session).version
    save_duplicate_policy(session, {"website", "name", "password_hash"}, True, opened)
    session.commit()
    clear_cache()
    firm = read_settings(session)
    assert (firm.duplicate_fields, firm.duplicate_forbids) == (("name", "website"), True)
    with pytest.raises(StaleRecord):
        save_duplicate_policy(session, {"name"}, False, opened)


def test_how_many_are_alike_now(session, cast, actor):
    """P-3: customers, not pairs; those that only share a telephone with another firm of their group are none."""
    li = cast.li
    make_customer(session, li, name="大同股份有限公司", phone="02-2592-5252", tax_number="11111111")
    make_customer(session, li, name="大同有限公司")
    gone = make_customer(session, li, name="大同", website="https://tatung.com")
    make_customer(session, li, name="大同寶寶", phone="02-2592-5252", tax_number="22222222", website="tatung.com")
    for name, mobile in (("甲", "0911-222-333"), ("乙", "0911222333"), ("丙", None)):
        make_customer(session, li, name=name, main_contact="王", main_mobile=mobile, tax_number="00000000")
    session.flush()
    found = {key: len(duplicate_ids(session, (key,))) for key in ATTRIBUTES}
    assert found == {"name": 3, "phone": 0, "mobile": 2, "email": 0, "tax_number": 0, "website": 2}
    assert count_duplicates(session, ATTRIBUTES) == 6
    delete_record(session, gone, actor(cast.admin))
    session.commit()
    assert count_duplicates(session, ATTRIBUTES) == 4


def test_short_names_of_two_scripts_meet_and_others_do_not(shared_data):
    """20,000 names, once as they are, once in Traditional and with 有限公司: each finds its own.

    Different names with one core are only those of a group and its firm (保利, 保利集团).
    """
    import opencc

    names = (shared_data / "company-short-names-zh-hans.txt").read_text("utf-8").split()
    convert = opencc.OpenCC("s2t").convert
    cores = {name: text.name_core(name) for name in names}
    missed = [name for name in names if text.name_core(f"{convert(name)}有限公司") != cores[name]]
    assert missed == []
    several = {core for core, count in Counter(cores.values()).items() if count > 1}
    alike_names = [name for name in names if cores[name] in several and not name.endswith("集团")]
    assert len(alike_names) == len(several) <= 20
    assert all(name == cores[name] for name in alike_names)


def test_twenty_thousand_names_are_found_again_in_the_other_script(session, cast, shared_data):
    """By an import's file of them all, and one by one as they are typed."""
    import opencc

    names = (shared_data / "company-short-names-zh-hans.txt").read_text("utf-8").split()
    convert = opencc.OpenCC("s2t").convert
    typed = [f"{convert(name)}有限公司" for name in names]
    kept = {"pool": "owned", "owner_id": cast.li.id, "registered_on": NOW.date(), "version": 1}
    stamps = {"created_at": NOW, "updated_at": NOW, "pinyin": ""}
    rows = [
        {"id": n, "code": f"T{n}", "code_key": f"t{n}", "name": name, **kept, **stamps}
        for n, name in enumerate(names, 1)
    ]
    session.execute(insert(Customer), [{**row, **customer_keys(row), "search_text": ""} for row in rows])

    known = KnownCustomers(("name",))
    keys = [keys_of({"name": name}) for name in typed]
    known.read(session, keys)
    found = [known.find(own) for own in keys]
    assert [name for n, name in enumerate(names, 1) if n not in found[n - 1]] == []
    assert sum(len(others) > 1 for others in found) < 40

    for n in range(1, len(names), 400):
        likes = find_duplicates(session, {"name": typed[n - 1]}, ("name",))
        assert n in {like.id for like in likes}, typed[n - 1]
    assert len(duplicate_ids(session, ("name",))) < 40
