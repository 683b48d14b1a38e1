"""A list as a page shows it (C-5): what `crm.entities.listing` declares, with addresses, HTML cells, buttons, words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self, cast

from markupsafe import Markup, escape

from crm.entities import policy
from crm.entities.custom_fields import all_custom_fields
from crm.entities.entity import Field
from crm.entities.listing import LISTINGS, TAB, Filter, LinkedModel, Listing, Reader
from crm.entities.listing.declaration import Column as ListingColumn
from crm.entities.registry import entity_of
from crm.fields import Amount, Choice, Day, FixedChoice, LongText, MomentType, Phone, YesNo
from crm.i18n import N_
from crm.models.bounded_cache import LRUCache


@dataclass(frozen=True)
class Column(ListingColumn):
    """One column with its look. Without columns to sort by, the heading is no link."""

    render: Callable[..., str | Markup] | None = None
    """The cell, made of the reader and the selected values, where it is not the value in words."""
    aside: Callable[..., str | Markup] | None = None
    """What stands beside the link of the first column, outside of it."""

    def show(self, values: tuple[Any, ...], reader: Reader) -> str | Markup:
        if self.render is not None:
            return self.render(reader, *values)
        if isinstance(self.type, MomentType) and self.make_value is None:
            return short_moment(reader, values[0])
        return escape(self.text(values, reader))


def column(
    field: Field, expression: Any = None, sort: tuple[Any, ...] | None = None, label: str = "", **options: Any
) -> Column:
    """The column of a declared field; it sorts by its own value unless said otherwise."""
    expressions = expression if isinstance(expression, tuple) else (expression,)
    return Column(
        key=field.key,
        label=label or field.label,
        expressions=expressions,
        type=field.type,
        sort=(expressions[0],) if sort is None else sort,
        numeric=field.type.numeric,
        permission=field.permission,
        **options,
    )


@dataclass(frozen=True, kw_only=True)
class Table(Listing):
    """A list with its pages: where it stands, where its rows lead, what can be done with those ticked."""

    endpoint: str
    row_endpoint: str = ""
    export_endpoint: str = ""
    bulk: tuple[Any, ...] = ()
    bulk_endpoint: str = ""
    empty_text: str = ""
    help: str = ""
    """What the list is for, in a sentence under its heading."""
    event: str = ""
    own_fields: bool = False
    """Whether it has columns for the fields that the firm added to the kind of record."""
    card: tuple[str, ...] = ()
    """The keys of the columns that a row shows on a telephone; chosen by their types where none are given."""

    def shaped_for(self, reader: Reader) -> Self:
        shaped = super().shaped_for(reader)
        own = custom_columns(self.model, reader) if self.own_fields else ()
        return replace(shaped, more=(*shaped.more, *own)) if own else shaped

    def card_keys(self, columns: Sequence[Any]) -> frozenset[str]:
        """Which of the columns that are shown make up the card of a row on a telephone."""
        keys = {columns[0].key, *(col.key for col in columns if col.acts)}
        if self.card:
            return frozenset(keys | {*self.card})
        for suits in _ON_A_CARD:
            column = next((col for col in columns if col.key not in keys and suits(col)), None)
            keys |= {column.key} if column is not None else set()
        return frozenset(keys)


_ON_A_CARD: tuple[Callable[[Any], bool], ...] = (
    lambda col: bool(col.key == "customer"),
    lambda col: isinstance(col.type, FixedChoice) or col.type.kind == "level",
    lambda col: isinstance(col.type, Phone),
    lambda col: isinstance(col.type, Amount),
    lambda col: isinstance(col.type, Day | MomentType),
)
"""Of whom it is, how it stands, how to call, what it is worth, when: the first column of each."""


def short_moment(reader: Reader, moment: datetime | None) -> str:
    """A time of this year without the year: lists hold many of them, and the screen is narrow."""
    text = MomentType().show(moment, reader)
    return text[5:] if text[:4] == str(reader.today.year) else text


def custom_columns(model: Any, reader: Reader) -> tuple[Column, ...]:
    """Columns to choose of the fields that the firm added, for whoever sees such records; a retired one keeps its
    column."""
    kind = entity_of(model)
    if not policy.may(reader.rights, kind, policy.VIEW):
        return ()
    fields = all_custom_fields(reader.session, kind)
    made = _made.get((kind.key, reader.language))
    if made is None or made[0] is not fields:  # each list asks for them, and most shows none
        made = (fields, tuple(_custom(field, model, reader) for field in fields))
        _made.put((kind.key, reader.language), made, len(fields))
    columns: tuple[Column, ...] = made[1]
    return columns


_made = LRUCache(1000)
"""Kind and language → its fields, and their columns; it weighs the number of columns."""


def _custom(field: Field, model: Any, reader: Reader) -> Column:
    expression = field.column_of(model)
    label = field.label if field.editable else reader.say(N_("%(field)s (retired)")) % {"field": field.label}
    by_choices = isinstance(field.type, Choice | YesNo)
    sort = (expression,) if expression.indexed and not by_choices else ()
    return column(field, expression, sort, label, render=long_cell if isinstance(field.type, LongText) else None)


def long_cell(reader: Reader, text: str | None) -> Markup | str:
    """The beginning of a long text; the whole as a tip."""
    if not text:
        return ""
    line = " ".join(text.split())
    if len(line) <= 40:
        return escape(line)
    return Markup(f'<span title="{escape(line[:500])}">{escape(line[:39])}…</span>')


TABLES = cast("dict[str, Table]", LISTINGS)
"""The lists by key, for the addresses that serve all of them."""


def listed(table: Table) -> Table:
    """Make the list known to the addresses that serve all lists."""
    TABLES[table.key] = table
    return table


__all__ = ["TAB", "TABLES", "Column", "Filter", "LinkedModel", "Table", "column", "listed", "long_cell", "short_moment"]
