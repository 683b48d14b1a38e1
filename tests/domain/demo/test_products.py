"""The demonstration firm's catalogue: sixty goods and services in a tree, the same every time (G-1, G-2)."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.domain.demo.choices import Choices
from crm.domain.demo.products import make_products
from crm.domain.demo.world import World
from crm.domain.products.categories import category_tree
from crm.domain.products.products import is_price_below_minimum
from crm.models import Product
from tests.cast import ZONE

NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


@pytest.fixture
def made(session, cast):
    make_products(World(session, NOW, ZONE, {"manager": (cast.manager, cast.manager.rights)}, Choices(session)), NOW)
    session.flush()
    session.expire_all()
    return list(session.scalars(select(Product).order_by(Product.id)))


def test_sixty_goods_and_services_some_not_sold_any_more(made):
    assert Counter(p.kind for p in made) == {"goods": 50, "service": 10}
    assert Counter(p.state for p in made)["stopped"] == 5
    assert [p.code for p in made] == [f"G{number:05d}" for number in range(1, 61)]
    assert len({(p.name, p.specification) for p in made}) == 60


def test_prices_are_believable(made):
    assert all(p.cost < p.floor_price < p.price for p in made)
    assert not any(is_price_below_minimum(p) for p in made)
    assert all(p.unit_id and p.pinyin for p in made)


def test_every_product_lies_in_a_branch_of_the_tree(session, made):
    roots = category_tree(session)
    assert [root.name for root in roots] == ["辦公設備", "耗材與紙品", "辦公家具", "服務"]
    assert sum(branch.products for root in roots for branch in root.branches) == len(made)
    assert all(branch.products >= 2 for root in roots for branch in root.branches)
