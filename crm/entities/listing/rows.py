"""What a search finds (C-5): how many, their sums, the rows with their values; two statements, however many rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Select, func, select

from crm.entities.listing.choice_order import (
    Counts,
    Group,
    begins_an_index,
    counts_by_choice,
    counts_until,
    first_rows,
    group_batches,
    groups_of,
    is_indexed,
    rank,
    skip_groups_before,
)
from crm.entities.listing.declaration import Listing
from crm.entities.listing.query import Query
from crm.entities.listing.without_join import without_join
from crm.models import Rights, Scope
from crm.models.table_versions import get_or_compute

COUNT_CAP = 1000
COUNT_SECONDS = 60
MAX_SCANNED_HITS = 5000
PREPARED = 200
"""Rows that are prepared at once; a page has fewer."""


@dataclass(frozen=True)
class Row:
    """A record's id, and for each chosen column what it selects."""

    id: int
    values: tuple[tuple[Any, ...], ...]


def visible_ids(query: Query[Any]) -> Select[Any]:
    """The ids the person may see and the search finds, without order."""
    if query.known_ids is not None:
        return _visible(query).where(query.table.model.id.in_(query.known_ids))
    return _visible(query).where(*query.conditions)


def _visible(query: Query[Any]) -> Select[Any]:
    rights = query.reader.rights
    visible: Select[Any] = query.table.with_links(query.table.rows(rights), rights, query.linked_models)
    return visible


def _countable(query: Query[Any], ids: Select[Any], columns: Sequence[Any] = ()) -> Select[Any]:
    """The same, for what looks at all of them: a number, a sum of these columns, an order that no index has."""
    return without_join(ids, query.table.model, columns)


def found_ids(query: Query[Any]) -> list[int]:
    """All of them, for who does something with everything that was found."""
    return list(query.reader.session.scalars(visible_ids(query)))


def count_up_to(query: Query[Any], limit: int | None = None) -> int:
    """How many are found now, counted up to there."""
    statement = select(func.count()).select_from(_countable(query, visible_ids(query)).limit(limit).subquery())
    return query.reader.session.scalar(statement) or 0


def in_order(query: Query[Any], statement: Select[Any]) -> Select[Any]:
    """In the chosen order; ties by the list's own, so that pages never overlap."""
    sort = query.sort_column
    if sort is not None and sort.is_sorted_by_choices:
        return statement.order_by(rank(sort, query.reader, query.descending), *_sort_order(query))
    return statement.order_by(*_sort_order(query, sort.sort if sort is not None else ()))


def _sort_order(query: Query[Any], keys: Iterable[Any] = ()) -> list[Any]:
    """The keys and then the list's own, up or down.

    A key named twice would make SQLite sort what an index holds in order already.
    """
    down = query.descending != (query.sort_column is not None and query.sort_column.is_reversed)
    return [key.desc() if down else key for key in dict.fromkeys([*keys, *query.table.tie])]


def count(query: Query[Any]) -> tuple[int, bool]:
    """How many there are, kept until the tables change; (1000, True) where a text search finds more."""
    ids, session = visible_ids(query), query.reader.session

    if _has_shorter_way(query):
        return _at_once(query)[0] or 0, False

    def make() -> tuple[int, bool]:
        if query.is_count_capped:
            few = list(session.scalars(_scanned(query, ids).limit(COUNT_CAP + 1)))
            query.known_ids = few if len(few) <= COUNT_CAP else None
            return min(len(few), COUNT_CAP), query.known_ids is None
        return session.scalar(select(func.count()).select_from(_countable(query, ids).subquery())) or 0, False

    result: tuple[int, bool] = get_or_compute(
        ("count", *reader_cache_key(query)), query.table.depends, make, COUNT_SECONDS
    )
    if query.needs_scan and query.known_ids is None and not result[1]:
        return make()  # the number is known, but the page needs the rows
    return result


def _scanned(query: Query[Any], ids: Select[Any]) -> Select[Any]:
    """Where every row's text has to be looked at, it is read as it lies, and what was found is then asked for rights.

    With both at once SQLite fetches the rows one by one through an index that knows which are deleted: that takes ten
    times as long. A frequent word is soon found either way.
    """
    model, rights = query.table.model, query.reader.rights
    sees_everything = not hasattr(model, "owner_id") or rights.scope(query.table.permission) is Scope.EVERYTHING
    if not sees_everything or not query.needs_scan:
        return ids
    first_ids = select(model.id).where(*query.conditions).limit(MAX_SCANNED_HITS + 1)
    hits = list(query.reader.session.scalars(first_ids))
    return ids if len(hits) > MAX_SCANNED_HITS else _visible(query).where(model.id.in_(hits))


def reader_cache_key(query: Query[Any]) -> tuple[Any, ...]:
    """The same for searches by people who reach the same rows; "overdue" finds others on another day."""
    return (*query.cache_key, query.reader.today, *scope_cache_key(query.table, query.reader.rights))


def scope_cache_key(listing: Listing, rights: Rights) -> tuple[Any, ...]:
    """The same for people who reach the same rows."""
    return rights.user_id, rights.unit_id, rights.scope(listing.permission)


def sums(query: Query[Any]) -> list[Any]:
    """What each column adds up to, in one statement over everything that was found; empty without sums."""
    totals = [func.sum(col.expressions[0]) for col in query.columns if col.total]
    if not totals:
        return []

    def make() -> tuple[Any, ...]:
        if _has_shorter_way(query):
            return _at_once(query)[1:]
        added = _countable(query, visible_ids(query), totals)
        added = added.with_only_columns(*totals, maintain_column_froms=True).order_by(None)
        return tuple(query.reader.session.execute(added).one())

    keys = tuple(col.key for col in query.columns if col.total)
    amounts = iter(get_or_compute(("sums", keys, *reader_cache_key(query)), query.table.depends, make, COUNT_SECONDS))
    return [next(amounts) if col.total else None for col in query.columns]


def _has_shorter_way(query: Query[Any]) -> bool:
    return query.table.counted is not None and not query.conditions


def _at_once(query: Query[Any]) -> tuple[Any, ...]:
    """How many there are, then what each column adds up to."""
    columns = {col.key: col.expressions[0] for col in query.columns if col.total}

    def make() -> tuple[Any, ...]:
        assert query.table.counted is not None
        statement = query.table.counted(query.reader.rights, columns)
        return tuple(query.reader.session.execute(statement).one())

    counted: tuple[Any, ...] = get_or_compute(
        ("at once", *columns, *reader_cache_key(query)), query.table.depends, make, COUNT_SECONDS
    )
    return counted


def counts_by_value(query: Query[Any], tab: str, column: Any) -> Mapping[str, int]:
    """Each value of the column → how many rows have it under the search, but for the filter of that name."""

    def make() -> dict[str, int]:
        statement = _countable(query, _visible(query).where(*query.conditions_without(tab)), [column])
        grouped = statement.with_only_columns(column, func.count(), maintain_column_froms=True).group_by(column)
        return {str(value): number for value, number in query.reader.session.execute(grouped)}

    counts: dict[str, int] = get_or_compute(
        ("tabs", tab, *reader_cache_key(query)), query.table.depends, make, COUNT_SECONDS
    )
    return counts


def page_rows(query: Query[Any]) -> list[Row]:
    """The rows of the query's page."""
    first = (query.page - 1) * query.size
    if query.sort_column is not None and query.sort_column.is_walked_by_choices:
        page = select(query.table.model.id).where(query.table.model.id.in_(_arranged(query, first)))
    else:
        page = in_order(query, _sortable(query, visible_ids(query))).limit(query.size).offset(first)
    return list(_rows(query, page))


def _sortable(query: Query[Any], ids: Select[Any]) -> Select[Any]:
    """The same, to be sorted: in an index's order a page is full before many are looked at, else all are."""
    sort = query.sort_column
    keys = sort.sort if sort is not None else query.table.tie
    return ids if not keys or begins_an_index(keys[0]) else _countable(query, ids, [*keys, *query.table.tie])


def _arranged(query: Query[Any], first: int) -> list[int]:
    """The ids of a page that is sorted by choices."""
    visible, groups = visible_ids(query), groups_of(query.sort_column, query.reader, query.descending)
    if not is_indexed(query.sort_column):
        visible = _countable(query, visible, [query.sort_column.expressions[0], *query.table.tie])
    groups, first = _from_on(query, visible, groups, first)
    page: list[Any] = []
    for batch in group_batches(groups):
        statement = first_rows(visible, batch, _sort_order(query), query.size, first)
        page += sorted(tuple(row) for row in query.reader.session.execute(statement))
        first = 0
        if len(page) >= query.size:
            break
    return [row[-1] for row in page[: query.size]]


def _from_on(query: Query[Any], visible: Select[Any], groups: list[Group], first: int) -> tuple[list[Group], int]:
    """The groups from the one on in which the `first` row lies, and how many of its rows come before.

    With an index only as much is counted as decides this; else all is, and kept. The first page begins with the first
    group, whatever that holds.
    """
    column, execute = query.sort_column, query.reader.session.execute
    if not is_indexed(column):

        def make() -> Counts:
            counted = _countable(query, visible, [column.expressions[0]])
            return {row[0]: row[1] for row in execute(counts_by_choice(column, counted))}

        key = ("groups", query.sort, *reader_cache_key(query))
        numbers: Counts = get_or_compute(key, query.table.depends, make, COUNT_SECONDS)
        return skip_groups_before(groups, numbers, first)
    if not first:
        return groups, 0
    looked_at = 0
    for batch in group_batches(groups):
        numbers = {batch[index].value: number for index, number in execute(counts_until(batch, visible, first))}
        looked_at += len(batch)
        remaining, after = skip_groups_before(batch, numbers, first)
        if remaining:
            return [*remaining, *groups[looked_at:]], after
        first -= sum(numbers.values())
    return [], 0


def all_rows(query: Query[Any]) -> Iterator[Row]:
    """Everything that was found, in order."""
    return _rows(query, visible_ids(query))


def workbook_columns(query: Query[Any]) -> list[str]:
    """The headings of the chosen columns that an export has."""
    return [query.reader.say(column.label) for column in query.columns if column.exported]


def workbook_kinds(query: Query[Any]) -> list[str]:
    """How the numbers of those columns are shown."""
    return [column.type.sheet for column in query.columns if column.exported]


def workbook_rows(query: Query[Any]) -> Iterator[list[Any]]:
    """Everything that was found, as the cells of a workbook below `workbook_columns`."""
    for row in all_rows(query):
        cells = zip(query.columns, row.values, strict=True)
        yield [column.cell(values, query.reader) for column, values in cells if column.exported]


def _rows(query: Query[Any], ids: Select[Any]) -> Iterator[Row]:
    table, inner = query.table, ids.subquery()
    expressions: list[Any] = []
    parts = []
    for col in query.columns:
        parts.append(slice(len(expressions) + 1, len(expressions) + 1 + len(col.expressions)))
        expressions.extend(col.expressions)
    statement = select(table.model.id, *expressions).join(inner, inner.c.id == table.model.id)
    statement = in_order(query, table.with_joins(statement, query.reader.rights))
    rows = (Row(row[0], tuple(row[part] for part in parts)) for row in query.reader.session.execute(statement))
    yield from rows if table.prepare is None else _prepared(query, rows)


def _prepared(query: Query[Any], rows: Iterator[Row]) -> Iterator[Row]:
    while batch := list(islice(rows, PREPARED)):
        query.table.prepare(query, batch)
        yield from batch
