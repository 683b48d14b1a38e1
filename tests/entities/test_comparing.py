"""C-5: filters and the advanced search compare as the quick search folds: script, width, case, telephones, moments."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.domain.platform.readers import reader_for
from crm.domain.sales.quotes import convert_quote
from crm.entities.listing import LISTINGS, Parameters, Query
from crm.entities.listing.conditions import OPERATORS, WITHOUT_VALUE, searchable
from crm.entities.listing.query import SIZES
from crm.entities.listing.rows import count, page_rows
from crm.models import Customer
from tests.cast import actor_as
from tests.conftest import wants_all
from tests.conventions.test_statements import counted
from tests.factories import line, make_contact, make_customer, make_order, make_product, make_quote, make_record

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)


@pytest.fixture
def reader_of(app, session):
    return lambda person: reader_for(session, actor_as(session, person, NOW))


@pytest.fixture
def ask(reader_of, cast):
    """The ids that a search of a list finds, as Li reads it."""
    reader = reader_of(cast.li)

    def asked(list_key, *lines, **filters):
        parts = [(k, v) for line in lines for k, v in zip(("af", "ao", "av"), line, strict=True)]
        query = Query(LISTINGS[list_key], reader, Parameters([*parts, *filters.items()]))
        assert not query.problems
        return {row.id for row in page_rows(query)}

    return asked


TEXTS = [
    ("大同書局", "书局"),
    ("大同书局", "書局"),
    ("大同書局", "书"),
    ("ＡＢＣ電子", "abc电子"),
    ("Abc電子", "ＡＢＣ"),
    ("臺灣記號", "台湾"),
    ("新北巿商行", "新北市"),
    ("日立㈱", "(株)"),
    ("日立(株)", "㈱"),
    ("日立（株）", "㈱"),
    ("五〇㎡倉庫", "㎡"),
    ("five m2 hall", "㎡"),
    ("A－B公司", "a-b"),
    ("a–b公司", "Ａ－Ｂ"),
    ("甲　乙", "甲 乙"),
    ("[x]^*?公司", "[X]^*?"),
    ("100%_\\公司", "１００%_\\"),
    ("']-]'公司", "']-]'"),
    ("Émile", "émile"),
]


@pytest.mark.parametrize(("stored", "typed"), TEXTS)
def test_texts_are_the_same_in_either_script_width_and_case(ask, session, cast, stored, typed):
    one = make_customer(session, cast.li, name="甲", address=f"某路{stored}一樓").id
    whole = make_customer(session, cast.li, name="乙", address=stored).id
    other = make_customer(session, cast.li, name="丙", address="高雄").id
    empty = make_customer(session, cast.li, name="丁").id
    assert ask("customers", ("address", "has", typed)) == {one, whole}
    assert ask("customers", ("address", "lacks", typed)) == {other, empty}
    assert whole in ask("customers", ("address", "starts", typed)) or not stored.casefold().startswith(typed.casefold())
    assert one not in ask("customers", ("address", "starts", typed))
    assert ask("customers", ("address", "is", stored)) == {whole}
    assert ask("customers", ("address", "not", stored)) == {one, other, empty}


@pytest.mark.parametrize("typed", ["書籍", "ABD", "%", "_", "*", "[a-z]", ".", "a.c", "A.*", "台大", "\\", "1"])
def test_no_sign_stands_for_others(ask, session, cast, typed):
    make_customer(session, cast.li, name="甲", address="abc大同書局")
    for operator in ("has", "is", "starts"):
        assert ask("customers", ("address", operator, typed)) == set()


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff\u200d", "\u2060 \u200b"])
def test_what_nobody_sees_finds_nothing(ask, session, cast, unseen):
    one = make_customer(session, cast.li, name="甲", address="某路一樓", phone="0912345678").id
    for how in ("has", "is", "starts"):
        assert ask("customers", ("address", how, unseen)) == set()
        assert ask("customers", ("phone", how, unseen)) == set()
    assert ask("customers", ("address", "lacks", unseen)) == {one}
    assert ask("customers", q=unseen) == set()


def test_the_words_of_records_are_found_in_either_script(ask, session, cast):
    customer = make_customer(session, cast.li, name="甲")
    record = make_record(session, customer, cast.li, content="談了報價\n\n與ＥＲＰ試用").id
    make_record(session, customer, cast.li, content="吃飯")
    for typed in ("报价", "報价", "erp", "ERP試", "与erp"):
        assert ask("records", ("content", "has", typed)) == {record}
        assert ask("records", words=typed) == {record}
    assert ask("records", ("content", "starts", "谈了")) == {record}
    assert record not in ask("records", ("content", "lacks", "试用"))


def test_a_list_looks_through_long_texts_once(app, session, cast, reader_of):
    """The page takes what was counted just now, in the order that is wanted."""
    customer = make_customer(session, cast.li, name="甲")
    made = [
        make_record(session, customer, cast.li, at=NOW - timedelta(days=days), content="談了報價").id
        for days in (3, 1, 2)
    ]
    for _again in range(2):  # the second time the number is kept
        query = Query(LISTINGS["records"], reader_of(cast.li), Parameters([("words", "报价")]))
        with counted(app) as asked:
            assert count(query) == (3, False)
            assert [row.id for row in page_rows(query)] == [made[1], made[2], made[0]]
        assert sum(" GLOB " in statement or " ~ " in statement for statement in asked) == 1


STORED = {
    "mobile": "0912-345-678",
    "abroad": "+886 912-345-678",
    "mainland": "138 0013 8000",
    "mainland_abroad": "0086-138-0013-8000",
    "taipei": "(02)2345-6789#12",
    "hong_kong": "+852 2345 6780",
    "hong_kong_local": "9123 4567、2345-6780",
    "several": "02-2531-7099、0922-111-222",
}


@pytest.mark.parametrize(
    ("how", "typed", "expected"),
    [
        ("has", "0912345678", "mobile abroad"),
        ("has", "+886 912 345 678", "mobile abroad"),
        ("has", "886912345678", "mobile abroad"),
        ("has", "０９１２３４５６７８", "mobile abroad"),
        ("has", "0912", "mobile abroad"),
        ("has", "345-678", "mobile abroad taipei hong_kong hong_kong_local"),
        ("has", "+86 138 0013 8000", "mainland mainland_abroad"),
        ("has", "13800138000", "mainland mainland_abroad"),
        ("has", "86-138-0013-8000", "mainland mainland_abroad"),
        ("has", "2345-6789", "taipei"),
        ("has", "00886 2 2345 6789", "taipei"),
        ("has", "2345 6780", "hong_kong hong_kong_local"),
        ("has", "+852 2345 6780", "hong_kong hong_kong_local"),
        ("has", "+852 2345 6789", ""),
        ("has", "0922111222", "several"),
        ("has", "#12", "taipei"),
        ("is", "0912345678", "mobile abroad"),
        ("is", "+886 (0)912 345 678", "mobile abroad"),
        ("is", "13800138000", "mainland mainland_abroad"),
        ("is", "8613800138000", "mainland mainland_abroad"),
        ("is", "23456780", "hong_kong"),
        ("is", "(02)2345-6789#12", "taipei"),
        ("is", "0912", ""),
        ("starts", "0912", "mobile abroad"),
        ("starts", "+886 9", "mobile abroad"),
        ("starts", "138", "mainland mainland_abroad"),
        ("starts", "(02)", "taipei several"),
        ("starts", "852", "hong_kong"),
        ("starts", "2345", "hong_kong"),
    ],
)
def test_telephones_are_their_digits(ask, session, cast, how, typed, expected):
    ids = {key: make_customer(session, cast.li, phone=phone).id for key, phone in STORED.items()}
    wanted = {ids[key] for key in expected.split()}
    assert ask("customers", ("phone", how, typed)) == wanted
    turned = {"has": "lacks", "is": "not"}.get(how)
    if turned:
        assert ask("customers", ("phone", turned, typed)) == set(ids.values()) - wanted


def test_a_moment_is_compared_with_its_time_of_day(ask, session, cast):
    early, late = (
        make_customer(session, cast.li, next_contact_at=datetime(2026, 12, 1, hour, 5, 20, tzinfo=UTC)).id
        for hour in (1, 6)  # 09:05 and 14:05 in Taipei
    )
    for operator, typed, wanted in (
        ("from", "2026-12-01 09:06", {late}),
        ("from", "2026/12/1 14:05", {late}),
        ("from", "2026-12-01 14:06", set()),
        ("to", "2026-12-01 14:04", {early}),
        ("to", "2026-12-01 14:05", {early, late}),
        ("is", "2026年12月1日 09:05", {early}),
        ("not", "2026-12-01 09:05", {late}),
        ("is", "2026-12-01", {early, late}),
        ("to", "2026-11-30", set()),
    ):
        assert ask("customers", ("next_contact_at", operator, typed)) == wanted, (operator, typed)


def test_days_idle_are_asked_for(ask, session, cast):
    days = {}
    for ago in (0, 10, 30):
        customer = make_customer(session, cast.li, now=NOW - timedelta(days=ago))
        days[ago] = customer.id
    for operator, typed, wanted in (
        ("from", "10", {10, 30}),
        ("from", "11", {30}),
        ("to", "10", {0, 10}),
        ("is", "30", {30}),
        ("not", "10", {0, 30}),
        ("from", "999999999", set()),
        ("filled", "", {0, 10, 30}),
    ):
        assert ask("customers", ("idle", operator, typed)) == {days[ago] for ago in wanted}, (operator, typed)


@pytest.fixture
def sold(session, cast):
    """Wang's and Li's orders and quotes of two products; Li's second order came from a quote and has a contract."""
    valve, pump = make_product(session, "電磁閥", specification="DN50"), make_product(session, "水泵")
    pump.code = "PMP-77"
    customer = make_customer(session, cast.li, name="甲")
    quote = make_quote(session, customer, cast.li, lines=[line(pump), line(valve)])
    made = {
        "valve": make_order(session, customer, cast.li, lines=[line(valve)]),
        "quote": quote,
        "pump": convert_quote(session, quote, actor_as(session, cast.li, NOW)),
        "other": make_order(session, customer, cast.li),
        "other quote": make_quote(session, customer, cast.li),
        "wang's": make_order(session, make_customer(session, cast.wang, name="乙"), cast.wang, lines=[line(pump)]),
    }
    made["pump"].contract_number = "ＨＴ-2026/書0077"
    session.flush()
    return made


@pytest.mark.parametrize(
    ("typed", "orders", "quotes"),
    [
        ("电磁阀", "valve pump", "quote"),
        ("水泵", "pump", "quote"),
        ("pmp-77", "pump", "quote"),
        ("ＰＭＰ77", "pump", "quote"),
        ("dn50", "valve pump", "quote"),
        ("HT-2026/书0077", "pump", "quote"),
        ("ht2026", "pump", "quote"),
    ],
)
def test_orders_and_quotes_are_found_by_product_and_contract(ask, sold, typed, orders, quotes):
    """In the quick search, within what Li may see."""
    assert ask("orders", q=typed) == {sold[key].id for key in orders.split()}
    assert ask("quotes", q=typed) == {sold[key].id for key in quotes.split()}


def test_and_by_filters_and_conditions_of_their_own(ask, sold):
    pump, valve, other, quote = (sold[key].id for key in ("pump", "valve", "other", "quote"))
    assert ask("orders", product="電磁阀") == {pump, valve}
    assert ask("orders", contract="ht-2026/书") == {pump}
    assert ask("quotes", product="pmp77") == {quote}
    for operator, typed, wanted in (
        ("has", "电磁", {pump, valve}),
        ("is", "pmp-77", {pump}),
        ("starts", "水", {pump}),
        ("lacks", "水泵", {valve, other}),
        ("not", "電磁閥", {other}),
        ("filled", "", {pump, valve, other}),
        ("empty", "", set()),
    ):
        assert ask("orders", ("products", operator, typed)) == wanted, (operator, typed)
    assert ask("orders", ("contract_number", "is", "HT-2026/書0077")) == {pump}
    assert ask("quotes", ("products", "has", "水泵")) == {quote}
    assert ask("quotes", ("contract_number", "has", "0077")) == {quote}


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_what_is_looked_through_as_it_lies_is_still_within_ones_rights(session, cast, reader_of):
    """A search in all texts asks for rights after; Li, who sees her own, and who sees everything find theirs."""
    hers = make_customer(session, cast.li, name="甲", address="台北市書街")
    his = make_customer(session, cast.wang, name="乙", address="台北市書街")
    deleted = make_customer(session, cast.li, name="丙", address="台北市書街")
    deleted.deleted_at = NOW
    records = [make_record(session, one, cast.admin, content="看书") for one in (hers, his)]
    session.flush()
    for person, wanted in ((cast.li, (hers,)), (cast.admin, (hers, his))):
        for key, lines in (
            ("customers", [("address", "has", "书街")]),
            ("customers", [("address", "has", "书街"), ("name", "lacks", "丁")]),
            ("records", [("content", "has", "書")]),
            ("records", [("content", "has", "書"), ("customer", "lacks", "丁")]),
        ):
            parts = [(k, v) for line in lines for k, v in zip(("af", "ao", "av"), line, strict=True)]
            query = Query(LISTINGS[key], reader_of(person), Parameters(parts))
            rows = records if key == "records" else (hers, his)
            expected = {row.id for row, of in zip(rows, (hers, his), strict=True) if of in wanted}
            assert count(query) == (len(expected), False)
            assert {row.id for row in page_rows(query)} == expected, (person.login, key, lines)


def test_a_contact_is_compared_of_the_record_itself(ask, session, cast):
    """A condition on what a record points to neither multiplies the rows nor finds those of others."""
    customer = make_customer(session, cast.li, name="甲")
    zhang, lee = (make_contact(session, customer, cast.li, name) for name in ("張小書", "李四"))
    wanted = make_record(session, customer, cast.li, contact_id=zhang.id).id
    make_record(session, customer, cast.li, contact_id=lee.id)
    make_record(session, customer, cast.li)
    assert ask("records", ("contact", "has", "张小书")) == {wanted}


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")
def test_every_column_of_every_list_can_be_asked_by_every_operator(app, session, cast, request):
    """Nothing a person can choose ends in an error; nor are rows of other tables multiplied with the list's.

    Each third list, and all of them with --long.
    """
    make_customer(session, cast.li, name="甲")
    session.flush()
    reader = reader_for(session, actor_as(session, cast.admin, NOW))
    typed = {"day": "2026-01-01", "moment": "2026-01-01 10:00"}
    for listing in list(LISTINGS.values())[:: 1 if wants_all(request.config) else 3]:
        for column in searchable(listing.shaped_for(reader), reader.rights):
            for operator in OPERATORS:
                value = (
                    ""
                    if operator in WITHOUT_VALUE
                    else typed.get(column.type.kind, str(getattr(column.type, "minimum", "1")))
                )
                line = [("af", column.key), ("ao", operator), ("av", value)]
                query = Query(listing, reader, Parameters([*line, ("size", str(SIZES[-1]))]))
                assert not query.problems, (listing.key, line)
                assert min(count(query)[0], query.size) == len(page_rows(query)), (listing.key, line)
    assert session.query(Customer).count() == 1
