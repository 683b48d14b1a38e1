"""History comes in too: past contact records, and orders with lines as approved ones (I-10)."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import ContactRecord, Customer, ImportRun, ImportTemplate, Order, OrderLine, Receipt, WorkflowEvent
from tests.cast import Cast
from tests.conftest import Person
from tests.dumping import dump
from tests.factories import make_contact, make_customer, make_product, make_receipt, make_record
from tests.web.test_import_corrections import rows_of
from tests.web.test_import_file_first import assign, guesses, send_alone
from tests.web.test_import_undo import bring_in, check, unchanged, undo
from tests.web.test_imports import begin, checked, xlsx

RECORDS = ["客戶名稱", "聯繫時間", "聯繫內容", "業務員", "聯繫人", "聯繫方式"]
ORDERS = ["訂單編號", "客戶名稱", "訂單日期", "業務員", "商品", "數量", "單價", "折扣%", "稅率%"]


def template_of(session: Session, kind: str) -> ImportTemplate:
    return session.scalars(select(ImportTemplate).where(ImportTemplate.kind == kind)).one()


@pytest.mark.parametrize("kind", ["records", "orders"])
def test_only_administrators_bring_history_in(kind: str, as_user: Callable[[str], Person]) -> None:
    assert as_user("wang").get(f"/imports/{kind}").status_code == 403
    page = as_user("admin").get("/").get_data(as_text=True)
    assert f'href="/imports/{kind}"' in page


def test_past_contact_records_move_the_last_contact_and_go_again(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    admin = as_user("admin")
    customer = make_customer(session, cast.wang, name="甲公司", now=datetime(2020, 1, 1, tzinfo=UTC))
    make_contact(session, customer, cast.wang, name="林小姐")
    other = make_customer(session, cast.li, name="乙公司", now=datetime(2020, 1, 1, tzinfo=UTC))
    make_record(session, other, cast.li, contacted_at=datetime(2024, 6, 1, 2, tzinfo=UTC), content="最近一次")
    session.commit()
    before = dump(session)
    rows = [
        RECORDS,
        ["甲公司", "2023-03-12 14:30", "報價後客戶考慮中", "王小明", "林小姐", ""],
        ["甲公司", "2023/5/2", "已回電", "li", "沒有這人", ""],
        ["乙公司", "2021-02-03 10:00", "很久以前", "", "", ""],
        ["丙公司", "2021-02-03 10:00", "沒有這家", "", "", ""],
        ["甲公司", "2999-01-01", "未來", "", "", ""],
    ]
    run = bring_in(admin, app, template_of(session, "records"), rows)
    session.expire_all()
    found = session.scalars(select(ContactRecord).order_by(ContactRecord.id)).all()[1:]
    assert [(r.content, r.created_by_id) for r in found] == [
        ("報價後客戶考慮中", cast.wang.id),
        ("已回電", cast.li.id),
        ("很久以前", cast.admin.id),
    ]
    assert found[0].contact_id is not None and found[1].contact_id is None
    assert customer.last_contact_at == found[1].contacted_at
    assert other.last_contact_at == datetime(2024, 6, 1, 2, tzinfo=UTC)
    counts = session.scalars(select(ImportRun)).one().counts
    assert (counts["imported"], counts["wrong"]) == (3, 2)
    again = check(admin, app, template_of(session, "records"), rows[:4])
    assert "已存在" in admin.get(again).get_data(as_text=True)
    undo(admin, app, run)
    assert unchanged(before, session) == {}


def test_past_orders_come_in_approved_with_exact_sums_and_go_again(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    admin = as_user("admin")
    make_customer(session, cast.wang, name="甲公司")
    make_customer(session, cast.li, name="乙公司")
    paper = make_product(session, "影印紙")
    make_product(session, "釘書機")
    session.commit()
    before = dump(session)
    rows = [
        ORDERS,
        ["A-1", "甲公司", "2023-03-12", "王小明", "影印紙", 3, "33.33", "", 5],
        ["A-1", "甲公司", "2023-03-12", "", "釘書機", "2", "100", "90%", 5],
        ["A-2", "乙公司", "2023/4/1", "li", paper.code, 1, "85", "", ""],
        ["A-3", "乙公司", "2023/4/1", "li", "影印紙", 1, "85", "", ""],
        ["A-3", "乙公司", "2023/4/1", "li", "沒有的商品", 1, "85", "", ""],
        ["A-4", "甲公司", "2023/4/1", "", "影印紙", 1, "85", "150", ""],
        ["A-5", "甲公司", "2023/4/1", "", "影印紙", 0, "85", "", ""],
    ]
    run = bring_in(admin, app, template_of(session, "orders"), rows)
    session.expire_all()
    orders = {order.code: order for order in session.scalars(select(Order))}
    assert set(orders) == {"A-1", "A-2"}
    first = orders["A-1"]
    assert (first.state, first.owner_id, first.line_count) == ("approved", cast.wang.id, 2)
    assert (first.goods_amount, first.tax_amount, first.total) == (
        Decimal("279.99"),
        Decimal("14.00"),
        Decimal("293.99"),
    )
    assert first.approved_at is not None and first.approved_at.date().isoformat() == "2023-03-12"
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == first.id).order_by(OrderLine.position)).all()
    assert [(line.name, line.amount, line.tax, line.net) for line in lines] == [
        ("影印紙", Decimal("99.99"), Decimal("5.00"), Decimal("104.99")),
        ("釘書機", Decimal("180.00"), Decimal("9.00"), Decimal("189.00")),
    ]
    page = admin.get(f"/orders/{first.id}").get_data(as_text=True)
    assert "293.99" in page
    wrong = rows_of(admin.get(run).get_data(as_text=True), "錯誤列")
    assert {row[0].partition(" ")[0] for row in wrong} >= {"6", "7", "8"}
    counts = session.scalars(select(ImportRun)).one().counts
    assert (counts["imported"], counts["wrong"], counts["skipped"], counts["part"]) == (2, 4, 0, 1)
    again = check(admin, app, template_of(session, "orders"), rows[:4])
    assert "已有此編號的訂單" in admin.get(again).get_data(as_text=True)
    undo(admin, app, run)
    assert unchanged(before, session) == {}
    assert not session.scalar(select(func.count()).select_from(WorkflowEvent))
    assert session.scalar(select(func.count()).select_from(Customer)) == 2


PAID_ORDERS = ["訂單編號", "客戶名稱", "訂單日期", "商品", "數量", "單價", "已收款", "收款日期"]


def bring_in_first(admin: Person, app: CRM, rows: list[list[object]]) -> str:
    """File first, as its columns were guessed."""
    run = checked(admin, app, send_alone(admin, xlsx(rows), kind="orders"))
    assign(admin, app, run, admin.get(run).get_data(as_text=True))
    begin(admin, app, run)
    return run


def test_what_was_paid_of_past_orders_is_no_open_receivable_and_goes_again(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    """I-10: years of history must not stand in 應收款項 as if nobody had ever paid."""
    admin = as_user("admin")
    make_customer(session, cast.wang, name="甲公司")
    make_product(session, "影印紙")
    session.commit()
    before = dump(session)
    rows = [
        PAID_ORDERS,
        ["B-1", "甲公司", "2023-03-12", "影印紙", 1, "100", "100", "2023-04-30"],
        ["B-1", "甲公司", "2023-03-12", "影印紙", 1, "50", "100", ""],
        ["B-2", "甲公司", "2023-03-13", "影印紙", 1, "80", "", "2023/5/1"],
        ["B-3", "甲公司", "2023-03-14", "影印紙", 1, "70", "70", ""],
        ["B-4", "甲公司", "2023-03-15", "影印紙", 1, "60", "0", ""],
        ["B-5", "甲公司", "2023-03-15", "影印紙", 1, "60", "60.01", ""],
        ["B-6", "甲公司", "2023-03-15", "影印紙", 1, "60", "10", ""],
        ["B-6", "甲公司", "2023-03-15", "影印紙", 1, "60", "20", ""],
        ["B-7", "甲公司", "2023-03-15", "影印紙", 1, "60", "10", "2999-01-01"],
        ["B-8", "甲公司", "2023-03-15", "影印紙", 1, "60", "都收了", ""],
    ]
    run = bring_in_first(admin, app, rows)
    session.expire_all()
    orders = {order.code: order for order in session.scalars(select(Order))}
    owed = {code: (order.received, order.open) for code, order in orders.items()}
    assert {code: (float(a), float(b)) for code, (a, b) in owed.items()} == {
        "B-1": (100, 50),
        "B-2": (80, 0),
        "B-3": (70, 0),
        "B-4": (0, 60),
    }
    receipts = list(session.scalars(select(Receipt).order_by(Receipt.id)))
    said = [
        (str(one.received_on), float(one.amount), one.state, one.owner_id == orders["B-1"].owner_id) for one in receipts
    ]
    assert said == [
        ("2023-04-30", 100, "approved", True),
        ("2023-05-01", 80, "approved", True),
        ("2023-03-14", 70, "approved", True),
    ]
    assert all(one.code for one in receipts)
    page = admin.get(run).get_data(as_text=True)
    assert {row[0].partition(" ")[0] for row in rows_of(page, "錯誤列")} >= {"7", "9", "10", "11"}
    assert "B-3" not in admin.get("/receivables").get_data(as_text=True)
    assert "銷售收款" in admin.get(f"{run}/undo").get_data(as_text=True)
    undo(admin, app, run)
    assert unchanged(before, session) == {}


def test_a_past_order_that_somebody_went_on_with_keeps_what_was_paid(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    admin = as_user("admin")
    customer = make_customer(session, cast.wang, name="甲公司")
    make_product(session, "影印紙")
    session.commit()
    rows = [
        PAID_ORDERS,
        ["B-1", "甲公司", "2023-03-12", "影印紙", 1, "100", "60", ""],
        ["B-2", "甲公司", "2023-03-12", "影印紙", 1, "100", "60", ""],
    ]
    run = bring_in_first(admin, app, rows)
    session.expire_all()
    order = session.scalars(select(Order).where(Order.code == "B-1")).one()
    more = make_receipt(session, customer, cast.wang, {order: "40"})
    session.commit()
    told = admin.get(f"{run}/undo").get_data(as_text=True)
    assert more.code in told
    undo(admin, app, run)
    session.expire_all()
    assert [one.code for one in session.scalars(select(Order))] == ["B-1"]
    assert float(session.scalars(select(Order)).one().received) == 60
    assert sorted(float(one.amount) for one in session.scalars(select(Receipt))) == [40, 60]


def wrong_cells(page: str) -> list[tuple[str, str]]:
    """Row and field of each error."""
    return [(row[0], row[1]) for row in rows_of(page, "錯誤列")]


@pytest.mark.parametrize("typed", ["li", "李小華"])
def test_history_may_name_people_who_left(
    typed: str, app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    admin = as_user("admin")
    make_customer(session, cast.wang, name="甲公司")
    make_product(session, "影印紙")
    cast.li.name, cast.li.deleted_at = "李小華", datetime(2024, 1, 1, tzinfo=UTC)
    session.commit()
    records = [RECORDS, ["甲公司", "2023-03-12 14:30", "報價", typed, "", ""]]
    bring_in(admin, app, template_of(session, "records"), records)
    orders = [ORDERS, ["A-1", "甲公司", "2023-03-12", typed, "影印紙", 3, "33.33", "", 5]]
    bring_in(admin, app, template_of(session, "orders"), orders)
    session.expire_all()
    assert session.scalars(select(ContactRecord.created_by_id)).one() == cast.li.id
    assert session.scalars(select(Order.owner_id)).one() == cast.li.id
    rows = [["客戶名稱", "所屬人"], ["乙公司", typed]]
    page = admin.get(check(admin, app, template_of(session, "customers"), rows)).get_data(as_text=True)
    assert typed in "".join(map(str, rows_of(page, "警告")))


def test_who_is_here_goes_before_who_left(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    admin = as_user("admin")
    make_customer(session, cast.wang, name="甲公司")
    cast.li.name, cast.li.deleted_at = cast.wang.name, datetime(2024, 1, 1, tzinfo=UTC)
    session.commit()
    records = [RECORDS, ["甲公司", "2023-03-12 14:30", "報價", cast.wang.name, "", ""]]
    bring_in(admin, app, template_of(session, "records"), records)
    assert session.scalars(select(ContactRecord.created_by_id)).one() == cast.wang.id


def test_all_errors_of_a_row_are_told_at_once(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    admin = as_user("admin")
    rows = [RECORDS, ["無此公司", "2023-03-12 14:30", "", "", "", ""], ["無此公司", "2999-01-01", "x", "", "", ""]]
    page = admin.get(check(admin, app, template_of(session, "records"), rows)).get_data(as_text=True)
    assert sorted(wrong_cells(page)) == [
        ("2", "聯繫內容"),
        ("2–3 （2 列）", "客戶名稱"),
        ("3", "聯繫時間"),
    ]
    rows = [ORDERS, ["A-1", "無此公司", "2023-03-12", "", "無此商品", 0, "", "", ""]]
    page = admin.get(check(admin, app, template_of(session, "orders"), rows)).get_data(as_text=True)
    assert {field for _row, field in wrong_cells(page)} == {"客戶名稱", "商品", "數量", "單價"}
    rows = [["客戶名稱", "姓名"], ["無此公司", ""]]
    page = admin.get(check(admin, app, template_of(session, "contacts"), rows)).get_data(as_text=True)
    assert {field for _row, field in wrong_cells(page)} == {"客戶名稱", "姓名"}


@pytest.mark.parametrize("content", ["x", "無", "0"])
def test_short_words_are_content_where_a_text_is_what_the_row_is_about(
    content: str, app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    admin = as_user("admin")
    make_customer(session, cast.wang, name="甲公司")
    session.commit()
    rows = [[*RECORDS, "下次聯繫計劃"], ["甲公司", "2023-03-12 14:30", content, "", "", "", "無"]]
    bring_in(admin, app, template_of(session, "records"), rows)
    record = session.scalars(select(ContactRecord)).one()
    assert (record.content, record.next_plan) == (content, None)


def test_a_day_to_come_is_told_once(app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast) -> None:
    admin = as_user("admin")
    make_customer(session, cast.wang, name="甲公司")
    make_product(session, "影印紙")
    session.commit()
    rows = [ORDERS, ["A-1", "甲公司", "2999-03-12", "", "影印紙", 3, "33.33", "", 5]]
    page = admin.get(check(admin, app, template_of(session, "orders"), rows)).get_data(as_text=True)
    assert wrong_cells(page) == [("2", "訂單日期")]
    assert 'aria-label="警告"' not in page


@pytest.mark.parametrize(
    "heading", ["人員", "业务人员", "聯繫人員", "聯絡人員", "記錄人", "记录人员", "Owner", "Salesperson", "Sales Rep"]
)
def test_the_person_is_recognised(heading: str, app: CRM, as_user: Callable[[str], Person]) -> None:
    admin = as_user("admin")
    rows = [["客戶", "日期", "內容", heading, "心情"], ["甲公司", "2023-03-12", "報價", "王小明", "好"]]
    page = admin.get(checked(admin, app, send_alone(admin, xlsx(rows), kind="records"))).get_data(as_text=True)
    assert guesses(page)[heading] == "created_by_id" and guesses(page)["心情"] == ""
    told = page.partition("沒有選擇欄位，不會導入")[2]
    assert "心情" in told.partition("</p>")[0] and heading not in told.partition("</p>")[0]
    if "記" in heading or "记" in heading or "聯" in heading:
        return
    rows = [["單號", "客戶", "日期", heading], ["A-1", "甲公司", "2023-03-12", "王小明"]]
    page = admin.get(checked(admin, app, send_alone(admin, xlsx(rows), kind="orders"))).get_data(as_text=True)
    assert guesses(page)[heading] == "owner_id"
