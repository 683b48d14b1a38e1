"""The demonstration firm's catalogue: a tree of categories with sixty goods and services (G-1, G-2)."""

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from crm.domain.demo.world import MANAGER, World
from crm.domain.products.categories import save_category
from crm.domain.products.products import save_product
from crm.models import Product

_LIST = Path(__file__).parents[2] / "data" / "demo-products.csv"
TREE = {
    ("辦公設備", "EQ"): (("列印設備", "EQ-1"), ("會議設備", "EQ-2"), ("文書設備", "EQ-3")),
    ("耗材與紙品", "SU"): (("碳粉與墨水", "SU-1"), ("紙品", "SU-2")),
    ("辦公家具", "FU"): (("桌椅", "FU-1"), ("收納", "FU-2")),
    ("服務", "SV"): (("維護保養", "SV-1"), ("租賃", "SV-2"), ("安裝與訓練", "SV-3")),
}


def make_products(world: World, at: datetime) -> list[Product]:
    """All of them, entered by the sales manager on the firm's first day; some are not sold any more."""
    actor = world.actor(MANAGER, at)
    categories = _make_tree(world, at)
    with _LIST.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [save_product(world.session, None, _values(world, row, categories), actor) for row in rows]


def _make_tree(world: World, at: datetime) -> dict[str, int]:
    actor, categories = world.actor(MANAGER, at), {}
    for (name, code), below in TREE.items():
        root = save_category(world.session, None, {"name": name, "code": code}, actor)
        for branch, branch_code in below:
            values = {"name": branch, "code": branch_code, "parent_id": root.id}
            categories[branch] = save_category(world.session, None, values, actor).id
    return categories


def _values(world: World, row: dict[str, str], categories: dict[str, int]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "kind": row["kind"],
        "specification": row["specification"],
        "category_id": categories[row["category"]],
        "unit_id": world.choices.named("unit", row["unit"]),
        "state": row["state"],
        **{key: Decimal(row[key]) for key in ("price", "cost", "floor_price")},
    }
