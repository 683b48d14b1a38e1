"""What a person keeps of a list: the columns they want, and searches under a name."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from crm.extensions import db
from crm.models import ListColumns, SavedSearch
from crm.models.generations import keep
from crm.web.access import rights
from crm.web.table.declaration import Column, Table, allowed


@dataclass(frozen=True)
class KeptSearch:
    id: int
    name: str
    query: str
    shared: bool
    mine: bool


def chosen_columns(table: Table) -> tuple[Column, ...]:
    """The person's own choice, else the list's usual ones."""
    if not table.more:
        return allowed(table.columns)
    keys = _chosen_keys(table)
    found = tuple(column for key in keys if (column := table.column(key)) is not None)
    return found or allowed(table.columns)


def _chosen_keys(table: Table) -> list[Any]:
    def read() -> dict[str, list[Any]]:
        rows = db.session.execute(
            select(ListColumns.list_key, ListColumns.columns).where(ListColumns.user_id == rights().user_id)
        )
        return dict(rows.all())

    found: dict[str, list[Any]] = keep(("list_columns", rights().user_id), ("list_columns",), read, 60)
    return found.get(table.key, [])


def choose_columns(table: Table, keys: list[str]) -> None:
    """Keep the choice; an empty one means the usual columns again."""
    offered = {column.key for column in table.offered()}
    known = [key for key in dict.fromkeys(keys) if key in offered]
    row = db.session.get(ListColumns, (rights().user_id, table.key))
    if row is None:
        row = ListColumns(user_id=rights().user_id, list_key=table.key, columns=known)
        db.session.add(row)
    row.columns = known
    db.session.flush()


def kept_searches(table: Table) -> list[KeptSearch]:
    """The person's own searches of the list and the shared ones, by name."""
    user_id = rights().user_id

    def read() -> list[KeptSearch]:
        wanted = select(SavedSearch).where(
            SavedSearch.list_key == table.key, or_(SavedSearch.user_id == user_id, SavedSearch.shared.is_(True))
        )
        rows = db.session.scalars(wanted.order_by(SavedSearch.name, SavedSearch.id))
        return [KeptSearch(r.id, r.name, r.query, r.shared, r.user_id == user_id) for r in rows]

    found: list[KeptSearch] = keep(("kept_searches", table.key, user_id), ("saved_searches",), read, 60)
    return found
