"""Adds up the texts that the cells of an .xlsx share.

The reader makes a copy for each cell, so one long text used by very many cells would need any amount
of memory.
"""

import re
from collections import Counter
from collections.abc import Mapping

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.limits import MAX_TEXT

_TEXT_BEGINS = re.compile(rb"<(?:[^\s<>/:]*:)?si[\s/>]")
_VALUE = re.compile(rb"<(?:[^\s<>/:]*:)?v(?:\s[^<>]*)?>([+&\s]|<!|[0-9]*)")


def check_shared_texts(parts: Mapping[str, bytes]) -> None:
    """Refuse a workbook whose cells hold more than MAX_TEXT bytes of shared texts."""
    tables = [table for table in map(_lengths, parts.values()) if table]
    longest = max((max(table) for table in tables), default=0)
    cells = sum(xml.count(b"v>") + xml.count(b"v ") for xml in parts.values())
    if longest * cells <= MAX_TEXT:
        return
    uses: Counter[bytes] = Counter()
    for xml in parts.values():
        uses.update(_VALUE.findall(xml))
    total = sum(_length(tables, number, longest) * count for number, count in uses.items())
    if total > MAX_TEXT:
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)


def _length(tables: list[list[int]], number: bytes, longest: int) -> int:
    """Of the text with this number; what is written unusually could be any of them."""
    if number and not number.isdigit():
        return longest
    if not number or len(number.lstrip(b"0")) > 9:
        return 0
    index = int(number)
    return max((table[index] for table in tables if index < len(table)), default=0)


def _lengths(xml: bytes) -> list[int]:
    if b"si" not in xml:
        return []
    begins = [match.start() for match in _TEXT_BEGINS.finditer(xml)]
    return [end - begin for begin, end in zip(begins, [*begins[1:], len(xml)], strict=False)]
