"""The result of a check, stored beside the file until it is imported (I-4)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.mapping import Mapping
from crm.domain.imports.rows import DUPLICATE, Check, Issue, NewItem
from crm.domain.imports.sheets import ChosenSheet
from crm.fields import FieldType, FixedChoice, YesNo

PREVIEWED = 5
SHOWN_RANGES, SHOWN_VALUES = 6, 3
MAX_ISSUES = 20_000
MAX_DUPLICATES = 200
"""So many are named, and can be decided one by one."""


@dataclass
class IssueGroup:
    """Equal issues of many rows, shown once with the rows (from 0) and the different values."""

    issue: Issue
    rows: list[int]
    values: list[str]


@dataclass
class Result:
    """The check for the page: counts, issues, the first rows as texts, and how the file was read.

    `fields` are message ids, and so are the cells in the columns of `worded`.
    """

    counts: dict[str, int]
    issues: list[Issue]
    preview: list[list[str]] = field(default_factory=list)
    preview_rows: list[int] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    worded: list[int] = field(default_factory=list)
    new_items: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    encoding: str = ""
    heading_row: int = 0
    parts: list[list[Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: list[str] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    duplicates: list[list[Any]] = field(default_factory=list)
    """Row, its name, the known record's name, its owner's id, and whether the row may change it."""

    def row_of(self, index: int) -> str:
        """The number of a row in its own sheet, with the sheet's name where there are several."""
        name, row_offset = "", 0
        for begin, sheet, offset in self.parts:
            if begin <= index:
                name, row_offset = sheet, offset
        number = str(index + 1 + row_offset)
        return f"{name} {number}" if len(self.parts) > 1 else number

    def rows_of(self, indexes: Sequence[int]) -> str:
        """The numbers of several rows in their order, shortened: 3–7、12、15–40 …"""
        ranges: list[list[int]] = []
        begins = {part[0] for part in self.parts}
        for index in indexes:
            if ranges and index == ranges[-1][1] + 1 and index not in begins:
                ranges[-1][1] = index
            else:
                ranges.append([index, index])
        shown = [
            self.row_of(first) if first == last else f"{self.row_of(first)}–{self.row_of(last).rpartition(' ')[2]}"
            for first, last in ranges[:SHOWN_RANGES]
        ]
        return "、".join(shown) + (" …" if len(ranges) > SHOWN_RANGES else "")

    def lines(self, wrong: bool) -> list[IssueGroup]:
        """The errors, or the warnings: equal ones of a field are one line."""
        groups: dict[tuple[Any, ...], IssueGroup] = {}
        for issue in self.issues:
            if issue.is_error == wrong:
                group_key = (issue.column, issue.label, issue.message, *map(str, issue.values.values()))
                line = groups.setdefault(group_key, IssueGroup(issue, [], []))
                if not line.rows or line.rows[-1] != issue.row:
                    line.rows.append(issue.row)
                if issue.value not in line.values and len(line.values) <= SHOWN_VALUES:
                    line.values.append(issue.value)
        return list(groups.values())

    def store(self, path: Path) -> None:
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Result | None":
        if not path.exists():
            return None
        stored = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**stored, "issues": [Issue(**issue) for issue in stored["issues"]]})


def result_of(
    check: Check,
    kind: ImportKind,
    importing: ImportContext,
    mapping: Mapping,
    chosen: ChosenSheet,
) -> Result:
    rows = check.rows[:PREVIEWED]
    keys = [f.key for f in kind.fields() if any(f.key in row.values for row in rows)]
    issues = sorted(check.issues, key=lambda issue: (not issue.is_error, issue.row))[:MAX_ISSUES]
    return Result(
        counts=check.counts(),
        issues=issues,
        preview=[[_shown_value(kind, key, row.values.get(key), check, importing) for key in keys] for row in rows],
        preview_rows=[row.index + 1 for row in rows],
        fields=[kind.label(key) for key in keys],
        worded=[n for n, key in enumerate(keys) if isinstance(_type_of(kind, key), (YesNo, FixedChoice))],
        new_items=[item.name for item in check.new_items()],
        duplicated=mapping.duplicated,
        missing=mapping.missing,
        unread=mapping.unread,
        encoding=chosen.sheet.encoding or "",
        parts=[list(part) for part in chosen.parts],
        left_out=list(chosen.left_out),
        hidden_rows=chosen.hidden_rows,
        hidden_columns=list(chosen.hidden_columns),
        heading_row=mapping.heading_row,
        totals=check.totals,
    )


def known_duplicates(session: Session, kind: ImportKind, check: Check) -> list[list[Any]]:
    """The first rows that the firm has already, with what it has: name and owner, whoever's it is (C-3)."""
    rows = [row for row in check.rows_with(DUPLICATE) if row.known is not None][:MAX_DUPLICATES]
    model, owner = kind.entity.model, kind.entity.owner
    columns = [model.id, kind.entity.named_column(), *([getattr(model, owner)] if owner else [])]
    records = session.execute(select(*columns).where(model.id.in_({row.known for row in rows})))
    known = {id_: [str(name or ""), owner_names[0] if owner_names else None] for id_, name, *owner_names in records}
    return [
        [row.index, str(row.values.get(kind.entity.named) or ""), *known[row.known], row.existing is not None]
        for row in rows
        if row.known in known
    ]


def _shown_value(kind: ImportKind, key: str, value: Any, check: Check, importing: ImportContext) -> str:
    if value is None:
        return ""
    if isinstance(value, NewItem):
        return value.name
    return check.shown.get((key, value)) or _type_of(kind, key).show(value, importing.context)


def _type_of(kind: ImportKind, key: str) -> FieldType:
    field_of_kind = kind.field(key)
    assert field_of_kind is not None
    return field_of_kind.type
