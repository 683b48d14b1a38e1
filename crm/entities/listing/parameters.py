"""What was typed into a list's search, as the parts of an address hold it (C-5)."""

from collections.abc import Iterable
from typing import Protocol
from urllib.parse import parse_qsl


class ParameterSource(Protocol):
    """The parts of an address; those of a request are such."""

    def get(self, key: str, default: str) -> str: ...
    def getlist(self, key: str) -> list[str]: ...


class Parameters:
    """The same without a request: from a kept search, or from an address that a task remembers."""

    def __init__(self, parts: Iterable[tuple[str, str]] = ()) -> None:
        self._parts = list(parts)

    @classmethod
    def of(cls, query: str) -> "Parameters":
        return cls(parse_qsl(query))

    def get(self, key: str, default: str) -> str:
        return next((value for name, value in self._parts if name == key), default)

    def getlist(self, key: str) -> list[str]:
        return [value for name, value in self._parts if name == key]
