"""Making one item of a dictionary out of two, and how often each is used (D-1)."""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.domain.customers.customer_events import STATUS
from crm.domain.platform.choice_lists import siblings
from crm.entities.change_log import log_action
from crm.entities.custom_fields import all_custom_fields, is_customised
from crm.entities.record_saving import Actor, check_version_number
from crm.entities.references import references_to
from crm.entities.registry import entities
from crm.errors import DomainError, FieldError
from crm.fields.types import DictionaryChoice, SeveralChoices
from crm.i18n import N_
from crm.models import CustomerEvent, DictionaryItem
from crm.models.table_versions import get_or_compute, invalidate

MERGED = "merged"


class Use(NamedTuple):
    """How many records of a kind have an item in a field; deleted ones do not count."""

    kind: str
    field: str
    number: int


def uses_of(session: Session, dictionary: str) -> dict[int, list[Use]]:
    """Item → where it is used, by the fields of all kinds of record."""
    found: dict[int, list[Use]] = defaultdict(list)
    for kind in entities():
        own = all_custom_fields(session, kind) if is_customised(kind) else ()
        for field in (*kind, *own):
            chosen = isinstance(field.type, DictionaryChoice | SeveralChoices) and field.type.dictionary == dictionary
            if not chosen or not field.is_kept_in(kind.model):
                continue
            counts: Counter[int] = Counter()
            column, name = field.column_of(kind.model), f"{kind.key}.{field.key}"
            for held, count in _counted(session, kind.model, column, name):
                for item_id in held if isinstance(held, tuple) else (held,):
                    counts[item_id] += count
            for item_id, count in counts.items():
                found[item_id].append(Use(kind.key, field.key, count))
    return found


def _counted(session: Session, model: Any, column: Any, name: str) -> list[tuple[Any, int]]:
    """Value → how many records have it; of several that are chosen together their ids."""

    def make() -> list[tuple[Any, int]]:
        alive = select(column, func.count()).where(model.deleted_at.is_(None), column.is_not(None))
        return [(row[0], row[1]) for row in session.execute(alive.group_by(column))]

    counted: list[tuple[Any, int]] = get_or_compute(("uses", name), (model.__tablename__,), make, 60.0)
    return counted


def merge_items(session: Session, item: DictionaryItem, into_id: int | None, actor: Actor, opened: int) -> int:
    """Whatever names the item names the other one from now on, and the item is gone; how many rows that were.

    Raises FieldError where the other is not in the same dictionary, StaleRecord where it was changed meanwhile.
    """
    session.refresh(item, with_for_update=True)
    check_version_number(item.version, opened)
    into = next((one for one in siblings(session, item) if one.id == into_id and one is not item), None)
    if not isinstance(into, DictionaryItem):
        raise FieldError("into", N_("Please choose another item of the same list."))
    if into.retired and not item.retired:
        raise DomainError(N_("%(name)s is retired. Please use it again first, or choose another one."), name=into.name)
    moved = 0
    table: Any = DictionaryItem.__table__
    for other, column in references_to(table):
        done: Any = session.execute(update(other).where(column == item.id).values({column.name: into.id}))
        moved += int(done.rowcount)
        invalidate(session, other.name)
    for end in ("before_id", "after_id"):
        _in_ledger(session, end, item.id, into.id)
    if item.is_default:
        into.is_default = True
    log_action(session, actor, MERGED, "dictionaries", into.id, into.name, {MERGED: [item.name, into.name]})
    session.expire_all()
    session.delete(item)
    session.flush()
    return moved


def _in_ledger(session: Session, end: str, item_id: int, into_id: int) -> None:
    """The ledger keeps statuses by number, without a key (C-9)."""
    column = getattr(CustomerEvent, end)
    named = update(CustomerEvent).where(CustomerEvent.kind == STATUS, column == item_id)
    session.execute(named.values({end: into_id}))
