"""What an import will write, made ready before the database is locked for writing (I-6)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from crm.entities.saving import Acting

# Stands for a code that is given inside the transaction; letters only, so that it is searched for as one word.
CODE_PLACE = "qzxcodexzq"


@dataclass
class Change:
    """New values for a known record; refused where somebody saved it after `version` was read."""

    id: int
    version: int
    values: dict[str, Any]
    before: Mapping[str, Any]
    searched: list[str | None] | None = None


@dataclass(frozen=True)
class Insert:
    """The statement for the rows, and the order of its parameters; without one it takes them by name."""

    sql: str
    order: tuple[str, ...] | None


@dataclass
class Plan:
    """Rows to insert with the texts they are found by, and changes of known records.

    `after` writes what belongs to the new rows (ids in the order of `inserts`) in the same transaction.
    """

    model: Any
    entity: str
    inserts: list[dict[str, Any]] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    before: Callable[[Session, "Plan", Acting], None] | None = None
    after: Callable[[Session, "Plan", Sequence[int], Acting], None] | None = None
    newest: int = 0
    """The highest id when duplicates were looked for; `before` looks at newer rows."""
    insert: Insert | None = None
    belonging: "Belonging | None" = None
    watched: Sequence[Mapping[str, Any]] | None = None
    """The rows that are still to come, this part's and later ones: what others saved meanwhile is compared with all
    of them. None: those of `inserts`."""
    items: dict[tuple[str, str], int] = field(default_factory=dict)
    """New items of dictionaries that were added already, by dictionary and folded text; the parts share it."""

    @property
    def to_come(self) -> Sequence[Mapping[str, Any]]:
        return self.inserts if self.watched is None else self.watched

    @property
    def touched(self) -> set[int]:
        """The known records that become different, they themselves or what belongs to them."""
        return {change.id for change in self.changes} | (self.belonging.owners if self.belonging else set())

    @property
    def changed(self) -> int:
        return len(self.touched)


@dataclass
class Belonging:
    """Records of another kind that come with the rows: each customer's main contact.

    The first rows of `plan` belong to the new records at `places` of the inserts; `owners` are known records
    that get or change one, whose rows name them already.
    """

    plan: Plan
    key: str
    places: list[int] = field(default_factory=list)
    owners: set[int] = field(default_factory=set)
