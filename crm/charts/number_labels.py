"""Figures as an axis says them: 萬 in Chinese, K in English (X-5)."""

from collections import Counter
from collections.abc import Sequence
from unicodedata import east_asian_width


def short_number(value: float, language: str) -> str:
    """12萬 in Chinese, 120K in English; small numbers whole, or with the decimals that they need."""
    units = [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")] if language == "en" else _chinese(language)
    for unit, sign in units:
        if abs(value) >= unit:
            return f"{_significant_figures(value / unit)}{sign}"
    return _significant_figures(value)


def _chinese(language: str) -> list[tuple[int, str]]:
    ten_thousand, hundred_million = ("萬", "億") if language.startswith("zh_Hant") else ("万", "亿")
    return [(100_000_000, hundred_million), (10_000, ten_thousand)]


def _significant_figures(value: float) -> str:
    """Four figures that count, without zeros that say nothing."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.4g}" if "e" not in f"{value:.4g}" else f"{value:.2f}"
    return text


def width_of(text: str) -> int:
    """In half characters."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def truncate(text: str, max_width: int) -> str:
    """At most so many half characters; what is cut off is said by a sign."""
    if width_of(text) <= max_width:
        return text
    shortened, used = "", 0
    for c in text:
        used += width_of(c)
        if used > max_width - 1:
            break
        shortened += c
    return f"{shortened}…"


def truncate_apart(texts: Sequence[str], max_width: int) -> list[str]:
    """The same of many, which stay apart: what would read like another one keeps its end, and is cut in the middle."""
    shortened = [truncate(text, max_width) for text in texts]
    counts = Counter(shortened)
    return [
        _without_middle(text, max_width) if short != text and counts[short] > 1 else short
        for text, short in zip(texts, shortened, strict=True)
    ]


def _without_middle(text: str, max_width: int) -> str:
    end, used = "", 0
    for c in reversed(text):
        used += width_of(c)
        if used > max_width // 2 - 1:
            break
        end = c + end
    return truncate(text, max_width - width_of(end)) + end
