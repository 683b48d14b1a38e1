"""What orders are owed (RV-1), the panel of what is overdue (W-1), the sums of a customer's file (C-2)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.domain.sales.receivables import customer_totals
from crm.models import Customer, Order, Permission, PersonalGrant
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import approved_order, make_customer, make_order, make_receipt

TODAY = datetime.now(UTC).date()
SignIn = Callable[[str], Person]


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    return make_customer(session, cast.wang, name="大同電子")


@pytest.fixture
def late(session: Session, cast: Cast, customer: Customer) -> Order:
    """An order over 1,000.00 of which 400.00 is received, due 40 days ago."""
    order = approved_order(session, customer, cast.wang, cast.order, "1000")
    order.due_on = TODAY - timedelta(days=40)
    receive(session, cast, order, "400")
    return order


def receive(session: Session, cast: Cast, order: Order, amount: str) -> None:
    customer = session.get_one(Customer, order.customer_id)
    receipt = make_receipt(session, customer, cast.wang, {order: amount})
    RECEIPT_WORKFLOW.fire(session, receipt, "submit", actor_as(session, cast.wang), approver_id=cast.finance.id)
    RECEIPT_WORKFLOW.fire(session, receipt, "approve", actor_as(session, cast.finance))


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def row_of(page: str, code: str) -> list[str]:
    """The cells of the order's row, without tags."""
    (row,) = [r for r in re.findall(r"<tr>.*?</tr>", page, re.S) if code in r]
    return [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]


def test_rv1_open_and_settled(session: Session, cast: Cast, customer: Customer, late: Order, as_user: SignIn) -> None:
    draft = make_order(session, customer, cast.wang)
    wang = as_user("wang")
    page = text_of(wang.get("/receivables"))
    cells = row_of(page, late.code)
    assert cells[1:7] == ["大同電子", "王小明", "1,000.00", "400.00", "0.00", "600.00"]
    assert cells[8] in ("39", "40", "41")  # the firm's day and the machine's
    assert draft.code not in page
    assert "600.00" in page.split("<tfoot>")[1]
    assert f'/receipts/new?customer={customer.id}&amp;order={late.id}">收款</a>' in page
    receive(session, cast, late, "600")
    assert late.code not in text_of(wang.get("/receivables"))
    assert late.code in text_of(wang.get("/receivables/settled"))


def test_rv1_search_and_export(session: Session, cast: Cast, customer: Customer, late: Order, as_user: SignIn) -> None:
    other = approved_order(session, customer, cast.wang, cast.order, "50")
    manager = as_user("manager")
    for query in ("overdue=31", f"q={late.code}", f"due_to={TODAY.isoformat()}"):
        page = text_of(manager.get(f"/receivables?{query}"))
        assert late.code in page, query
        assert other.code not in page, query
    assert late.code not in text_of(manager.get("/receivables?overdue=91"))
    assert late.code in text_of(manager.get("/receivables?af=open&ao=from&av=600"))
    assert manager.get("/receivables/export").data[:2] == b"PK"
    assert as_user("wang").get("/receivables/export").status_code == 403


def test_receivables_have_a_scope_of_their_own(session: Session, cast: Cast, late: Order, as_user: SignIn) -> None:
    """Li sees nothing of Wang's; with a grant on 應收款項 alone the receivable, not the order."""
    li = as_user("li")
    assert late.code not in text_of(li.get("/receivables"))
    assert li.get(f"/receivables/{late.id}").status_code == 404
    session.add(PersonalGrant(user_id=cast.li.id, permission=Permission.RECEIVABLES_VIEW.value, scope=4))
    assert late.code in text_of(li.get("/receivables"))
    assert li.get(f"/receivables/{late.id}").status_code == 200
    assert "RC" not in text_of(li.get(f"/receivables/{late.id}")).split("<h2>")[1]
    # Li may enter receipts for own orders alone: neither the list nor the page offers one for Wang's.
    assert "收款</a>" not in text_of(li.get("/receivables")).split("<tbody>")[1]
    assert "/receipts/new" not in text_of(li.get(f"/receivables/{late.id}"))


def test_finance_sees_what_was_received_for_an_order(late: Order, as_user: SignIn) -> None:
    page = text_of(as_user("finance").get(f"/receivables/{late.id}"))
    assert "400.00" in page
    assert "已審核" in page
    assert f'href="/orders/{late.id}"' not in page


def test_w1_the_panel_of_what_is_overdue(
    session: Session, cast: Cast, customer: Customer, late: Order, as_user: SignIn
) -> None:
    for days in range(1, 12):
        order = approved_order(session, customer, cast.wang, cast.order, "10")
        order.due_on = TODAY - timedelta(days=days + 1)
    panel = text_of(as_user("wang").get("/workbench/panels/overdue"))
    assert panel.index(late.code) < panel.index("SO", panel.index(late.code) + 5)
    assert "710.00" in panel
    assert 'data-count="12"' in panel
    assert late.code not in text_of(as_user("li").get("/workbench/panels/overdue"))


def test_c2_the_sums_of_a_customer(customer: Customer, late: Order, as_user: SignIn) -> None:
    head = text_of(as_user("wang").get(f"/customers/{customer.id}/receipts")).split('class="tabs"')[0]
    assert [Decimal(x.replace(",", "")) for x in re.findall(r"<dd>([\d,]+\.\d\d)</dd>", head)] == [1000, 400, 600]


@pytest.mark.parametrize("login", ["wang", "li", "manager", "admin", "order", "finance"])
@pytest.mark.parametrize("owner", ["wang", "li", None])
def test_c2_they_are_of_the_orders_that_the_person_sees(
    session: Session, cast: Cast, customer: Customer, login: str, owner: str | None
) -> None:
    """Also where the customer changed hands, or lies in the pool, after the sale."""
    approved_order(session, customer, cast.wang, cast.order, "1000")
    customer.owner_id = cast.li.id
    approved_order(session, customer, cast.li, cast.order, "70")
    customer.owner_id, customer.pool = (getattr(cast, owner).id, "owned") if owner else (None, "pool")
    session.flush()
    person = getattr(cast, login)
    rights = actor_as(session, person).rights
    seen = set()
    for permission in (Permission.ORDERS_VIEW, Permission.RECEIVABLES_VIEW):
        seen |= set(session.scalars(Order.visible_to(rights, permission).where(Order.state == "approved")))
    assert customer_totals(session, customer, rights).sold == sum(order.total for order in seen)
