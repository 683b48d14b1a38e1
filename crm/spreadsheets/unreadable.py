"""Cells that hold something which is no value: "nothing there" and "not readable" are two things (I-5)."""

import re
from dataclasses import dataclass
from typing import Any

from crm.i18n import N_
from crm.spreadsheets.errors import CleaningError

ERROR = N_("“%(value)s” is a spreadsheet error, not a value.")
NOT_COMPUTED = N_(
    "This cell has a formula, but the file does not contain its result. Open the file in Excel and save it again."
)
TOO_NARROW = N_("The cell contains only “%(value)s”: the column was too narrow when the file was saved.")

_ERROR_TEXT = re.compile(
    r"#(?:N/A(?: N/A| Name|!)?|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!"
    r"|UNKNOWN!|PYTHON!|EXTERNAL!|TIMEOUT!|GETTING_DATA|ERROR!)|Err:5[0-9]{2}",
    re.IGNORECASE,
)
_MAX_LENGTH = 20
_HASHES = re.compile("#{3,}")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What the sheet shows there (`#N/A`; nothing for a formula without its result), and why it is no value."""

    shown: str
    reason: str = ERROR

    def __str__(self) -> str:
        return self.shown

    def problem(self) -> CleaningError:
        return CleaningError(self.reason, value=self.shown)


def require_readable(cell: Any) -> Any:
    """The cell as it is. Raises CleaningError where it holds something that is no value."""
    if type(cell) is str:
        cell = value_or_unreadable(cell)
    if type(cell) is Unreadable:
        raise cell.problem()
    return cell


def value_or_unreadable(text: str) -> "str | Unreadable":
    """The text, unless it is what a program wrote in place of a value (`#N/A` in a CSV file)."""
    if not text or text[0] not in "#Ee \t" or len(text) > 300:
        return text
    stripped = text.strip()
    if len(stripped) <= _MAX_LENGTH and _ERROR_TEXT.fullmatch(stripped):
        return Unreadable(stripped)
    if _HASHES.fullmatch(stripped):
        return Unreadable(stripped[:_MAX_LENGTH], TOO_NARROW)
    return text
