"""What nobody gets by another door: exports, and a permission check that fails (hostile cases 7, 11, 54)."""

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.entities import policy
from crm.extensions import db
from crm.models import Customer, PersonalGrant, Rights, User
from crm.models.bounded_cache import clear_all_caches
from crm.models.engine import set_read_only
from crm.models.permissions import Scope
from crm.web.server.upgrade import upgrade_database
from tests.access_matrix import MATRIX
from tests.cast import Cast
from tests.conftest import Person, make_app
from tests.factories import (
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_record,
)

SignIn = Callable[[str], Person]
EXPORTS = ("customers", "contacts", "records", "opportunities", "quotes", "orders", "plan")


def cells(data: bytes) -> set[str]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value}


@pytest.fixture
def two_books(session: Session, cast: Cast) -> dict[str, Customer]:
    found = {}
    for login, name in (("wang", "王的客戶"), ("li", "李的客戶")):
        owner = getattr(cast, login)
        customer = make_customer(session, owner, name=name, phone="02-2531-7099" if login == "wang" else None)
        make_contact(session, customer, owner, f"{name}的人")
        for make in (make_record, make_opportunity, make_quote, make_order):
            make(session, customer, owner)
        found[login] = customer
    for key in EXPORTS:
        session.merge(PersonalGrant(user_id=cast.li.id, permission=f"{key}:export", scope=Scope.OWN))
    session.commit()
    return found


def test_there_is_an_export_of_each_list_here_asked_for() -> None:
    lists = {endpoint.partition(".")[0] for endpoint in MATRIX if endpoint.endswith(".export")}
    others = {"pool", "products", "receipts", "receivables", "target_setting", "logs", "organisation"}
    assert lists <= set(EXPORTS) | others


@pytest.mark.parametrize("key", EXPORTS)
def test_an_export_holds_ones_own_rows_whatever_is_asked_for(
    two_books: dict[str, Customer], as_user: SignIn, key: str
) -> None:
    """Hostile case 7: of everything, with somebody else's number, owner or customer in the address."""
    li, wangs = as_user("li"), two_books["wang"]
    asked: tuple[dict[str, Any], ...] = (
        {},
        {"ids": wangs.id},
        {"all": 1, "size": 1000, "page": 1},
        {"owner_id": wangs.owner_id, "owner": wangs.owner_id, "customer": wangs.name},
        {"q": wangs.name},
        {"af": "customer_id", "ao": "is", "av": wangs.name},
    )
    for search in asked:
        answer = li.get(f"/{key}/export", query_string=search)
        assert answer.status_code in (200, 303, 400), (key, search)
        told = cells(answer.data) if answer.status_code == 200 else set()
        assert not any("王的客戶" in text or "2531" in text for text in told), (key, search)
    if key != "plan":
        assert any("李的客戶" in text for text in cells(li.get(f"/{key}/export").data)), key


def test_hidden_columns_stay_out_of_an_export(session: Session, cast: Cast, as_user: SignIn) -> None:
    """Hostile case 7: a cost that the person may not see, though the column is asked for by name."""
    make_product(session, "影印機", cost=Decimal("4321.5"))
    session.add(PersonalGrant(user_id=cast.li.id, permission="products:export", scope=Scope.OWN))
    li, admin = as_user("li"), as_user("admin")
    for person in (li, admin):
        person.post("/lists/products/columns", {"columns": ["name", "cost"]})
    assert "影印機" in cells(li.get("/products/export?columns=cost").data)
    assert not any("4321" in text for text in cells(li.get("/products/export?columns=cost").data))
    assert any("4321" in text for text in cells(admin.get("/products/export").data))


def broken(*_args: Any, **_kwargs: Any) -> Any:
    raise RuntimeError("the permission check fails")


@pytest.mark.parametrize("what", ["may", "scope", "reached"])
def test_a_permission_check_that_fails_denies(
    two_books: dict[str, Customer], as_user: SignIn, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Hostile case 11: no data in any answer, nothing written."""
    wang, customer = as_user("wang"), two_books["wang"]
    wang.token()
    monkeypatch.setattr(policy if what == "reached" else Rights, what, broken)
    clear_all_caches()  # what was made of these rights before would not be asked for again
    for url in (f"/customers/{customer.id}", "/customers", f"/customers/{customer.id}/contacts", "/customers/export"):
        if what == "reached" and url in ("/customers", "/customers/export"):
            continue
        answer = wang.get(url)
        assert answer.status_code in (403, 500), (what, url)
        assert "2531" not in answer.get_data(as_text=True) and "王的客戶" not in answer.get_data(as_text=True)
    before = customer.version
    wang.post(f"/customers/{customer.id}", {"name": "改過", "version": before})
    assert (customer.name, customer.version) == ("王的客戶", before)


def test_there_is_no_key_and_no_password_that_others_know(tmp_path: Path) -> None:
    """Hostile case 54: each installation makes its own key; nobody can sign in before somebody set it up."""
    apps = [make_app(tmp_path / name) for name in ("one", "two")]
    keys = {app.config["SECRET_KEY"] for app in apps}
    assert len(keys) == 2 and all(len(key) >= 32 for key in keys)
    with apps[0].app_context():
        set_read_only(False)
        upgrade_database(apps[0])
        assert db.session.scalars(select(User.id)).all() == []
        db.engine.dispose()
