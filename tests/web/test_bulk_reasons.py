"""Many rows left out, each for a reason of its own: the first are told, the rest are counted (C-6)."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.conftest import Person
from tests.factories import approved_order, make_customer


def test_the_first_reasons_are_told(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    customer = make_customer(session, cast.wang)
    orders = [approved_order(session, customer, cast.wang, cast.order) for _ in range(14)]
    wang = as_user("wang")
    sent = {"action": "submit", "ids": [o.id for o in orders], "confirmed": "1", "approver_id": cast.order.id}
    sent |= {f"version-{o.id}": o.version for o in orders}
    assert wang.post("/orders/bulk", sent).status_code == 303
    page = wang.get("/orders").get_data(as_text=True)
    assert page.count("有 1 筆未處理") == 10
    assert "另有 4 筆因類似原因未處理。" in page
