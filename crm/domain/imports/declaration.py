"""What the import of one kind of record is: its fields, its rights, and its own two steps."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.imports.customer_codes import CUSTOMER_CODE, INSTEAD, NAME
from crm.domain.imports.options import SKIP, Options
from crm.domain.imports.rows import Check, Row
from crm.domain.imports.write_plan import WritePlan
from crm.entities.custom_fields import custom_fields
from crm.entities.default_values import default_choices
from crm.entities.entity import Entity, Field
from crm.entities.record_saving import Actor
from crm.fields import Context, Reference
from crm.models import Permission
from crm.models.permissions import Right

Progress = Callable[[int], None]
"""Told how much is done, from 0 to 100."""


EACH = 10
"""After so many rows the work reports where it is: a few milliseconds, after which pages may go first."""


def no_progress(_percent: int) -> None:
    """For callers that show no progress."""


@dataclass(frozen=True)
class ImportContext:
    """What the steps of an import need to know: who imports, what was chosen, how values are read."""

    actor: Actor
    options: Options
    context: Context
    duplicate_fields: tuple[str, ...] = ("name", "phone")
    progress: Progress = no_progress
    row_choices: Mapping[int, str] = field(default_factory=dict)
    """What was chosen for single duplicates, by their row: `options.duplicates` is for the others."""

    def choice_for(self, row: Row) -> str:
        return self.row_choices.get(row.index, self.options.duplicates)

    @property
    def changes_any(self) -> bool:
        """Whether any duplicate may change what is known."""
        return any(choice != SKIP for choice in (self.options.duplicates, *self.row_choices.values()))

    def default_values(self, session: Session, kind: Entity) -> dict[str, Any]:
        """Attribute → what a new record has where its row says nothing, as in the form of a new one (D-1, D-2)."""
        fields = {field.key: field for field in (*kind, *custom_fields(session, kind))}
        choices = default_choices(fields.values(), self.context.lookups)
        return {fields[key].attr: value for key, value in choices.items()}


@dataclass(frozen=True)
class ImportKind:
    """One kind of record that can be imported; the pages, templates and rights are made from it.

    `complete` fills what follows from other columns of a row; `match` says which rows are new and which are
    already known; `prepare` makes of them what `writing` puts into the database.
    """

    key: str
    title: str
    entity: Entity
    required: tuple[str, ...]
    view: Right
    save: Right
    match: Callable[[Session, Check, ImportContext], None]
    prepare: Callable[[Session, Check, ImportContext], WritePlan]
    complete: Callable[[ImportContext], Callable[[Check, Row], None]] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    numbers_as_text: Collection[str] = ()
    synonyms: dict[str, dict[str, str]] = field(default_factory=dict)
    has_owner: bool = False
    saves: tuple[Right, ...] = ()
    """The rights of which one is needed to save such records, whichever way they come."""
    lists: tuple[Permission, ...] = (Permission.DICTIONARIES_SAVE,)
    """The rights to add to the lists that its fields name."""
    only: tuple[str, ...] | None = None
    """The fields of a kind that only declares itself. It comes without a template: a new one begins with them all."""

    extra: tuple[Field, ...] = ()
    """What a file has beside the fields of the kind: those of an order's lines."""
    strict: tuple[str, ...] = ()
    """Fields that may be empty, but not unreadable: an amount depends on them."""
    administrators: bool = False
    """Whether only administrators import them: history passes by what people decide on (I-10)."""
    former_people: bool = False
    """Whether those who left may be named: they did in their time what the file tells (I-10)."""
    own: tuple[Field, ...] = ()
    """The fields that the firm added (`of_firm`)."""

    def of_firm(self, session: Session) -> "ImportKind":
        """The same with the firm's own fields (D-2)."""
        own = custom_fields(session, self.entity)
        return replace(self, own=own) if own else self

    @property
    def names_customers(self) -> bool:
        """Whether its rows say whose they are: by name, or by code."""
        return (
            NAME in self.entity
            and isinstance(type_ := self.entity[NAME].type, Reference)
            and type_.target == "customers"
        )

    def lacking(self, keys: Collection[str]) -> list[str]:
        """The required fields that neither are among the keys, nor what stands for them."""
        return [key for key in self.required if key not in keys and INSTEAD.get(key) not in keys]

    def fields(self) -> Iterator[Field]:
        for entity_field in self.entity:
            if entity_field.importable if self.only is None else entity_field.key in self.only:
                yield entity_field
                if entity_field.key == NAME and self.names_customers:
                    yield CUSTOMER_CODE
        yield from self.extra
        yield from self.own

    def keeps_digits(self, key: str) -> bool:
        """Whether the digits of the field are no number: zeros before them count."""
        return key in self.numbers_as_text or key == CUSTOMER_CODE.key

    def field(self, key: str) -> Field | None:
        return next((field for field in self.fields() if field.key == key), None)

    def label(self, key: str) -> str:
        """The field's label; of a field that is gone its key, which a template may still name."""
        labels = {field.key: field.label for field in (CUSTOMER_CODE, *self.entity, *self.extra, *self.own)}
        return self.labels.get(key) or labels.get(key, key)
