"""The declaration of a list: its rows, columns, filters and rights; nothing about its rendering (C-5)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Select

from crm.entities.linked_records import link_condition
from crm.entities.listing.parameters import ParameterSource
from crm.entities.listing.reader import Reader
from crm.fields import Choice, FieldType, FixedChoice, YesNo
from crm.models import Rights, Scope
from crm.models.permissions import Right

TAB = "tab"
_WORDED = (YesNo, FixedChoice)


@dataclass(frozen=True)
class Column:
    """One column. `expressions` are what it selects; a cell's value is made from them.

    `sort` are the columns that order the list by it; what is chosen from a list needs none, and follows its order.
    `type` makes the cell of an export.
    """

    key: str
    label: str
    expressions: tuple[Any, ...]
    type: FieldType
    sort: tuple[Any, ...] = ()
    is_reversed: bool = False
    """Whether its values rise where those that it is sorted by fall: days since a day."""
    numeric: bool = False
    exported: bool = True
    make_value: Callable[..., Any] | None = None
    """The value of the cell, made of the reader and the selected values, where it is not the first of them."""
    comparison: Any = None
    """What a condition of the advanced search compares, where it is not the first expression."""
    comparison_now: Callable[[Reader], Any] | None = None
    """The same, made of the reader: what depends on the day."""
    any_row: Callable[[ColumnElement[bool]], ColumnElement[bool]] | None = None
    """Where the value is one of several rows (the lines of an order): the records with a row that fits. `asked` are
    then the columns of such a row."""
    permission: Right | None = None
    """Who lacks it neither sees the column nor can search, sort or export by it."""
    total: bool = False
    """Whether the sum of the first expression over everything that was found stands below the column."""
    names_owner: bool = False
    """Whether it names whose the record is: who sees their own records alone reads their own name in every row, so it
    stands there only where they chose it."""
    acts: bool = False
    """Whether it holds what can be done with the row: the last column of its list, which stays in sight."""

    @property
    def is_sorted_by_choices(self) -> bool:
        """Whether the list can be sorted by it in the order of its choices."""
        return isinstance(self.type, Choice | FixedChoice | YesNo) and len(self.expressions) == 1

    @property
    def is_walked_by_choices(self) -> bool:
        """Whether a page in that order is found choice by choice: of a column of the record itself."""
        return self.is_sorted_by_choices and hasattr(self.expressions[0], "class_")

    @property
    def sortable(self) -> bool:
        return bool(self.sort) or self.is_sorted_by_choices

    @property
    def comparable(self) -> bool:
        """Whether a condition can be asked of it: it stands for something that the database holds."""
        return self.make_value is None or self.comparison is not None or self.comparison_now is not None

    def comparison_for(self, reader: Reader) -> Any:
        """What a condition compares."""
        if self.comparison_now is not None:
            return self.comparison_now(reader)
        return self.expressions[0] if self.comparison is None else self.comparison

    def text(self, values: tuple[Any, ...], reader: Reader) -> str:
        """The value in words, as an email shows it. Words that the program itself knows are message ids."""
        value = values[0] if self.make_value is None else self.make_value(reader, *values)
        text = self.type.show(value, reader)
        return reader.say(text) if text and isinstance(self.type, _WORDED) else text

    def cell(self, values: tuple[Any, ...], reader: Reader) -> Any:
        """The value as a cell of a workbook."""
        value = values[0] if self.make_value is None else self.make_value(reader, *values)
        cell = self.type.cell(value, reader)
        return reader.say(cell) if cell and isinstance(self.type, _WORDED) else cell


@dataclass(frozen=True)
class Filter:
    """One condition of the quick search. `condition` gets the reader and the typed text, or (from, to) for a period.

    `kind`: text, select, period, or tab: chosen by the tabs above the list and kept by the search.
    """

    name: str
    label: str
    condition: Callable[[Reader, Any], ColumnElement[bool] | None]
    kind: str = "text"
    options: Callable[[Reader], list[tuple[str, str]]] | None = None
    caps_count: bool = False
    needs_scan: bool = False
    """Whether every row's text has to be looked at."""
    names_owner: bool = False
    """Whether it asks whose the record is, which who sees their own records alone need not be asked."""
    name_of: Callable[[Reader, str], str] | None = None
    """What a value is called that is not offered any more and still stands in an address."""

    def options_with(self, reader: Reader, value: str) -> list[tuple[str, str]]:
        """What is offered, and the value that is asked for."""
        options = self.options(reader) if self.options else []
        if not value or self.name_of is None or value in dict(options):
            return options
        name = self.name_of(reader, value)
        return [*options, (value, name)] if name else options

    @property
    def names(self) -> tuple[str, ...]:
        """The parts of an address that hold what was typed."""
        return (f"{self.name}_from", f"{self.name}_to") if self.kind == "period" else (self.name,)


@dataclass(frozen=True)
class LinkedModel:
    """Another record that the rows name (the contact of an order): joined as far as the reader may see it."""

    model: Any
    on: ColumnElement[bool]
    salesperson: Any = None
    """The column of who knows the contact of their own document."""
    visibility: Callable[[Rights], ColumnElement[bool]] | None = None
    """What the reader may see of it, in a list that does not join the customer."""

    def join_condition(self, rights: Rights) -> ColumnElement[bool]:
        if self.visibility is not None:
            return self.on & self.visibility(rights)
        return link_condition(self.model, self.on, rights, self.salesperson)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list of one kind of record. `rows` gives the visible ids' select; further joins by `joins`."""

    key: str
    title: str
    model: Any
    permission: Right
    rows: Callable[[Rights], Select[Any]]
    columns: tuple[Any, ...]
    filters: tuple[Filter, ...]
    default_sort: str
    depends: tuple[str, ...]
    """Tables whose changes make a kept count stale."""
    counted: Callable[[Rights, Mapping[str, Any]], Select[Any]] | None = None
    """Selects how many of `rows` there are and what columns add up to, where there is a shorter way than `rows`."""
    joins: Callable[[Select[Any]], Select[Any]] | None = None
    links: tuple[LinkedModel, ...] = ()
    """Records whose names are columns, in a list whose `joins` join the customer."""
    default_descending: bool = False
    tie: tuple[Any, ...] = ()
    more: tuple[Any, ...] = ()
    """Columns that a person can choose, search and export beyond those shown at first."""
    export_permission: Right | None = None
    """Who may export all of it as a workbook; nobody where it is None."""
    lines: Any = None
    """Of a list of documents where their lines are (`LinesOf`): the workbook has them as a second sheet."""
    advanced: bool = True
    """Whether the list offers 高級搜索, kept searches and a choice of columns (a tab of a file does not)."""

    prepare: Callable[[Any, Sequence[Any]], None] | None = None
    """Reads for many rows at once what their cells need and no join brings: (query, rows)."""

    shaped: Callable[[Self, Reader], Self] | None = None
    """Gives the list as a policy of the firm wants it now; declared is what it may always show."""

    def with_joins(self, statement: Select[Any], rights: Rights) -> Select[Any]:
        """With everything joined that the columns select."""
        statement = self.joins(statement) if self.joins else statement
        return self.with_links(statement, rights, {link.model for link in self.links})

    def with_links(self, statement: Select[Any], rights: Rights, models: Collection[Any]) -> Select[Any]:
        """With those of the linked records joined."""
        for link in self.links:
            if link.model in models:
                statement = statement.outerjoin(link.model, link.join_condition(rights))
        return statement

    def shaped_for(self, reader: Reader) -> Self:
        return self.shaped(self, reader) if self.shaped else self

    def available_columns(self, rights: Rights) -> tuple[Any, ...]:
        """All columns that this person may see, those shown at first before the others."""
        return permitted_columns((*self.columns, *self.more), rights)

    def usual_columns(self, rights: Rights, for_file: bool = False) -> tuple[Any, ...]:
        """What is shown where the person chose nothing; a file names the owner in any case."""
        columns = permitted_columns(self.columns, rights)
        if for_file or not self.shows_own_alone(rights):
            return columns
        return tuple(c for c in columns if not c.names_owner)

    def shows_own_alone(self, rights: Rights) -> bool:
        """Whether all its rows are the person's own."""
        return rights.scope(self.permission) is Scope.OWN

    def column(self, key: str, rights: Rights) -> Any:
        return next((c for c in self.available_columns(rights) if c.key == key), None)


def permitted_columns(columns: tuple[Any, ...], rights: Rights) -> tuple[Any, ...]:
    """Those that this person may see."""
    return tuple(c for c in columns if c.permission is None or rights.may(c.permission))


LISTINGS: dict[str, Any] = {}
"""The lists by key, for all that speaks of every list."""


MAKERS: dict[str, Callable[[str, Reader, ParameterSource], Any]] = {}
"""Lists that are made for one question (the records behind a figure), by the first part of their key."""


def listing_for(key: str, reader: Reader, typed: ParameterSource) -> Any:
    """A declared list, or `maker:what`, made anew from what was asked. Raises DomainError for a question without."""
    maker, _colon, argument = key.partition(":")
    return MAKERS[maker](argument, reader, typed) if argument else LISTINGS[key]
