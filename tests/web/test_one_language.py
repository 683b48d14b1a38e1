"""Each page speaks the reader's language; only what is the firm's own, or a place's name, is as it was written."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Base
from tests.browser import full_firm
from tests.cast import Cast
from tests.conftest import Person, grow, wants_all
from tests.conventions.test_help import SIMPLIFIED

CHINESE = re.compile("[\u3400-\u9fff]+")
SENTENCE = re.compile(r"\b[A-Za-z]+(?: [a-z]+){2,}")
"""Three English words in a row are a message that nobody translated; single ones are names and abbreviations."""
SAID = ("title", "aria-label", "placeholder", "alt", "value", "data-question", "data-label")


@pytest.fixture(scope="module")
def firm_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("named") / "instance"

    def fill(session: Session, cast: Cast) -> None:
        full_firm.fill_hired(session, cast, lambda _length, end: f"Name{end}")

    grow(grown, folder, fill)
    return folder


def said(page: str) -> Iterator[str]:
    """What somebody reads or hears of the page."""
    tree = html.fromstring(page)
    for part in tree.iter():
        if part.tag in ("script", "style") or not isinstance(part.tag, str):
            continue
        yield from (part.get(key) for key in SAID if part.get(key))
        yield from (text for text in (part.text, part.tail) if text and text.strip())


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for part in (*value, *value.values()) for text in texts_in(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in texts_in(part))


def stored_texts(session: Session) -> list[str]:
    """Every text that stands in the database, the longest first; codes of the program aside."""
    found = set()
    for table in Base.metadata.sorted_tables:
        for row in session.execute(table.select()):
            found.update(text for value in row for text in texts_in(value) if CHINESE.search(text))
    return sorted(found, key=len, reverse=True)


@pytest.mark.parametrize(
    "language",
    ["en", pytest.param("zh_Hans", marks=pytest.mark.long), pytest.param("zh_Hant", marks=pytest.mark.long)],
)
def test_each_page_speaks_one_language(
    language: str,
    app: CRM,
    session: Session,
    cast: Cast,
    as_user: Callable[[str], Person],
    pytestconfig: pytest.Config,
) -> None:
    """The quick form reads every other page."""
    cast.admin.language = language
    session.commit()
    admin, found, stored = as_user("admin"), {}, stored_texts(session)

    def is_ours(text: str) -> bool:
        for one in stored:
            text = text.replace(one, "")
        return is_foreign(text, language)

    for address in islice(full_firm.addresses(app), 0, None, 1 if wants_all(pytestconfig) else 2):
        answer = admin.get(address)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        wrong = {text for text in map(str.strip, said(answer.text)) if is_foreign(text, language) and is_ours(text)}
        if wrong:
            found[address] = sorted(wrong)[:8]
    assert found == {}


CODES = re.compile(r"[a-z_-]+(?: [a-z_-]+){4,}")
"""Names that the pages' scripts or a sheet's HTML go by, one after the other."""
LANGUAGES = frozenset(("繁體中文", "简体中文", "English"))
"""Each language is called by itself everywhere."""


def is_foreign(text: str, language: str) -> bool:
    if text in LANGUAGES or CODES.fullmatch(text):
        return False
    if language == "en":
        return CHINESE.search(text) is not None
    if SENTENCE.search(text):
        return True
    return language == "zh_Hans" and any(character in SIMPLIFIED for character in text)
