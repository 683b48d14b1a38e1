"""What importing products writes (I-4)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.declaration import Importing
from crm.domain.imports.merging import changes_of, insert_of
from crm.domain.imports.plan import Change, Plan
from crm.domain.imports.rows import NEW, Check
from crm.domain.imports.writing import Overtaken
from crm.entities.saving import Acting
from crm.models import Product
from crm.models.products import GOODS, ON_SALE

NOT_UPDATED = frozenset({"code"})
Key = tuple[str, str]


def product_key(name: str, specification: str | None) -> Key:
    """What makes two rows the same product: its name with its specification."""
    return text.fold(name), text.fold(specification or "")


def prepare_products(session: Session, check: Check, importing: Importing) -> Plan:
    """The rows to insert and the changes to make, with everything that is derived from them."""
    plan = Plan(Product, "products", newest=check.newest, before=check_newer)
    defaults = {"kind": GOODS, "state": ON_SALE}
    rows = check.those(NEW)
    for number, row in enumerate(rows):
        pinyin = (row.values.get("pinyin") or text.pinyin_code(row.values["name"])).lower()
        insert_of(plan, {**defaults, **row.values, "pinyin": pinyin}, importing.acting)
        if number % 200 == 0:
            importing.progress(60 + 30 * number // len(rows))
    plan.changes = changes_of(session, Product, check, importing, NOT_UPDATED, settle_change)
    return plan


def settle_change(change: Change, row: Mapping[str, Any]) -> None:
    """The pinyin code follows the name unless somebody corrected it."""
    values, before = change.values, change.before
    if "name" in values and "pinyin" not in values and before["pinyin"] == text.pinyin_code(before["name"]):
        values["pinyin"] = text.pinyin_code(values["name"])


def check_newer(session: Session, plan: Plan, acting: Acting) -> None:
    """Raises Overtaken where one of the file's products was saved since known ones were looked for."""
    newer = select(Product.name, Product.specification).where(Product.id > plan.newest)
    own = {product_key(row["name"], row.get("specification")) for row in plan.to_come}
    if any(product_key(*found) in own for found in session.execute(newer)):
        raise Overtaken
