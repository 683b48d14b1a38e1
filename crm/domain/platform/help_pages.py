"""What a page of help says: one text per function and language in `crm/data/help`, in a small part of Markdown.

First a paragraph about the function, then questions (`## …`), each with its steps (`1. …`) and perhaps remarks
(`- …`). Names of buttons stand in 【…】, as they are on the page.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data" / "help"
HOME = "workbench"
"""The page about what belongs to no function: signing in, the workbench."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_STEP = re.compile(r"\d+\. ", re.ASCII)
_BUTTON = re.compile(r"(【[^【】]*】)")

Pieces = list[tuple[str, bool]]
"""(text, whether it is a button's name)."""


@dataclass
class Topic:
    """A question with its answer."""

    question: str
    steps: list[Pieces] = field(default_factory=list)
    remarks: list[Pieces] = field(default_factory=list)


@dataclass
class HelpPage:
    about: Pieces
    topics: list[Topic]


def help_path(function: str, language: str) -> Path:
    return FOLDER / language / f"{function}.md"


def has_help(function: str) -> bool:
    return bool(_NAME.fullmatch(function)) and help_path(function, "en").exists()


def help_page(function: str, language: str) -> HelpPage:
    """In a regional form of a language (zh_Hant_TW) what the language itself says. Raises FileNotFoundError."""
    path = help_path(function, language)
    return parse_help((path if path.exists() else help_path(function, language[:7])).read_text(encoding="utf-8"))


def parse_help(text: str) -> HelpPage:
    """Raises ValueError for a line that is none of those."""
    page = HelpPage([], [])
    for line in filter(None, map(str.strip, text.splitlines())):
        step = _STEP.match(line)
        if line.startswith("## "):
            page.topics.append(Topic(line[3:]))
        elif not page.topics and not step and not line.startswith(("#", "- ")):
            page.about += pieces(line)
        elif page.topics and step:
            page.topics[-1].steps.append(pieces(line[step.end() :]))
        elif page.topics and line.startswith("- "):
            page.topics[-1].remarks.append(pieces(line[2:]))
        else:
            raise ValueError(line)
    return page


def pieces(line: str) -> Pieces:
    return [(piece, piece.startswith("【")) for piece in _BUTTON.split(line) if piece]
