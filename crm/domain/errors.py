"""What a verb of the domain says when a rule forbids what was asked."""

from typing import Any


class DomainError(Exception):
    """A rule was not met. `message` is an English message id with %(name)s places for `values`."""

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class NotAllowed(DomainError):
    """The person may see the thing but not do this with it."""


class StaleRecord(DomainError):
    """Somebody else saved the record after this person opened it (optimistic `version`)."""


class FieldError(DomainError):
    """One field's value breaks a rule; shown beside that field."""

    def __init__(self, field: str, message: str, **values: Any) -> None:
        super().__init__(message, **values)
        self.field = field
