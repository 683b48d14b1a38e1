"""The fields that a firm added to its records (D-2): each is a `Field` like the declared ones.

Whatever shows, asks for, searches or writes the fields of a kind takes the firm's own from here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.entities.entity import Entity, Field
from crm.entities.lookups import Lookups
from crm.entities.registry import entities
from crm.errors import DomainError
from crm.fields import (
    Amount,
    Context,
    Day,
    DictionaryChoice,
    FieldType,
    LongText,
    NumberType,
    PersonChoice,
    SeveralChoices,
    Text,
    Website,
    YesNo,
)
from crm.i18n import N_, OwnText
from crm.models import CustomField
from crm.models import custom_values as kept
from crm.models.custom_values import Customised
from crm.models.permissions import right
from crm.models.table_versions import get_or_compute

OWN_FIELDS = N_("More information")
"""The heading of those that have none of their own."""
RESTRICTED = "restricted"
"""The verb of a kind's function that shows its restricted fields."""


@dataclass(frozen=True)
class Kind:
    """What a firm's field can hold: how its values are marked where they are kept, and its type."""

    label: str
    mark: str
    type: Callable[[int], FieldType]
    wide: bool = False
    choices: bool = False


def dictionary_of(number: int) -> str:
    """The drop-down with the choices of a field."""
    return f"{kept.PREFIX}{number}"


def field_of_dictionary(session: Session, dictionary: str) -> CustomField | None:
    """The field whose choices stand in the drop-down; None for those that come with the program."""
    number = dictionary.removeprefix(kept.PREFIX)
    known = dictionary.startswith(kept.PREFIX) and number.isascii() and number.isdigit() and len(number) < 10
    return session.get(CustomField, int(number)) if known else None


KINDS = {
    "text": Kind(N_("Text"), kept.TEXT, lambda number: Text(200)),
    "long": Kind(N_("Long text"), kept.LONG, lambda number: LongText(4000), wide=True),
    "number": Kind(N_("Numeric"), kept.NUMBER, lambda number: NumberType()),
    "amount": Kind(N_("Amount"), kept.AMOUNT, lambda number: Amount()),
    "date": Kind(N_("Date"), kept.DAY, lambda number: Day()),
    "yes_no": Kind(N_("Yes or no"), kept.YES_NO, lambda number: YesNo()),
    "choice": Kind(
        N_("One of a list"), kept.CHOICE, lambda number: DictionaryChoice(dictionary_of(number)), choices=True
    ),
    "several": Kind(
        N_("Several of a list"), kept.SEVERAL, lambda number: SeveralChoices(dictionary_of(number)), choices=True
    ),
    "person": Kind(N_("Person"), kept.PERSON, lambda number: PersonChoice()),
    "link": Kind(N_("Web address"), kept.LINK, lambda number: Website()),
}


def attribute_of(number: int, kind: str, restricted: bool = False) -> str:
    """The name of a field in forms, lists, files and templates."""
    mark = kept.RESTRICTED_TEXT if kind == "text" and restricted else KINDS[kind].mark
    return f"{kept.PREFIX}{mark}{number}"


def attribute(row: CustomField) -> str:
    return attribute_of(row.id, row.kind, row.restricted)


def type_of(row: CustomField) -> FieldType:
    return KINDS[row.kind].type(row.id)


def customised_kinds() -> list[Entity]:
    """The kinds of record to which fields can be added."""
    return [kind for kind in entities() if is_customised(kind)]


def is_customised(kind: Entity) -> bool:
    return issubclass(kind.model, Customised)


def _field(row: CustomField, context: Context) -> Field:
    kind = KINDS[row.kind]
    return Field(
        key=attribute(row),
        label=OwnText(row.label),
        type=type_of(row),
        required=row.required,
        help=OwnText(row.help or ""),
        group=OwnText(row.heading) if row.heading else OWN_FIELDS,
        editable=not row.retired,
        importable=not row.retired,
        wide=kind.wide,
        permission=right(f"{row.entity}:{RESTRICTED}") if row.restricted else None,
        start=_start_value(row, context),
    )


def _start_value(row: CustomField, context: Context) -> Any:
    """What a new record begins with; nothing where that cannot be read any more (a person who was deleted)."""
    try:
        return type_of(row).parse(row.start, context) if row.start else None
    except DomainError:
        return None


def all_custom_fields(session: Session, kind: Entity) -> tuple[Field, ...]:
    """The firm's own fields of the kind in their order, retired ones too: old records still have them."""

    def read() -> dict[str, tuple[Field, ...]]:
        fields_of_kind: dict[str, list[Field]] = {}
        context = Context(ZoneInfo("UTC"), Lookups(session))
        for row in session.scalars(select(CustomField).order_by(CustomField.position, CustomField.id)):
            fields_of_kind.setdefault(row.entity, []).append(_field(row, context))
        return {key: tuple(fields) for key, fields in fields_of_kind.items()}

    known: dict[str, tuple[Field, ...]] = get_or_compute(("custom_fields",), ("custom_fields",), read)
    return known.get(kind.key, ())


def custom_fields(session: Session, kind: Entity) -> tuple[Field, ...]:
    """Those that are asked for."""
    return tuple(field for field in all_custom_fields(session, kind) if field.editable)


def with_custom_fields(session: Session, kind: Entity, fields: Iterable[Field]) -> tuple[Field, ...]:
    """The fields of a form with the firm's own: before the last group, or in the group that they name."""
    fields, own = tuple(fields), custom_fields(session, kind)
    if not own or not fields:
        return fields
    last = fields[-1].group
    index = next(n for n, field in enumerate(fields) if field.group == last)
    if index == 0:
        return (*fields, *own)
    return (*fields[:index], *own, *fields[index:])
