"""How a stored text is compared with a typed one, for filters and the advanced search: as the quick search folds (C-5).

Either script, width and case are the same, and a telephone is its digits, in national or international writing.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, and_, cast, false, func, null, or_
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from crm.models.custom_values import CustomValue
from crm.text import PhoneNumber, as_glob, as_regex, dialled, fold_patterns, longest_literal, parse_phone

HAS, IS, STARTS = "has", "is", "starts"
_MARKS_OF_PHONES = " -()+.\u2010\u2013"
_BETWEEN_NUMBERS = "、,;/"
Compared = ColumnElement[bool]


def text_condition(session: Session, stored: Any, mode: str, typed: str) -> Compared:
    """Whether the stored text has, is, or begins with the typed one; none has what is seen by nobody."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return or_(false(), *(_fits(stored, mode, pattern, on_sqlite) for pattern in fold_patterns(typed)))


def _fits(stored: Any, mode: str, pattern: tuple[str, ...], on_sqlite: bool) -> Compared:
    if on_sqlite:
        before, after = "*" if mode == HAS else "", "" if mode == IS else "*"
        fits = stored.op("GLOB", is_comparison=True)(f"{before}{as_glob(pattern)}{after}")
    else:
        before, after = "" if mode == HAS else "^", "$" if mode == IS else ""
        fits = stored.op("~", is_comparison=True)(f"{before}{as_regex(pattern)}{after}")
    held = longest_literal(pattern)
    fits = and_(stored.contains(held, autoescape=True), fits) if held else fits
    is_long_text = not on_sqlite and isinstance(stored, CustomValue) and stored.holds_text and not stored.indexed
    return and_(*_holds_characters(stored, pattern), fits) if is_long_text else fits


MAX_CHARACTERS = 8


def _holds_characters(stored: Any, pattern: tuple[str, ...]) -> list[Compared]:
    """What PostgreSQL's index of a long text's characters is asked first: each stands there in one of its forms."""
    sets = [characters for characters in dict.fromkeys(pattern) if characters.isalnum()][:MAX_CHARACTERS]
    stored_characters = func.string_to_array(stored, null())
    return [
        stored_characters.op("&&", is_comparison=True)(cast(array(list(characters)), ARRAY(Text)))
        for characters in sets
    ]


MAX_BEGINNINGS = 64


def within_index(stored: Any, mode: str, typed: str) -> list[Compared]:
    """What an index in the order of the texts is asked first: the few beginnings that such a text can have."""
    if mode == HAS:
        return []
    beginnings = [text for pattern in fold_patterns(typed) for text in _beginnings(pattern)]
    return [
        or_(false(), *(and_(stored >= beginning, stored < beginning + LAST) for beginning in dict.fromkeys(beginnings)))
    ]


LAST = "\U0010ffff"


def _beginnings(pattern: tuple[str, ...]) -> list[str]:
    """As long as they can be, for there to be few of them."""
    beginnings = [""]
    for characters in pattern:
        if len(beginnings) * len(characters) > MAX_BEGINNINGS:
            break
        beginnings = [beginning + character for beginning in beginnings for character in characters]
    return beginnings


def phone_condition(session: Session, stored: Any, mode: str, typed: str) -> Compared:
    """The same of telephones: 0912345678 is +886 912-345-678. What is no number is a text."""
    number = parse_phone(typed)
    if number is None:
        return text_condition(session, stored, mode, typed)
    figures = stored
    for mark in _MARKS_OF_PHONES:
        figures = func.replace(figures, mark, "")
    compares: dict[str, Callable[[], Compared]] = {
        IS: lambda: or_(figures.in_(number.spellings), text_condition(session, stored, IS, typed)),
        STARTS: lambda: or_(*(figures.startswith(writing) for writing in number.prefixes(dialled(typed)))),
    }
    return compares.get(mode, lambda: _has_number(figures, number, dialled(typed)))()


def _has_number(figures: Any, number: PhoneNumber, typed: str) -> Compared:
    """Any part. A zero before the area code, and the code itself, may be missing."""
    first = [figures.startswith(area) for area in number.areas]
    later = [figures.contains(sign + area) for area in number.areas for sign in _BETWEEN_NUMBERS]
    return or_(*(figures.contains(part) for part in number.parts(typed)), *first, *later)
