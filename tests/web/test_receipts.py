"""Money received for approved orders, on the pages (RC-1 to RC-4; hostile cases 4, 17, 23, 29, 30, 31, 34)."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.sales.receipts import RECEIPT_WORKFLOW, lines_of
from crm.models import Customer, Order, Receipt
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import approved_order, give, item, make_customer, make_order, make_receipt

SignIn = Callable[[str], Person]


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    return make_customer(session, cast.wang, name="大同電子")


@pytest.fixture
def orders(session: Session, cast: Cast, customer: Customer) -> list[Order]:
    """Two approved orders over 1,000.00 each."""
    return [approved_order(session, customer, cast.wang, cast.order, "1000") for _ in range(2)]


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def form(customer: Customer, **values: Any) -> dict[str, Any]:
    amounts = {name: value for name, value in values.items() if not name.startswith("amount")}
    return {"customer": customer.id, "received_on": "2026-11-20", **amounts, **values}


def amounts(orders: list[Order], *typed: str) -> dict[str, str]:
    return {f"amount-{order.id}": text for order, text in zip(orders, typed, strict=False)}


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Receipt)) or 0


def newest(session: Session) -> Receipt:
    return session.scalars(select(Receipt).order_by(Receipt.id.desc())).first()  # type: ignore[return-value]


def paid(session: Session, receipt: Receipt, cast: Cast) -> Receipt:
    """Submitted by Wang, approved by 周會計."""
    RECEIPT_WORKFLOW.fire(session, receipt, "submit", actor_as(session, cast.wang), approver_id=cast.finance.id)
    RECEIPT_WORKFLOW.fire(session, receipt, "approve", actor_as(session, cast.finance))
    return receipt


class TestNew:
    def test_rc1_from_the_menu_the_customer_is_chosen_first(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        make_customer(session, cast.wang, name="沒有訂單的客戶")
        wang = as_user("wang")
        page = text_of(wang.get("/receipts/new"))
        assert "大同電子" in page
        assert "沒有訂單的客戶" not in page
        assert wang.post("/receipts/customer", {"customer_id": "沒有訂單的客戶"}).status_code == 422
        answer = wang.post("/receipts/customer", {"customer_id": "大同"})
        assert answer.headers["Location"] == f"/receipts/new?customer={customer.id}"
        page = text_of(wang.get(answer.headers["Location"]))
        assert "收款單信息" in page
        assert "應收款列表" in page
        assert re.findall(r">(收款金額 \d)</label>", page) == ["收款金額 1", "收款金額 2"]

    def test_rc1_only_with_approved_orders_that_are_not_wholly_paid(
        self, session: Session, cast: Cast, customer: Customer, as_user: SignIn
    ) -> None:
        wang, url = as_user("wang"), f"/receipts/new?customer={customer.id}"
        make_order(session, customer, cast.wang)
        assert wang.get(url).status_code == 404
        assert ">新增</a>" not in text_of(wang.get(f"/customers/{customer.id}/receipts"))
        order = approved_order(session, customer, cast.wang, cast.order)
        assert wang.get(url).status_code == 200
        assert ">新增</a>" in text_of(wang.get(f"/customers/{customer.id}/receipts"))
        paid(session, make_receipt(session, customer, cast.wang, {order: "100"}), cast)
        assert wang.get(url).status_code == 404

    def test_rc1_everything_is_kept(
        self, session: Session, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        method = item(session, "payment_method", "支票")
        sent = form(customer, payer="大同總公司", account="第一銀行", notes="票號 123", payment_method_id=method.id)
        answer = as_user("wang").post("/receipts", {**sent, **amounts(orders, "400", "600.50")})
        receipt = newest(session)
        assert answer.headers["Location"] == f"/receipts/{receipt.id}"
        assert (receipt.payer, receipt.account, receipt.notes) == ("大同總公司", "第一銀行", "票號 123")
        assert (receipt.amount, receipt.state, receipt.payment_method_id) == (Decimal("1000.50"), "draft", method.id)
        assert [line.amount for line in lines_of(session, receipt)] == [Decimal(400), Decimal("600.50")]
        assert receipt.code.startswith("RC")

    def test_rc1_an_order_that_is_left_empty_is_not_paid(
        self, session: Session, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        as_user("wang").post("/receipts", {**form(customer), **amounts(orders, "", "10")})
        assert [line.order_id for line in lines_of(session, newest(session))] == [orders[1].id]

    def test_rc1_a_tick_without_an_amount_is_asked_about(
        self, session: Session, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        sent = {**form(customer), **amounts(orders, "10"), "orders": [o.id for o in orders]}
        answer = as_user("wang").post("/receipts", sent)
        assert answer.status_code == 422
        assert "收款金額 2：請填寫大於零的金額。" in text_of(answer)
        assert count(session) == 0

    @pytest.mark.parametrize("typed", ["-1", "0", "NaN", "1e400", "0.001", "abc", "1000.01", "99999999999999999"])
    def test_29_amounts_that_are_refused(
        self, session: Session, customer: Customer, orders: list[Order], as_user: SignIn, typed: str
    ) -> None:
        """Hostile case 29: 422 beside the amount; what was typed stays."""
        answer = as_user("wang").post("/receipts", {**form(customer), **amounts(orders, typed)})
        assert (answer.status_code, count(session)) == (422, 0)
        assert f'value="{typed}"' in text_of(answer)
        assert 'class="error" id="f-amount-' in text_of(answer)

    @pytest.mark.parametrize(("typed", "kept"), [("４００．５０", "400.50"), ("1,000", "1000.00"), (" 12 ", "12.00")])
    def test_29_amounts_that_are_put_right(
        self, session: Session, customer: Customer, orders: list[Order], as_user: SignIn, typed: str, kept: str
    ) -> None:
        as_user("wang").post("/receipts", {**form(customer), **amounts(orders, typed)})
        assert newest(session).amount == Decimal(kept)

    def test_nothing_entered(self, customer: Customer, orders: list[Order], as_user: SignIn, session: Session) -> None:
        answer = as_user("wang").post("/receipts", {"customer": customer.id, "received_on": "2026-02-31"})
        assert (answer.status_code, count(session)) == (422, 0)
        answer = as_user("wang").post("/receipts", form(customer))
        assert "請至少勾選一張訂單" in text_of(answer)

    def test_rc2_pending_receipts_count_as_taken(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        first = make_receipt(session, customer, cast.wang, {orders[0]: "600"})
        wang = as_user("wang")
        wang.post(f"/receipts/{first.id}/transitions/submit", {"approver_id": cast.finance.id, "version": 1})
        answer = wang.post("/receipts", {**form(customer), **amounts(orders, "600")})
        assert answer.status_code == 422
        assert "只能再收 400.00" in text_of(answer)
        assert wang.post("/receipts", {**form(customer), **amounts(orders, "400")}).status_code == 303

    def test_somebody_else_took_all_while_the_form_was_open(
        self, session: Session, cast: Cast, customer: Customer, as_user: SignIn
    ) -> None:
        order = approved_order(session, customer, cast.wang, cast.order)
        wang = as_user("wang")
        assert wang.get(f"/receipts/new?customer={customer.id}").status_code == 200
        first = make_receipt(session, customer, cast.manager, {order: "100"})
        actor = actor_as(session, cast.manager)
        RECEIPT_WORKFLOW.fire(session, first, "submit", actor, approver_id=cast.finance.id)
        answer = wang.post("/receipts", {**form(customer), "payer": "大同總公司", **amounts([order], "10")})
        assert (answer.status_code, count(session)) == (422, 1)
        assert "此訂單不能收款" in text_of(answer)
        assert "大同總公司" in text_of(answer)

    def test_27_two_of_sixty_percent(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        """Hostile case 27: both drafts are there, one is submitted; the other is refused and stays."""
        both = [make_receipt(session, customer, cast.wang, {orders[0]: "600"}) for _ in range(2)]
        wang, finance = as_user("wang"), as_user("finance")
        sent = {"approver_id": cast.finance.id, "version": 1}
        codes = [wang.post(f"/receipts/{r.id}/transitions/submit", sent).status_code for r in both]
        assert codes == [303, 409]
        assert (both[0].state, both[1].state) == ("pending", "draft")
        finance.post(f"/receipts/{both[0].id}/transitions/approve", {"version": both[0].version})
        assert wang.post(f"/receipts/{both[1].id}/transitions/submit", sent).status_code == 409
        assert (orders[0].received, orders[0].pending) == (Decimal(600), Decimal(0))

    def test_31_the_same_form_eight_times_makes_one(
        self, session: Session, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        wang = as_user("wang")
        sent = {**form(customer), **amounts(orders, "10"), "once": "the-same-token"}
        answers = {wang.post("/receipts", sent).headers["Location"] for _ in range(8)}
        assert (len(answers), count(session)) == (1, 1)

    def test_from_a_receivable_it_is_filled_in(self, customer: Customer, orders: list[Order], as_user: SignIn) -> None:
        page = text_of(as_user("wang").get(f"/receipts/new?customer={customer.id}&order={orders[1].id}"))
        assert re.search(rf'name="amount-{orders[1].id}" value="1000.00"', page)
        assert re.search(rf'name="amount-{orders[0].id}" value=""', page)

    def test_three_languages(self, customer: Customer, orders: list[Order], as_user: SignIn) -> None:
        wang, url = as_user("wang"), f"/receipts/new?customer={customer.id}"
        for language, word in (("en", "Outstanding receivables"), ("zh_Hans", "应收款列表"), ("zh_Hant", "應收款列表")):
            wang.post("/language", {"language": language})
            assert word in text_of(wang.get(url))


class TestReach:
    def test_4_somebody_elses_customer_and_order(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        """Hostile case 4: Li enters a receipt for Wang's customer, then for Wang's order under his own customer."""
        mine = make_customer(session, cast.li)
        own = approved_order(session, mine, cast.li, cast.order)
        li = as_user("li")
        assert li.get(f"/receipts/new?customer={customer.id}").status_code == 404
        assert li.post("/receipts", {**form(customer), **amounts(orders, "10")}).status_code == 404
        answer = li.post("/receipts", {**form(mine), **amounts([own], "10"), **amounts(orders, "10")})
        assert (answer.status_code, count(session)) == (422, 0)
        assert orders[0].code not in text_of(answer)
        assert "大同電子" not in text_of(li.get("/receipts/new"))
        assert "大同電子" not in text_of(li.get("/find/paying?customer_id=大同"))

    def test_5_the_salesperson_is_the_orders_whatever_is_sent(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        """Hostile cases 5 and 17."""
        sent = {"owner_id": cast.li.id, "state": "approved", "amount": "9", "approved_by_id": cast.wang.id}
        as_user("manager").post("/receipts", {**form(customer), **amounts(orders, "10"), **sent})
        receipt = newest(session)
        assert (receipt.owner_id, receipt.state, receipt.amount) == (cast.wang.id, "draft", Decimal(10))

    def test_money_for_a_sale_made_before_the_customer_went_to_somebody_else(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        give(session, customer, cast.li, cast.manager)
        for name in ("wang", "li"):
            answer = as_user(name).post("/receipts", {**form(customer), **amounts(orders, "10")})
            assert answer.status_code == 303, name
            assert as_user(name).get(answer.headers["Location"]).status_code == 200
            assert newest(session).owner_id == cast.wang.id


class TestFile:
    def test_rc3_23_only_drafts_and_rejected_ones_change(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        """Hostile case 23."""
        receipt = make_receipt(session, customer, cast.wang, {orders[0]: "100"})
        wang, url = as_user("wang"), f"/receipts/{receipt.id}"
        sent = {**form(customer), "version": 1, **amounts(orders, "200", "5")}
        assert wang.post(url, sent).status_code == 303
        assert receipt.amount == Decimal(205)
        paid(session, receipt, cast)
        assert wang.post(url, {**sent, "version": receipt.version}).status_code == 403
        assert wang.post(f"{url}/delete").status_code == 403
        assert (receipt.amount, receipt.deleted_at) == (Decimal(205), None)
        assert ">保存</button>" not in text_of(wang.get(url))

    def test_rc3_rejected_corrected_and_submitted_again(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        receipt = make_receipt(session, customer, cast.wang, {orders[0]: "100"})
        wang, finance, url = as_user("wang"), as_user("finance"), f"/receipts/{receipt.id}"
        submit = {"approver_id": cast.finance.id}
        wang.post(f"{url}/transitions/submit", {**submit, "version": receipt.version})
        assert orders[0].pending == Decimal(100)
        finance.post(f"{url}/transitions/reject", {"version": receipt.version, "opinion": "金額不符"})
        assert (receipt.state, orders[0].pending) == ("rejected", Decimal(0))
        assert "金額不符" in text_of(wang.get(url)).partition("收款日期")[0]
        wang.post(url, {**form(customer), "version": receipt.version, **amounts(orders, "90")})
        wang.post(f"{url}/transitions/submit", {**submit, "version": receipt.version})
        finance.post(f"{url}/transitions/approve", {"version": receipt.version, "opinion": "核對無誤"})
        assert (receipt.state, orders[0].received, orders[0].pending) == ("approved", Decimal(90), Decimal(0))
        page = text_of(wang.get(url))
        words = re.findall(r"<td>(建立|提交|駁回|已審核)</td>", page)
        assert words == ["已審核", "提交", "駁回", "提交", "建立"]

    def test_34_a_late_save_shows_both_versions(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        receipt = make_receipt(session, customer, cast.wang, {orders[0]: "100"})
        wang, url = as_user("wang"), f"/receipts/{receipt.id}"
        wang.post(url, {**form(customer), "payer": "甲", "version": 1, **amounts(orders, "100")})
        answer = wang.post(url, {**form(customer), "payer": "乙", "version": 1, **amounts(orders, "100")})
        assert answer.status_code == 409
        assert "甲" in text_of(answer)
        assert "乙" in text_of(answer)
        assert receipt.payer == "甲"

    def test_deleting_asks(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        receipt = make_receipt(session, customer, cast.wang, {orders[0]: "100"})
        wang = as_user("wang")
        assert receipt.code in text_of(wang.get(f"/receipts/{receipt.id}/delete"))
        assert wang.post(f"/receipts/{receipt.id}/delete").headers["Location"] == "/receipts"
        assert wang.get(f"/receipts/{receipt.id}").status_code == 404

    def test_rc4_a_reversal_has_a_reason_and_goes_through_approval(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        receipt = paid(session, make_receipt(session, customer, cast.wang, {orders[0]: "1000"}), cast)
        wang, finance, url = as_user("wang"), as_user("finance"), f"/receipts/{receipt.id}"
        assert f"{url}/reverse" in text_of(wang.get(url))
        assert wang.post(f"{url}/reverse", {"notes": " "}).status_code == 422
        answer = wang.post(f"{url}/reverse", {"notes": "重複入帳"})
        reversal = newest(session)
        assert answer.headers["Location"] == f"/receipts/{reversal.id}"
        assert (reversal.amount, reversal.reverses_id) == (Decimal(-1000), receipt.id)
        assert orders[0].received == Decimal(1000)
        assert f"{url}/reverse" not in text_of(wang.get(url))
        change = {**form(customer), "version": reversal.version, **amounts(orders, "5")}
        assert wang.post(f"/receipts/{reversal.id}", change).status_code == 403
        steps = f"/receipts/{reversal.id}/transitions"
        wang.post(f"{steps}/submit", {"version": reversal.version, "approver_id": cast.finance.id})
        finance.post(f"{steps}/approve", {"version": reversal.version})
        assert (reversal.state, orders[0].received, orders[0].open) == ("approved", Decimal(0), Decimal(1000))
        assert wang.post(f"{url}/reverse", {"notes": "再一次"}).status_code == 409

    def test_30_a_third_three_times_leaves_a_cent(
        self, session: Session, cast: Cast, customer: Customer, as_user: SignIn
    ) -> None:
        """Hostile case 30."""
        order = approved_order(session, customer, cast.wang, cast.order, "100")
        for _ in range(3):
            paid(session, make_receipt(session, customer, cast.wang, {order: "33.33"}), cast)
        assert (order.received, order.open) == (Decimal("99.99"), Decimal("0.01"))
        answer = as_user("wang").post("/receipts", {**form(customer), **amounts([order], "0.02")})
        assert answer.status_code == 422


class TestList:
    def test_tabs_search_and_sums(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        first = make_receipt(session, customer, cast.wang, {orders[0]: "100"}, payer="大同總公司")
        paid(session, make_receipt(session, customer, cast.wang, {orders[0]: "50.25"}), cast)
        wang = as_user("wang")
        page = text_of(wang.get("/receipts"))
        tabs = re.findall(r'class="tab[^>]*>(\S+)</a> <span class="count tab-count">(\d)', page)
        assert tabs == [("草稿", "1"), ("待審核", "0"), ("已審核", "1"), ("駁回", "0"), ("全部", "2")]
        assert 'class="tabs"' in page.partition('id="receipts-table"')[2], "a search changes the tabs too"
        assert "150.25" in page.split("<tfoot>")[1]
        assert "50.25" in text_of(wang.get("/receipts?state=approved")).split("<tfoot>")[1]
        assert first.code in text_of(wang.get("/receipts?q=總公司"))
        assert first.code in text_of(wang.get(f"/receipts?q={first.code}"))
        assert first.code not in text_of(as_user("li").get("/receipts"))
        assert first.code in text_of(as_user("finance").get("/receipts?state=draft"))

    def test_so3_submitted_from_the_list(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        """Two are submitted with one question; one that would be too much is left out with the reason."""
        made = [make_receipt(session, customer, cast.wang, {orders[0]: "600"}) for _ in range(2)]
        wang = as_user("wang")
        sent = {"action": "submit", "ids": [r.id for r in made], "next": "/receipts"}
        asked = text_of(wang.post("/receipts/bulk", sent))
        assert "審核人" in asked
        assert f'<option value="{cast.finance.id}" selected>' in asked
        seen = {f"version-{r.id}": r.version for r in made}
        answer = wang.post("/receipts/bulk", {**sent, **seen, "confirmed": "1", "approver_id": cast.finance.id})
        assert answer.status_code == 303
        assert [r.state for r in made] == ["pending", "draft"]
        told = text_of(wang.get("/receipts"))
        assert "已提交 1 張收款單" in told
        assert "只能再收 400.00" in told

    def test_export_holds_what_the_search_finds(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        make_receipt(session, customer, cast.wang, {orders[0]: "100"})
        assert as_user("wang").get("/receipts/export").status_code == 403
        assert as_user("manager").get("/receipts/export?state=draft").data[:2] == b"PK"


class TestFinance:
    def test_w2_the_panel_of_receipts(
        self, session: Session, cast: Cast, customer: Customer, orders: list[Order], as_user: SignIn
    ) -> None:
        made = [make_receipt(session, customer, cast.wang, {order: "1000"}) for order in orders]
        for receipt in made:
            actor = actor_as(session, cast.wang)
            RECEIPT_WORKFLOW.fire(session, receipt, "submit", actor, approver_id=cast.finance.id)
        finance = as_user("finance")
        panel = text_of(finance.get("/workbench/panels/receipts_to_approve"))
        assert all(receipt.code in panel for receipt in made)
        versions = {f"version-{r.id}": r.version for r in made}
        sent = {"action": "approve", "confirmed": "1", "ids": [r.id for r in made], **versions}
        finance.post("/receipts/decisions", sent)
        assert [order.open for order in orders] == [Decimal(0), Decimal(0)]
        assert as_user("wang").post("/receipts/decisions", sent).status_code == 403
