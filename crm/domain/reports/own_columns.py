"""By which expression records are grouped and found by a field of the firm's own (D-2, X-2)."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Integer, String, cast, func, type_coerce
from sqlalchemy.orm import Session

from crm.entities.custom_fields import all_custom_fields, customised_kinds
from crm.entities.entity import Entity, Field
from crm.entities.listing import Reader
from crm.errors import DomainError
from crm.fields import Day, DictionaryChoice, PersonChoice, SeveralChoices, YesNo
from crm.i18n import N_

GROUPED = (DictionaryChoice, YesNo, PersonChoice, Day)
"""The types whose values make groups; days by their month."""
ASKED = (*GROUPED, SeveralChoices)
"""Those that a condition can name."""


def own_fields_of(session: Session, kinds: Iterable[str]) -> Iterator[tuple[Entity, Field]]:
    """The fields of these kinds of record that a report knows, retired ones too."""
    known_kinds = set(kinds)
    for kind in customised_kinds():
        if kind.key in known_kinds:
            for field in all_custom_fields(session, kind):
                if isinstance(field.type, ASKED):
                    yield kind, field


def own_column(key: str, reader: Reader) -> Any:
    """The expression of the field of that key. Raises DomainError where it was deleted meanwhile."""
    every = own_fields_of(reader.session, (kind.key for kind in customised_kinds()))
    known = next(((kind, field) for kind, field in every if field.key == key), None)
    if known is None:
        raise DomainError(N_("This field no longer exists. Please choose another one."))
    kind, field = known
    column = field.column_of(kind.model)
    return month_of(column) if isinstance(field.type, Day) else column


def month_of(day: Any) -> Any:
    """202611 for 2026-11-30, as it is kept."""
    written = type_coerce(day, String)
    return cast(func.substr(written, 1, 4), Integer) * 100 + cast(func.substr(written, 6, 2), Integer)
