"""What an import will write, prepared before the database is locked for writing (I-6). No contact plan (N-1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from crm.entities.bulk_writes import ChangedRow, NewRow, Statement
from crm.entities.entity import Entity
from crm.entities.record_saving import Actor


@dataclass
class WritePlan:
    """Rows to insert, and changes of known records.

    `after` writes what belongs to the new rows (ids in the order of `inserts`) in the same transaction.
    """

    kind: Entity
    inserts: list[NewRow] = field(default_factory=list)
    changes: list[ChangedRow] = field(default_factory=list)
    before: Callable[[Session, "WritePlan", Actor], None] | None = None
    after: Callable[[Session, "WritePlan", Sequence[int], Actor], None] | None = None
    newest: int = 0
    """The highest id when duplicates were looked for; `before` looks at newer rows."""
    insert: Statement | None = None
    related: "RelatedPlan | None" = None
    codes: frozenset[str] = frozenset()
    """The codes that its rows have; shared by the parts."""
    watched: Sequence[NewRow] | None = None
    """The rows that are still to come, this part's and later ones: what others saved meanwhile is compared with all
    of them. None: those of `inserts`."""
    items: dict[tuple[str, str], int] = field(default_factory=dict)
    """New items of dictionaries that were added already, by dictionary and folded text; the parts share it."""

    @property
    def watched_rows(self) -> Sequence[NewRow]:
        return self.inserts if self.watched is None else self.watched

    @property
    def changed_ids(self) -> set[int]:
        """The known records that become different, they themselves or what belongs to them."""
        return {change.id for change in self.changes} | (self.related.owners if self.related else set())

    @property
    def changed(self) -> int:
        return len(self.changed_ids)


@dataclass
class RelatedPlan:
    """Records of another kind that come with the rows: each customer's main contact.

    The first rows of `plan` belong to the new records at `places` of the inserts; `owners` are known records
    that get or change one, whose rows name them already.
    """

    plan: WritePlan
    key: str
    places: list[int] = field(default_factory=list)
    owners: set[int] = field(default_factory=set)
