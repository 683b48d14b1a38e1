"""日誌管理: both logs in words, searched by each thing, exported, and quick with a million entries (A-9)."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from lxml import html
from openpyxl import load_workbook
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.organisation.people import set_personal_grants
from crm.domain.platform.system_log_words import SECOND_FOLDER, detail
from crm.domain.products.products import save_product
from crm.entities.change_log import log_action
from crm.entities.registry import entities
from crm.installation.backup_files import BY_HAND
from crm.jobs.backups import MADE_BY, NOT_COPIED
from crm.models import DictionaryItem, OperationLog, Permission, SystemLog
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.conventions.test_statements import counted
from tests.factories import make_contact, make_customer, make_order, make_product
from tests.postgres import sqlite_only

AsUser = Callable[[str], Person]
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def admin(as_user: AsUser, session: Session, cast: Cast) -> Person:
    cast.admin.language = "en"
    return as_user("admin")


def rows(person: Person, url: str) -> list[list[str]]:
    answer = person.get(url)
    assert answer.status_code == 200, answer.text
    page = html.fromstring(answer.text)
    return [[" ".join(c.text_content().split()) for c in row.xpath("./td")] for row in page.xpath("//tbody/tr")]


def change(session: Session, cast: Cast, **values: Any) -> Any:
    """A customer, and one change of it by Wang."""
    from crm.domain.customers.customers import save_customer

    customer = make_customer(session, cast.wang, name="新光")
    session.commit()
    save_customer(session, customer, values, actor_as(session, cast.wang))
    session.commit()
    return customer


def test_a_change_is_told_in_words(admin: Person, session: Session, cast: Cast) -> None:
    """Names of choices and people, from what to what; the record is a link."""
    statuses = session.scalars(select(DictionaryItem).where(DictionaryItem.dictionary == "customer_status")).all()
    customer = change(session, cast, short_name="光", status_id=statuses[1].id)
    first = rows(admin, "/logs?q=新光")[0]
    assert first[1:5] == ["王小明", "My customers", "Edited", "新光"]
    assert re.search(r"Customer status: [^\d#]", first[5]) and "Short name: 光" in first[5]
    page = html.fromstring(admin.get("/logs?q=新光").text)
    assert f"/customers/{customer.id}" in " ".join(page.xpath("//tbody//a/@href"))
    entry = page.xpath("//tbody/tr[1]/td[1]/a/@href")[0]
    fields = rows(admin, entry)
    assert ["Short name", "", "光"] in fields


@pytest.mark.parametrize(
    ("language", "wanted"),
    [("zh_Hant", "簡稱：甲 → 乙"), ("zh_Hans", "简称：甲 → 乙"), ("en", "Short name: 甲 → 乙")],
)
def test_in_three_languages(admin: Person, session: Session, cast: Cast, language: str, wanted: str) -> None:
    log_action(session, actor_as(session, cast.wang), "changed", "customers", 1, "新光", {"short_name": ["甲", "乙"]})
    cast.admin.language = language
    assert wanted in rows(admin, "/logs")[0][5] or wanted.replace("：", ": ") in rows(admin, "/logs")[0][5]


@pytest.mark.parametrize(
    ("key", "changes", "wanted"),
    [
        ("people", {"password_hash": [None, "changed"]}, "Password was changed"),
        ("people", {"disabled_at": [None, "2026-11-20T04:00:00+00:00"]}, "Disabled at: 2026-11-20 12:00"),
        ("people", {"must_change_password": [False, True]}, "Must change the password: No → Yes"),
        ("settings", {"recycle_days": [30, 44]}, "30 → 44"),
        ("settings", {"duplicate_fields": [["name", "phone"], ["phone"]]}, "removed Customer name"),
        ("orders", {"total": ["1200.50", "99.00"]}, "total: 1,200.50 → 99.00"),
        ("orders", {"ordered_on": ["2026-01-02", None]}, "2026-01-02 → (empty)"),
        ("orders", {"state": ["draft", "approved"]}, "Draft → Approved"),
        ("orders", {"lines": [["甲 × 1"], ["甲 × 1", "乙 × 2"]]}, "Lines: added 乙 × 2"),
        ("target_setting", {"months": [None, ["1.00", "2.00"]]}, "Monthly amounts: 1.00, 2.00"),
        (
            "roles",
            {"permissions": [["customers:view"], ["customers:view", "orders:approve"]]},
            "Sales orders · Approve",
        ),
        ("dictionaries", {"dictionary": [None, "industry"], "name": [None, "太空"]}, "Dictionary: Industry"),
        ("customers", {"rows": [None, 5], "search": [None, "q=新光"]}, "Conditions: Quick search: 新光"),
        ("customers", {"gone_field": ["1", "2"]}, "gone_field: 1 → 2"),
    ],
)
def test_what_values_are_called(
    admin: Person, session: Session, cast: Cast, key: str, changes: dict[str, Any], wanted: str
) -> None:
    log_action(session, actor_as(session, cast.admin), "changed", key, None, "x", changes)
    assert wanted in rows(admin, "/logs")[0][5]


def test_records_and_people_are_named_not_numbered(admin: Person, session: Session, cast: Cast) -> None:
    customer = make_customer(session, cast.wang, name="新光")
    make_contact(session, customer, cast.wang)
    actor = actor_as(session, cast.admin)
    told = {"owner_id": [cast.wang.id, cast.li.id]}
    log_action(session, actor, "changed", "customers", customer.id, "新光", told)
    set_personal_grants(session, cast.li, {"products:view": 4}, actor)
    session.commit()
    found = rows(admin, "/logs")
    assert "added Products · View (Everything)" in found[0][5]
    assert found[1][5] == "Owner: 王小明 → 李小華"
    assert any("Customer: 新光" in row[5] for row in found if row[2] == "Contacts")


def test_exports_prints_and_restores_are_entries(admin: Person, session: Session, cast: Cast) -> None:
    admin.get("/customers/export?q=光")
    found = rows(admin, "/logs?action=exported")
    assert found[0][1:5] == ["管理員", "My customers", "Exported", ""]
    assert "Rows: 0" in found[0][5] and "Quick search: 光" in found[0][5]
    log_action(
        session, actor_as(session, cast.admin), "restored", "restore", None, "shuke.zip", {"safety": [None, "s"]}
    )
    assert rows(admin, "/logs?function=restore")[0][2:5] == ["Data restore", "Restored", "shuke.zip"]


def test_each_filter(admin: Person, session: Session, cast: Cast) -> None:
    session.execute(
        insert(OperationLog),
        [
            {
                "at": NOW - timedelta(days=n),
                "user_id": [cast.wang.id, cast.li.id][n % 2],
                "address": f"192.0.2.{n}",
                "action": ["changed", "deleted"][n % 2],
                "entity": ["customers", "orders"][n % 2],
                "name": f"紀錄 {n}",
                "changes": {},
            }
            for n in range(4)
        ],
    )

    def names(query: str) -> list[str]:
        return [row[4] for row in rows(admin, f"/logs?{query}") if row[4].startswith("紀錄")]

    assert names("") == ["紀錄 0", "紀錄 1", "紀錄 2", "紀錄 3"]
    assert names(f"user={cast.li.id}") == ["紀錄 1", "紀錄 3"]
    assert names("function=orders&action=deleted") == ["紀錄 1", "紀錄 3"]
    assert names("address=192.0.2.2") == ["紀錄 2"]
    assert len(names("address=192.0")) == 4
    assert names("q=纪录 3") == ["紀錄 3"]
    assert names("at_from=2026-11-19&at_to=2026-11-19") == ["紀錄 1"]
    assert names("af=record&ao=is&av=紀錄 2") == ["紀錄 2"]
    assert names("sort=at") == ["紀錄 3", "紀錄 2", "紀錄 1", "紀錄 0"]


def test_the_function_is_sorted_and_compared_as_the_menu_calls_it(admin: Person, session: Session, cast: Cast) -> None:
    for key in ("orders", "customers", "orders"):
        log_action(session, actor_as(session, cast.admin), "created", key, None, "紀錄", {})
    session.commit()

    def functions(query: str) -> list[str]:
        return [row[2] for row in rows(admin, f"/logs?q=紀錄&{query}")]

    customers, orders = functions("sort=function")[0], functions("sort=function")[-1]
    assert customers != orders
    assert functions("sort=function") == [customers, orders, orders]
    assert functions("sort=function&dir=desc") == [orders, orders, customers]
    assert functions(f"af=function&ao=is&av={customers}") == [customers]
    assert functions(f"af=function&ao=not&av={customers}") == [orders, orders]


def test_an_export_has_the_sentences(admin: Person, session: Session, cast: Cast) -> None:
    change(session, cast, short_name="光")
    answer = admin.get("/logs/export?q=新光")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    values = list(sheet.iter_rows(values_only=True))
    assert values[0][:6] == ("Time", "Person", "Function", "Action", "Record", "Changes")
    assert values[1][1] == "王小明" and "Short name: 光" in str(values[1][5])


def test_costs_are_for_who_may_see_them(admin: Person, session: Session, cast: Cast, as_user: AsUser) -> None:
    """In the log and in the record's history."""
    product = make_product(session, "影印機")
    save_product(session, product, {"cost": Decimal("77.77")}, actor_as(session, cast.admin))
    session.commit()
    assert "77.77" in admin.get("/logs").text
    history = f"/changes/products/{product.id}"
    assert "77.77" in admin.get(history).text
    theirs = as_user("wang").get(history)
    assert theirs.status_code == 200 and "77.77" not in theirs.text


def test_the_history_of_every_kind_is_reached_from_its_page(
    admin: Person, session: Session, cast: Cast, as_user: AsUser
) -> None:
    """A loop over the kinds: from the file or form of each one comes to what was changed in it."""
    from tests.web.test_doors import make

    customer, lacking = make_customer(session, cast.wang, name="王的客戶"), []
    for kind in entities():
        record = make(kind.key, session, customer, cast.wang)
        session.commit()
        url = f"/{kind.key.replace('_', '-')}/{record.id}"
        person = admin if kind.key not in ("schedule",) else as_user("wang")
        answer = person.get(url)
        assert answer.status_code == 200, (kind.key, answer.status_code)
        links = html.fromstring(answer.text).xpath("//a/@href")
        ways = [link for link in links if link.startswith(f"/changes/{kind.key}/") or link == f"{url}/history"]
        if not ways:
            lacking.append(kind.key)
            continue
        page = person.get(ways[0])
        assert page.status_code == 200 and ("Created" in page.text or "建立" in page.text), kind.key
    assert lacking == []


def test_a_history_is_for_who_sees_the_record(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer = make_customer(session, cast.wang)
    contact = make_contact(session, customer, cast.wang)
    session.commit()
    li = as_user("li")
    assert li.get(f"/changes/contacts/{contact.id}").status_code == 404
    assert li.get("/changes/nothing/1").status_code == 404
    assert as_user("wang").get(f"/changes/contacts/{contact.id}").status_code == 200


def test_a_long_history_has_pages(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer = make_customer(session, cast.wang)
    told = [{"short_name": [str(n), str(n + 1)]} for n in range(120)]
    for changes in told:
        log_action(session, actor_as(session, cast.wang), "changed", "customers", customer.id, "新光", changes)
    session.commit()
    wang = as_user("wang")
    page = wang.get(f"/customers/{customer.id}/history")
    assert "119 → 120" in page.text and "1 → 2<" not in page.text
    older = re.search(r'href="([^"]*page=3)"', wang.get(f"/customers/{customer.id}/history?page=2").text)
    assert older is not None
    assert "1 → 2<" in wang.get(older[1]).text


def test_the_system_log(admin: Person, session: Session, cast: Cast) -> None:
    session.add_all(
        [
            SystemLog(at=NOW, kind="login", user_id=cast.wang.id, name="wang", address="192.0.2.7"),
            SystemLog(at=NOW, kind="error", number="ABCD1234", path="/x", detail="Traceback …\n  line"),
            SystemLog(at=NOW, kind="job", name="recycling", detail="2026-11-20 done"),
        ]
    )
    found = {row[1]: row for row in rows(admin, "/logs/system")}
    assert found["Signed in"][2:4] == ["王小明", "wang"]
    assert found["Scheduled job"][3] == "Recycling of idle customers"
    (error,) = rows(admin, "/logs/system?q=abcd1234")
    assert error[4] == "ABCD1234"
    page = html.fromstring(admin.get("/logs/system?q=ABCD1234").text)
    entry = admin.get(page.xpath("//tbody/tr/td/a/@href")[0])
    assert "Traceback …\n  line" in entry.text
    assert [row[1] for row in rows(admin, "/logs/system?kind=login&address=192.0.2.7")] == ["Signed in"]


TOLD = {
    "en": ["5 customers recycled", "Made by hand, 1.5 MB.", "Second folder", "100% and %(count)s", '["cut off'],
    "zh_Hant": ["已回收 5 個客戶", "手動備份，1.5 MB。", "第二存放路徑", "100% and %(count)s", '["cut off'],
    "zh_Hans": ["已回收 5 个客户", "手动备份，1.5 MB。", "第二存放路径", "100% and %(count)s", '["cut off'],
}


@pytest.mark.parametrize("language", TOLD)
def test_each_reader_is_told_the_details_in_their_language(language: str, admin: Person, session: Session) -> None:
    recycled = "%(recycled)s customers recycled, owners warned of %(warned)s."
    for kind, name, kept in (
        ("job", "recycling", detail(recycled, recycled=5, warned=0)),
        ("backup", "x.zip", detail(MADE_BY[BY_HAND], size="1.5")),
        ("backup", SECOND_FOLDER, detail(NOT_COPIED, folder="/b", reason="full")),
        ("error", "", "100% and %(count)s"),
        ("error", "", '["cut off'),
    ):
        session.add(SystemLog(at=NOW, kind=kind, name=name, detail=kept))
    session.commit()
    admin.post("/language", {"language": language})
    page = html.fromstring(admin.get("/logs/system").text).text_content()
    assert [text for text in TOLD[language] if text not in page] == []
    links = html.fromstring(admin.get("/logs/system?kind=backup").text).xpath("//tbody/tr/td/a/@href")
    assert any(TOLD[language][1] in admin.get(link).text for link in links)


def test_an_errors_page_tells_the_number_that_is_found(admin: Person, app: CRM, session: Session) -> None:
    view = app.view_functions["bulletins.index"]

    def broken(**_: Any) -> Any:
        raise RuntimeError("broken on purpose")

    broken.access = view.access  # type: ignore[attr-defined]
    app.view_functions["bulletins.index"] = broken
    try:
        page = admin.get("/bulletins").text
    finally:
        app.view_functions["bulletins.index"] = view
    number = re.search(r"\b[0-9A-F]{8}\b", page)
    assert number is not None
    (row,) = rows(admin, f"/logs/system?q={number[0]}")
    assert row[1] == "Error"


def test_no_address_changes_an_entry(app: CRM) -> None:
    methods = {m for rule in app.url_map.iter_rules() if rule.endpoint.startswith("logs.") for m in rule.methods or ()}
    assert methods <= {"GET", "HEAD", "OPTIONS"}


def test_a_page_takes_few_statements(admin: Person, session: Session, cast: Cast, app: CRM) -> None:
    for n in range(15):
        customer = make_customer(session, cast.wang, name=f"客戶{n}")
        make_contact(session, customer, cast.wang)
        make_order(session, customer, cast.wang)
    for url in ("/logs", "/logs?q=客戶", "/logs/system", "/logs/1", f"/customers/{customer.id}/history"):
        admin.get(url)
        with counted(app) as statements:
            assert admin.get(url).status_code == 200
        assert len([s for s in statements if s.startswith("SELECT")]) <= (12 if "history" in url else 8), url


SEARCHES = (
    "",
    "user=2",
    "function=customers",
    "action=changed",
    "address=192.0.2.7",
    "at_from=2026-11-01&at_to=2026-11-02",
    "user=2&function=customers",
    "page=500",
)


@sqlite_only("the plan of its statements")
@pytest.mark.parametrize("log", ["operation_log", "system_log"])
def test_no_search_sorts_or_reads_the_whole_log(
    admin: Person, session: Session, cast: Cast, app: CRM, log: str
) -> None:
    """Plans with fifty thousand entries, as a million have them: an index finds the rows in their order."""
    if log == "operation_log":
        entries = [
            {
                "at": NOW + timedelta(seconds=n),
                "user_id": 1 + n % 6,
                "address": f"192.0.2.{n % 9}",
                "action": ("changed", "created", "exported")[n % 3],
                "entity": ("customers", "contacts", "records", "orders")[n % 4],
                "record_id": n,
                "name": f"{n}",
                "changes": {},
            }
            for n in range(50_000)
        ]
        session.execute(insert(OperationLog), entries)
        url, searches = "/logs", SEARCHES
    else:
        lines = [
            {
                "at": NOW + timedelta(seconds=n),
                "user_id": 1 + n % 6,
                "address": f"192.0.2.{n % 9}",
                "kind": ("login", "logout", "job", "lookup")[n % 4],
                "name": f"{n}",
            }
            for n in range(50_000)
        ]
        session.execute(insert(SystemLog), lines)
        url = "/logs/system"
        searches = ("", "user=2", "kind=login", "address=192.0.2.7", "q=ABCD1234", "page=500")
    session.commit()
    for search in searches:
        with counted(app) as asked:
            assert admin.get(f"{url}?{search}").status_code == 200
        for statement in asked:
            if log in statement and statement.startswith("SELECT") and "count(" not in statement:
                explain = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", statement.values)
                plan = [row[3] for row in explain]
                inner = [line for line in plan if log in line]
                assert inner and not [line for line in inner if line == f"SCAN {log}"], (search, statement, plan)
                # Sorting is for the rows of the page alone: they are found in their order.
                first = next(line for line in plan if log in line)
                assert "INDEX" in first or "PRIMARY KEY" in first, (search, statement, plan)
                if "LIMIT" in statement:
                    assert not [line for line in plan[: plan.index(first) + 2] if "TEMP B-TREE" in line], (search, plan)


def test_an_entry_without_a_permission_to_see_logs(as_user: AsUser, session: Session, cast: Cast) -> None:
    assert as_user("manager").get("/logs").status_code == 403
    assert cast.manager.rights.may(Permission.LOGS_VIEW) is False


def test_on_a_telephone_a_row_says_who_did_what_with_what(admin: Person, session: Session) -> None:
    """The columns of a row's card (k2: the second)."""
    session.add(SystemLog(at=NOW, kind="login_failed", name="wang"))
    session.commit()
    for url, names in (
        ("/logs", {"Time", "Person", "Function", "Action", "Record"}),
        ("/logs/system", {"Time", "Event", "Person", "Subject", "Error number"}),
    ):
        (table,) = html.fromstring(admin.get(url).text).xpath("//table[contains(@class, 'cards')]")
        headings = [cell.text_content().strip(" \n▼") for cell in table.xpath("thead/tr/th")]
        shown = {headings[int(name[1:]) - 1] for name in table.get("class").split() if re.fullmatch(r"k\d+", name)}
        assert shown == names
