"""導出全部資料: everything of the firm as workbooks and files, whatever its exporter's scope; nobody else gets it."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.platform import open_files
from crm.domain.platform.attachments import attachments_of
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.open_files import file_name
from crm.entities.custom_fields import attribute
from crm.entities.registry import entities, entity
from crm.models import Customer, CustomField, LongTask, OperationLog, Order, OrderLine
from crm.web.background_work import runner
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import approved_order, make_customer
from tests.linked_firm import fill
from tests.web.test_attachments import PDF, send

AsUser = Callable[[str], Person]


@pytest.fixture
def admin(as_user: AsUser) -> Person:
    return as_user("admin")


def taken(app: CRM, session: Session, person: Person) -> zipfile.ZipFile:
    """The zip as its person gets it."""
    answer = person.post("/backup/everything", {})
    assert answer.status_code == 303
    session.rollback()
    with app.app_context():
        runner().finish()
    session.expire_all()
    page = person.get(answer.location).get_data(as_text=True)
    assert "下載" in page, page
    sent = person.get(f"{answer.location}/file")
    assert sent.mimetype == "application/zip"
    return zipfile.ZipFile(io.BytesIO(sent.get_data()))


def sheets(archive: zipfile.ZipFile, name: str) -> dict[str, list[dict[str, Any]]]:
    """Title → the rows by their headings."""
    book = openpyxl.load_workbook(io.BytesIO(archive.read(f"{name}.xlsx")))
    found = {}
    for sheet in book:
        heading, *rows = list(sheet.iter_rows(values_only=True))
        assert len(set(heading)) == len(heading), (name, sheet.title, heading)
        found[sheet.title] = [dict(zip(heading, row, strict=True)) for row in rows]
    return found


def test_each_kind_of_record_stands_in_it_with_what_belongs_to_it(
    app: CRM, session: Session, cast: Cast, admin: Person
) -> None:
    fill(session, cast)
    field = CustomField(entity="customers", label="供應商編號", kind="text")
    session.add(field)
    session.flush()
    mine = make_customer(session, cast.li, name="=明亮公司", founded_on=date(2001, 2, 3), **{attribute(field): "V77"})
    gone = make_customer(session, cast.li, name="已刪除公司")
    delete_record(session, gone, actor_as(session, cast.li))
    order = approved_order(session, mine, cast.li, cast.order, "120.5")
    session.commit()
    archive = taken(app, session, admin)
    for kind in entities():
        label = {"customers": "客戶", "orders": "銷售訂單"}.get(kind.key)
        name = label or next(n for n in archive.namelist() if sheets_title(kind.key, n))
        first = next(iter(sheets(archive, name.removesuffix(".xlsx")).values()))
        alive = session.scalar(select(func.count()).select_from(kind.model).where(kind.model.deleted_at.is_(None)))
        assert len(first) == alive, kind.key
    customers = {row["客戶名稱"]: row for row in sheets(archive, "客戶")["客戶"]}
    assert customers["=明亮公司"]["ID"] == mine.id
    assert customers["=明亮公司"]["供應商編號"] == "V77"
    assert f"{customers['=明亮公司']['成立日期']:%Y-%m-%d}" == "2001-02-03"
    assert "已刪除公司" not in customers
    book = sheets(archive, "銷售訂單")
    (row,) = [row for row in book["銷售訂單"] if row["ID"] == order.id]
    assert (row["客戶"], row["客戶 ID"], row["狀態"]) == ("=明亮公司", mine.id, "已審核")
    (line,) = [line for line in book["明細"] if line["銷售訂單 ID"] == order.id]
    assert (line["商品"], line["金額"]) == (line["名稱"], 120.5)
    assert len(book["明細"]) == session.scalar(select(func.count(OrderLine.id)))
    (paid,) = [row for row in sheets(archive, "銷售收款")["所付訂單"] if row["金額"] > 0]
    assert session.get_one(Order, paid["銷售訂單 ID"]).title == paid["銷售訂單"]
    people = sheets(archive, "公司設定")["人員"]
    assert {"wang", "li"} <= {row["登錄帳戶"] for row in people}
    assert "scrypt" not in str(people)
    logged = session.scalars(select(OperationLog).where(OperationLog.action == "exported")).one()
    assert logged.entity == "backup"
    assert logged.changes["rows"][1] > 0
    page = admin.get("/logs/operations").get_data(as_text=True)
    assert "數據備份" in page


def sheets_title(key: str, name: str) -> bool:
    from crm.i18n import say

    return name == f"{file_name(say('zh_Hant', entity(key).plural), 40)}.xlsx"


def test_attachments_stand_under_their_names_in_folders_by_record(
    app: CRM, session: Session, cast: Cast, admin: Person
) -> None:
    customer = make_customer(session, cast.wang, name='甲/乙:"丙" ')
    other = make_customer(session, cast.wang, name="CON")
    session.commit()
    send(
        admin,
        customer,
        ("報價.pdf", PDF),
        ("報價.PDF", PDF + b"2"),
        ("NUL.txt", b"nothing"),
        ("長" * 150 + ".txt", b"x"),
    )
    send(admin, other, ("報價.pdf", PDF))
    session.rollback()
    archive = taken(app, session, admin)
    held = {name: archive.read(name) for name in archive.namelist() if "/" in name}
    mine = f"附件/客戶/{customer.id} 甲_乙__丙_"
    assert held[f"{mine}/報價.pdf"] == PDF
    assert held[f"{mine}/報價 (2).PDF"] == PDF + b"2"
    assert held[f"{mine}/_NUL.txt"] == b"nothing"
    assert held[f"附件/客戶/{other.id} _CON/報價.pdf"] == PDF
    assert all(len(part) <= 110 for name in held for part in name.split("/"))
    (listed,) = sheets(archive, "附件").values()
    assert {row["路徑"] for row in listed} == set(held)
    assert {row["ID"] for row in listed} == {customer.id, other.id}


def test_a_file_that_is_missing_on_the_disk_is_told(app: CRM, session: Session, cast: Cast, admin: Person) -> None:
    customer = make_customer(session, cast.wang)
    session.commit()
    send(admin, customer, ("報價.pdf", PDF), ("合約.pdf", PDF + b"2"))
    ((one, _stored), *_rest) = session.execute(attachments_of(customer))
    folder = Path(app.config["CRM_INSTANCE"]) / "uploads" / "attachments"
    next(folder.rglob(one.digest)).unlink()
    archive = taken(app, session, admin)
    assert len([name for name in archive.namelist() if "/" in name]) == 1
    task = session.scalars(select(LongTask).order_by(LongTask.id.desc())).first()
    assert task is not None
    assert one.name in admin.get(f"/tasks/{task.id}").get_data(as_text=True)


def test_only_who_may_take_a_backup_away_gets_it(app: CRM, session: Session, as_user: AsUser) -> None:
    """Exporting every list is not enough: it holds everything of everybody."""
    manager = as_user("manager")
    assert manager.get("/backup/everything").status_code in (403, 404)
    assert manager.post("/backup/everything", {}).status_code in (403, 404)
    session.rollback()
    assert session.scalar(select(func.count(LongTask.id))) == 0


def test_asked_twice_it_is_made_once(
    app: CRM, session: Session, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.blueprints.backups import open_files as pages

    monkeypatch.setattr(pages, "begin_after_this_request", lambda task: None)
    first, second = (admin.post("/backup/everything", {}).location for _ in range(2))
    assert first == second


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_one(
    app: CRM, session: Session, cast: Cast, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_files, "MAX_ROWS", 2)
    for number in range(5):
        make_customer(session, cast.wang, name=f"第{number}號公司")
    session.commit()
    found = sheets(taken(app, session, admin), "客戶")
    names = [row["客戶名稱"] for title, rows in found.items() if title.startswith("客戶") for row in rows]
    assert sorted(names) == sorted(session.scalars(select(Customer.name)))
    assert len([title for title in found if title.startswith("客戶")]) == 3


def test_the_page_offers_it(admin: Person) -> None:
    assert "導出全部資料" in admin.get("/backup").get_data(as_text=True)


@pytest.mark.parametrize(
    ("text", "name"),
    [("a/b", "a_b"), ("..", "_"), ("", "_"), ("nul", "_nul"), ("com1.txt", "_com1.txt"), ("x. ", "x"), ("a\nb", "a b")],
)
def test_names_that_every_system_takes(text: str, name: str) -> None:
    assert file_name(text, 40) == name
