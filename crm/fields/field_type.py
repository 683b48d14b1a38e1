"""What every type of field is: it reads a text, shows a value, and knows what it needs of the firm."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from crm.errors import DomainError
from crm.fields.choices import Lookups
from crm.i18n import N_
from crm.text import one_line


class ValueProblem(DomainError):
    """A text that is not a value of the type; the message says what to write instead."""


@dataclass
class Context:
    """What types need to know: the firm's zone, the choices, the reader's language."""

    zone: ZoneInfo
    lookups: Lookups
    language: str = "zh_Hant"
    firm_currency: str = ""
    firm_decimals: int = 2
    """How many decimals amounts are shown with (D-6)."""


@dataclass(frozen=True)
class FieldType:
    """`kind` names the control and the cell format; empty text is None for every type.

    Types say how they `read` a text; who has one calls `parse`, which lets no text reach them (or any pattern)
    that is longer than the field or holds what cannot be kept.
    """

    kind = "text"
    numeric = False
    max_length = 200
    sheet = "general"
    """How a column of a workbook shows its numbers (`crm.spreadsheets.writing.Column.kind`)."""

    def parse(self, text: str, context: Context) -> Any:
        """The value of a typed text. Raises DomainError with the reason where it is none."""
        return self.read(self.text(text), context)

    def text(self, typed: str) -> str:
        """What was typed, with plain blanks and none around it."""
        return check_length(one_line(typed), self.max_length)

    def read(self, text: str, context: Context) -> Any:
        return text

    def span(self, text: str, context: Context) -> tuple[Any, Any]:
        """What a typed text means in a search: the first value, and the one after the last; None where it is one."""
        return self.parse(text, context), None

    def show(self, value: Any, context: Context) -> str:
        return "" if value is None else str(value)

    def edit(self, value: Any, context: Context) -> str:
        """The text a form shows for changing; parsing it gives the value back."""
        return self.show(value, context)

    def cell(self, value: Any, context: Context) -> Any:
        """The typed value for a spreadsheet."""
        return self.show(value, context) or None


def check_length(text: str, max_length: int) -> str:
    if len(text) > max_length:
        raise ValueProblem(
            N_("Please shorten this to at most %(longest)s characters; it has %(length)s."),
            longest=max_length,
            length=len(text),
        )
    return text
