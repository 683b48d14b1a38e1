"""Two doors to one act have one rule: page, fragment and bulk action answer the same person alike (A-7, C-6)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.domain.customers import move_customer
from crm.models import Customer, User
from crm.models.permissions import Permission
from crm.models.roles import RoleGrant
from tests.cast import Cast, acting_as
from tests.conftest import Person
from tests.factories import (
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_record,
)

AsUser = Callable[[str], Person]
PAGE, FRAGMENT, BULK = "page", "fragment", "bulk"
DOORS = (PAGE, FRAGMENT, BULK)
MINE, THEIRS, POOLED = "mine", "theirs", "pooled"


def make(kind: str, session: Session, customer: Customer, by: User) -> Any:
    if kind == "customers":
        return customer
    if kind == "products":
        return make_product(session)
    if kind == "contacts":
        return make_contact(session, customer, by)
    if kind == "records":
        return make_record(session, customer, by, datetime.now(UTC))
    makers: dict[str, Any] = {"opportunities": make_opportunity, "quotes": make_quote, "orders": make_order}
    return makers[kind](session, customer, by)


def record_of(kind: str, whose: str, session: Session, cast: Cast, person: User) -> Any:
    """What the person made today, while the customer was theirs; it may have gone to somebody else or to the pool."""
    customer = make_customer(session, person)
    record = make(kind, session, customer, person)
    if whose != MINE:
        move_customer(session, customer, acting_as(session, person), cast.li.id if whose == THEIRS else None)
        customer.owned_since = None if whose == POOLED else record.created_at
    session.commit()
    return record


def is_deleted(session: Session, record: Any) -> bool:
    session.expire_all()
    return record.deleted_at is not None


def delete_by(door: str, visitor: Person, kind: str, record: Any) -> int:
    if door == BULK:
        sent = {"action": "delete", "ids": [record.id], "confirmed": "1"}
        return int(visitor.post(f"/{kind}/bulk", sent).status_code)
    headers = {"HX-Request": "true", "HX-Target": "box"} if door == FRAGMENT else {}
    return int(visitor.post(f"/{kind}/{record.id}/delete", headers=headers).status_code)


@pytest.mark.parametrize("login", ["wang", "manager", "order"])
@pytest.mark.parametrize("kind", ["customers", "contacts", "records", "opportunities", "quotes", "orders", "products"])
def test_each_door_deletes_the_same_things(
    kind: str, login: str, as_user: AsUser, session: Session, cast: Cast
) -> None:
    visitor, person = as_user(login), getattr(cast, login)
    session.execute(delete(RoleGrant).where(RoleGrant.permission == Permission.POOL_SAVE))
    session.commit()
    for whose in (MINE, THEIRS, POOLED):
        found = {}
        for door in DOORS:
            record = record_of(kind, whose, session, cast, cast.wang if login == "order" else person)
            assert delete_by(door, visitor, kind, record) < 500
            found[door] = is_deleted(session, record)
        assert len(set(found.values())) == 1, (whose, found)
        if whose == POOLED and kind in ("contacts", "records", "customers"):
            assert not found[BULK]
        if whose == MINE and login == "wang" and kind != "products":
            assert found[PAGE]
