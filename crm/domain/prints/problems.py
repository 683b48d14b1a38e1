"""Problems of a template, each with its line."""

from typing import Any

from crm.errors import FieldError


class Problem(FieldError):
    """A mistake in a template's text; `line` counts from 1."""

    def __init__(self, line: int, message: str, **values: Any) -> None:
        super().__init__("body", message, line=line, **values)


class TooManyProblems(Exception):
    """Enough mistakes are known; reading further would only find their consequences."""


class Problems(list[Problem]):
    """The first mistakes of a template."""

    limit = 5

    def add(self, line: int, message: str, **values: Any) -> None:
        self.append(Problem(line, message, **values))
        if len(self) >= self.limit:
            raise TooManyProblems

    def stop(self, line: int, message: str, **values: Any) -> None:
        """A mistake after which nothing can be understood any more."""
        self.append(Problem(line, message, **values))
        raise TooManyProblems
