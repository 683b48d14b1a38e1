"""The errors of a file, or of one of its cells, that cannot be read."""

from typing import Any

from crm.errors import DomainError


class SpreadsheetError(DomainError):
    """The whole file is refused; nothing of it may be used (I-3)."""


class WrongEncoding(SpreadsheetError):
    """The characters of the file are not to be read in the encoding that was chosen, or in none."""


class CleaningError(DomainError):
    """One cell's value cannot be understood (I-5); the message is for its row of the check (I-4)."""

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message, **{name: shortened(value) for name, value in values.items()})


def shortened(value: Any, characters: int = 40) -> Any:
    """A value as it can be repeated inside a message: long texts end in “…”."""
    if isinstance(value, str) and len(value) > characters:
        return value[: characters - 1] + "…"
    return value
