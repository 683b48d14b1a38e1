"""A list as a page shows it: what `crm.entities.listing` declares, with addresses, cells in HTML, buttons, words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from markupsafe import Markup, escape

from crm.entities.entity import Field
from crm.entities.listing import LISTINGS, TAB, Filter, LinkedModel, Listing, Reader
from crm.entities.listing.declaration import Column as ListingColumn


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
        return escape(self.text(values, reader))


def column(
    field: Field, expression: Any = None, sort: tuple[Any, ...] | None = None, label: str = "", **more: Any
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
        **more,
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


TABLES = cast("dict[str, Table]", LISTINGS)
"""The lists by key, for the addresses that serve all of them."""


def listed(table: Table) -> Table:
    """Make the list known to the addresses that serve all lists."""
    TABLES[table.key] = table
    return table


__all__ = ["TAB", "TABLES", "Column", "Filter", "LinkedModel", "Table", "column", "listed"]
