"""Help for each entry of the menu, in each language: there, of its own, translated, with buttons that exist."""

import re
import runpy
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from crm.domain.platform.help_pages import FOLDER, HOME, HelpPage, help_page, help_path
from crm.models.permissions import functions
from crm.text.folding import simplified_characters

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = runpy.run_path(str(ROOT / "tools" / "messages.py"))
LANGUAGES = ("zh_Hant", "zh_Hans", "en")
HOW = """
Please write crm/data/help/{language}/{key}.md: a paragraph about {key}, then for each question that people have
  ## the question
  1. the first step, with names of buttons as 【Save】 in that language
  - a remark, if any
and the same questions in the other languages."""
SIMPLIFIED = {c: s for c, s in simplified_characters().items() if c.isalpha() and c not in "着"}
"""Characters that are Traditional alone; folding joins some others for its own ends."""


def keys() -> list[str]:
    return [HOME, *(function.key for function in functions())]


def pages(language: str) -> dict[str, HelpPage]:
    return {key: help_page(key, language) for key in keys() if help_path(key, language).exists()}


def text_of(key: str, language: str) -> str:
    return help_path(key, language).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_entry_of_the_menu_has_its_page(language: str) -> None:
    lacking = [HOW.format(language=language, key=key) for key in keys() if not help_path(key, language).exists()]
    assert not lacking, "\n".join(lacking)


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_no_page_of_what_does_not_exist(language: str) -> None:
    assert {path.stem for path in (FOLDER / language).iterdir()} <= set(keys())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_what_it_is_about_and_answers_a_question(language: str) -> None:
    poor = [key for key, page in pages(language).items() if not page.about or not page.topics]
    poor += [f"{key}: {t.question}" for key, page in pages(language).items() for t in page.topics if not t.steps]
    assert poor == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_like_another(language: str) -> None:
    texts = {key: text_of(key, language) for key in pages(language)}
    assert [pair for pair in combinations(texts, 2) if texts[pair[0]] == texts[pair[1]]] == []
    first = {key: texts[key].split("\n## ")[0] for key in texts}
    assert [pair for pair in combinations(first, 2) if first[pair[0]] == first[pair[1]]] == []


def shape(page: HelpPage) -> list[tuple[int, int]]:
    return [(len(topic.steps), len(topic.remarks)) for topic in page.topics]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_each_language_says_as_much(language: str) -> None:
    said, original = pages(language), pages("zh_Hant")
    other = [f"{language}/{key}.md" for key in said if key in original and shape(said[key]) != shape(original[key])]
    assert other == [], "these have other steps than the page in zh_Hant"


def test_each_language_is_written_in_itself() -> None:
    chinese = re.compile("[\u3400-\u9fff]")
    assert [key for key in pages("en") if chinese.search(text_of(key, "en"))] == []
    wrong = {key: {c for c in text_of(key, "zh_Hans") if c in SIMPLIFIED} for key in pages("zh_Hans")}
    assert {key: found for key, found in wrong.items() if found} == {}
    assert [key for key in pages("zh_Hant") if text_of(key, "zh_Hant") == text_of(key, "zh_Hans")] == []


def labels(language: str) -> set[str]:
    if language == "en":
        return set(MESSAGES["texts"]("zh_Hant"))
    return set(MESSAGES["texts"](language).values())


def pieces_of(page: HelpPage) -> list[tuple[str, bool]]:
    steps: list[Any] = [page.about]
    for topic in page.topics:
        steps += [*topic.steps, *topic.remarks]
    return [piece for pieces in steps for piece in pieces]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_buttons_are_called_as_they_are(language: str) -> None:
    known = labels(language)
    named = {(key, text[1:-1]) for key, page in pages(language).items() for text, button in pieces_of(page) if button}
    assert sorted((key, name) for key, name in named if name not in known) == []


def test_the_texts_come_along() -> None:
    assert "data/help/**/*" in (ROOT / "setup.cfg").read_text(encoding="utf-8")
