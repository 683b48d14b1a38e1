"""The list of products (G-2)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from crm.domain.platform.affected_records import count_deleted_with
from crm.domain.platform.deletion import delete_record
from crm.domain.products.categories import subtree_ids
from crm.domain.products.products import RESUME, STOP, resume_product, stop_product
from crm.entities import policy
from crm.entities.listing import Reader
from crm.entities.listing.filters import by_search_text, fixed_filter, parse_id
from crm.entities.products import KINDS, PRODUCT, STATES
from crm.i18n import N_
from crm.models import Product, Rights
from crm.models.products import ProductState
from crm.web.table import BulkAction, Column, Filter, Table, column, listed
from crm.web.table.declaration import long_cell
from crm.web.table.kinds import merging, state_cell


def product_rows(rights: Rights) -> Select[Any]:
    return select(Product.id).where(Product.seen_by(rights))


def declared(key: str, *, sorted_: bool = False, **options: Any) -> Column:
    """The column of a declared field."""
    return column(PRODUCT[key], getattr(Product, PRODUCT[key].attr), None if sorted_ else (), **options)


def in_category(reader: Reader, text: str) -> ColumnElement[bool]:
    """The category with everything below it."""
    return Product.category_id.in_(subtree_ids(reader.lookups.product_categories, parse_id(text)))


def category_options(reader: Reader) -> list[tuple[str, str]]:
    items = PRODUCT["category_id"].type.offered(reader)  # type: ignore[attr-defined]
    return [("", reader.say(N_("All"))), *((str(item.id), item.full_name) for item in items)]


QUICK = Filter("q", N_("Quick search"), by_search_text(Product), caps_count=True)
CATEGORY = Filter("category", N_("Category"), in_category, "select", category_options)
KIND = fixed_filter("kind", N_("Product type"), Product.kind, KINDS)
STATE = fixed_filter("state", N_("Status"), Product.state, STATES)

BULK = (
    BulkAction(
        "stop",
        N_("Stop selling"),
        policy.permission_for(PRODUCT, policy.CHANGE),
        stop_product,
        N_("Stop selling %(count)s products? New documents will no longer offer them."),
        N_("%(count)s products are no longer sold."),
        policy_action=STOP,
    ),
    BulkAction(
        "resume",
        N_("Resume selling"),
        policy.permission_for(PRODUCT, policy.CHANGE),
        resume_product,
        N_("Sell %(count)s products again?"),
        N_("%(count)s products are on sale again."),
        policy_action=RESUME,
    ),
    BulkAction(
        "delete",
        N_("Delete"),
        policy.permission_for(PRODUCT, policy.DELETE),
        delete_record,
        N_("Delete %(count)s products? Those used in quotes or orders are kept."),
        N_("%(count)s products deleted."),
        policy_action=policy.DELETE,
        danger=True,
        side_effects=count_deleted_with,
    ),
)

PRODUCTS = listed(
    Table(
        key="products",
        title=N_("Products"),
        model=Product,
        permission=PRODUCT.permission("view"),
        rows=product_rows,
        columns=(
            column(PRODUCT["name"], Product.name, (Product.pinyin,)),
            declared("code", sorted_=True),
            declared("category_id"),
            declared("specification"),
            declared("unit_id"),
            declared("price", sorted_=True),
            declared("cost", sorted_=True),
            declared("state", render=state_cell(ProductState)),
        ),
        more=(
            declared("kind"),
            declared("floor_price", sorted_=True),
            declared("pinyin"),
            declared("notes", render=long_cell),
            declared("created_at", sorted_=True),
            declared("updated_at", sorted_=True),
            declared("created_by_id"),
        ),
        filters=(QUICK, CATEGORY, KIND, STATE),
        default_sort="name",
        tie=(Product.pinyin, Product.id),
        endpoint="products.index",
        row_endpoint="products.show",
        depends=("products", "product_categories"),
        export_permission=PRODUCT.permission("export"),
        export_endpoint="products.export",
        bulk=(*BULK, merging(PRODUCT)),
        bulk_endpoint="products.bulk",
        empty_text=N_("Your goods and services will appear here. Add the first one, or import a list."),
        event="products-changed",
        own_fields=True,
    )
)
