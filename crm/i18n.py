"""Texts for people, without the web: marking them for translation, and saying them in a language."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from babel.support import NullTranslations, Translations

MESSAGES = Path(__file__).resolve().parent / "translations"
NOUNS = frozenset(
    "attachments cells changes characters cities codes columns conditions conflicts contacts customers days decimals"
    " elements emails entries fields files forms groups hours items kinds letters lines minutes months notices"
    " opportunities orders pairs people places products quotes receipts records reminders reports rows sheets steps"
    " targets tasks versions weeks workbooks years".split()
)
"""What is counted in our English sentences."""
_MEASURES = frozenset("characters days decimals elements hours minutes months weeks years".split())
"""They say how much, and are not what the sentence is about."""
_VERBS = {
    "are": "is",
    "were": "was",
    "have": "has",
    "go": "goes",
    "move": "moves",
    "stand": "stands",
    "lie": "lies",
    "belong": "belongs",
    "lose": "loses",
}
_ADJECTIVES = "more|other|old|open|sent|submitted|finished|sales|contact|recovery|time|import|export|system|log"
_COUNTED = re.compile(
    rf"%\((\w+)\)s(?P<between>(?: (?:{_ADJECTIVES}))*)"
    rf"(?P<noun> (?:{'|'.join(sorted(NOUNS))}))?(?P<whose> of (?:your customers|%\(\w+\)s))?"
    rf"(?P<verb> (?:{'|'.join(_VERBS)}))?(?P<rest>[^.,;:]{{0,60}}? and (?:are|were|lose)\b)?(?![a-z])"
)
_LAST_VERB = re.compile(r"(?:are|were|lose)$")
Words = TypeVar("Words", bound=str)
LANGUAGES = ("zh_Hant", "zh_Hans", "en")
"""Those that every text is said in."""


class OwnText(str):
    """A text that somebody of the firm wrote, such as the label of a field of their own: it is shown as it is typed."""

    __slots__ = ()


def N_(message: str) -> str:
    """Mark a message id for extraction and return it unchanged."""
    return message


def filled(text: Words, values: Mapping[str, object]) -> Words:
    """The text with its values. English says “1 record is” where the sentence is written for several records.

    Ours is the one language of the three whose words agree with a number, so its sentences are turned here instead of
    being written twice.
    """
    if any(value in (1, "1") for value in values.values()):
        text = type(text)(_COUNTED.sub(lambda match: _of_one(match, values), text))
    return text % values  # type: ignore[return-value]


def _of_one(match: re.Match[str], values: Mapping[str, object]) -> str:
    if values.get(match[1]) not in (1, "1"):
        return match[0]
    noun, verb, remainder = (match[name] or "" for name in ("noun", "verb", "rest"))
    if noun:
        noun = f" {_singular(noun[1:])}"
    counted = noun or match["between"] or match[1] in ("count", "without")
    remainder = _COUNTED.sub(lambda inner: _of_one(inner, values), remainder)
    if verb and counted and match["noun"] not in {f" {measure}" for measure in _MEASURES}:
        verb = f" {_VERBS[verb[1:]]}"
        remainder = _LAST_VERB.sub(lambda end: _VERBS[end[0]], remainder)
    return f"%({match[1]})s{match['between']}{noun}{match['whose'] or ''}{verb}{remainder}"


def _singular(noun: str) -> str:
    if noun == "people":
        return "person"
    return noun[:-3] + "y" if noun.endswith("ies") else noun[:-1]


@cache
def _translations(language: str) -> NullTranslations:
    return Translations.load(MESSAGES, [language])


def say(language: str, message: str, **values: object) -> str:
    """The message in a language, for emails and whatever else no request asks for."""
    text: str = message if isinstance(message, OwnText) else _translations(language).gettext(message)
    return filled(text, values) if values else text
