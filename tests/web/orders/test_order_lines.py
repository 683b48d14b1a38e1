"""The lines of an order: rows added and taken away, products and what they bring along (SO-1)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.models import Customer, Order, Product
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.documents import lines_of, order_form, value_of
from tests.factories import (
    approved_order,
    item,
    line,
    make_order,
    make_product,
    submitted,
)

SignIn = Callable[[str], Person]


class TestRows:
    """Without scripts a row is added or removed by sending the form; nothing is saved then."""

    def test_a_row_is_added_and_the_product_brings_unit_and_price(
        self, session: Session, as_user: SignIn, customer: Customer
    ) -> None:
        box = item(session, "unit", "箱").id
        product = make_product(session, "影印紙", "120.5", unit_id=box)
        sent = order_form(customer, {"product": "影印紙", "quantity": "2"}, add_line="1", title="x")
        answer = as_user("wang").post("/orders", sent)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert value_of(page, "lines-1-price") == "120.50"
        assert f'<option value="{box}" selected>箱</option>' in page
        assert "241.00" in page
        assert 'name="lines-2-quantity"' in page
        assert value_of(page, "title") == "x"
        assert f'data-unit="{product.unit_id}"' in page
        assert session.scalar(select(Order.id)) is None

    def test_a_row_is_removed_and_the_others_close_up(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        rows = [{"product": paper.code, "quantity": n, "price": 1} for n in (1, 2, 3)]
        answer = as_user("wang").post("/orders", order_form(customer, *rows, remove_line="2"))
        page = answer.get_data(as_text=True)
        assert [value_of(page, f"lines-{n}-quantity") for n in (1, 2)] == ["1", "3"]
        assert 'name="lines-3-quantity"' not in page
        assert "數量 2</label>" in page

    def test_hostile_31_adding_a_row_does_not_use_up_the_form(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        wang, row = as_user("wang"), {"product": paper.code, "quantity": 1, "price": 1}
        sent = order_form(customer, row, once="b" * 20)
        assert wang.post("/orders", {**sent, "add_line": "1"}).status_code == 200
        assert wang.post("/orders", sent).status_code == 303

    def test_a_half_filled_row_is_not_scolded_while_rows_are_added(
        self, session: Session, as_user: SignIn, customer: Customer
    ) -> None:
        page = (
            as_user("wang").post("/orders", order_form(customer, {"notes": "?"}, add_line="1")).get_data(as_text=True)
        )
        assert "-error" not in page

    def test_the_labels_speak_the_readers_language_whoever_read_them_before(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer
    ) -> None:
        order, wang = approved_order(session, customer, cast.wang, cast.order), as_user("wang")
        for language, label, head in (("zh_Hant", "數量 1", "單價"), ("en", "Quantity 1", "Unit price")):
            cast.wang.language = language
            session.commit()
            page = wang.get("/orders/new").get_data(as_text=True)
            assert f">{label}</label>" in page
            assert f"{head}</div>" in page
            assert f">{head}</th>" in wang.get(f"/orders/{order.id}").get_data(as_text=True)

    def test_one_row_alone_for_the_script(self, as_user: SignIn) -> None:
        page = as_user("wang").htmx().get("/lines/new?number=7&form=/orders").get_data(as_text=True)
        assert "商品 7</label>" in page
        assert 'hx-post="/orders"' in page
        assert "hx-post" not in as_user("wang").get("/lines/new?number=7&form=https://evil").get_data(as_text=True)

    def test_where_the_product_is_not_clear_its_price_is_not_asked_for(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        """It comes with the product; and the product is told of first, as it stands first."""
        make_product(session, "影印紙 A3", "90", specification="500張")
        page = as_user("wang").post("/orders", order_form(customer, {"product": "影印", "quantity": "x"}))
        text = page.get_data(as_text=True)
        assert 'id="f-lines-1-price-error"' not in text
        found = re.findall(r'href="#f-lines-1-(\w+)"', text)
        assert found == ["product_id", "quantity"]
        assert "500張" in text


class TestAnotherProduct:
    """Another product in a row brings its own unit and price, unless others were typed; scripts or not."""

    @pytest.fixture
    def chair(self, session: Session) -> Product:
        return make_product(session, "椅子", "900", unit_id=item(session, "unit", "件").id)

    @pytest.fixture
    def sent(self, chair: Product) -> dict[str, Any]:
        """A row as it was shown with the chair."""
        return {"product": chair.code, "quantity": 2, "price": "900.00", "unit_id": chair.unit_id}

    @pytest.fixture
    def hour(self, session: Session) -> Product:
        return make_product(session, "安裝", "1200.5", unit_id=item(session, "unit", "次").id, kind="service")

    def test_what_the_old_one_brought_gives_way_when_rows_are_added(
        self, as_user: SignIn, customer: Customer, chair: Product, hour: Product, sent: dict[str, Any]
    ) -> None:
        wang = as_user("wang")
        first = wang.post("/orders", order_form(customer, sent, add_line="1")).get_data(as_text=True)
        assert value_of(first, "lines-shown") == f"{chair.id},"
        again = {**sent, "product": hour.code}
        page = wang.post("/orders", order_form(customer, again, **{"lines-shown": f"{chair.id},", "recount": "1"}))
        text = page.get_data(as_text=True)
        assert value_of(text, "lines-1-price") == "1200.50"
        assert f'<option value="{hour.unit_id}" selected>' in text
        assert value_of(text, "lines-shown") == str(hour.id)

    def test_and_when_it_is_saved_at_once_and_it_is_told(
        self, session: Session, as_user: SignIn, customer: Customer, chair: Product, hour: Product, sent: dict[str, Any]
    ) -> None:
        wang, again = as_user("wang"), {**sent, "product": hour.code}
        answer = wang.post("/orders", order_form(customer, again, **{"lines-shown": str(chair.id)}))
        only = lines_of(session)[0]
        assert (only.price, only.unit_id) == (Decimal("1200.5"), hour.unit_id)
        page = wang.get(answer.location).get_data(as_text=True)
        assert "第 1 筆的單位與單價取自商品「安裝」" in page
        assert value_of(page, "lines-shown") == str(hour.id)

    def test_what_was_typed_stays(
        self, session: Session, as_user: SignIn, customer: Customer, chair: Product, hour: Product, sent: dict[str, Any]
    ) -> None:
        again = {**sent, "product": hour.code, "price": "850"}
        as_user("wang").post("/orders", order_form(customer, again, **{"lines-shown": str(chair.id)}))
        only = lines_of(session)[0]
        assert (only.price, only.unit_id) == (Decimal(850), hour.unit_id)

    def test_the_old_price_typed_for_the_product_that_was_shown_stays(
        self, session: Session, as_user: SignIn, customer: Customer, hour: Product, sent: dict[str, Any]
    ) -> None:
        again = {**sent, "product": hour.code}
        wang = as_user("wang")
        answer = wang.post("/orders", order_form(customer, again, **{"lines-shown": str(hour.id)}))
        assert lines_of(session)[0].price == Decimal(900)
        assert "取自商品" not in wang.get(answer.location).get_data(as_text=True)

    def test_saved_at_once_a_row_without_a_price_has_the_products(
        self, session: Session, as_user: SignIn, customer: Customer, hour: Product
    ) -> None:
        row = {"product": hour.code, "quantity": 1}
        assert as_user("wang").post("/orders", order_form(customer, row)).status_code == 303
        assert lines_of(session)[0].price == Decimal("1200.5")

    def test_a_price_that_was_taken_away_is_asked_for(
        self, session: Session, as_user: SignIn, customer: Customer, hour: Product
    ) -> None:
        row = {"product": hour.code, "quantity": 1, "price": ""}
        answer = as_user("wang").post("/orders", order_form(customer, row, **{"lines-shown": str(hour.id)}))
        assert answer.status_code == 422

    @pytest.mark.parametrize("shown", ["x", "-1", "9" * 30, ",,,", "1," * 500])
    def test_nonsense_of_what_was_shown_is_passed_over(
        self, as_user: SignIn, customer: Customer, sent: dict[str, Any], shown: str
    ) -> None:
        answer = as_user("wang").post("/orders", order_form(customer, sent, **{"lines-shown": shown}))
        assert answer.status_code == 303


class TestPrices:
    def test_so1_the_last_price_of_this_customer_stands_beside(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product
    ) -> None:
        for price, state in (("110", "approved"), ("99", "draft")):
            order = make_order(
                session, customer, cast.wang, lines=[line(paper, price=price)], ordered_on=date(2026, 10, 1)
            )
            if state == "approved":
                submitted(session, order, cast.wang, cast.order)
                ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, cast.order))
        url = f"/lines/product?lines-1-product_id={paper.code}&customer_id={customer.code}"
        page = as_user("wang").htmx().get(url).get_data(as_text=True)
        assert "上次售價 110.00（2026-10-01）" in page
        assert 'data-price="120.50"' in page
        other = as_user("li").htmx().get(url).get_data(as_text=True)
        assert "上次售價" not in other
        assert "銷售單價 120.50" in other

    def test_so1_below_the_lowest_price_warns_and_saves(
        self, session: Session, as_user: SignIn, customer: Customer, paper: Product
    ) -> None:
        wang = as_user("wang")
        sent = order_form(customer, {"product": paper.code, "quantity": 1, "price": "110", "discount": "90"})
        answer = wang.post("/orders", sent)
        page = wang.get(answer.location).get_data(as_text=True)
        assert "單價 1：低於最低售價 100.00" in page

    def test_so1_the_approver_sees_which_price_is_below_the_lowest(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, paper: Product
    ) -> None:
        fair, low = line(paper, price="100"), line(paper, price="99.99")
        order = make_order(session, customer, cast.wang, lines=[fair, low])
        submitted(session, order, cast.wang, cast.order)
        page = as_user("order").get(f"/orders/{order.id}").get_data(as_text=True)
        assert page.count("低於最低售價 100.00") == 1
        box = f"/orders/{order.id}/transitions/approve"
        asked = as_user("order").htmx("box").get(box).get_data(as_text=True)
        assert asked.count("低於最低售價 100.00") == 1
        other = submitted(session, make_order(session, customer, cast.wang, lines=[fair]), cast.wang, cast.order)
        for address, sent in (
            ("/orders/bulk", {"action": "approve", "ids": [order.id, other.id]}),
            ("/orders/decisions", {"action": "approve", "ids": [order.id, other.id]}),
        ):
            ticked = as_user("order").post(address, sent)
            assert ticked.get_data(as_text=True).count("有單價低於最低售價") == 1, address

    def test_the_cost_is_kept_and_shown_only_with_the_right(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer
    ) -> None:
        product = make_product(session, "硒鼓", "500", cost=Decimal("321.5"))
        order = make_order(session, customer, cast.wang, lines=[line(product)])
        submitted(session, order, cast.wang, cast.order)
        product.cost = Decimal(400)
        session.flush()
        assert lines_of(session)[0].cost == Decimal("321.5")
        assert "321.50" not in as_user("wang").get(f"/orders/{order.id}").get_data(as_text=True)
        assert "321.50" in as_user("manager").get(f"/orders/{order.id}").get_data(as_text=True)
