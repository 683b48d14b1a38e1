"""Contacts exported by Outlook and Google: their names stand in two columns, telephones in pairs of label and value.

Columns that the import knows are added behind the file's own; those of the file stay, to be chosen as well.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.sheet import Cell, Sheet

FAMILY = frozenset(("lastname", "familyname", "姓", "姓氏"))
GIVEN = frozenset(("firstname", "givenname", "名", "名字"))
WHOLE = frozenset(("name", "fullname", "displayname", "姓名", "全名"))
NAME, MOBILE, PHONE = "姓名", "手機", "電話"
_CJK = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_PHONE_VALUE = re.compile(r"phone(\d{1,2})value")
_MOBILE_LABELS = ("mobile", "cell", "手機", "手机", "行動", "移动", "iphone")


def with_known_columns(sheet: Sheet) -> Sheet:
    """The sheet with a whole name, mobile and telephone, where it is such an export."""
    if not sheet.rows:
        return sheet
    headings = [normalize_heading(cell) if isinstance(cell, str) else "" for cell in sheet.rows[0]]
    added: list[tuple[str, Callable[[Sequence[Cell]], Cell]]] = []
    family, given = _place(headings, FAMILY), _place(headings, GIVEN)
    whole_name = _place(headings, WHOLE)
    if family is not None and given is not None:
        if whole_name is None:
            added.append((NAME, lambda row: _name(_text(row[family]), _text(row[given]))))
        else:
            sheet = _with_whole_names(sheet, whole_name, family, given)
    pairs = _phones(headings)
    if pairs:
        added += [(MOBILE, lambda row: _phone(row, pairs, True)), (PHONE, lambda row: _phone(row, pairs, False))]
    if not added:
        return sheet
    rows = [[*sheet.rows[0], *(heading for heading, _make in added)]]
    rows += [[*row, *(make(row) for _heading, make in added)] for row in sheet.rows[1:]]
    return replace(sheet, rows=rows)


def _place(headings: Sequence[str], known: frozenset[str]) -> int | None:
    return next((index for index, heading in enumerate(headings) if heading in known), None)


def _with_whole_names(sheet: Sheet, whole_name: int, family: int, given: int) -> Sheet:
    """Older exports have a column for the whole name, but fill only its parts in some rows."""
    rows = [list(row) for row in sheet.rows]
    for row in rows[1:]:
        if not _text(row[whole_name]):
            row[whole_name] = _name(_text(row[family]), _text(row[given])) or row[whole_name]
    return replace(sheet, rows=rows)


def _text(cell: Cell) -> str:
    return str(cell).strip() if cell is not None else ""


def _name(family: str, given: str) -> str | None:
    if _CJK.search(family + given):
        return f"{family}{given}" or None
    return f"{given} {family}".strip() or None


def _phones(headings: Sequence[str]) -> list[tuple[int | None, int]]:
    """(label, value) of Google's telephones."""
    phones: list[tuple[int | None, int]] = []
    for index, heading in enumerate(headings):
        match = _PHONE_VALUE.fullmatch(heading)
        if match is not None:
            labels = frozenset((f"phone{match[1]}label", f"phone{match[1]}type"))
            phones.append((_place(headings, labels), index))
    return phones


def _phone(row: Sequence[Cell], pairs: Sequence[tuple[int | None, int]], mobile: bool) -> str | None:
    for label, value in pairs:
        label_text = _text(row[label]).lower() if label is not None else ""
        if any(word in label_text for word in _MOBILE_LABELS) == mobile and _text(row[value]):
            return _text(row[value]).partition(" ::: ")[0]
    return None
