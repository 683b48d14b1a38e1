"""What a new record begins with, by whichever door it is made: the defaults of its drop-downs (D-1)."""

from collections.abc import Iterable

from crm.entities.entity import Field
from crm.fields.choices import Lookups
from crm.fields.types import DictionaryChoice


def default_choices(fields: Iterable[Field], lookups: Lookups) -> dict[str, int]:
    """Field's key → the item that its dictionary calls the default; fields without one are left out."""
    found = {}
    for field in fields:
        kind = field.type
        item = lookups.dictionary(kind.dictionary).default() if isinstance(kind, DictionaryChoice) else None
        if item is not None:
            found[field.key] = item.id
    return found
