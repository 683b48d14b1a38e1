"""The 分類項目 and conditions of all reports, declared once (X-2)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, select

from crm.domain.reports.declaration import Dimension, Options
from crm.entities.listing import Reader
from crm.entities.search_index import matches_search
from crm.fields.choices import Choices
from crm.i18n import N_
from crm.models import Customer, OrgUnit, Product, ProductCategory
from crm.models.rights import units_below

Names = Callable[[Reader, Collection[Any]], Mapping[Any, str]]


def chosen(key: str, label: str, choices: Callable[[Reader], Choices], **more: Any) -> Dimension:
    """Over the items of a drop-down; retired ones too, since old records still have them."""

    def names(reader: Reader, keys: Collection[Any]) -> dict[Any, str]:
        known = choices(reader)
        return {key: known.name(key) for key in keys}

    def options(reader: Reader) -> Options:
        return [(str(item.id), item.name) for item in choices(reader).items]

    return Dimension(key=key, label=label, **{"names": names, "options": options, **more})


def dictionary(key: str, label: str, name: str) -> Dimension:
    return chosen(key, label, lambda reader: reader.lookups.dictionary(name))


def names_in(model: Any) -> Names:
    """Read for the values that occur, deleted ones too."""

    def names(reader: Reader, keys: Collection[Any]) -> dict[Any, str]:
        wanted = select(model.id, model.name).where(model.id.in_(keys))
        return {row.id: row.name for row in reader.session.execute(wanted)} if keys else {}

    return names


def typed(model: Any) -> Callable[[Reader, str], ColumnElement[bool]]:
    return lambda reader, text: matches_search(reader.session, model, text)


def categories_below(category_id: int) -> Any:
    """The category and all under it."""
    tree = select(ProductCategory.id).where(ProductCategory.id == category_id).cte(recursive=True)
    tree = tree.union(select(ProductCategory.id).join(tree, ProductCategory.parent_id == tree.c.id))
    return select(tree.c.id)


def month_names(reader: Reader, keys: Collection[Any]) -> dict[Any, str]:
    """202611 is 2026-11."""
    return {key: f"{key // 100}-{key % 100:02d}" for key in keys}


_ALL = (
    chosen(
        "unit",
        N_("Sales department"),
        lambda reader: reader.lookups.units,
        names=names_in(OrgUnit),
        below=units_below,
    ),
    chosen("owner", N_("Sales staff"), lambda reader: reader.lookups.people),
    Dimension(key="customer", label=N_("Customer"), names=names_in(Customer), found=typed(Customer), many=True),
    dictionary("region", N_("Region"), "region"),
    chosen("province", N_("Province"), lambda reader: reader.lookups.provinces),
    chosen("city", N_("City"), lambda reader: reader.lookups.cities),
    dictionary("category", N_("Customer category"), "customer_category"),
    chosen("level", N_("Customer level"), lambda reader: reader.lookups.levels),
    dictionary("source", N_("Customer source"), "customer_source"),
    dictionary("industry", N_("Industry"), "industry"),
    dictionary("status", N_("Customer status"), "customer_status"),
    dictionary("nature", N_("Company type"), "enterprise_nature"),
    dictionary("size", N_("Size"), "enterprise_size"),
    chosen(
        "product_category",
        N_("Product category"),
        lambda reader: reader.lookups.product_categories,
        names=names_in(ProductCategory),
        below=categories_below,
    ),
    Dimension(key="product", label=N_("Product"), names=names_in(Product), found=typed(Product), many=True),
    Dimension(key="month", label=N_("Month"), names=month_names, in_order=True),
)
DIMENSIONS: dict[str, Dimension] = {dimension.key: dimension for dimension in _ALL}


def declare(dimension: Dimension) -> Dimension:
    """Make one known that a single report has."""
    DIMENSIONS[dimension.key] = dimension
    return dimension


OF_CUSTOMER = tuple("level source category status industry nature size region province city".split())
"""Those that are the customer's own."""
COMMON = tuple("unit owner customer region province city category level source industry status".split())
"""The conditions that every report offers (X-2)."""
OF_PRODUCT = ("product_category", "product")
