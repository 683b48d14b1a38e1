"""What the import of one kind of record is: its fields, its rights, and its own two steps."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from crm.domain.imports.options import Options
from crm.domain.imports.plan import Plan
from crm.domain.imports.rows import Check, Row
from crm.entities.default_values import default_choices
from crm.entities.entity import Entity, Field
from crm.entities.record_saving import Actor
from crm.fields.types import Context
from crm.models import Permission
from crm.models.permissions import Right

Progress = Callable[[int], None]
"""Told how much is done, from 0 to 100."""


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

    def default_values(self, kind: Entity) -> dict[str, int]:
        """Attribute → what a new record has where its row says nothing, as in the form of a new one (D-1)."""
        return {kind[key].attr: item for key, item in default_choices(kind, self.context.lookups).items()}


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
    prepare: Callable[[Session, Check, ImportContext], Plan]
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

    def fields(self) -> Iterator[Field]:
        return (f for f in self.entity if f.importable and (self.only is None or f.key in self.only))

    def field(self, key: str) -> Field | None:
        return next((field for field in self.fields() if field.key == key), None)

    def label(self, key: str) -> str:
        return self.labels.get(key) or self.entity[key].label
