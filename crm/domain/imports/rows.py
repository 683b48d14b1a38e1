"""The rows of a file after the check: what each will become, and what is wrong with it (I-4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.entities.bulk_writes import Deferred
from crm.errors import storable

NEW, DUPLICATE, WRONG = "new", "duplicate", "wrong"
PART = "part"
"""A further row of a record: another line of an order."""


@dataclass(frozen=True, slots=True)
class NewItem(Deferred):
    """A text that is to be added to a dictionary; `key` is its folded form."""

    dictionary: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Issue:
    """An error or warning about a cell, or a whole row (`column` None). `row` and `column` count from 0.

    `heading` is the file's, `label` the field's (a message id). `wrong`: the row is not imported for it; otherwise it
    is a warning.
    """

    row: int
    column: int | None
    heading: str
    value: str
    message: str
    values: Mapping[str, Any]
    is_error: bool
    label: str = ""


@dataclass(slots=True)
class Row:
    """One row's values by field; `existing` is the known record that it is a duplicate of and may change, `known` is
    one that it is a duplicate of, whoever may change it.

    `keys` are the columns it is compared by, made once however often the file is matched, and written with it.
    """

    index: int
    values: dict[str, Any]
    outcome: str = NEW
    existing: int | None = None
    keys: Mapping[str, str | None] | None = None
    known: int | None = None


@dataclass
class Check:
    """A whole file, checked; nothing is written yet.

    `newest` is the highest id that there was when known records were looked for.
    """

    rows: list[Row] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    headings: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    shown: dict[tuple[str, Any], str] = field(default_factory=dict)
    """Names for values that are ids of other records."""
    newest: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    """The fields' labels (message ids)."""
    totals: list[int] = field(default_factory=list)
    """Rows that only add up others."""

    def add_issue(self, row: Row, key: str, value: str, message: str, values: Mapping[str, Any], wrong: bool) -> None:
        """Note an issue of the row's field `key`; a wrong one takes the row out."""
        column, heading = self.headings.get(key, (None, ""))
        label = self.labels.get(key, "")
        self.issues.append(Issue(row.index, column, heading, value, message, storable(values), wrong, label))
        if wrong:
            row.outcome = WRONG

    def warn(self, row: Row, key: str, value: str, message: str, /, **values: Any) -> None:
        self.add_issue(row, key, value, message, values, wrong=False)

    def reject(self, row: Row, key: str, value: str, message: str, /, **values: Any) -> None:
        self.add_issue(row, key, value, message, values, wrong=True)

    def drop_idle_warnings(self) -> None:
        """Remove the warnings about cells that are refused: the error is enough."""
        refused = {(issue.row, issue.label) for issue in self.issues if issue.is_error and issue.label}
        self.issues = [issue for issue in self.issues if issue.is_error or (issue.row, issue.label) not in refused]

    def copy(self) -> "Check":
        """For matching once more: what the first match settled is not in it."""
        rows = [Row(row.index, dict(row.values), row.outcome, None, row.keys) for row in self.rows]
        return Check(rows, list(self.issues), self.headings, labels=self.labels, totals=self.totals)

    def rows_with(self, outcome: str) -> list[Row]:
        return [row for row in self.rows if row.outcome == outcome]

    def counts(self) -> dict[str, int]:
        counts = {"rows": len(self.rows), NEW: 0, DUPLICATE: 0, WRONG: 0, PART: 0}
        for row in self.rows:
            counts[row.outcome] += 1
        if not counts[PART]:
            del counts[PART]
        counts["warnings"] = sum(not issue.is_error for issue in self.issues)
        return counts

    def new_items(self) -> list[NewItem]:
        """What dictionaries lack, each once, as it was written first."""
        new_items = (v for row in self.rows if row.outcome != WRONG for v in row.values.values() if type(v) is NewItem)
        items: dict[tuple[str, str], NewItem] = {}
        for item in new_items:
            items.setdefault((item.dictionary, item.key), item)
        return list(items.values())
