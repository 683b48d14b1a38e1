"""Reads the sheets of an .xlsx: in one pass over each part, with everything counted that is read (I-3).

One program looks at the parts and reads them: another that saw the same file in another way cannot be led astray.
"""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.extent import Extent
from crm.spreadsheets.limits import MAX_CELLS, MAX_SHEETS
from crm.spreadsheets.merged_cells import fill_merged
from crm.spreadsheets.read_budget import ReadBudget
from crm.spreadsheets.sheet import Sheet, trim_rows
from crm.spreadsheets.xlsx_package import Package
from crm.spreadsheets.xlsx_sheet import SheetReader
from crm.spreadsheets.xlsx_styles import Styles
from crm.spreadsheets.xlsx_texts import SharedTexts
from crm.spreadsheets.xml_part import read_part

_VISIBLE = ("", "visible")


@dataclass
class _ListedSheet:
    name: str
    hidden: bool
    part: str


def read_xlsx(data: bytes, max_rows: int, max_columns: int) -> Iterator[Sheet]:
    """Every worksheet in its order, one after the other; raises SpreadsheetError for anything unsafe."""
    try:
        package = Package(data, ReadBudget())
        sheets, from_1904 = _listed(package)
        texts, styles = _common(package)
        for sheet in sheets:
            reader = SheetReader(package.work, Extent(max_rows, max_columns), texts, styles, from_1904)
            reader.read(package.pieces(sheet.part))
            yield _sheet(sheet, reader, package.work)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RecursionError) as error:
        raise SpreadsheetError(messages.DAMAGED) from error


def _sheet(listed_sheet: _ListedSheet, reader: SheetReader, work: ReadBudget) -> Sheet:
    fill_merged(reader.rows, reader.merged, work)
    rows = trim_rows(reader.rows)
    width = len(rows[0]) if rows else 0
    return Sheet(
        rows,
        listed_sheet.name,
        kind="xlsx",
        hidden=listed_sheet.hidden,
        hidden_rows=frozenset(row for row in reader.hidden_rows if row < len(rows)),
        hidden_columns=frozenset(column for column in reader.hidden_columns if column < width),
        merged=[merge for merge in reader.merged if merge[0] < len(rows)],
    )


def _listed(package: Package) -> tuple[list[_ListedSheet], bool]:
    """The worksheets of the workbook, and whether its days are counted from 1904."""
    workbook = package.workbook()
    relations = package.relations(workbook)
    parts = {id_: part for id_, (kind, part) in relations.items() if kind == "worksheet"}
    sheets: list[_ListedSheet] = []
    flags = {"date1904": False, "begun": False}

    def start(name: str, attributes: dict[str, str]) -> None:
        if not flags["begun"] and name != "workbook":
            raise SpreadsheetError(messages.NOT_A_SPREADSHEET)  # a text or a presentation is such a package, too
        flags["begun"] = True
        if name == "workbookPr":
            flags["date1904"] = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            ids = [value for key, value in attributes.items() if key == "id" or key.endswith(":id")]
            part = next((parts[id_] for id_ in ids if id_ in parts), None)
            if not any(id_ in relations for id_ in ids) or (part is not None and not package.has_part(part)):
                raise SpreadsheetError(messages.DAMAGED)  # a sheet that cannot be found is no empty one
            if part is not None and len(sheets) <= MAX_SHEETS:
                hidden = attributes.get("state", "") not in _VISIBLE
                sheets.append(_ListedSheet(attributes.get("name", ""), hidden, part))

    read_part(package.pieces(workbook), package.work, start)
    if len(sheets) > MAX_SHEETS:
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
    shared = [part for kind, part in relations.values() if kind == "sharedstrings"]
    _count_first(package, [*shared, *(sheet.part for sheet in sheets)])
    return sheets, flags["date1904"]


def _count_first(package: Package, parts: list[str]) -> None:
    """A quick look at how much there is: what would be refused at its end is refused at its beginning."""
    quick = ReadBudget()
    values = shared = 0
    for part in parts:
        for piece in package.pieces(part, quick):
            values += piece.count(b"</v>") + piece.count(b"</is>")
            shared += piece.count(b"</si>")
            quick.element(piece.count(b"<") - piece.count(b"</"))
            if max(values, shared) > MAX_CELLS:
                raise SpreadsheetError(messages.TOO_MANY_CELLS, cells=MAX_CELLS)


def _common(package: Package) -> tuple[list[str], list[int]]:
    """The shared texts, and the kinds of number of the styles."""
    texts, styles = SharedTexts(package.work), Styles()
    for kind, part in package.relations(package.workbook()).values():
        if kind == "sharedstrings":
            read_part(package.pieces(part), package.work, texts.start, texts.end, texts.text)
        elif kind == "styles":
            read_part(package.pieces(part), package.work, styles.start, styles.end)
    return texts.texts, styles.kinds
