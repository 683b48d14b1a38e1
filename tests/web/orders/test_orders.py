"""The order's pages: saved with lines, shown, listed, changed, deleted (SO-1, SO-2, SO-5)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.platform.settings import change_settings
from crm.domain.sales.orders import ORDER_WORKFLOW, save_order
from crm.models import Customer, Order, Product, User
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.documents import lines_of, only_order, order_form, typed_lines, value_of
from tests.factories import (
    approved_order,
    line,
    make_customer,
    make_order,
    make_product,
    submitted,
)

SignIn = Callable[[str], Person]


class TestSaving:
    def test_so1_an_order_with_goods_and_a_service(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        service = make_product(session, "到府安裝", "800", kind="service")
        goods = {"product": "影印紙", "quantity": "3", "price": "33.335", "discount": "90", "tax_rate": "5"}
        sent = order_form(customer, goods, {"product": service.code, "quantity": "1", "price": "800"})
        answer = as_user("wang").post("/orders", {**sent, "discount_amount": "0.5"})
        assert answer.status_code == 303
        order = only_order(session)
        assert answer.location == f"/orders/{order.id}"
        assert [(n.name, n.amount, n.tax) for n in lines_of(session)] == [
            ("影印紙", Decimal("90.00"), Decimal("4.50")),
            ("到府安裝", Decimal("800.00"), Decimal("0.00")),
        ]
        assert (order.goods_amount, order.tax_amount, order.total) == (
            Decimal("890.00"),
            Decimal("4.50"),
            Decimal("894.00"),
        )
        assert order.code.startswith("SO2")

    def test_so1_day_consignee_and_address_come_from_the_customer(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        as_user("wang").post("/orders", order_form(customer, {"product": paper.code, "quantity": 1, "price": 1}))
        order = only_order(session)
        assert (order.due_on, order.consignee) == (date(2026, 12, 20), "張三")
        assert order.delivery_address == "台北市南京東路一段1號"

    def test_so1_the_due_date_can_be_corrected(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        row = {"product": paper.code, "quantity": 1, "price": 1}
        as_user("wang").post("/orders", order_form(customer, row, due_on="2027-01-31"))
        assert only_order(session).due_on == date(2027, 1, 31)

    def test_empty_rows_are_passed_over_and_gaps_do_not_matter(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        row = {"product": paper.code, "quantity": 2, "price": 10}
        sent = order_form(customer, {"quantity": "", "tax_rate": "5"}, {}, row, {"unit_id": "1", "product": ""})
        assert as_user("wang").post("/orders", sent).status_code == 303
        assert [n.amount for n in lines_of(session)] == [Decimal("20.00")]

    def test_a_new_row_has_the_firms_tax_rate(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        change_settings(session, tax_rate="5", tax_mode="included")
        session.commit()
        wang = as_user("wang")
        page = wang.get("/orders/new").get_data(as_text=True)
        assert value_of(page, "lines-1-tax_rate") == "5"
        assert '<option value="included" selected>' in page
        row = {"product": paper.code, "quantity": 1, "price": 105}
        wang.post("/orders", order_form(customer, row, tax_mode="included"))
        order = only_order(session)
        assert (order.goods_amount, order.tax_amount, order.total) == (Decimal(105), Decimal(5), Decimal(105))

    def test_a_wrong_line_is_told_beside_its_field_and_everything_stays(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        good = {"product": paper.code, "quantity": "2", "price": "10"}
        bad = {"product": "不存在", "quantity": "x", "price": "", "discount": "101", "notes": "急"}
        answer = as_user("wang").post("/orders", order_form(customer, good, bad, title="年度"))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        for key in ("product_id", "quantity", "price", "discount"):
            assert f'id="f-lines-2-{key}-error"' in page, key
            assert f'href="#f-lines-2-{key}"' in page, key
            assert f'id="f-lines-1-{key}-error"' not in page, key
        assert [value_of(page, f"lines-2-{key}") for key in ("product_id", "quantity", "notes")] == [
            "不存在",
            "x",
            "急",
        ]
        assert (value_of(page, "title"), value_of(page, "lines-1-quantity")) == ("年度", "2")
        assert session.scalar(select(Order.id)) is None

    @pytest.mark.parametrize("wrong", ["-1", "0", "NaN", "1e400", "0.0001", "Infinity", "1,2,x"])
    def test_hostile_29_such_a_quantity_is_refused(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product, wrong: str
    ) -> None:
        row = {"product": paper.code, "quantity": wrong, "price": "10"}
        answer = as_user("wang").post("/orders", order_form(customer, row))
        assert answer.status_code == 422
        assert 'id="f-lines-1-quantity-error"' in answer.get_data(as_text=True)
        assert session.scalar(select(Order.id)) is None

    def test_hostile_29_full_width_figures_are_figures(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        row = {"product": paper.code, "quantity": "１２", "price": "１，０００．５"}
        assert as_user("wang").post("/orders", order_form(customer, row)).status_code == 303
        assert only_order(session).total == Decimal("12006.00")

    def test_a_sum_beyond_what_can_be_kept_is_refused(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        row = {"product": paper.code, "quantity": "999999999", "price": "99999999999"}
        answer = as_user("wang").post("/orders", order_form(customer, row))
        assert answer.status_code == 422
        assert session.scalar(select(Order.id)) is None

    def test_without_lines_nothing_is_saved(self, session: Session, as_user: SignIn, customer: Customer) -> None:
        answer = as_user("wang").post("/orders", order_form(customer))
        assert answer.status_code == 422
        assert "請至少加入一項商品" in answer.get_data(as_text=True)

    def test_two_hundred_lines_and_no_more(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        wang, row = as_user("wang"), {"product": paper.code, "quantity": 1, "price": "0.01"}
        assert wang.post("/orders", order_form(customer, *[row] * 201)).status_code == 422
        assert wang.post("/orders", order_form(customer, *[row] * 200)).status_code == 303
        order = only_order(session)
        assert order.total == Decimal("2.00")
        assert wang.get(f"/orders/{order.id}").get_data(as_text=True).count('data-line="') == 200

    def test_several_products_match_and_are_offered(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        make_product(session, "影印紙 A3")
        row = {"product": "影印", "quantity": 1, "price": 1}
        answer = as_user("wang").post("/orders", order_form(customer, row))
        assert answer.status_code == 422
        assert f'value="影印紙 [{paper.code}]"' in answer.get_data(as_text=True)

    def test_hostile_17_what_is_not_a_field_is_ignored(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product
    ) -> None:
        row = {"product": paper.code, "quantity": 1, "price": 10, "amount": 1, "cost": 1, "tax": 99}
        extra = {
            "state": "approved", "total": "1", "goods_amount": "1", "approved_by_id": "1", "owner_id": cast.li.id,
            "received": "5", "created_at": "2020-01-01", "unit": "1", "quote_id": "1", "version": "9",
        }  # fmt: skip
        as_user("wang").post("/orders", order_form(customer, row, **extra))
        order = only_order(session)
        assert (order.state, order.total, order.received) == ("draft", Decimal(10), Decimal(0))
        assert (order.owner_id, order.approved_by_id, order.quote_id) == (cast.wang.id, None, None)

    def test_hostile_31_the_same_form_eight_times_is_one_order(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        wang = as_user("wang")
        sent = order_form(customer, {"product": paper.code, "quantity": 1, "price": 1}, once="a" * 20)
        assert len({wang.post("/orders", sent).location for _ in range(8)}) == 1
        assert session.scalars(select(Order)).all() == [only_order(session)]

    def test_hostile_4_not_with_another_persons_customer(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        row = {"product": paper.code, "quantity": 1, "price": 1}
        sent = order_form(f"大同電子 [{customer.code}]", row)
        answer = as_user("li").post("/orders", sent)
        assert answer.status_code == 422
        assert as_user("li").get(f"/orders/new?customer_id={customer.id}").status_code == 404
        assert session.scalar(select(Order.id)) is None


class TestChanging:
    def test_an_order_is_changed_with_its_lines(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product
    ) -> None:
        order = make_order(session, customer, cast.wang)
        sent = order_form(
            customer, {"product": paper.code, "quantity": 4, "price": 5}, version=order.version, title="新"
        )
        assert as_user("wang").post(f"/orders/{order.id}", sent).status_code == 303
        assert (order.total, order.title, order.version) == (Decimal(20), "新", 2)
        assert [n.product_id for n in lines_of(session)] == [paper.id]

    def test_hostile_34_a_late_save_shows_both_versions_of_the_lines_too(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product
    ) -> None:
        order = make_order(session, customer, cast.wang, lines=[line(paper, "1", "100")])
        opened = order.version
        save_order(
            session, order, customer, {"title": "他的"}, [line(paper, "7", "100")], actor_as(session, cast.manager)
        )
        sent = order_form(customer, {"product": paper.code, "quantity": 9, "price": 100}, version=opened, title="我的")
        answer = as_user("wang").post(f"/orders/{order.id}", sent)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert re.search(r"<td>第 1 筆</td><td>[^<]*7 [^<]*</td><td>[^<]*9 ", page)
        assert "他的" in page
        assert value_of(page, "lines-1-quantity") == "9"
        assert [n.quantity for n in lines_of(session)] == [Decimal(7)]
        answer = as_user("wang").post(f"/orders/{order.id}", {**sent, "version": str(order.version)})
        assert answer.status_code == 303
        assert [n.quantity for n in lines_of(session)] == [Decimal(9)]

    @pytest.mark.parametrize("state", ["pending", "approved", "void"])
    def test_so5_hostile_23_only_drafts_and_rejected_ones_can_be_changed_or_deleted(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product, state: str
    ) -> None:
        order = brought_to(state, session, customer, cast)
        before = (order.version, order.total, order.state)
        sent = order_form(customer, {"product": paper.code, "quantity": 1, "price": 1}, version=order.version)
        wang = as_user("wang")
        assert wang.post(f"/orders/{order.id}", sent).status_code == 403
        assert wang.post(f"/orders/{order.id}/delete").status_code == 403
        assert wang.get(f"/orders/{order.id}/delete").status_code == 403
        wang.post("/orders/bulk", {"action": "delete", "ids": str(order.id), "confirmed": "1"})
        assert (order.version, order.total, order.state, order.deleted_at) == (*before, None)
        page = wang.get(f"/orders/{order.id}").get_data(as_text=True)
        assert "保存" not in page
        assert f"/orders/{order.id}/delete" not in page

    def test_so5_a_rejected_one_can(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product
    ) -> None:
        order = brought_to("rejected", session, customer, cast)
        sent = order_form(customer, {"product": paper.code, "quantity": 1, "price": 1}, version=order.version)
        wang = as_user("wang")
        assert wang.post(f"/orders/{order.id}", sent).status_code == 303
        assert wang.post(f"/orders/{order.id}/delete").status_code == 303
        assert order.deleted_at is not None
        assert wang.get(f"/orders/{order.id}").status_code == 404

    def test_a_product_no_longer_sold_stays_in_its_order_but_joins_no_other(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product
    ) -> None:
        order = make_order(session, customer, cast.wang, lines=[line(paper)])
        paper.state = "stopped"
        row = {"product": f"影印紙 [{paper.code}]", "quantity": 2, "price": 3}
        wang = as_user("wang")
        assert wang.post(f"/orders/{order.id}", order_form(customer, row, version=order.version)).status_code == 303
        answer = wang.post("/orders", order_form(customer, row))
        assert answer.status_code == 422
        assert "此商品已停售" in answer.get_data(as_text=True)


def brought_to(state: str, session: Session, customer: Customer, cast: Cast) -> Order:
    order = submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order)
    steps = {"pending": (), "rejected": ("reject",), "approved": ("approve",), "void": ("approve", "void")}
    for step in steps[state]:
        ORDER_WORKFLOW.fire(session, order, step, actor_as(session, cast.order), "理由")
    session.commit()
    return order


class TestList:
    @pytest.fixture
    def many(self, session: Session, cast: Cast, customer: Customer) -> list[Order]:
        orders = [make_order(session, customer, cast.wang, "10.01", title=f"案{n}") for n in range(3)]
        orders += [brought_to(state, session, customer, cast) for state in ("pending", "rejected", "approved", "void")]
        other = make_customer(session, cast.li, "別人的")
        make_order(session, other, cast.li, "5000")
        session.commit()
        return orders

    def test_so2_tabs_by_state_with_how_many(self, as_user: SignIn, many: list[Order]) -> None:
        page = as_user("wang").get("/orders").get_data(as_text=True)
        found = re.findall(
            r'class="tab(?: current)?" href="([^"]*)"[^>]*>([^<]*)</a> <span class="count tab-count">(\d+)', page
        )
        assert [(label.strip(), count) for _url, label, count in found] == [
            ("草稿", "3"), ("待審核", "1"), ("已審核", "1"), ("駁回", "1"), ("作廢", "1"), ("全部", "7"),
        ]  # fmt: skip
        drafts = as_user("wang").get(found[0][0]).get_data(as_text=True)
        assert all(order.code in drafts for order in many[:3])
        assert not any(order.code in drafts for order in many[3:])

    def test_the_sum_stands_below_over_everything_that_was_found(self, as_user: SignIn, many: list[Order]) -> None:
        wang = as_user("wang")
        foot = wang.get("/orders?size=20").get_data(as_text=True).partition("<tfoot>")[2]
        assert "<td>430.03</td>" in foot
        assert "<td>30.03</td>" in wang.get("/orders?state=draft").get_data(as_text=True).partition("<tfoot>")[2]
        assert "5,430.03" in as_user("manager").get("/orders").get_data(as_text=True).partition("<tfoot>")[2]

    @pytest.mark.parametrize(
        ("query", "count"),
        [("q=案1", 1), ("q=大同", 7), ("q=dtdz", 7), ("ordered_from=2020-01-01&ordered_to=2020-12-31", 0)],
    )
    def test_the_quick_search(self, as_user: SignIn, many: list[Order], query: str, count: int) -> None:
        page = as_user("wang").get(f"/orders?{query}").get_data(as_text=True)
        assert len(re.findall(r'name="ids"', page)) == count

    def test_only_what_the_person_may_see(self, as_user: SignIn, many: list[Order]) -> None:
        li = as_user("li")
        assert "大同" not in li.get("/orders").get_data(as_text=True)
        assert li.get(f"/orders/{many[0].id}").status_code == 404
        assert many[0].code in as_user("order").get("/orders").get_data(as_text=True)

    def test_export_for_who_may(self, as_user: SignIn, many: list[Order]) -> None:
        assert as_user("wang").get("/orders/export").status_code == 403
        assert as_user("manager").get("/orders/export").status_code == 200

    def test_several_drafts_are_deleted_and_others_left_out(
        self, session: Session, as_user: SignIn, many: list[Order]
    ) -> None:
        sent: dict[str, Any] = {"action": "delete", "ids": [str(o.id) for o in many], "confirmed": "1"}
        answer = as_user("wang").post("/orders/bulk", sent)
        page = as_user("wang").get(answer.location).get_data(as_text=True)
        assert "4" in page
        assert [o.deleted_at is not None for o in many] == [True, True, True, False, True, False, False]

    def test_in_the_customers_file(self, as_user: SignIn, customer: Customer, many: list[Order]) -> None:
        page = as_user("wang").get(f"/customers/{customer.id}/orders").get_data(as_text=True)
        assert all(order.code in page for order in many)
        assert f"/orders/new?customer_id={customer.id}" in page

    def test_f3_found_by_code_title_and_customer(self, as_user: SignIn, many: list[Order]) -> None:
        wang = as_user("wang")
        for typed in (many[1].code, "案1", "大同電子"):
            assert f"/orders/{many[1].id}" in wang.get(f"/search?q={typed}").get_data(as_text=True)
        assert "/orders/" not in as_user("li").get("/search?q=大同電子").get_data(as_text=True)


def test_an_approver_sees_the_file_but_no_form(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer
) -> None:
    order = brought_to("pending", session, customer, cast)
    page = as_user("order").get(f"/orders/{order.id}").get_data(as_text=True)
    assert "審核" in page
    assert 'name="lines-1-quantity"' not in page
    assert order.code in page


@pytest.mark.parametrize(("state", "label"), [("rejected", "駁回意見"), ("void", "作廢原因")])
def test_so4_why_it_was_rejected_or_voided_stands_above_the_order(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, state: str, label: str
) -> None:
    order = brought_to(state, session, customer, cast)
    above = as_user("wang").get(f"/orders/{order.id}").get_data(as_text=True).partition("訂單日期")[0]
    assert label in above
    assert "理由" in above
    if state == "rejected":
        submitted(session, order, cast.wang, cast.order)
        session.commit()
        assert label not in as_user("wang").get(f"/orders/{order.id}").get_data(as_text=True)


def test_rc1_an_approved_order_leads_to_a_receipt_filled_in(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer
) -> None:
    order = approved_order(session, customer, cast.wang, cast.order)
    link = f'href="/receipts/new?customer={customer.id}&amp;order={order.id}"'
    wang = as_user("wang")
    assert link in wang.get(f"/orders/{order.id}").get_data(as_text=True)
    tab = wang.get(f"/orders/{order.id}/receipts").get_data(as_text=True)
    assert link in tab
    assert re.search(r'<a[^>]*href="/orders"[^>]*aria-current', tab)
    assert link not in as_user("order").get(f"/orders/{order.id}").get_data(as_text=True)
    draft = make_order(session, customer, cast.wang)
    assert (
        "收款</a>"
        not in wang.get(f"/orders/{draft.id}").get_data(as_text=True).partition("<h1")[2].partition("</h1>")[0]
    )


def test_the_receipts_of_an_order_have_their_tab(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer
) -> None:
    order = approved_order(session, customer, cast.wang, cast.order)
    answer = as_user("wang").get(f"/orders/{order.id}/receipts")
    assert answer.status_code == 200
    assert as_user("li").get(f"/orders/{order.id}/receipts").status_code == 404


def test_only_who_may_assign_chooses_another_salesperson(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product
) -> None:
    def owner_after(login: str, wanted: User) -> int:
        row = {"product": paper.code, "quantity": 1, "price": 1}
        as_user(login).post("/orders", order_form(customer, row, owner_id=wanted.id))
        return session.scalars(select(Order).order_by(Order.id.desc())).first().owner_id  # type: ignore[union-attr]

    assert owner_after("wang", cast.li) == cast.wang.id
    assert owner_after("manager", cast.li) == cast.li.id
    assert typed_lines({"product": "x"}) == {"lines-1-product_id": "x"}
