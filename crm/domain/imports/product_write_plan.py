"""What importing products writes (I-4)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.declaration import EACH, ImportContext
from crm.domain.imports.record_changes import changes_of
from crm.domain.imports.rows import NEW, Check
from crm.domain.imports.write_plan import WritePlan
from crm.domain.imports.writing import ConcurrentChange
from crm.domain.products.products import NEW_PRODUCT
from crm.entities.bulk_writes import new_row
from crm.entities.products import PRODUCT
from crm.entities.record_saving import Actor
from crm.models import Product

NOT_UPDATED = frozenset({"code"})
Key = tuple[str, str]


def product_key(name: str, specification: str | None) -> Key:
    """What makes two rows the same product: its name with its specification."""
    return text.fold(name), text.fold(specification or "")


def prepare_products(session: Session, check: Check, importing: ImportContext) -> WritePlan:
    """The rows to insert and the changes to make, with everything that is derived from them."""
    plan = WritePlan(PRODUCT, newest=check.newest, before=check_newer)
    rows, starts = check.rows_with(NEW), {**NEW_PRODUCT, **importing.default_values(session, PRODUCT)}
    for number, row in enumerate(rows):
        plan.inserts.append(new_row(PRODUCT, {**starts, **row.values}, importing.actor))
        if number % EACH == 0:
            importing.progress(60 + 30 * number // len(rows))
    plan.changes = changes_of(session, PRODUCT, check, importing, NOT_UPDATED)
    return plan


def check_newer(session: Session, plan: WritePlan, actor: Actor) -> None:
    """Raises ConcurrentChange where one of the file's products was saved since known ones were looked up."""
    newer = select(Product.name, Product.specification).where(Product.id > plan.newest)
    own = {product_key(row.name, row.values.get("specification")) for row in plan.watched_rows}
    if any(product_key(*identity) in own for identity in session.execute(newer)):
        raise ConcurrentChange
