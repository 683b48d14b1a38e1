"""A person's preferences of a list, read and kept: the columns they chose, and saved searches (C-5)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from crm.entities.listing.declaration import Listing
from crm.entities.listing.reader import Reader
from crm.models import ListColumns, SavedSearch
from crm.models.table_versions import get_or_compute
from crm.text import fold


@dataclass(frozen=True)
class SavedSearchSummary:
    id: int
    name: str
    query: str
    shared: bool
    is_own: bool


def chosen_columns(listing: Listing, reader: Reader, for_file: bool = False) -> tuple[Any, ...]:
    """The person's own choice, else the list's usual ones. What can be done with a row stands last in any case."""
    usual = listing.usual_columns(reader.rights, for_file)
    keys = _chosen_keys(listing, reader) if listing.more else []
    if not keys:
        return usual
    offered = {column.key: column for column in offered_columns(listing, reader)}
    chosen = tuple(offered[key] for key in keys if key in offered)
    return (*chosen, *(column for column in usual if column.acts)) if chosen else usual


def offered_columns(listing: Listing, reader: Reader) -> tuple[Any, ...]:
    """What the person may choose to see."""
    return tuple(column for column in listing.available_columns(reader.rights) if not column.acts)


def _chosen_keys(listing: Listing, reader: Reader) -> list[Any]:
    def read() -> dict[str, list[Any]]:
        statement = select(ListColumns.list_key, ListColumns.columns)
        rows = reader.session.execute(statement.where(ListColumns.user_id == reader.rights.user_id))
        return dict(rows.all())

    keys: dict[str, list[Any]] = get_or_compute(("list_columns", reader.rights.user_id), ("list_columns",), read, 60)
    return keys.get(listing.key, [])


def choose_columns(listing: Listing, keys: list[str], reader: Reader) -> None:
    """Keep the choice; an empty one means the usual columns again."""
    offered = {column.key for column in offered_columns(listing, reader)}
    known = [key for key in dict.fromkeys(keys) if key in offered]
    row = reader.session.get(ListColumns, (reader.rights.user_id, listing.key))
    if row is None:
        row = ListColumns(user_id=reader.rights.user_id, list_key=listing.key, columns=known)
        reader.session.add(row)
    row.columns = known
    reader.session.flush()


def saved_searches(listing: Listing, reader: Reader) -> list[SavedSearchSummary]:
    """The person's own searches of the list and the shared ones, by name."""
    user_id = reader.rights.user_id

    def read() -> list[SavedSearchSummary]:
        statement = select(SavedSearch).where(
            SavedSearch.list_key == listing.key, or_(SavedSearch.user_id == user_id, SavedSearch.shared.is_(True))
        )
        rows = reader.session.scalars(statement.order_by(SavedSearch.name, SavedSearch.id))
        return [SavedSearchSummary(r.id, r.name, r.query, r.shared, r.user_id == user_id) for r in rows]

    searches: list[SavedSearchSummary] = get_or_compute(
        ("kept_searches", listing.key, user_id), ("saved_searches",), read, 60
    )
    return searches


def save_search(listing: Listing, name: str, query: str, shared: bool, reader: Reader) -> None:
    """Keep the search under a name; the same name of the same person is replaced."""
    own = (search for search in saved_searches(listing, reader) if search.is_own)
    replaced = next((search for search in own if fold(search.name) == fold(name)), None)
    session, user_id = reader.session, reader.rights.user_id
    row = session.get(SavedSearch, replaced.id) if replaced else SavedSearch(list_key=listing.key, user_id=user_id)
    assert row is not None
    row.name, row.query, row.shared = name, query, shared
    session.add(row)


def delete_search(listing: Listing, id: int, reader: Reader) -> bool:
    """Delete a search of the person's own; False where there is none of that number in the list."""
    row = reader.session.get(SavedSearch, id)
    if row is None or row.user_id != reader.rights.user_id or row.list_key != listing.key:
        return False
    reader.session.delete(row)
    return True
