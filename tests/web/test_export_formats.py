"""Amounts leave for Excel as amounts: with their thousands and decimals, and still as numbers (C-5)."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.conftest import Person
from tests.factories import approved_order, make_customer, make_opportunity, make_product, make_quote


def cells(person: Person, url: str) -> dict[str, Any]:
    """Heading → the cell of the first row."""
    answer = person.get(url)
    assert answer.status_code == 200
    heading, first = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows())[:2]
    return {cell.value: below for cell, below in zip(heading, first, strict=True)}


def test_amounts_carry_their_format(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    customer = make_customer(session, cast.wang)
    approved_order(session, customer, cast.wang, cast.order, "12345.6")
    make_quote(session, customer, cast.wang, "99")
    make_opportunity(session, customer, cast.wang, amount=Decimal("2000000"))
    make_product(session, "零星紙", price="0.1234")
    admin = as_user("admin")
    for url, heading, value, number_format in (
        ("/orders/export", "合計", 12345.6, "#,##0.00"),
        ("/orders/export", "已收", 0, "#,##0.00"),
        ("/quotes/export", "合計", 99, "#,##0.00"),
        ("/receivables/export", "未收", 12345.6, "#,##0.00"),
        ("/opportunities/export", "預計金額", 2000000, "#,##0.00"),
        ("/opportunities/export", "可能性", 10, "General"),
    ):
        found = cells(admin, url)
        assert heading in found, (url, list(found))
        cell = found[heading]
        assert (cell.value, cell.number_format) == (value, number_format), (url, list(found))
    products = cells(admin, "/products/export?q=零星紙")
    (price,) = [cell for cell in products.values() if cell.value and str(cell.value).startswith("0.12")]
    assert price.number_format == "#,##0.00##"
