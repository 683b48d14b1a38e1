"""The list of a declared kind, made from its fields."""

from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Select

from crm.domain.along import deleted_along
from crm.domain.deleting import delete_record
from crm.entities import policy
from crm.entities.entity import Entity, Field
from crm.entities.listing.customers import customer_filter
from crm.entities.listing.filters import choice_filter, found_in, in_days, in_period, part_of
from crm.fields.types import Choice, Day, LongText, MomentType, Phone, Reference
from crm.i18n import N_
from crm.models import Customer, Rights
from crm.web.table import BulkAction, Column, Filter, Table, column
from crm.web.table.cells import customer_column, long_cell, phone_cell


@cache
def table_of(kind: Entity) -> Table:
    """The list with search, advanced search, choice of columns, export and deleting of several."""
    of_customer = kind.parent("customers") is not None
    shown = [_column(kind, kind[key]) for key in kind.columns or tuple(f.key for f in kind)[:6]]
    keys = {col.key for col in shown}
    more = [_column(kind, field) for field in kind if field.key not in keys and not _is_customer(field)]
    if of_customer:
        shown = [col for col in shown if col.key != "customer_id"]
        shown.insert(1, customer_column(kind["customer_id"].label))
    model = kind.model
    order = model.pinyin if hasattr(model, "pinyin") else kind.named_column()
    return Table(
        key=kind.key,
        title=kind.plural,
        model=model,
        permission=kind.permission("view"),
        rows=lambda rights: _rows(kind, rights),
        joins=_with_customer(model) if of_customer else None,
        columns=tuple(shown),
        more=tuple(more),
        filters=tuple(_filters(kind, of_customer)),
        default_sort=shown[0].key,
        tie=(order, model.id),
        endpoint=f"{kind.key}.index",
        row_endpoint=f"{kind.key}.show",
        depends=(model.__tablename__, "customers", "users", "org_units"),
        export_permission=kind.permission("export") if "export" in kind.verbs else None,
        export_endpoint=f"{kind.key}.export" if "export" in kind.verbs else "",
        bulk=(
            BulkAction(
                "delete",
                N_("Delete"),
                kind.permission("save"),
                delete_record,
                N_("Do you want to delete these records with everything that belongs to them? (%(count)s)"),
                N_("%(count)s records deleted."),
                does=policy.DELETE,
                danger=True,
                along=deleted_along,
            ),
        ),
        bulk_endpoint=f"{kind.key}.bulk",
        empty_text=N_("Nothing stands here yet. Make the first one."),
        event=kind.event,
    )


@cache
def table_of_customer(kind: Entity) -> Table:
    """The same as the tab of a customer."""
    whole = table_of(kind)
    return replace(
        whole,
        columns=tuple(col for col in whole.columns if col.key != "customer"),
        filters=(),
        more=(),
        advanced=False,
        bulk=(),
        endpoint=f"{kind.key}.of_customer",
        export_endpoint="",
    )


def _is_customer(field: Field) -> bool:
    return isinstance(field.type, Reference) and field.type.what == "customers"


def _rows(kind: Entity, rights: Rights) -> Select[Any]:
    return policy.reachable(kind, rights).with_only_columns(kind.model.id)


def _with_customer(model: Any) -> Any:
    return lambda wanted: wanted.join(Customer, Customer.id == model.customer_id)


def _column(kind: Entity, field: Field) -> Column:
    expression = getattr(kind.model, field.attr)
    if field.key == kind.named and hasattr(kind.model, "pinyin"):
        return column(field, expression, (kind.model.pinyin,))
    if isinstance(field.type, LongText):
        return column(field, expression, (), render=long_cell)
    if isinstance(field.type, Phone):
        return column(field, expression, (), render=phone_cell)
    return column(field, expression)


def _filters(kind: Entity, of_customer: bool) -> list[Filter]:
    model = kind.model
    found: list[Filter] = []
    if kind.searched is not None:
        found.append(Filter("q", N_("Quick search"), found_in(model), capped=True))
    else:
        found.append(Filter("q", N_("Quick search"), part_of(kind.named_column()), capped=True))
    if of_customer:
        found.append(customer_filter())
    for field in (kind[key] for key in kind.columns):
        expression = getattr(model, field.attr)
        if isinstance(field.type, Choice):
            found.append(_choice(field, field.type, expression))
        elif isinstance(field.type, Day):
            found.append(Filter(field.key, field.label, in_days(expression), "period"))
        elif isinstance(field.type, MomentType):
            found.append(Filter(field.key, field.label, in_period(expression), "period"))
    return found


def _choice(field: Field, kind: Choice, expression: Any) -> Filter:
    return choice_filter(field.key, field.label, expression, kind.choices)
