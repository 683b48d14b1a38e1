"""Everything at once into the database, inside one transaction (I-6)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from crm import text
from crm.domain.categories import CATEGORIES, add_named_categories
from crm.domain.dictionaries import add_named_items
from crm.domain.imports.batches import in_batches
from crm.domain.imports.codes import free_codes
from crm.domain.imports.plan import CODE_PLACE, Change, Insert, Plan
from crm.domain.imports.rows import NewItem
from crm.entities.saving import Acting
from crm.entities.search import search_table, uses_fts, write_documents
from crm.models.generations import touch


class Overtaken(Exception):
    """Somebody saved one of the records, or new ones, after the plan was made; nothing is written."""


def write_plan(session: Session, plan: Plan, items: Sequence[NewItem], acting: Acting) -> None:
    """Write the plan. Raises Overtaken where it was made from what has changed since."""
    if plan.insert is None:
        make_ready(session, plan)
    if plan.before is not None:
        plan.before(session, plan, acting)
    missing = [item for item in items if (item.dictionary, item.key) not in plan.items]
    if missing:
        plan.items.update(add_items(session, missing, acting))
    if plan.items:
        _replace_items(plan, plan.items)
    ids = _insert_rows(session, plan, acting)
    plan.newest = max(plan.newest, *ids) if ids else plan.newest
    _write_changes(session, plan)
    _write_belonging(session, plan, ids, acting)
    if plan.after is not None and (ids or plan.changes):
        plan.after(session, plan, ids, acting)
    touch(session, plan.model.__tablename__, "customer_events", "dictionary_items")


def _write_belonging(session: Session, plan: Plan, ids: Sequence[int], acting: Acting) -> None:
    if plan.belonging is None:
        return
    theirs = plan.belonging.plan
    for row, place in zip(theirs.inserts, plan.belonging.places, strict=False):
        row[plan.belonging.key] = ids[place]
    _insert_rows(session, theirs, acting)
    _write_changes(session, theirs)
    touch(session, theirs.model.__tablename__)


def add_items(session: Session, items: Sequence[NewItem], acting: Acting) -> dict[tuple[str, str], int]:
    """The ids of the items, which are added where they are missing: each dictionary is read once, not once an item."""
    found: dict[tuple[str, str], int] = {}
    for dictionary in dict.fromkeys(item.dictionary for item in items):
        names = {item.key: item.name for item in items if item.dictionary == dictionary}
        if dictionary == CATEGORIES:
            ids = add_named_categories(session, names, acting)
        else:
            ids = add_named_items(session, dictionary, names)
        found.update({(dictionary, key): id_ for key, id_ in ids.items()})
    return found


def _replace_items(plan: Plan, ids: dict[tuple[str, str], int]) -> None:
    for values in (*plan.inserts, *(change.values for change in plan.changes)):
        for key, value in values.items():
            if type(value) is NewItem:
                values[key] = ids[value.dictionary, value.key]


def _insert_rows(session: Session, plan: Plan, acting: Acting) -> Sequence[int]:
    rows = plan.inserts
    if not rows:
        return []
    ids = reserve_ids(session, plan.model, len(rows))
    typed = {row["code"] for row in plan.to_come if row["code"]}
    open_rows = [place for place, row in enumerate(rows) if not row["code"]]
    codes = free_codes(session, plan.model, plan.entity, len(open_rows), typed, acting) if open_rows else []
    _give_codes(plan, dict(zip(open_rows, codes, strict=True)))
    for row, id_ in zip(rows, ids, strict=True):
        row["id"] = id_
    _insert(session, plan)
    if uses_fts(session):
        documents = [{"rowid": id_, "document": d} for id_, d in zip(ids, plan.documents, strict=True)]
        session.connection().execute(insert(search_table(plan.model)), documents)
    return ids


def make_ready(session: Session, plan: Plan) -> None:
    """Make the rows into what the database's driver takes, so that the transaction need not do it (I-6)."""
    if plan.belonging is not None:
        make_ready(session, plan.belonging.plan)
    table, dialect = plan.model.__table__, session.get_bind().dialect
    used = {key for row in plan.inserts for key, value in row.items() if value is not None}
    keys = [column.key for column in table.columns if column.key in used | {"id", "code", "search_text"}]
    processors = {key: table.c[key].type.dialect_impl(dialect).bind_processor(dialect) for key in keys}
    known: dict[Any, Any] = {}

    def bound(key: str, value: Any) -> Any:
        process = processors[key]
        if process is None or value is None or type(value) is NewItem:
            return value
        if not isinstance(value, datetime):
            return process(value)
        if (key, value) not in known:  # the stamps of all rows are one moment
            known[key, value] = process(value)
        return known[key, value]

    plan.inserts = [{key: bound(key, row.get(key)) for key in keys} for row in plan.inserts]
    compiled = insert(table).compile(dialect=dialect, column_keys=keys)
    plan.insert = Insert(str(compiled), tuple(compiled.positiontup or ()) if compiled.positional else None)


def _insert(session: Session, plan: Plan) -> None:
    assert plan.insert is not None
    order = plan.insert.order
    rows: Any = plan.inserts if order is None else list(map(itemgetter(*order), plan.inserts))
    session.connection().exec_driver_sql(plan.insert.sql, rows)


def _give_codes(plan: Plan, codes: dict[int, str]) -> None:
    """Codes stand in the searched texts, too: there they take the place that was kept for them."""
    kept = text.index_text([CODE_PLACE])
    for place, code in codes.items():
        row = plan.inserts[place]
        row["code"] = code
        row["search_text"] = row["search_text"].replace(CODE_PLACE, text.search_text([code]), 1)
        plan.documents[place] = plan.documents[place].replace(kept, text.index_text([code]), 1)


def reserve_ids(session: Session, model: Any, count: int) -> list[int]:
    """Ids for new rows: the transaction holds the database for writing, or asks the sequence."""
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(model.id))) or 0
        return list(range(last + 1, last + 1 + count))
    asked = sql("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(session.scalars(asked, {"name": model.__tablename__, "count": count}))


def _write_changes(session: Session, plan: Plan) -> None:
    groups: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in plan.changes:
        groups[tuple(sorted(change.values))].append(change)
    table = plan.model.__table__
    for keys, changes in groups.items():
        statement = (
            update(table)
            .where(table.c.id == bindparam("id_"), table.c.version == bindparam("version_"))
            .values({**{key: bindparam(f"new_{key}") for key in keys}, "version": bindparam("next_")})
        )
        rows = [_bound(change) for change in changes]
        if session.connection().execute(statement, rows).rowcount != len(rows):
            raise Overtaken
    for part in in_batches([c for c in plan.changes if c.searched is not None]):
        write_documents(session, plan.model, [(c.id, c.searched or []) for c in part])


def _bound(change: Change) -> dict[str, Any]:
    bound = {f"new_{key}": value for key, value in change.values.items()}
    return {**bound, "id_": change.id, "version_": change.version, "next_": change.version + 1}
