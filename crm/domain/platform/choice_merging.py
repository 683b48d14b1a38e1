"""Making one item of a dictionary out of two, and how often each is used (D-1)."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.domain.customers.customer_events import STATUS
from crm.domain.platform.choice_lists import check_name, siblings
from crm.domain.platform.merging import MAX_LISTED, MERGED, UNDONE
from crm.entities.change_log import log_action
from crm.entities.custom_fields import all_custom_fields, is_customised
from crm.entities.record_saving import GONE, Actor, check_version_number
from crm.entities.references import references_to
from crm.entities.registry import entities
from crm.entities.undo import CHANGED, WrittenRow, load_written_rows, recorded, take_back, unrevertable_rows
from crm.errors import DomainError, FieldError, NotFound
from crm.fields import DictionaryChoice, SeveralChoices
from crm.i18n import N_
from crm.models import CustomerEvent, DictionaryItem, Merge
from crm.models.deletions import RESTORABLE_FOR
from crm.models.table_versions import get_or_compute, invalidate

DICTIONARY = "dictionaries"
"""What merges of items are called among those of records."""
MAX_UNDOABLE = 20_000
"""A merge that moves more rows is final: taking it back would keep everybody waiting."""
ENDS = ("before_id", "after_id")
MERGED_LATER = N_("It was merged into another one later. Please undo that first.")


class ItemUse(NamedTuple):
    """How many records of a kind have an item in a field; deleted ones do not count."""

    kind: str
    field: str
    number: int


def uses_of(session: Session, dictionary: str) -> dict[int, list[ItemUse]]:
    """Item → where it is used, by the fields of all kinds of record."""
    uses: dict[int, list[ItemUse]] = defaultdict(list)
    for kind in entities():
        own = all_custom_fields(session, kind) if is_customised(kind) else ()
        for field in (*kind, *own):
            chosen = isinstance(field.type, DictionaryChoice | SeveralChoices) and field.type.dictionary == dictionary
            if not chosen or not field.is_kept_in(kind.model):
                continue
            counts: Counter[int] = Counter()
            column, name = field.column_of(kind.model), f"{kind.key}.{field.key}"
            for held, count in _counts_by_value(session, kind.model, column, name):
                for item_id in held if isinstance(held, tuple) else (held,):
                    counts[item_id] += count
            for item_id, count in counts.items():
                uses[item_id].append(ItemUse(kind.key, field.key, count))
    return uses


def _counts_by_value(session: Session, model: Any, column: Any, name: str) -> list[tuple[Any, int]]:
    """Value → how many records have it; of several that are chosen together their ids."""

    def make() -> list[tuple[Any, int]]:
        alive = select(column, func.count()).where(model.deleted_at.is_(None), column.is_not(None))
        return [(row[0], row[1]) for row in session.execute(alive.group_by(column))]

    counted: list[tuple[Any, int]] = get_or_compute(("uses", name), (model.__tablename__,), make, 60.0)
    return counted


def count_naming_rows(session: Session, item: DictionaryItem) -> int:
    """How many rows name the item, deleted ones and lines of history too."""
    count = func.count()
    count_of_uses = sum(
        session.scalar(select(count).select_from(table).where(column == item.id)) or 0
        for table, column in references_to(_items())
    )
    return count_of_uses + sum(session.scalar(select(count).where(*_in_ledger(end, item.id))) or 0 for end in ENDS)


def merge_items(session: Session, item: DictionaryItem, into_id: int | None, actor: Actor, opened_version: int) -> int:
    """Whatever names the item names the other one from now on, and the item is gone; how many rows that were. It can
    be undone for a while, unless there are too many of them (`MAX_UNDOABLE`).

    Raises FieldError where the other is not in the same dictionary, StaleRecord where it was changed meanwhile.
    """
    session.refresh(item, with_for_update=True)
    check_version_number(item.version, opened_version)
    into = next((sibling for sibling in siblings(session, item) if sibling.id == into_id and sibling is not item), None)
    if not isinstance(into, DictionaryItem):
        raise FieldError("into", N_("Please choose another item of the same list."))
    if into.retired and not item.retired:
        raise DomainError(N_("%(name)s is retired. Please use it again first, or choose another one."), name=into.name)
    count, moved_rows = count_naming_rows(session, item), list[WrittenRow]()
    undoable = count <= MAX_UNDOABLE
    with recorded(session) as work:
        for table, column, condition in _naming_columns(item.id):
            if undoable:
                moved_rows += _keys(session, table, column, condition, item.id, into.id)
            session.execute(update(table).where(*condition).values({column.name: into.id}))
            invalidate(session, table.name)
        if item.is_default:
            into.is_default = True
        log_action(session, actor, MERGED, DICTIONARY, into.id, into.name, {MERGED: [item.name, into.name]})
        former_item = [item.id, item.name, item.built_in]
        session.expire_all()
        session.delete(item)
        session.flush()
    if undoable:
        row = Merge(at=actor.now, by_id=actor.user_id or None, kind=DICTIONARY, record_id=into.id, merged=[former_item])
        row.counts, row.changes = (
            [[into.dictionary, count]],
            [change.to_json() for change in (*moved_rows, *work.written())],
        )
        session.add(row)
        session.flush()
    return count


def _items() -> Any:
    return DictionaryItem.__table__


def _naming_columns(item_id: int) -> Iterator[tuple[Any, Any, tuple[Any, ...]]]:
    """(table, column, condition) of what names the item: by a key, and statuses in the ledger by number alone (C-9)."""
    for table, column in references_to(_items()):
        yield table, column, (column == item_id,)
    for end in ENDS:
        yield CustomerEvent.__table__, CustomerEvent.__table__.c[end], _in_ledger(end, item_id)


def _in_ledger(end: str, item_id: int) -> tuple[Any, ...]:
    return CustomerEvent.kind == STATUS, getattr(CustomerEvent, end) == item_id


def _keys(
    session: Session, table: Any, column: Any, condition: tuple[Any, ...], before: int, after: int
) -> Iterator[WrittenRow]:
    for key in session.execute(select(*table.primary_key.columns).where(*condition)).all():
        yield WrittenRow(table.name, tuple(key), CHANGED, {column.name: [before, after]})


def merges_of_dictionary(session: Session, dictionary: str, actor: Actor) -> list[Merge]:
    """What was merged in the list and can still be taken back, the last first."""
    statement = select(Merge).where(Merge.kind == DICTIONARY, Merge.at > actor.now - RESTORABLE_FOR)
    rows = session.scalars(statement.order_by(Merge.at.desc(), Merge.id.desc()).limit(MAX_LISTED))
    return [row for row in rows if row.counts[0][0] == dictionary]


def get_item_merge(session: Session, merge_id: int, actor: Actor) -> Merge:
    """Raises NotFound for one that cannot be taken back any more."""
    row = session.get(Merge, merge_id)
    if row is None or row.kind != DICTIONARY or row.at <= actor.now - RESTORABLE_FOR:
        raise NotFound(GONE)
    return row


def staying(session: Session, row: Merge) -> int:
    """How many rows taking it back would leave, because somebody has chosen something else since."""
    return len(
        [
            row_left
            for row_left in unrevertable_rows(session, load_written_rows(row.changes))
            if row_left.table != _items().name
        ]
    )


def undo_merge_of_items(session: Session, row: Merge, actor: Actor) -> int:
    """The item is back, and whatever named it names it again, as far as nobody has chosen something else since; how
    many rows stay as they are.

    Raises DomainError where the other item was merged itself, or the name is taken by now.
    """
    session.refresh(row, with_for_update=True)
    into = session.get(DictionaryItem, row.record_id)
    if into is None and any(row.record_id == later.merged[0][0] for later in _later(session, row)):
        raise DomainError(MERGED_LATER)
    (item_id, name, built_in) = row.merged[0]
    check_name(session, DictionaryItem(dictionary=row.counts[0][0], name=name, built_in=built_in), name)
    unreverted = take_back(session, load_written_rows(row.changes), actor)
    called = into.name if into is not None else ""
    log_action(session, actor, UNDONE, DICTIONARY, item_id, name, {MERGED: [called, name]})
    session.delete(row)
    session.flush()
    return len([row_left for row_left in unreverted if row_left.table != _items().name])


def _later(session: Session, row: Merge) -> list[Merge]:
    return list(session.scalars(select(Merge).where(Merge.kind == DICTIONARY, Merge.id > row.id)))
