"""How many SQL statements the pages of receipts, receivables and approvals take (07, Speed)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.models import Receipt
from tests.cast import Cast, actor_as
from tests.conftest import Person, grow
from tests.conventions.test_statements import statements_of
from tests.factories import approved_order, make_customer, make_order, make_receipt, submitted

LISTS = ("/receipts", "/receipts?state=pending&q=公司", "/receivables", "/receivables?overdue=1")
FILES = ("/receipts/{pending}", "/receipts/{draft}", "/receipts/new?customer={customer}", "/receivables/{order}")
FILES += ("/customers/{customer}/receipts", "/receipts/{draft}/transitions/submit", "/receipts/new")
PANELS = ("orders_to_approve", "receipts_to_approve", "rejected", "overdue")


@pytest.fixture(scope="module")
def filled(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    folder = tmp_path_factory.mktemp("money")
    return folder, grow(grown, folder, fill)


@pytest.fixture
def firm_folder(filled: tuple[Path, dict[str, int]]) -> Path:
    return filled[0]


@pytest.fixture
def places(filled: tuple[Path, dict[str, int]]) -> dict[str, int]:
    return filled[1]


def fill(session: Session, cast: Cast) -> dict[str, int]:
    """Fifteen customers with a half paid order, an order that waits, and a receipt that waits."""
    for n in range(15):
        customer = make_customer(session, cast.wang, name=f"公司{n}號")
        order = approved_order(session, customer, cast.wang, cast.order)
        submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order)
        pending: Receipt = make_receipt(session, customer, cast.wang, {order: "50"})
        actor = actor_as(session, cast.wang)
        RECEIPT_WORKFLOW.fire(session, pending, "submit", actor, approver_id=cast.finance.id)
        draft = make_receipt(session, customer, cast.wang, {order: "10"})
    return {"customer": customer.id, "order": order.id, "pending": pending.id, "draft": draft.id}


@pytest.mark.parametrize("url", LISTS)
def test_a_list(app: CRM, as_user: Callable[[str], Person], places: dict[str, int], url: str) -> None:
    found = statements_of(app, as_user("manager"), url)
    assert len(found) <= 8, "\n\n".join(found)


@pytest.mark.parametrize("url", FILES)
def test_a_file(app: CRM, as_user: Callable[[str], Person], places: dict[str, int], url: str) -> None:
    found = statements_of(app, as_user("wang"), url.format(**places))
    assert len(found) <= 12, "\n\n".join(found)


@pytest.mark.parametrize("key", PANELS)
def test_a_panel(app: CRM, as_user: Callable[[str], Person], places: dict[str, int], key: str) -> None:
    people = {"orders_to_approve": "order", "receipts_to_approve": "finance"}
    found = statements_of(app, as_user(people.get(key, "wang")), f"/workbench/panels/{key}")
    assert len(found) <= 8, "\n\n".join(found)
