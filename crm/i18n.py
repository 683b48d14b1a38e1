"""Texts for people, without the web: marking them for translation, and saying them in a language."""

from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

MESSAGES = Path(__file__).resolve().parent / "translations"


def N_(message: str) -> str:
    """Mark a message id for extraction and return it unchanged."""
    return message


@cache
def _translations(language: str) -> NullTranslations:
    return Translations.load(MESSAGES, [language])


def say(language: str, message: str, **values: object) -> str:
    """The message in a language, for letters and whatever else no request asks for."""
    text: str = _translations(language).gettext(message)
    return text % values if values else text
