"""Pinyin codes: the initials of a Chinese name, for fast typing (C-1, K-1)."""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from threading import Lock

from crm.text.folding import normalize_display

MAX_CODE_LENGTH, MAX_NAME_LENGTH = 60, 300
_NOT_CODE = re.compile(r"[^a-z0-9]+")
# Characters read otherwise where they are a person's first.
_SURNAMES = {
    "b": "秘",
    "g": "盖句干",
    "n": "粘佴",
    "o": "区",
    "p": "繁逄",
    "q": "仇覃强",
    "s": "单召折撒",
    "x": "解冼郇",
    "y": "乐么",
    "z": "曾查祭种藏",
}
_LONG_SURNAMES = {"万俟": "mq", "尉迟": "yc", "单于": "cy", "长孙": "zs"}
_DATA = Path(__file__).parents[1] / "data" / "pinyin.csv"
_loading = Lock()
_Phrases = dict[str, list[tuple[str, str]]]


@lru_cache(maxsize=1)
def _load() -> tuple[dict[str, str], _Phrases]:
    """The initial of each character, and by their first two the phrases read otherwise, the longest first."""
    single: dict[str, str] = {}
    phrases: _Phrases = {}
    with _DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            initials, text = row["initials"], row["text"]
            if len(initials) == 1:
                single.update(dict.fromkeys(text, initials))
            else:
                phrases.setdefault(text[:2], []).append((text, initials))
    for choices in phrases.values():
        choices.sort(key=lambda choice: -len(choice[0]))
    return single, phrases


def _tables() -> tuple[dict[str, str], _Phrases]:
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _converter():  # type: ignore[no-untyped-def]
    import opencc

    return opencc.OpenCC("t2s")


def pinyin_code(name: str, person: bool = False) -> str:
    """The initials in lower case: 上海鐵龍 → shtl, 3M台灣 → 3mtw. At most 60 letters and digits.

    `person`: the first character or two are a surname (曾 z, 單 s, 區 o). Both scripts give the same code.
    """
    text = normalize_display(name[:MAX_NAME_LENGTH]).lower()
    if text.isascii():
        return _NOT_CODE.sub("", text)[:MAX_CODE_LENGTH]
    text = _converter().convert(text)  # by words: 乾隆 stays 乾隆, and reads q, not g
    start, code = _surname(text) if person else (0, "")
    return (code + _initials(text[start:]))[:MAX_CODE_LENGTH]


def _surname(text: str) -> tuple[int, str]:
    if text[:2] in _LONG_SURNAMES:
        return 2, _LONG_SURNAMES[text[:2]]
    initial = next((initial for initial, surnames in _SURNAMES.items() if text[0] in surnames), None)
    return (1, initial) if initial else (0, "")


def _initials(text: str) -> str:
    single, phrases = _tables()
    initials: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        phrases_here = phrases.get(text[at : at + 2])
        phrase = phrases_here and next((p for p in phrases_here if text.startswith(p[0], at)), None)
        initials.append(phrase[1] if phrase else single.get(character) or _latin(character))
        at += len(phrase[0]) if phrase else 1
    return "".join(initials)


def _latin(character: str) -> str:
    """é → e; nothing for what has no Latin letter."""
    if character.isascii():
        return character if character.isalnum() else ""
    return _NOT_CODE.sub("", unicodedata.normalize("NFKD", character))
