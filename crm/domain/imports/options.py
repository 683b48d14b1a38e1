"""What the importer chooses beside the file (I-4, I-5, I-6, I-8)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crm.i18n import N_
from crm.models import Permission, Rights
from crm.spreadsheets.encodings import CODECS

SKIP, FILL, OVERWRITE = "skip", "fill", "overwrite"
REFUSE, ADD = "refuse", "add"
MINE, POOL = "me", "pool"
GOOD_ROWS, ALL_OR_NONE = "good", "all"
AUTO = "auto"
HEADED, HEADLESS = "row", "none"
TAKE, LEAVE = "take", "leave"

CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "headings": (
        (HEADED, N_("This file has a heading row")),
        (HEADLESS, N_("This file has no heading row")),
    ),
    "duplicates": (
        (SKIP, N_("Skip")),
        (FILL, N_("Update empty fields")),
        (OVERWRITE, N_("Overwrite")),
    ),
    "unknown": (
        (REFUSE, N_("Reject the row")),
        (ADD, N_("Add to the dictionary")),
    ),
    "owner": (
        (MINE, N_("Me")),
        (POOL, N_("Customer pool")),
    ),
    "wrong": (
        (GOOD_ROWS, N_("Import all correct rows")),
        (ALL_OR_NONE, N_("Import all rows or none")),
    ),
    "hidden": (
        (TAKE, N_("Import them too")),
        (LEAVE, N_("Skip them")),
    ),
    "totals": (
        (LEAVE, N_("Skip them")),
        (TAKE, N_("Import them too")),
    ),
    "encoding": (
        (AUTO, N_("Detect automatically")),
        ("utf-8", N_("UTF-8")),
        ("gb18030", N_("GBK (Simplified Chinese)")),
        ("big5", N_("Big5 (Traditional Chinese)")),
        ("utf-16", N_("UTF-16")),
    ),
}
"""Option → its choices, the first being the usual one."""

LABELS = {
    "headings": N_("Headings"),
    "duplicates": N_("Duplicates"),
    "unknown": N_("Texts not in the dictionary"),
    "owner": N_("Owner if the file names none"),
    "wrong": N_("If rows have errors"),
    "hidden": N_("Hidden rows and columns"),
    "totals": N_("Rows with totals"),
    "encoding": N_("Encoding of a CSV file"),
}


@dataclass(frozen=True)
class Options:
    """The choices of one import."""

    headings: str = HEADED
    duplicates: str = SKIP
    unknown: str = REFUSE
    owner: str = MINE
    wrong: str = GOOD_ROWS
    hidden: str = TAKE
    totals: str = LEAVE
    encoding: str = AUTO

    @classmethod
    def from_values(cls, choices: Mapping[str, Any]) -> "Options":
        """From what was sent or stored; whatever is not offered becomes the usual choice."""
        known = {name: [key for key, _label in offered] for name, offered in CHOICES.items()}
        return cls(**{name: choices[name] for name, keys in known.items() if choices.get(name) in keys})

    @property
    def codec(self) -> str | None:
        """The encoding as the reader wants it: None where it finds out itself."""
        return self.encoding if self.encoding in CODECS else None

    @property
    def placed(self) -> bool:
        """Whether columns are named by their places."""
        return self.headings == HEADLESS

    def stored(self) -> dict[str, str]:
        return asdict(self)


NO_RIGHT_TO_ADD = N_("“Add to the dictionary” cannot be chosen: it needs permission to change dictionaries.")
NO_RIGHT_TO_SOME_LISTS = N_("Nothing is added to lists that you cannot change: such rows are rejected.")
NO_RIGHT_TO_POOL = N_("“Customer pool” cannot be chosen: it needs permission to change customers of the pool.")
NO_RIGHT_TO_OWN = N_("“Me” cannot be chosen: you cannot own customers without permission to change customers.")


def unavailable_choices(rights: Rights, lists: tuple[Permission, ...], has_owner: bool) -> tuple[set[str], list[str]]:
    """The choices that this person may not make, and why (message ids)."""
    held = [rights.may(permission) for permission in lists]
    rules = [
        (ADD, not any(held), NO_RIGHT_TO_ADD),
        ("", any(held) and not all(held), NO_RIGHT_TO_SOME_LISTS),
        (POOL, has_owner and not rights.may(Permission.POOL_SAVE), NO_RIGHT_TO_POOL),
        (MINE, has_owner and not rights.may(Permission.CUSTOMERS_SAVE), NO_RIGHT_TO_OWN),
    ]
    return {key for key, holds, _why in rules if holds}, [why for _key, holds, why in rules if holds]
