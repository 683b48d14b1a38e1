"""Importing products: known by their code, else by name and specification (I-1, I-4)."""

from collections import defaultdict
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.codes import remove_taken_codes
from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.product_write_plan import Key, prepare_products, product_key
from crm.domain.imports.record_changes import newest_id
from crm.domain.imports.rows import DUPLICATE, WRONG, Check, Row
from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.keys import folded_code
from crm.entities.products import PRODUCT
from crm.i18n import N_
from crm.models import Permission, Product

KIND_WORDS = {"goods": "商品 貨品 產品 物品 實物 貨物", "service": "服務 勞務 服務類"}
STATE_WORDS = {
    "on_sale": "在售 銷售中 上架 啟用 正常 有效 販售中",
    "stopped": "停售 停用 下架 停產 停止銷售 stopped",
}
CODE, NAME = "code", "name"


class KnownProducts:
    """The firm's products and the file's own rows: ids above zero are the firm's, those below are rows."""

    def __init__(self, session: Session, rows: list[Row]) -> None:
        self.by: dict[str, dict[Key | str, list[int]]] = {CODE: defaultdict(list), NAME: defaultdict(list)}
        columns = select(Product.id, Product.code_key, Product.name, Product.specification)
        alive = columns.where(Product.deleted_at.is_(None))
        for part in in_batches({folded_code(row.values["code"]) for row in rows if row.values.get("code")}):
            for product in session.execute(alive.where(Product.code_key.in_(part))):
                self.by[CODE][product.code_key].append(product.id)
        # Names are compared folded, in either script, so all of them are looked at.
        for product in session.execute(alive.order_by(Product.id)):
            self.by[NAME][product_key(product.name, product.specification)].append(product.id)

    def find(self, row: Row) -> list[int]:
        """By the code, which is the surest; a row whose code nobody has may still be known by its name."""
        by_code = self.by[CODE].get(folded_code(row.values.get("code")), [])
        return by_code or self.by[NAME].get(_key(row), [])

    def add(self, row: Row) -> None:
        self.by[NAME][_key(row)].append(-row.index - 1)
        if row.values.get("code"):
            self.by[CODE][folded_code(row.values["code"])].append(-row.index - 1)


def _key(row: Row) -> Key:
    return product_key(row.values["name"], row.values.get("specification"))


def match_products(session: Session, check: Check, importing: ImportContext) -> None:
    """Which rows are new, and which the firm or an earlier row of the file already has."""
    check.newest = newest_id(session, Product)
    rows = [row for row in check.rows if row.outcome != WRONG]
    known = KnownProducts(session, rows)
    may_change = policy.may(importing.actor.rights, PRODUCT, policy.CHANGE)
    changed: dict[int, int] = {}
    for row in rows:
        refs = known.find(row)
        if not refs:
            known.add(row)
            continue
        row.outcome = DUPLICATE
        _settle_duplicate(check, row, refs, changed, may_change)
    remove_taken_codes(session, Product, check)


def _settle_duplicate(check: Check, row: Row, refs: list[int], changed: dict[int, int], may_change: bool) -> None:
    name = row.values["name"]
    stored = [ref for ref in refs if ref > 0]
    row.known = stored[0] if stored else None
    if not stored:
        check.warn(row, "name", name, N_("This is the same product as in row %(number)s."), number=-refs[0])
    elif len(stored) > 1:
        check.warn(row, "name", name, N_("Several products match this one, so it was skipped."))
    elif not may_change:
        check.warn(row, "name", name, N_("This product already exists, and you may not change products."))
    elif changed.setdefault(stored[0], row.index) != row.index:
        number = changed[stored[0]] + 1
        check.warn(row, "name", name, N_("This is the same product as in row %(number)s."), number=number)
    else:
        row.existing = stored[0]


def complete_product(importing: ImportContext) -> Callable[[Check, Row], None]:
    """A minimum price above the usual one gets a warning."""

    def complete(check: Check, row: Row) -> None:
        price, floor = row.values.get("price"), row.values.get("floor_price")
        if price is not None and floor is not None and floor > price:
            message = N_("The lowest selling price is above the selling price. Please check both.")
            check.warn(row, "floor_price", f"{floor:f}", message)

    return complete


PRODUCTS = ImportKind(
    key="products",
    title=N_("Import products"),
    entity=PRODUCT,
    required=("name",),
    view=Permission.IMPORT_PRODUCTS_VIEW,
    save=Permission.IMPORT_PRODUCTS_SAVE,
    complete=complete_product,
    saves=policy.permissions_for(PRODUCT, policy.ADD),
    lists=(Permission.DICTIONARIES_SAVE, Permission.CATEGORIES_SAVE),
    match=match_products,
    prepare=prepare_products,
    numbers_as_text=("code",),
    synonyms={"kind": KIND_WORDS, "state": STATE_WORDS},
)
