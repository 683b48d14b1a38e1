"""What a verb of the domain says when a rule forbids what was asked."""

from collections.abc import Mapping
from typing import Any


def storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """A message's values as they can be kept as JSON: an amount or a day becomes the text that people would read."""
    plain = (str, int, float, bool, type(None))
    return {key: value if isinstance(value, plain) else str(value) for key, value in values.items()}


class DomainError(Exception):
    """A rule was not met. `message` is an English message id with %(name)s places for `values`."""

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class NotFound(DomainError):
    """It does not exist, or this person may not see it: both look the same (A-7)."""


class NotAllowed(DomainError):
    """The person may see the thing but not do this with it."""


class StaleRecord(DomainError):
    """Somebody else saved the record after this person opened it (optimistic `version`)."""


class FieldError(DomainError):
    """One field's value breaks a rule; shown beside that field."""

    def __init__(self, field: str, message: str, **values: Any) -> None:
        super().__init__(message, **values)
        self.field = field
