"""The 分類項目 and conditions of all reports, declared once (X-2)."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, select, type_coerce

from crm.domain.reports.declaration import Dimension, Options
from crm.domain.reports.own_columns import own_fields_of
from crm.entities.listing import Reader
from crm.entities.listing.filters import name_of_person
from crm.entities.search_index import matches_search
from crm.errors import DomainError
from crm.fields import Choice, Day, FieldType, SeveralChoices, YesNo
from crm.fields.choices import Choices
from crm.i18n import N_, OwnText
from crm.models import Customer, Product, ProductCategory
from crm.models.custom_values import written
from crm.models.rights import units_below
from crm.models.table_versions import get_or_compute
from crm.text import half_width

MAX_KEPT = 100
"""So many names are kept with a page that is looked at again."""
Names = Callable[[Reader, Collection[Any]], Mapping[Any, str]]


def chosen(key: str, label: str, choices: Callable[[Reader], Choices], **options_of_dimension: Any) -> Dimension:
    """Over the items of a drop-down; retired ones too, since old records still have them."""

    def names(reader: Reader, keys: Collection[Any]) -> dict[Any, str]:
        known = choices(reader)
        return {key: known.full_name(key) for key in keys}

    def options(reader: Reader) -> Options:
        return [(str(item.id), name_of_person(item, reader)) for item in choices(reader).items]

    return Dimension(key=key, label=label, **{"names": names, "options": options, **options_of_dimension})


def dictionary(key: str, label: str, name: str) -> Dimension:
    return chosen(key, label, lambda reader: reader.lookups.dictionary(name))


def names_in(model: Any) -> Names:
    """Read for the values that occur, deleted ones too; items of the same name are told apart by their codes."""
    code = model.code

    def read(reader: Reader, keys: Collection[Any]) -> dict[Any, str]:
        statement = select(model.id, model.name, code).where(model.id.in_(keys))
        rows = reader.session.execute(statement).all() if keys else []
        often = Counter(row.name for row in rows)
        return {row.id: f"{row.name} {row.code}" if row.code and often[row.name] > 1 else row.name for row in rows}

    def names(reader: Reader, keys: Collection[Any]) -> dict[Any, str]:
        if len(keys) > MAX_KEPT:
            return read(reader, keys)
        key = ("names", model.__tablename__, *sorted(keys))
        known: dict[Any, str] = get_or_compute(key, (model.__tablename__,), lambda: read(reader, keys))
        return known

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
        below=units_below,
    ),
    chosen("owner", N_("Sales staff"), lambda reader: reader.lookups.people),
    Dimension(
        key="customer", label=N_("Customer"), names=names_in(Customer), text_condition=typed(Customer), many=True
    ),
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
    Dimension(key="product", label=N_("Product"), names=names_in(Product), text_condition=typed(Product), many=True),
    Dimension(key="month", label=N_("Month"), names=month_names, in_order=True),
)
DIMENSIONS: dict[str, Dimension] = {dimension.key: dimension for dimension in _ALL}


def own_dimensions(reader: Reader, kinds: Collection[str]) -> dict[str, Dimension]:
    """Those of the fields that the firm added to these kinds of record, for whoever may see them (D-2)."""
    dimensions = {}
    for kind, field in own_fields_of(reader.session, kinds):
        if field.permission is None or reader.rights.may(field.permission):
            label = field.label if field.editable else f"{field.label} ({reader.say(N_('Retired'))})"
            if isinstance(field.type, Day):
                label = f"{label} ({reader.say(N_('Month'))})"
            prefix = "" if kind.key == "customers" else f"{reader.say(kind.label)}{reader.say(N_(': '))}"
            dimensions[field.key] = _own_dimension(field.key, OwnText(f"{prefix}{label}"), field.type)
    return dimensions


def _own_dimension(key: str, label: str, type_: FieldType) -> Dimension:
    if isinstance(type_, Choice):
        return chosen(key, label, type_.choices)
    if isinstance(type_, SeveralChoices):
        return chosen(key, label, type_.choices, value_condition=_is_among)
    if isinstance(type_, YesNo):
        return Dimension(key=key, label=label, names=_yes_no_names, options=_yes_no, read=lambda text: text == "1")
    return Dimension(key=key, label=label, names=month_names, in_order=True, read=read_month)


def _is_among(column: Any, item_id: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = type_coerce(column, String).contains(written((item_id,)))
    return condition


def _yes_no_names(reader: Reader, keys: Collection[Any]) -> dict[Any, str]:
    return {key: reader.say(N_("Yes") if key else N_("No")) for key in keys}


def _yes_no(reader: Reader) -> Options:
    return [("1", reader.say(N_("Yes"))), ("0", reader.say(N_("No")))]


_MONTH = re.compile(r"(\d{4})[-/.年]?(\d{1,2})月?")


def read_month(text: str) -> int:
    """202611 for 2026-11, 2026/11, 2026年11月. Raises DomainError."""
    match = _MONTH.fullmatch(half_width(text).strip())
    if match is None or not 1 <= int(match[2]) <= 12:
        raise DomainError(N_("Please enter a month, such as 2026-11."))
    return int(match[1]) * 100 + int(match[2])


def declare(dimension: Dimension) -> Dimension:
    """Make one known that a single report has."""
    DIMENSIONS[dimension.key] = dimension
    return dimension


OF_CUSTOMER = tuple("level source category status industry nature size region province city".split())
"""Those that are the customer's own."""
COMMON = tuple("unit owner customer region province city category level source industry status".split())
"""The conditions that every report offers (X-2)."""
OF_PRODUCT = ("product_category", "product")
