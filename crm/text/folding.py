"""Folding: texts that a person would call the same become equal (C-3, C-5, I-5)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from threading import Lock

from crm.text.characters import is_blank, is_invisible

# Pairs that opencc leaves alone or turns only inside words: look-alikes, other writings of one character,
# and Japanese forms that trading firms type. Left is written, right is what it folds to.
_PAIRS = (
    "巿市 著着 藉借 瞭了 戸户 靑青 呉吴 衞卫 荘庄 団团 鉄铁 鑛矿 粧妆 塩盐 広广 竜龙 黒黑 徳德 豊丰 浜滨 "
    "桜樱 栄荣 関关 駅驿 売卖 恵惠 県县 実实 対对 図图 鉱矿 沢泽 気气 価价 検检 薬药 総总 転转 圧压 覧览 "
    "⺠民 ⻄西 ⻅见 ⻆角 ⻉贝 ⻋车 ⻑长 ⻓长 ⻔门 ⻘青 ⻛风 ⻜飞 ⻝食 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻩黄 ⻬齐 "
    "斉齐 ⻮齿 ⻰龙 ‘' ’' “\" ”\" •· ‧· ・· −-"
)
MARKS = re.compile("(?:[^\\w\ue002-\uf8ff\U00020000-\U0003ffff\U000f0000-\U0010ffff]|_)+")
"""What is no part of a word. Private letters are, and Chinese ones of a newer Unicode than Python's."""
SEPARATOR = "\ue000"  # parts the values of one record in search; never part of a folded text
_building = Lock()


def simplified_characters() -> dict[str, str]:
    """Traditional character → Simplified, as far as they differ."""
    with _building:
        return _build_simplified()


@lru_cache(maxsize=1)
def _build_simplified() -> dict[str, str]:
    """Traditional → Simplified, one character to one.

    opencc looks at whole words (乾隆 stays, 乾 alone becomes 干), so a part of a name would fold differently
    from the name and not be found in it. Asked for every character by itself, parts and wholes stay alike.
    """
    import opencc

    characters = [chr(code) for code in range(0x2E80, 0xA000)]
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {old: new for old, new in zip(characters, converted, strict=True) if old != new and len(new) == 1}
    table.update((pair[0], pair[1]) for pair in _PAIRS.split())
    return {old: table.get(new, new) for old, new in table.items()}


class _Visible(dict[int, str | None]):
    """What each character becomes when only what is seen stays: for `str.translate`, filled by need."""

    def __missing__(self, code: int) -> str | None:
        result = self[code] = self.of(chr(code))
        return result

    def of(self, character: str) -> str | None:
        if character.isspace() or is_blank(character) or character == SEPARATOR:
            return " "
        return None if is_invisible(character) else character


class _Folded(_Visible):
    """The same, and Simplified, and one kind of dash."""

    def of(self, character: str) -> str | None:
        if unicodedata.category(character) == "Pd":
            return "-"
        return simplified_characters().get(character) or super().of(character)


_visible = _Visible()
_folded = _Folded()


MAX_CACHED_LENGTH = 200


def fold(text: str) -> str:
    """The form in which two texts are compared: half width, lower case, Simplified, single blanks.

    台積電 and 台积电, ＡＢＣ and abc, 新北巿 and 新北市 fold to the same. What cannot be seen vanishes.
    Folding twice changes nothing, and a part of a folded text folds to itself.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    return _fold(text) if len(text) <= MAX_CACHED_LENGTH else _fold.__wrapped__(text)


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    """An import folds each name half a dozen times, one after the other."""
    visible = text if text.isprintable() else text.translate(_visible)
    lower = unicodedata.normalize("NFKC", visible).casefold()
    folded = unicodedata.normalize("NFKC", lower).translate(_folded)
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def normalize_display(text: str) -> str:
    """The text for showing: half width, single blanks, nothing invisible; script and case stay."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(unicodedata.normalize("NFKC", text.translate(_visible)).split())


def simplify(text: str) -> str:
    """Traditional and look-alike characters as Simplified, each by itself: the length never changes."""
    if text.isascii():
        return text
    simplified = simplified_characters()
    return "".join([simplified.get(character, character) for character in text])
