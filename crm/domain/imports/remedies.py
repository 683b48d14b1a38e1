"""What helps against the errors of a whole column: its values are not in the list of its field (I-4, I-5)."""

from dataclasses import dataclass

from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.new_items import NOT_IN_LIST, NOT_YOURS, NOTHING_ADDED, TOO_LONG, may_add
from crm.domain.imports.results import Result
from crm.models import Rights

UNLISTED = (NOT_IN_LIST, NOTHING_ADDED, NOT_YOURS, TOO_LONG)


@dataclass(frozen=True)
class UnlistedColumn:
    """A column of the file with `count` rows whose values its list does not have.

    `addable`: they may be added to it; `optional`: the column need not be imported.
    """

    heading: str
    count: int
    addable: bool
    optional: bool


def unlisted_columns(result: Result, kind: ImportKind, rights: Rights) -> list[UnlistedColumn]:
    rows: dict[tuple[str, str], set[int]] = {}
    for issue in result.issues:
        if issue.is_error and issue.message in UNLISTED and issue.column is not None:
            rows.setdefault((issue.heading, issue.label), set()).add(issue.row)
    fields = {kind.label(field.key): field for field in kind.fields()}
    return [
        UnlistedColumn(
            heading,
            len(row_numbers),
            may_add(fields[label].type, rights),
            fields[label].key not in kind.required,
        )
        for (heading, label), row_numbers in rows.items()
        if label in fields
    ]
