"""Reports asked by strangers: whatever stands in an address is answered in words, never by a fault (X-1, X-3)."""

from collections.abc import Callable
from typing import Any

import lxml.html
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.reports import REPORTS
from crm.models import Role, SavedReport
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import approved_order, level, make_customer

ADDRESSES = {key: f"/reports/{key.replace('_', '-')}" for key in REPORTS}
LONG = "x" * 10_000
TYPED = (
    "from=0001-01-01&to=9999-12-31",
    "from=9999-12-31&compare=before",
    "to=0001-01-01&compare=year_before",
    "from=9999-12-01&to=9999-12-31&stage=week",
    "from=1900-01-01&to=1900-01-01&compare=before&stage=day",
    "from=2024-02-29&to=2024-02-29&compare=year_before&stage=day",
    "from=1-1-1&to=%00",
    "from=民國115年1月1日&to=115/2/1",
    f"from={LONG}",
    "owner=99999999999999999999999",
    "owner=-1",
    "owner=1%20OR%201=1",
    "owner=٣",
    "level=%F0%9F%98%80",
    "product=%25%27%22;DROP TABLE orders--",
    "customer=%00%01%1b",
    "customer=%ED%A0%80",
    "customer=_%25\\",
    f"customer={LONG}",
    f"product={LONG}",
    "by=owner&by=level&owner[]=1&owner[a]=2",
    "by=none&second=owner",
    "by=none&second=month",
    "top=-1",
    "top=1e9",
    "rank=__class__",
    "rank=running",
    "chart=../../etc/passwd",
    "neglected_days=0",
    "neglected_days=999999999999",
    "neglected_days=abc&lost_days=1.5",
    "kept=99999999999999999999999999",
    "kept=abc",
    "sold_in=custom",
    "stage=century",
    "compare=<b>",
    "of=nonsense",
    "of_owner=abc",
    "of_owner=999999999",
    "of_owner=-&by=owner",
    "by=owner&of_owner=1%27",
    "by=month&of_month=999999",
    "by=month&of_month=0",
    "of_step=nonsense",
    "of_step=9999-12-31&stage=year",
    "of_step=0001-01-01&stage=week",
    "page=-1&sort=nonsense",
    "page=99999999999999999999",
)


@pytest.fixture(autouse=True)
def sold(session: Session, cast: Cast) -> None:
    for person, name, amount in ((cast.wang, "甲公司", "1200"), (cast.li, "乙公司", "300.50")):
        customer = make_customer(session, person, name, level_id=level(session, "重要客戶").id)
        approved_order(session, customer, person, cast.order, amount)
    session.commit()


@pytest.mark.parametrize("address", ADDRESSES.values())
def test_no_address_makes_a_fault(address: str, as_user: Callable[[str], Person]) -> None:
    manager = as_user("manager")
    found = []
    for typed in TYPED:
        for rest in ("", "/print", "/details", "/details/export", "/export", "/keep", "/chart.png"):
            status = manager.get(f"{address}{rest}?{typed}").status_code
            if status >= 500:
                found.append((rest, typed[:60], status))
    assert found == []
