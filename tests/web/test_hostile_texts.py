"""Texts that no keyboard writes: refused or tidied beside their field, never a 500 (hostile cases 35, 55)."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.models import Customer, Product
from tests.conftest import Person

NOTHING = ["\x00", "\u200b", "\x1f\x7f", "\u202e\u2066"]
"""Not blank, and nothing is left of them."""


@pytest.mark.parametrize("typed", NOTHING)
def test_a_name_of_invisible_characters_is_no_name(
    typed: str, session: Session, as_user: Callable[[str], Person]
) -> None:
    answer = as_user("wang").post("/customers", {"name": typed})
    assert answer.status_code == 422
    assert "此項必填，請填寫。" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_so_is_a_products_name(session: Session, as_user: Callable[[str], Person]) -> None:
    answer = as_user("manager").post("/products", {"name": "\x00", "kind": "goods", "state": "on_sale"})
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(Product)) == 0
