"""The layout of a person's workbench: columns of panels, stored with the account (W-3, W-4).

Rules only: which panels there are and who may have them is the callers' knowledge.
"""

from collections.abc import Collection, Iterable
from itertools import takewhile
from typing import Any

from sqlalchemy.orm import Session

from crm.errors import DomainError, StaleRecord
from crm.i18n import N_
from crm.models import User

Layout = tuple[tuple[str, ...], ...]

MIN_COLUMNS, MAX_COLUMNS = 2, 3
UP, DOWN, LEFT, RIGHT = "up", "down", "left", "right"
DIRECTIONS = (UP, DOWN, LEFT, RIGHT)


def normalize_layout(columns: Iterable[Iterable[str]], known: Collection[str]) -> Layout:
    """Two or three columns; each panel once, unknown ones left out; an empty third column goes."""
    layout: list[list[str]] = [[] for _ in range(MIN_COLUMNS)]
    placed: set[str] = set()
    for number, column in enumerate(columns):
        if number >= len(layout) and len(layout) < MAX_COLUMNS:
            layout.append([])
        for key in column:
            if key in known and key not in placed:
                placed.add(key)
                layout[min(number, len(layout) - 1)].append(key)
    while len(layout) > MIN_COLUMNS and not layout[-1]:
        layout.pop()
    return tuple(tuple(column) for column in layout)


def read_layout(stored: Any, known: Collection[str], default: Layout) -> Layout:
    """The layout kept with the account; the default where nothing usable is kept."""
    columns = _kept_columns(stored)
    return normalize_layout(default if columns is None else columns, known)


def kept_keys(stored: Any) -> list[str]:
    """The panels that the layout kept with the account names, whether there are such panels or not."""
    return [key for column in _kept_columns(stored) or () for key in column]


def _kept_columns(stored: Any) -> list[list[str]] | None:
    columns = stored.get("columns") if isinstance(stored, dict) else None
    if not isinstance(columns, list) or not all(isinstance(column, list) for column in columns):
        return None
    return [[key for key in column if isinstance(key, str)] for column in columns]


def visible_layout(layout: Layout, allowed: Collection[str]) -> Layout:
    """What the person sees: without the panels whose right they do not have (now)."""
    return normalize_layout(layout, allowed)


def remove_panel(layout: Layout, key: str) -> Layout:
    return tuple(tuple(other for other in column if other != key) for column in layout)


def add_panels(layout: Layout, keys: Iterable[str]) -> Layout:
    """Each new panel goes to the end of the column that has the fewest."""
    columns = [list(column) for column in layout]
    for key in keys:
        if not any(key in column for column in columns):
            min(columns, key=len).append(key)
    return tuple(tuple(column) for column in columns)


def move_panel(layout: Layout, key: str, direction: str) -> Layout:
    """The panel one place further. Beyond the edge nothing happens, but right of the last column a third one opens."""
    columns = [list(column) for column in layout]
    position = next(((c, column.index(key)) for c, column in enumerate(columns) if key in column), None)
    if position is None or direction not in DIRECTIONS:
        return layout
    c, row = position
    columns[c].remove(key)
    if direction in (UP, DOWN):
        columns[c].insert(max(0, row + (1 if direction == DOWN else -1)), key)
    else:
        c = min(max(0, c + (1 if direction == RIGHT else -1)), MAX_COLUMNS - 1)
        if c == len(columns):
            columns.append([])
        columns[c].insert(row, key)
    return tuple(tuple(column) for column in columns)


def can_move(layout: Layout, key: str, direction: str) -> bool:
    """Whether the move changes what is seen; the buttons are made from it."""
    after = move_panel(layout, key, direction)
    return normalize_layout(after, {k for column in after for k in column}) != layout


def merge_hidden(arranged: Layout, before: Layout, allowed: Collection[str]) -> Layout:
    """The new arrangement, with what the person cannot see kept at the top or at the end of its column."""
    columns = [list(column) for column in arranged]
    while len(columns) < len(before):
        columns.append([])
    for column, former in zip(columns, before, strict=False):
        top = list(takewhile(lambda key: key not in allowed, former))
        column[:0] = top
        column.extend(key for key in former[len(top) :] if key not in allowed)
    return tuple(tuple(column) for column in columns)


def save_layout(
    session: Session,
    user: User,
    columns: Layout,
    known: Collection[str],
    allowed: Collection[str],
    opened_version: int | None,
    default: Layout = (),
) -> None:
    """Keep the arrangement of what the person sees; the rest stays where it was, or where the `default` has it.

    Raises StaleRecord where another window saved meanwhile.
    """
    _check_opened(session, user, opened_version)
    before = read_layout(user.workbench, known, default)
    layout = normalize_layout(merge_hidden(normalize_layout(columns, allowed), before, allowed), known)
    user.workbench = {**(user.workbench or {}), "columns": [list(column) for column in layout]}
    user.workbench_version += 1
    session.flush()


def reset_layout(session: Session, user: User, opened_version: int | None) -> None:
    """恢復默認 (W-4)."""
    _check_opened(session, user, opened_version)
    other_settings = {key: value for key, value in (user.workbench or {}).items() if key != "columns"}
    user.workbench = other_settings or None
    user.workbench_version += 1
    session.flush()


def _check_opened(session: Session, user: User, opened_version: int | None) -> None:
    session.refresh(user, ["workbench", "workbench_version"], with_for_update=True)
    if opened_version != user.workbench_version:
        raise StaleRecord(
            N_("The workbench was rearranged in another window in the meantime. This layout was not saved.")
        )


def parse_layout(text: str) -> Layout:
    """The form's text: keys separated by blanks, columns by a bar: `today due|sales`."""
    if len(text) > 2000:
        raise DomainError(N_("This layout could not be read. Please reload the page and try again."))
    return tuple(tuple(column.split()) for column in text.split("|"))


def layout_text(layout: Layout) -> str:
    return "|".join(" ".join(column) for column in layout)
