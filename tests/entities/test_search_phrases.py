"""The same phrases find the same on SQLite (full text) and on PostgreSQL (pieces): what holds each term."""

import random
import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.entities.search_index import NAMES_END, matches_search
from crm.models import Customer
from crm.text.folding import SEPARATOR
from tests.cast import Cast
from tests.factories import make_customer

NAMES = {
    "台灣積體電路製造": {"short_name": "台積電", "phone": "(03)563-6688"},
    "臺灣電力公司": {"short_name": "台電", "tax_number": "03795904"},
    "積電科技": {"phone": "02-2531-7099"},
    "上海熟客(集團)有限公司": {"short_name": "熟客", "phone": "+86 21 5888 1234"},
    "Ünïted Parcel & Sons Ltd.": {"short_name": "UPS", "tax_number": "UPS-7099"},
    "100% 純果汁_飲品": {"short_name": "百分百"},
    "𠮷野家餐飲": {"short_name": "𠮷野家"},
    "ABC電子": {"short_name": "A電", "phone": "0912-345-678"},
    "ab電子c": {"short_name": "o'neil"},
    "が字かな商店": {"short_name": "ｶﾅ"},
}


@pytest.fixture
def names(session: Session, cast: Cast) -> dict[int, str]:
    made = [make_customer(session, cast.wang, name, **more) for name, more in NAMES.items()]
    return {customer.id: customer.name for customer in made}


def found(session: Session, typed: str) -> set[str]:
    return set(session.scalars(select(Customer.name).where(matches_search(session, Customer, typed))))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("積", {"台灣積體電路製造", "積電科技"}),
        ("積電", {"台灣積體電路製造", "積電科技"}),
        ("台積", {"台灣積體電路製造"}),
        ("7099", {"積電科技", "Ünïted Parcel & Sons Ltd."}),
        ("2531 7099", {"積電科技"}),
        ("電子 c", {"ABC電子", "ab電子c"}),
        ("電子c", {"ab電子c"}),
        ("𠮷", {"𠮷野家餐飲"}),
        ("𠮷野", {"𠮷野家餐飲"}),
        ("100%", {"100% 純果汁_飲品"}),
        ("%_*\"'", set()),
        ("電 NOT 子", set()),
        ("united", {"Ünïted Parcel & Sons Ltd."}),
    ],
)
def test_a_phrase_finds(session: Session, names: dict[int, str], typed: str, wanted: set[str]) -> None:
    assert found(session, typed) == wanted


def test_parts_of_what_is_kept_find_what_holds_them(session: Session, names: dict[int, str]) -> None:
    """Pieces of one to six characters, alone and in twos, and what nothing holds."""
    dice = random.Random(7)
    kept = dict(session.execute(select(Customer.name, Customer.search_text)).all())
    values = [value for held in kept.values() for value in re.split(f"[{SEPARATOR}{NAMES_END}]", held) if value]
    letters = [c for held in kept.values() for c in held if c.isalnum()]
    for _ in range(300):
        words = []
        for _ in range(dice.choice((1, 1, 2))):
            held = dice.choice(values)
            at = dice.randrange(len(held))
            words.append(held[at : at + dice.randint(1, 6)] if dice.random() < 0.8 else dice.choice(letters) * 2)
        typed = " ".join(words)
        terms = text.terms(typed)
        wanted = {n for n, held in kept.items() if terms and all(any(one in held for one in term) for term in terms)}
        assert found(session, typed) == wanted, (typed, terms)
