"""Parses one XML part of a workbook as it comes, without what does not belong there.

Document types, entities of one's own and other encodings than UTF-8 are refused.
"""

from collections.abc import Callable, Iterable
from typing import Any
from xml.parsers import expat

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.limits import MAX_XML_TOKEN
from crm.spreadsheets.read_budget import ReadBudget

Start = Callable[[str, dict[str, str]], None]


def read_part(
    pieces: Iterable[bytes],
    work: ReadBudget,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Tell the handlers what stands in the part; names come without their prefix."""

    def begun(name: str, attributes: dict[str, str]) -> None:
        start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def ended(name: str) -> None:
        if end is not None:
            end(name.rpartition(":")[2] if ":" in name else name)

    parser = new_parser()
    parser.StartElementHandler = begun
    if end is not None:
        parser.EndElementHandler = ended
    parser.CharacterDataHandler = text
    feed(parser, pieces, work)


def new_parser() -> Any:
    parser: Any = expat.ParserCreate("UTF-8")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    return parser


def feed(parser: Any, pieces: Iterable[bytes], work: ReadBudget) -> None:
    """Parse the pieces; elements are counted before they are parsed, so that none too many are."""
    fed = 0
    try:
        for piece in pieces:
            if b"\0" in piece:
                raise SpreadsheetError(messages.DAMAGED)  # another encoding than UTF-8
            work.element(piece.count(b"<") - piece.count(b"</"))
            fed += len(piece)
            parser.Parse(piece)
            # One tag that goes on and on is begun anew with each piece.
            if fed - parser.CurrentByteIndex > MAX_XML_TOKEN:
                raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
        if fed:
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise SpreadsheetError(messages.DAMAGED) from error


def _refuse_doctype(*_declaration: object) -> None:
    raise SpreadsheetError(messages.DAMAGED)
