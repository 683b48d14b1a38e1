"""What a list is: its rows, columns, filters and rights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Select

from crm.domain.linked import link
from crm.entities.entity import Field
from crm.fields.types import Context, FieldType, FixedChoice, YesNo
from crm.models import Permission, Rights
from crm.web.access import may, rights

SIZES = (20, 50, 100)
TAB = "tab"
_WORDED = (YesNo, FixedChoice)


@dataclass(frozen=True)
class Column:
    """One column. `expressions` are what it selects; `show` makes the cell from them.

    `sort` are the columns that order the list by it; without them the heading is no link.
    `type` makes the cell of an export.
    """

    key: str
    label: str
    expressions: tuple[Any, ...]
    type: FieldType
    sort: tuple[Any, ...] = ()
    numeric: bool = False
    render: Callable[..., str | Markup] | None = None
    exported: bool = True
    worth: Callable[..., Any] | None = None
    """The value of the cell, made from the selected values, where it is not the first of them."""
    aside: Callable[..., str | Markup] | None = None
    """What stands beside the link of the first column, outside of it."""
    asked: Any = None
    """What a condition of the advanced search compares, where it is not the first expression."""
    permission: Permission | None = None
    """Who lacks it neither sees the column nor can search, sort or export by it."""
    total: bool = False
    """Whether the sum of the first expression over everything that was found stands below the column."""

    def show(self, values: tuple[Any, ...], context: Context) -> str | Markup:
        if self.render is not None:
            return self.render(context, *values)
        value = values[0] if self.worth is None else self.worth(context, *values)
        text = self.type.show(value, context)
        return escape(self._said(text) if text else "")

    def cell(self, values: tuple[Any, ...], context: Context) -> Any:
        value = values[0] if self.worth is None else self.worth(context, *values)
        return self._said(self.type.cell(value, context))

    def _said(self, text: Any) -> Any:
        """Words that the program itself knows are message ids."""
        return _(text) if text and isinstance(self.type, _WORDED) else text


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


@dataclass(frozen=True)
class Filter:
    """One condition of the quick search. `condition` gets the typed text, or (from, to) for a period.

    `kind`: text, select, period, or tab: chosen by the tabs above the list (`list_tabs`) and kept by the search.
    `options` are asked for each page.
    """

    name: str
    label: str
    condition: Callable[[Any], ColumnElement[bool] | None]
    kind: str = "text"
    options: Callable[[], list[tuple[str, str]]] | None = None
    capped: bool = False


@dataclass(frozen=True)
class Link:
    """Another record that the rows name (the contact of an order): joined as far as the reader may see it."""

    model: Any
    on: ColumnElement[bool]
    salesperson: Any = None
    """The column of who knows the contact of their own document."""


@dataclass(frozen=True)
class Table:
    """A list of one kind of record. `rows` gives the visible ids' select; further joins by `joins`."""

    key: str
    title: str
    model: Any
    permission: Permission
    rows: Callable[[Rights], Select[Any]]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    default_sort: str
    endpoint: str
    depends: tuple[str, ...]
    """Tables whose changes make a kept count stale."""
    joins: Callable[[Select[Any]], Select[Any]] | None = None
    links: tuple[Link, ...] = ()
    """Records whose names are columns, in a list whose `joins` join the customer."""
    row_endpoint: str = ""
    default_descending: bool = False
    tie: tuple[Any, ...] = ()
    export_permission: Permission | None = None
    export_endpoint: str = ""
    bulk: tuple[Any, ...] = ()
    bulk_endpoint: str = ""
    empty_text: str = ""
    help: str = ""
    """What the list is for, in a sentence under its heading."""
    event: str = ""
    more: tuple[Column, ...] = ()
    """Columns that a person can choose, search and export beyond those shown at first."""
    advanced: bool = True
    """Whether the list offers 高級搜索, kept searches and a choice of columns (a tab of a file does not)."""

    shaped: Callable[["Table"], "Table"] | None = None
    """Gives the list as a policy of the firm wants it now; declared is what it may always show."""

    def joined(self, wanted: Select[Any]) -> Select[Any]:
        """With everything joined that the columns select."""
        wanted = self.joins(wanted) if self.joins else wanted
        for one in self.links:
            wanted = wanted.outerjoin(one.model, link(one.model, one.on, rights(), one.salesperson))
        return wanted

    def as_shaped(self) -> "Table":
        return self.shaped(self) if self.shaped else self

    def offered(self) -> tuple[Column, ...]:
        """All columns that this person may see, those shown at first before the others."""
        return allowed((*self.columns, *self.more))

    def column(self, key: str) -> Column | None:
        return next((c for c in self.offered() if c.key == key), None)


def allowed(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Those that this person may see."""
    return tuple(c for c in columns if c.permission is None or may(c.permission))


TABLES: dict[str, Table] = {}
"""The lists by key, for the addresses that serve all of them."""


def listed(table: Table) -> Table:
    """Make the list known to the addresses that serve all lists."""
    TABLES[table.key] = table
    return table
