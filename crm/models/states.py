"""States of records: stored by their values, each with its label and the tone of its badge."""

from enum import StrEnum
from typing import Self


class State(StrEnum):
    """Base of the states of one kind of record: `DRAFT = "draft", N_("Draft"), "gray"`."""

    label: str
    """A message id."""
    tone: str
    """The colour of its badge: a class `c-<tone>` of the style sheet."""

    # The defaults are for whoever looks a state up by its value: `DocumentState("draft")`.
    def __new__(cls, value: str, label: str = "", tone: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.label, member.tone = value, label, tone
        return member

    @classmethod
    def options(cls, *without: "State") -> tuple[tuple[str, str], ...]:
        """(value, label) for drop-downs and tabs."""
        return tuple((state.value, state.label) for state in cls if state not in without)
