"""What a new record begins with, by whichever door it is made: the defaults of its drop-downs (D-1), and what the firm
chose for its own fields (D-2)."""

from collections.abc import Iterable
from typing import Any

from crm.entities.entity import Field
from crm.fields import DictionaryChoice
from crm.fields.choices import Lookups


def default_choices(fields: Iterable[Field], lookups: Lookups) -> dict[str, Any]:
    """Field's key → the item that its dictionary calls the default, or the value that the field itself names; fields
    without one are left out."""
    choices = {}
    for field in fields:
        kind = field.type
        item = lookups.dictionary(kind.dictionary).default() if isinstance(kind, DictionaryChoice) else None
        if item is not None:
            choices[field.key] = item.id
        elif field.start is not None:
            choices[field.key] = field.start
    return choices
