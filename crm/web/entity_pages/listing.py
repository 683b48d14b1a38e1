"""The list of a declared kind, made from its fields."""

from functools import cache
from typing import Any

from crm.entities.entity import Entity, Field
from crm.entities.listing.customer_filters import customer_filter
from crm.entities.listing.filters import by_search_text, choice_filter, contains_text, in_days, in_period
from crm.fields import Choice, Day, LongText, MomentType, Phone, Reference
from crm.i18n import N_
from crm.web.table import Column, Filter, Table, column
from crm.web.table.cells import customer_column, phone_column
from crm.web.table.declaration import long_cell
from crm.web.table.kinds import deleting, tab_of_customer, table_of_kind


@cache
def table_of(kind: Entity) -> Table:
    """The list with search, advanced search, choice of columns, export and deleting of several."""
    of_customer = kind.parent("customers") is not None
    shown = [_column(kind, kind[key]) for key in kind.columns or tuple(f.key for f in kind)[:6]]
    keys = {col.key for col in shown}
    more_columns = [_column(kind, field) for field in kind if field.key not in keys and not _is_customer(field)]
    if of_customer:
        shown = [col for col in shown if col.key != "customer_id"]
        shown.insert(1, customer_column(kind["customer_id"].label))
    model = kind.model
    order = model.pinyin if hasattr(model, "pinyin") else kind.named_column()
    return table_of_kind(
        kind,
        columns=tuple(shown),
        more=tuple(more_columns),
        filters=tuple(_filters(kind, of_customer)),
        default_sort=shown[0].key,
        tie=(order, model.id),
        bulk=(
            deleting(
                kind,
                N_("Delete %(count)s records with everything that belongs to them?"),
                N_("%(count)s records deleted."),
            ),
        ),
        empty_text=N_("Nothing here yet. Add the first one."),
    )


@cache
def table_of_customer(kind: Entity) -> Table:
    """The same as the tab of a customer."""
    return tab_of_customer(table_of(kind), bulk=())


def _is_customer(field: Field) -> bool:
    return isinstance(field.type, Reference) and field.type.target == "customers"


def _column(kind: Entity, field: Field) -> Column:
    expression = getattr(kind.model, field.attr)
    if field.key == kind.named and hasattr(kind.model, "pinyin"):
        return column(field, expression, (kind.model.pinyin,))
    if isinstance(field.type, LongText):
        return column(field, expression, (), render=long_cell)
    if isinstance(field.type, Phone):
        return phone_column(field, expression)
    return column(field, expression)


def _filters(kind: Entity, of_customer: bool) -> list[Filter]:
    model = kind.model
    filters: list[Filter] = []
    if kind.searched is not None:
        filters.append(Filter("q", N_("Quick search"), by_search_text(model), caps_count=True))
    else:
        filters.append(Filter("q", N_("Quick search"), contains_text(kind.named_column()), caps_count=True))
    if of_customer:
        filters.append(customer_filter())
    for field in (kind[key] for key in kind.columns):
        expression = getattr(model, field.attr)
        if isinstance(field.type, Choice):
            filters.append(_choice(field, field.type, expression))
        elif isinstance(field.type, Day):
            filters.append(Filter(field.key, field.label, in_days(expression), "period"))
        elif isinstance(field.type, MomentType):
            filters.append(Filter(field.key, field.label, in_period(expression), "period"))
    return filters


def _choice(field: Field, kind: Choice, expression: Any) -> Filter:
    return choice_filter(field.key, field.label, expression, kind.choices)
