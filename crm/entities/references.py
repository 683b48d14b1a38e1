"""What names the records of a kind: by a foreign key, or by kind and number. Read from the tables, so that none is
forgotten that somebody adds."""

from functools import cache
from typing import Any

from sqlalchemy import Column, Table

from crm.models import Base
from crm.models.base import OfAnyKind


@cache
def references_to(table: Table) -> list[tuple[Table, Column[Any]]]:
    """(table, column) of whatever names rows of the table by their numbers."""
    return [
        (other, key.parent)
        for other in Base.metadata.sorted_tables
        for key in other.foreign_keys
        if key.column.table is table and key.column.primary_key
    ]


def parts_of_any_kind() -> list[Any]:
    """Classes whose rows belong to a record of whichever kind."""
    return [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, OfAnyKind)]
