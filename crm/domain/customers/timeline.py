"""概覽: everything that happened with a customer, in one line of time (C-10).

Kinds of record declare what happens to them (`Happening`); the customer's own changes and its files are added here.
One statement finds the entries of a page: of each source the newest few that an index finds, put together; a second
statement reads their texts. A page begins behind the last entry of the one before (`TimelineCursor`), so that the
hundredth page costs what the first does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from crm.domain.customers.belonging import CUSTOMER_ID, FILES, Reach, files_of
from crm.entities.entity import Entity, Happening
from crm.entities.registry import entity
from crm.models import Attachment, Contact, Customer, CustomerEvent
from crm.models.base import Moment, Money
from crm.models.prepared import prepared_rows

CHANGES = "changes"
SAID: dict[str, Any] = {
    "person": Integer(),
    "title": String(),
    "note": String(),
    "text": Text(),
    "amount": Money(),
    "state": String(),
    "first": Integer(),
    "second": Integer(),
    "next_at": Moment(),
}
"""What is read of an entry, and its type where a source has none."""


@dataclass(frozen=True)
class TimelineCursor:
    """The entry behind which a page begins."""

    at: datetime
    source: int
    id: int


@dataclass(frozen=True)
class Source:
    """Where a kind of entry is read: `key` is the kind's, CHANGES or FILES; `number` decides between equal moments.

    `rows` makes the select of some columns.
    """

    key: str
    number: int
    happening: Happening
    model: Any
    rows: Any

    @property
    def at(self) -> Any:
        return getattr(self.model, self.happening.at)


@dataclass(frozen=True)
class TimelineEntry:
    """Something that happened: the values that its source's happening names, how many files hang on the record, and
    the name of the contact whose id `second` is."""

    source: Source
    at: datetime
    id: int
    person: int | None
    title: str | None
    note: str | None
    text: str | None
    amount: Any
    state: str | None
    first: int | None
    second: int | None
    next_at: datetime | None
    files: int
    contact: str | None

    @property
    def kind(self) -> Entity | None:
        return entity(self.source.key) if self.source.key not in (CHANGES, FILES) else None

    @property
    def cursor(self) -> TimelineCursor:
        return TimelineCursor(self.at, self.source.number, self.id)


def timeline_keys(reach: Reach) -> list[str]:
    """What can be asked for: changes, the kinds that the person may see, files."""
    return [CHANGES, *(kind.key for kind in reach.kinds if kind.timeline), FILES]


def timeline(
    session: Session,
    reach: Reach,
    counts: Mapping[str, int],
    limit: int,
    key: str = "",
    cursor: TimelineCursor | None = None,
) -> list[TimelineEntry]:
    """The newest entries, at most so many, of one `key` or of all, behind the `cursor` or from the first.

    `counts` (`counts_of`) spares looking where there is nothing.
    """
    present = {CHANGES, *(kind for kind, count in counts.items() if count)}
    sources = {source.number: source for source in _sources(reach) if source.key in present and key in ("", source.key)}
    places = _newest(session, reach, sources, limit, cursor) if sources else []
    values_of_entry = _entry_values(session, reach, sources, places) if places else {}
    return [
        TimelineEntry(sources[number], at, id_, *values_of_entry[number, id_])
        for at, number, id_ in places
        if (number, id_) in values_of_entry
    ]


def _sources(reach: Reach) -> list[Source]:
    sources: list[Source] = []

    def add(key: str, happening: Happening, model: Any, rows: Any) -> None:
        sources.append(Source(key, len(sources), happening, model, rows))

    changed = Happening("at", "", "by_id", "before", "after", "reason", "", "kind", "before_id", "after_id")
    add(CHANGES, changed, CustomerEvent, _changes)
    for kind in reach.kinds:
        for happening in kind.timeline:
            add(kind.key, happening, kind.model, partial(reach.rows, kind))
    add(FILES, Happening(title="name"), Attachment, files_of)
    return sources


def _changes(*columns: Any) -> Select[Any]:
    return select(*columns).where(CustomerEvent.customer_id == CUSTOMER_ID)


def _newest(
    session: Session, reach: Reach, sources: dict[int, Source], limit: int, cursor: TimelineCursor | None
) -> list[Any]:
    """(moment, number of the source, id) of the entries of a page."""

    def make() -> Any:
        parts = [_newest_of(source, cursor is not None).subquery() for source in sources.values()]
        entries = union_all(*(select(*part.c) for part in parts)).subquery()
        order = (entries.c.at.desc(), entries.c.source.desc(), entries.c.id.desc())
        return select(entries).order_by(*order).limit(LIMIT)

    values: dict[str, Any] = {"customer": reach.customer_id, "limit": limit}
    if cursor is not None:
        values |= {"at": cursor.at, "source": cursor.source, "id": cursor.id}
    places: list[Any] = prepared_rows(session, ("timeline", tuple(sources), cursor is None, reach.key), make, **values)
    return places


LIMIT: Any = bindparam("limit", type_=Integer)


def _newest_of(source: Source, has_cursor: bool) -> Select[Any]:
    at, id_ = source.at, source.model.id
    number = literal_column(str(source.number), Integer)
    statement = source.rows(at.label("at"), number.label("source"), id_.label("id")).where(at.is_not(None))
    if source.happening.when is not None:
        statement = statement.where(source.happening.when(CUSTOMER_ID))
    if has_cursor:
        before, source_number = bindparam("at", type_=Moment()), bindparam("source", type_=Integer)
        of_same_moment = or_(
            source_number > number, and_(source_number == number, id_ < bindparam("id", type_=Integer))
        )
        statement = statement.where(at <= before, or_(at < before, of_same_moment))
    newest: Select[Any] = statement.order_by(at.desc(), id_.desc()).limit(LIMIT)
    return newest


def _entry_values(session: Session, reach: Reach, sources: dict[int, Source], places: list[Any]) -> dict[Any, Any]:
    """(source, id) → its values, of the entries that `_newest` found, which the person may see."""
    ids: dict[int, list[int]] = {}
    for _at, number, id_ in places:
        ids.setdefault(number, []).append(id_)
    present = tuple(sorted(ids))

    def make() -> Any:
        return union_all(*(_values_select(sources[number], reach) for number in present))

    values: dict[str, Any] = {f"ids{number}": ids_of_source for number, ids_of_source in ids.items()}
    values |= _customer_of(sources, present, reach)
    rows = prepared_rows(session, ("said", present, reach.key), make, **values)
    return {(row[0], row[1]): row[2:] for row in rows}


def _customer_of(sources: dict[int, Source], present: tuple[int, ...], reach: Reach) -> dict[str, int]:
    named = any(sources[number].happening.second == "contact_id" for number in present)
    return {"customer": reach.customer_id} if named else {}


def _values_select(source: Source, reach: Reach) -> Select[Any]:
    happening, model = source.happening, source.model
    values = {key: getattr(model, attribute) for key in SAID if (attribute := getattr(happening, key))}
    columns = [values.get(key, cast(null(), kind)).label(key) for key, kind in SAID.items()]
    number = literal_column(str(source.number), Integer).label("source")
    statement = select(
        number, model.id, *columns, _files(source).label("files"), _contact(source, reach).label("contact")
    )
    return statement.where(model.id.in_(bindparam(f"ids{source.number}", expanding=True)))


def _files(source: Source) -> Any:
    """How many files hang on it."""
    if source.key in (CHANGES, FILES):
        return literal_column("0", Integer)
    hanging = (Attachment.kind == source.key, Attachment.record_id == source.model.id, Attachment.deleted_at.is_(None))
    return select(func.count(Attachment.id)).where(*hanging).scalar_subquery()


def _contact(source: Source, reach: Reach) -> Any:
    """The contact's name, where the entry names one and the person may know it."""
    if source.happening.second != "contact_id":
        return cast(null(), String())
    statement = select(Contact.name).join(Customer, Customer.id == Contact.customer_id)
    named = (Contact.id == source.model.contact_id, Contact.customer_id == CUSTOMER_ID)
    return statement.where(*named, Contact.named_to(reach.rights)).scalar_subquery()
