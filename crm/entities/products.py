"""The fields of a product category and of a product (G-1, G-2)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from crm.entities.document_fields import MADE
from crm.entities.entity import Entity, Field, FieldSet, SearchFields
from crm.fields import (
    Choice,
    Code,
    Context,
    DictionaryChoice,
    FixedChoice,
    Integer,
    LongText,
    MomentType,
    PriceType,
    Text,
)
from crm.fields.choices import Choices, Item
from crm.i18n import N_
from crm.models import Permission, Product, ProductCategory
from crm.models.products import GOODS, ON_SALE, SERVICE, ProductState

KINDS = FixedChoice(options=((GOODS, N_("Goods")), (SERVICE, N_("Service"))))
STATES = FixedChoice(options=ProductState.options())


@dataclass(frozen=True)
class CategoryChoice(Choice):
    """A branch of the tree of product categories."""

    def choices(self, context: Context) -> Choices:
        return context.lookups.product_categories

    def offered(self, context: Context, current: Any = None) -> Iterator[Item]:
        """Set in by how deep each one lies."""
        depth: dict[int | None, int] = {None: -1}
        for item in self.choices(context).items:
            depth[item.id] = depth.get(item.parent_id, -1) + 1
            yield replace(item, name="\u3000" * depth[item.id] + item.name)

    def show(self, value: Any, context: Context) -> str:
        return category_labels(self.choices(context)).get(value, "")


def category_labels(categories: Choices) -> dict[int, str]:
    """Each category's name; where two have the same, what they lie in stands beside it."""
    named = Counter(item.name for item in categories.items)
    labels = {}
    for item in categories.items:
        above = categories.name(item.parent_id) if named[item.name] > 1 else ""
        labels[item.id] = f"{item.name} ({above})" if above else item.name
    return labels


CATEGORY = FieldSet(
    "categories",
    N_("Product category"),
    ProductCategory,
    (
        Field("name", N_("Category name"), Text(100), required=True),
        Field("code", N_("Category code"), Code(), required=True),
        Field(
            "parent_id",
            N_("Parent category"),
            CategoryChoice(),
            help=N_("Leave empty to place it at the top of the tree."),
        ),
        Field(
            "position",
            N_("Position"),
            Integer(0, 9999),
            help=N_("Smaller numbers come first. Leave empty to place it last."),
        ),
    ),
)

BASICS, PRICES, OTHER = N_("Basic information"), N_("Prices"), N_("Other")

PRODUCT = Entity(
    "products",
    N_("Product"),
    Product,
    (
        Field("name", N_("Product name"), Text(200), required=True, group=BASICS),
        Field("code", N_("Product code"), Code(), group=BASICS, help=N_("Leave empty to number automatically.")),
        Field(
            "pinyin",
            N_("Pinyin code"),
            Text(60),
            group=BASICS,
            help=N_("Generated from the name; correct it if needed."),
        ),
        Field("category_id", N_("Category"), CategoryChoice(), group=BASICS),
        Field("kind", N_("Product type"), KINDS, required=True, group=BASICS),
        Field("specification", N_("Specification and model"), Text(200), group=BASICS),
        Field("unit_id", N_("Unit"), DictionaryChoice(dictionary="unit"), group=BASICS),
        Field("state", N_("Status"), STATES, required=True, group=BASICS),
        Field("price", N_("Selling price"), PriceType(), group=PRICES, help=N_("Per unit, up to four decimals.")),
        Field("cost", N_("Cost price"), PriceType(), group=PRICES, permission=Permission.PRODUCTS_COST),
        Field(
            "floor_price",
            N_("Lowest selling price"),
            PriceType(),
            group=PRICES,
            help=N_("Quotes and orders show a warning below this price."),
        ),
        Field("notes", N_("Notes"), LongText(), group=OTHER, wide=True),
        Field("updated_at", N_("Last changed"), MomentType(), editable=False, importable=False),
        *MADE,
    ),
    plural=N_("Products"),
    searched=SearchFields(numbers=("code", "specification")),
    numbered=True,
    offered=lambda: Product.state == ON_SALE,
    detail=("specification",),
)

FORM_KEYS = tuple(field.key for field in PRODUCT if field.editable)
