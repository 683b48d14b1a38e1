"""The rules of importing, without pages: what cells mean, who is known already, what is written (I-4 to I-6)."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.imports.checking import check_sheet
from crm.domain.imports.declaration import ImportContext
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import Options
from crm.domain.imports.rows import DUPLICATE, NEW, Check
from crm.domain.imports.runs import begin_run, claim_run, import_context, shown_file_name
from crm.domain.imports.templates import columns_of, templates_of
from crm.domain.imports.writing import ConcurrentChange, write_plan
from crm.entities.record_saving import Actor
from crm.entities.search_index import matches_search
from crm.extensions import db
from crm.jobs.locks import WorkLock
from crm.models import City, Contact, Customer, CustomerEvent, ImportRun, Province
from crm.models.imports import CHECKED, RUNNING
from crm.spreadsheets.cleaning.leading_zeros import MAY_LACK
from crm.spreadsheets.sheet import Sheet
from tests.cast import Cast
from tests.factories import item, level, make_contact, make_customer
from tests.importing import Imports
from tests.postgres import sqlite_only

Act = Callable[..., Actor]


def importing(session: Session, actor: Actor, **options: str) -> ImportContext:
    return import_context(session, Options.from_values(options), actor)


def look(session: Session, kind: str, actor: Actor, rows: Sequence[Sequence[Any]], **options: str) -> Check:
    """The check of a file whose headings are the fields' own keys."""
    columns = [TemplateColumn(key, key) for key in rows[0]]
    sheet = Sheet([list(row) for row in rows])
    return check_sheet(session, KINDS[kind], sheet, columns, importing(session, actor, **options))


def bring_in(session: Session, kind: str, actor: Actor, rows: Sequence[Sequence[Any]], **options: str) -> Check:
    check = look(session, kind, actor, rows, **options)
    plan = KINDS[kind].prepare(session, check, importing(session, actor, **options))
    write_plan(session, plan, check.new_items(), actor)
    session.expire_all()
    return check


def said(check: Check) -> list[str]:
    return [issue.message for issue in check.issues]


def test_cells_as_people_fill_them(session: Session, cast: Cast, actor: Act) -> None:
    """Full width, floats, entities, placeholders, dates as numbers, look-alikes (I-5)."""
    rows = [
        "name phone tax_number founded_on credit_limit level_id status_id email website postcode fax".split(),
        [
            "黑松＆&#29486;公司",
            35636688.0,
            "１２３４５６７８",
            44000,
            "ＮＴ$ 1.2萬",
            "重要客户",
            "成交 ",
            "a＠b.com",
            "－",
            106.0,
            "00000000",
        ],
    ]
    check = bring_in(session, "customers", actor(cast.wang), rows)
    assert said(check) == [MAY_LACK]
    customer = session.scalars(select(Customer)).one()
    assert (customer.name, customer.phone, customer.tax_number) == ("黑松&献公司", "35636688", "12345678")
    assert (customer.founded_on, customer.credit_limit) == (date(2020, 6, 18), Decimal(12000))
    assert (customer.level_id, customer.status_id) == (
        level(session, "重要客戶").id,
        item(session, "customer_status", "成交").id,
    )
    assert (customer.email, customer.website, customer.postcode, customer.fax) == ("a@b.com", None, "106", None)


def test_a_bad_optional_value_is_left_empty_with_a_warning(session: Session, cast: Cast, actor: Act) -> None:
    rows = [["name", "founded_on", "email", "short_name"], ["甲", "2023-02-30", "nobody", "長" * 101]]
    check = bring_in(session, "customers", actor(cast.wang), rows)
    assert [issue.heading for issue in check.issues] == ["founded_on", "email", "short_name"]
    assert not any(issue.is_error for issue in check.issues)
    customer = session.scalars(select(Customer)).one()
    assert (customer.founded_on, customer.email, customer.short_name) == (None, None, None)


@pytest.mark.parametrize("name", [None, "", "無", "N/A", "長" * 201])
def test_a_row_without_a_usable_name_is_wrong(name: Any, session: Session, cast: Cast, actor: Act) -> None:
    check = look(session, "customers", actor(cast.wang), [["name", "phone"], [name, "1234567"]])
    assert [(issue.row, issue.column, issue.is_error) for issue in check.issues] == [(1, 0, True)]
    assert check.counts() == {"rows": 1, "new": 0, "duplicate": 0, "wrong": 1, "warnings": 0}


@pytest.mark.parametrize(
    ("province", "city", "address", "found"),
    [
        ("台湾", "臺北", None, ("台灣省", "台北市")),
        ("广东省", "深圳", None, ("廣東省", "深圳市")),
        (None, "蘇州市", None, ("江蘇省", "蘇州市")),
        (None, None, "新北巿板橋區文化路一段1號", ("台灣省", "新北市")),
        ("廣東", "台北市", None, ("廣東省", None)),
        (None, None, "Somewhere 5, Cayman Islands", (None, None)),
    ],
)
def test_places(province: Any, city: Any, address: Any, found: Any, session: Session, cast: Cast, actor: Act) -> None:
    rows = [["name", "province_id", "city_id", "address"], ["甲", province, city, address]]
    check = bring_in(session, "customers", actor(cast.wang), rows)
    customer = session.scalars(select(Customer)).one()
    names = [session.get(Province, customer.province_id or 0), session.get(City, customer.city_id or 0)]
    assert tuple(place.name if place else None for place in names) == found
    assert (customer.region_id is None) == (found[0] is None)
    assert bool(check.issues) == (None in found)


def test_duplicates_of_the_firm_and_of_the_file(session: Session, cast: Cast, actor: Act) -> None:
    """Either script, the core of the name, the telephone; placeholders never count."""
    make_customer(session, cast.li, name="台灣積體電路製造股份有限公司", phone="03-5636688")
    rows = [
        ["name", "phone"],
        ["台湾积体电路制造有限公司", None],
        ["另一個名字", "+886-3-5636688"],
        ["甲有限公司", "00000000"],
        ["乙有限公司", "00000000"],
        ["甲股份有限公司", None],
    ]
    check = look(session, "customers", actor(cast.wang), rows)
    assert [row.outcome for row in check.rows] == [DUPLICATE, DUPLICATE, NEW, NEW, DUPLICATE]


def test_companies_of_a_group_share_a_telephone(session: Session, cast: Cast, actor: Act) -> None:
    """Different tax numbers are different companies."""
    rows = [
        ["name", "phone", "tax_number"],
        ["甲塑膠", "02-2712-2211", "75370905"],
        ["甲石化", "(02)27122211", "80333992"],
        ["甲化纖", "(02)27122211", None],
    ]
    check = look(session, "customers", actor(cast.wang), rows)
    assert [row.outcome for row in check.rows] == [NEW, NEW, DUPLICATE]


def test_duplicates_update_what_is_empty_or_everything(session: Session, cast: Cast, actor: Act) -> None:
    own = make_customer(session, cast.wang, name="甲公司", phone="02-2345-6789", email="old@example.com")
    old, rows = (
        own.version,
        [["name", "phone", "email", "fax"], ["甲公司", "02-2345-6789", "new@example.com", "1234567"]],
    )
    bring_in(session, "customers", actor(cast.wang), rows)
    assert (own.email, own.fax) == ("old@example.com", None)
    bring_in(session, "customers", actor(cast.wang), rows, duplicates="fill")
    assert (own.email, own.fax, own.version) == ("old@example.com", "1234567", old + 1)
    rows[1][3] = None  # type: ignore[call-overload]
    bring_in(session, "customers", actor(cast.wang), rows, duplicates="overwrite")
    assert (own.email, own.fax) == ("new@example.com", "1234567")


def test_changes_of_level_and_status_stand_in_the_ledger(session: Session, cast: Cast, actor: Act) -> None:
    own = make_customer(session, cast.wang, name="甲公司")
    rows = [["name", "level_id", "status_id"], ["甲公司", "一般客戶", "成交"]]
    bring_in(session, "customers", actor(cast.wang), rows, duplicates="overwrite")
    events = session.scalars(select(CustomerEvent).where(CustomerEvent.customer_id == own.id)).all()
    assert [(event.kind, event.after_id) for event in events[1:]] == [
        ("level", level(session, "一般客戶").id),
        ("status", item(session, "customer_status", "成交").id),
    ]


def test_codes_are_kept_where_free_and_given_where_not(session: Session, cast: Cast, actor: Act) -> None:
    taken = make_customer(session, cast.wang, name="有號公司")
    nextone = f"C{int(taken.code[1:]) + 1:06d}"
    rows = [
        ["name", "code"],
        ["甲", taken.code],
        ["乙", nextone],
        ["丙", None],
        ["丁", 12345.0],
        ["戊", "12345"],
        ["己", taken.code.lower()],
        ["庚", "ab-1"],
        ["辛", "ＡＢ－１"],
    ]
    check = bring_in(session, "customers", actor(cast.wang), rows)
    codes = {row[0]: row[1] for row in session.execute(select(Customer.name, Customer.code))}
    assert (codes["乙"], codes["丁"]) == (nextone, "12345")
    assert codes["庚"] == "ab-1"
    assert len({code.upper() for code in codes.values()}) == 9
    assert not {"ＡＢ－１", taken.code.lower()} & set(codes.values())
    assert len(check.issues) == 4
    for name, code in codes.items():
        found = session.scalars(select(Customer.name).where(matches_search(session, Customer, code))).all()
        assert name in found


def test_what_is_imported_is_like_what_is_typed(session: Session, cast: Cast, actor: Act) -> None:
    """Every derived column is the one that saving in the form makes."""
    now = datetime(2026, 5, 4, 3, 2, tzinfo=UTC)
    rows = [["name", "short_name", "phone", "tax_number", "address"]]
    rows.append(["長榮航空股份有限公司", "長榮航", "(03)351-5151", "25084456", "桃園市蘆竹區新南路一段376號"])
    bring_in(session, "customers", actor(cast.wang, now), rows)
    imported = session.scalars(select(Customer)).one()
    keys = "name short_name phone tax_number address province_id city_id region_id district".split()
    values = {key: getattr(imported, key) for key in keys}
    typed = make_customer(session, cast.wang, now=now, **values)
    differing = {"id", "code", "code_key", "search_text"}
    for column in Customer.__table__.columns.keys():  # noqa: SIM118
        if column not in differing:
            assert getattr(imported, column) == getattr(typed, column), column
    assert imported.search_text.replace(imported.code.lower(), "") == typed.search_text.replace(typed.code.lower(), "")


def test_contacts_find_their_customer(session: Session, cast: Cast, actor: Act) -> None:
    exact = make_customer(session, cast.wang, name="甲公司")
    make_customer(session, cast.wang, name="甲股份有限公司")
    make_customer(session, cast.wang, name="乙有限公司")
    make_customer(session, cast.wang, name="乙公司")
    make_customer(session, cast.li, name="李的公司")
    rows = [
        ["customer_id", "name", "gender"],
        ["甲公司", "陳一", "先生"],
        ["乙", "陳二", "女"],
        ["李的公司", "陳三", None],
    ]
    check = bring_in(session, "contacts", actor(cast.wang), rows)
    contact = session.scalars(select(Contact)).one()
    assert (contact.customer_id, contact.name, contact.gender, contact.is_main) == (exact.id, "陳一", "male", True)
    assert check.counts()["wrong"] == 2


def test_a_customer_keeps_one_main_contact(session: Session, cast: Cast, actor: Act) -> None:
    customer = make_customer(session, cast.wang, name="甲公司")
    first = make_contact(session, customer, cast.wang, name="舊人")
    rows = [
        ["customer_id", "name", "is_main"],
        ["甲公司", "新人", "是"],
        ["甲公司", "又一人", None],
        ["甲公司", "旧人", None],
    ]
    check = bring_in(session, "contacts", actor(cast.wang), rows)
    assert check.counts()["duplicate"] == 1
    assert session.get_one(Contact, first.id).is_main is False
    assert session.scalars(select(Contact.name).where(Contact.is_main)).all() == ["新人"]


def test_somebody_saves_the_same_customer_meanwhile(session: Session, cast: Cast, actor: Act) -> None:
    rows = [["name"], ["甲公司"]]
    check = look(session, "customers", actor(cast.wang), rows)
    plan = KINDS["customers"].prepare(session, check, importing(session, actor(cast.wang)))
    make_customer(session, cast.li, name="乙公司")
    make_customer(session, cast.li, name="甲公司")
    with pytest.raises(ConcurrentChange):
        write_plan(session, plan, [], actor(cast.wang))


def test_others_who_save_other_customers_disturb_nothing(session: Session, cast: Cast, actor: Act) -> None:
    check = look(session, "customers", actor(cast.wang), [["name"], ["甲公司"]])
    plan = KINDS["customers"].prepare(session, check, importing(session, actor(cast.wang)))
    make_customer(session, cast.li, name="乙公司")
    write_plan(session, plan, [], actor(cast.wang))
    assert set(session.scalars(select(Customer.name))) == {"甲公司", "乙公司"}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\名單.xlsx", "名單.xlsx"),
        ("\r\nSet-Cookie: x.csv", "Set-Cookie: x.csv"),
        ("長" * 300 + ".pHaR", "長" * 200),
        ("/", "?"),
    ],
)
def test_names_of_sent_files(sent: str, shown: str) -> None:
    assert shown_file_name(sent) == shown


def test_each_kind_begins_with_a_template(session: Session) -> None:
    for kind in KINDS.values():
        columns = {column.field for column in columns_of(templates_of(session, kind)[0])}
        assert set(kind.required) <= columns
        assert all(kind.field(key) for key in columns)


def test_a_lock_is_taken_once_and_free_after(tmp_path: Path) -> None:
    first, second = WorkLock(tmp_path / "x"), WorkLock(tmp_path / "x")
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


KILLED = """
import os, sys
from crm import create_app
from crm.extensions import db
from crm.jobs import imports
from tests.importing import Imports
app = create_app({"CRM_INSTANCE": sys.argv[1]})
with app.app_context():
    real = imports.write_plan
    def written_and_killed(*args):
        real(*args)
        os.kill(os.getpid(), 9)
    imports.write_plan = written_and_killed
    Imports(db.engine).apply(int(sys.argv[2]))
"""


@sqlite_only("its file after a kill")
@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9 there")
def test_killed_in_the_middle_nothing_is_half_saved_and_the_next_start_finishes_it(
    app: CRM, session: Session, cast: Cast, actor: Act
) -> None:
    """Hostile case 44: after writing everything, before the commit."""
    instance = Path(app.config["CRM_INSTANCE"])
    job = Imports(db.engine)
    (job.uploads / "stored").write_text("名稱\n甲\n乙\n", encoding="utf-8")
    template = templates_of(session, KINDS["customers"])[0]
    columns = [TemplateColumn("name", "名稱")]
    run = begin_run(session, template, columns, "x.csv", "stored", Options(), actor(cast.wang))
    session.commit()
    job.check(run.id)
    assert claim_run(session, run.id, CHECKED, RUNNING)
    session.commit()
    root = Path(__file__).resolve().parents[3]
    killed = subprocess.run([sys.executable, "-c", KILLED, str(instance), str(run.id)], cwd=root, check=False)
    assert killed.returncode == -9
    with sqlite3.connect(instance / "crm.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM customers").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM customers_fts").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM customer_events").fetchone() == (0,)
    connection.close()
    job.go_on()
    session.expire_all()
    assert session.get_one(ImportRun, run.id).state == "done"
    assert sorted(session.scalars(select(Customer.name))) == ["乙", "甲"]
