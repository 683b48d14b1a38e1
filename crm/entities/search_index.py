"""Looking records up by any part of a name, initials, digits (C-5, K-2, F-3).

SQLite answers from a full-text table that is written with the record. PostgreSQL itself makes the pieces of
`search_text` (one, two and three characters in a row), in a column with a GIN index: rows that hold all pieces of what
was typed are then compared with the whole of it. Both are made from the same values.
"""

import json
from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Select,
    SelectBase,
    Table,
    Text,
    UnaryExpression,
    and_,
    bindparam,
    cast,
    event,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.operators import custom_op

from crm import text
from crm.entities.derived_values import NAMES_END, Attributes, SearchTexts, keys_of, search_texts_of
from crm.entities.record_saving import is_modified
from crm.entities.registry import entities, entity_of, is_entity
from crm.models.table_versions import OTHERS_SECONDS, get_or_compute

_fts = MetaData()


def searched_models() -> list[Any]:
    return [kind.model for kind in entities() if kind.searched is not None]


@cache
def search_table(model: Any) -> Table:
    """The full-text table of a kind of record on SQLite; its migration makes it (`make_search_table`)."""
    name = f"{model.__tablename__}_fts"
    return Table(name, _fts, Column("rowid", Integer, primary_key=True), Column("document", Text))


def search_table_names() -> tuple[str, ...]:
    return tuple(search_table(model).name for model in searched_models())


def make_search_table(connection: Connection, model: Any) -> None:
    """For the migration of a new kind of record: where its searched texts are looked up."""
    if connection.dialect.name == "sqlite":
        shape = "(document, tokenize='unicode61 remove_diacritics 0', prefix='1 2')"
        connection.execute(sql(f"CREATE VIRTUAL TABLE {search_table(model).name} USING fts5{shape}"))
    else:
        table = model.__tablename__
        made = "search_pieces text[] GENERATED ALWAYS AS (search_pieces(search_text)) STORED"
        connection.execute(sql(f"ALTER TABLE {table} ADD COLUMN {made}"))
        connection.execute(sql(f"CREATE INDEX {PIECES}_{table} ON {table} USING gin (search_pieces)"))


PIECES = "pieces"
"""Indexes of PostgreSQL alone begin so: no model declares them, nor the column `search_pieces` that they hold."""


def uses_fts(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@event.listens_for(Session, "before_flush")
def _derive(session: Session, *_: Any) -> None:
    """The columns that follow from what is changed, and what is to be written into the index."""
    changed = [r for r in [*session.new, *session.dirty] if is_entity(r) and is_modified(r)]
    pending = session.info.setdefault("crm_search", {})
    for record in changed:
        kind, values = entity_of(record), Attributes(record)
        for key, value in keys_of(kind, values).items():
            setattr(record, key, value)
        if kind.searched is None:
            continue
        before, texts = record.search_text, search_texts_of(kind, values)
        record.search_text = texts.column
        if record.search_text != before or record in session.new:
            pending[record] = texts


@event.listens_for(Session, "after_flush")
def _write(session: Session, *_: Any) -> None:
    pending = session.info.pop("crm_search", None)
    if not pending or not uses_fts(session):
        return
    for record, texts in pending.items():
        write_documents(session, type(record), [(record.id, texts)])


@event.listens_for(Session, "after_rollback")
def _drop(session: Session) -> None:
    session.info.pop("crm_search", None)


def write_documents(
    session: Session, model: type, rows: Sequence[tuple[int, SearchTexts]], is_new: bool = False
) -> None:
    """Put the rows' documents into the full-text table, in place of older ones unless the rows are new."""
    if not rows or not uses_fts(session):
        return
    put = insert(search_table(model))
    if not is_new:
        put = put.prefix_with("OR REPLACE")
    session.connection().execute(put, [{"rowid": row_id, "document": texts.document} for row_id, texts in rows])


class PreparedText(str):
    """What was typed, for a statement of SQLite that is kept and asked again with other texts.

    What follows from it stands there as parameters, so that another text of the same `shape` can take its place.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """How many terms it has, and how many writings of each; empty where nothing in it can be searched for."""
        return tuple(len(term) for term in text.terms(self))

    @property
    def parameters(self) -> dict[str, Any]:
        """Name → value of all parameters that a statement can have."""
        return {MATCHED: text.match_query(self), **dict(pair for term in _name_patterns(self) for pair in term)}


MATCHED = "matched"


def _parameter(typed: str, name: str, value: str) -> Any:
    return bindparam(name, value, type_=Text) if isinstance(typed, PreparedText) else value


def _name_patterns(typed: str) -> list[list[tuple[str, str]]]:
    """For each term that must stand in a name, its writings: (the parameter's name, the pattern)."""
    return [
        [(f"name_{number}_{index}", f"%{writing}%{NAMES_END}%") for index, writing in enumerate(term)]
        for number, term in enumerate(text.terms(typed))
    ]


def matching_ids(model: type, typed: str) -> Select[tuple[int]] | None:
    """The ids that the full-text table finds; None where nothing searchable was typed."""
    query = text.match_query(typed)
    if query is None:
        return None
    table = search_table(model)
    return select(table.c.rowid).where(literal_column(table.name).op("MATCH")(_parameter(typed, MATCHED, query)))


MANY_HITS = 1000
_PLUS: custom_op[Any] = custom_op("+")


def not_by_index(column: Any) -> UnaryExpression[Any]:
    """The column, which SQLite shall not look up in an index: another way to the rows is shorter."""
    return UnaryExpression(column, operator=_PLUS, type_=column.type)


def _among(session: Session, model: Any, ids: Select[tuple[int]], typed: str) -> ColumnElement[bool]:
    """The record is one of the hits. SQLite fetches them one by one and sorts them, which is right for a few.

    Of many it should walk the list's own order until the page is full: the plus keeps it from the hits.
    """
    return among_hits(session, model, ids, ("hits", model.__tablename__, typed), (model.__tablename__,))


def among_hits(
    session: Session, model: Any, ids: SelectBase, key: tuple[Hashable, ...], tables: tuple[str, ...]
) -> ColumnElement[bool]:
    """The record is one of those; `key` says for what was asked, `tables` what the answer depends on."""
    if not uses_fts(session):
        return model.id.in_(ids)  # type: ignore[no-any-return]
    many = _count_up_to(session, ids, MANY_HITS, key, tables) > MANY_HITS
    return (not_by_index(model.id) if many else model.id).in_(ids)


def _count_up_to(
    session: Session,
    ids: SelectBase,
    limit: int,
    key: tuple[Hashable, ...],
    tables: tuple[str, ...],
    seconds: float = OTHERS_SECONDS,
) -> int:
    """How many there are, counted until they are more than `limit`."""

    def count() -> int:
        first_ids = select(ids.subquery()).limit(limit + 1).subquery()
        return session.scalar(select(func.count()).select_from(first_ids)) or 0

    number: int = get_or_compute(key, tables, count, seconds)
    return number


def count_hits(session: Session, models: Sequence[Any], typed: str) -> dict[Any, int] | None:
    """How many records of each kind match, counted until they are more than `MANY_HITS`, in one short statement.

    None on PostgreSQL, whose indexes find first hits as quickly without knowing how many there are.
    """
    query = text.match_query(typed) if uses_fts(session) else None
    if query is None:
        return None
    return dict(zip(models, session.execute(_counting(tuple(models)), {"query": query}).one(), strict=True))


@cache
def _counting(models: tuple[Any, ...]) -> Any:
    """Made once: each letter that is typed asks it."""
    return select(*(_count_of(model) for model in models))


def _count_of(model: Any) -> Any:
    table = search_table(model)
    hits = select(table.c.rowid).where(literal_column(table.name).op("MATCH")(bindparam("query", type_=Text)))
    return select(func.count()).select_from(hits.limit(MANY_HITS + 1).subquery()).scalar_subquery()


def has_rows(session: Session, model: Any) -> bool:
    """Whether there is any record of the kind: not every firm writes quotes."""
    table = model.__tablename__
    statement = select(model.id).limit(1)
    any_rows: bool = get_or_compute(
        ("rows", table), (table,), lambda: session.scalar(statement) is not None, OTHERS_SECONDS
    )
    return any_rows


def has_few_hits(session: Session, model: Any, typed: str) -> bool:
    """Whether the quick search alone finds few records on SQLite."""
    ids, table = matching_ids(model, typed), model.__tablename__
    return ids is not None and _count_up_to(session, ids, MANY_HITS, ("hits", table, typed), (table,)) <= MANY_HITS


MANY_OF_INDEX = 10_000
"""Of more hits a page is found quicker by looking at the records in the list's own order."""
INDEX_SECONDS = 60.0
"""So long what an index was looked through for is kept where this process changes nothing; on SQLite it alone serves,
and the rows themselves are read each time."""
EMPTY = "empty"


def found_by_index(session: Session, value: Any, fits: ColumnElement[bool], key: tuple[str, ...]) -> Any:
    """The condition `fits` of a text of the firm's own fields, found by the field's index alone where that pays.

    `key` names the condition, for looking through the index once: the list, its number and its sums ask the same.
    """
    model = value.class_
    within = [value > "", fits] if key[0] != EMPTY else [fits]
    ids = select(model.id).where(model.deleted_at.is_(None), *within)
    named, tables = ("own hits", model.__tablename__, value.attribute, *key), (model.__tablename__,)
    few = get_or_compute(("few", *named), tables, lambda: _ids_if_few(session, ids), INDEX_SECONDS)
    if few is not None:
        return model.id.in_(select(func.json_each(few).table_valued("value").c.value))
    number = _count_up_to(session, ids, MANY_OF_INDEX, named, tables, INDEX_SECONDS)
    return fits if number > MANY_OF_INDEX else not_by_index(model.id).in_(ids)


def _ids_if_few(session: Session, ids: SelectBase) -> str | None:
    """The ids as a JSON list; None where they are more than `MANY_HITS`."""
    first_ids = session.scalars(select(ids.subquery()).limit(MANY_HITS + 1)).all()
    return json.dumps(first_ids) if len(first_ids) <= MANY_HITS else None


def search_hits(session: Session, model: Any, typed: str, limit: int | None = None) -> Select[tuple[int]]:
    """The ids of the records that match what was typed, those in the recycle bin included; only the first `limit`."""
    if uses_fts(session):
        ids = matching_ids(model, typed)
        hits = select(model.id).where(false()) if ids is None else ids
    else:
        hits = select(model.id).where(matches_search(session, model, typed))
    return hits if limit is None else limited_to(hits, limit)


def limited_to(ids: Select[Any], limit: int) -> Select[Any]:
    """The first ones that a database finds, wherever it stands."""
    return select(ids.limit(limit).subquery())


def matches_search(session: Session, model: Any, typed: str) -> ColumnElement[bool]:
    """The condition that a record matches what was typed; nothing where nothing can be searched."""
    if uses_fts(session):
        ids = matching_ids(model, typed)
        return false() if ids is None else _among(session, model, ids, typed)
    terms = text.terms(typed)
    return and_(*(or_(*(_holding(model, writing) for writing in term)) for term in terms)) if terms else false()


def _holding(model: Any, term: str) -> ColumnElement[bool]:
    """PostgreSQL: the record has all pieces of the term, and then the whole of it."""
    pieces = literal_column(f"{model.__tablename__}.search_pieces", ARRAY(Text))
    holding = pieces.op("@>", is_comparison=True)(cast(text.trigrams(term), ARRAY(Text)))
    return and_(holding, model.search_text.like(f"%{term}%"))


def contains_number(session: Session, model: Any, number: str) -> ColumnElement[bool]:
    """The condition that the digits stand somewhere in the record's numbers or names: few do, and each is looked at."""
    ids = matching_ids(model, number) if uses_fts(session) else None
    return matches_search(session, model, number) if ids is None else model.id.in_(ids)


def matches_name(session: Session, model: Any, typed: str) -> ColumnElement[bool]:
    """The condition that what was typed stands in the names and initials, not in a code or a number."""
    return and_(matches_search(session, model, typed), names_contain(model, typed))


def names_contain(model: Any, typed: str) -> ColumnElement[bool]:
    """What was typed stands in the names and initials: half of `matches_name`, for records that are found already."""
    terms = _name_patterns(typed)
    anywhere = (or_(*(model.search_text.like(_parameter(typed, *parameter)) for parameter in term)) for term in terms)
    return and_(true(), *anywhere)
