"""The table that `bench run` prints: what it took, what it may take, and whether that is reached."""

from collections.abc import Callable, Mapping, Sequence

from tests.bench.pages import Page, Save

Say = Callable[[str], None]
MEMORY_IDLE, MEMORY_LOAD, FIRST_ANSWER = 160, 220, 1.5


def verdict(fits: bool) -> str:
    return "ok" if fits else "OVER"


def pages_table(
    say: Say, pages: Sequence[Page], taken: Mapping[str, float], counted: Mapping[str, tuple[int, int]]
) -> None:
    """`SQL` is the number of statements, in brackets when nothing is kept in memory yet."""
    hello = taken["hello"]
    say(f"hello {hello:.2f} ms")
    say(f"{'page':<40}{'ms':>8}{'× hello':>9}{'target':>8}  {'':<6}{'SQL':>9}{'target':>8}")
    for page in pages:
        ratio = taken[page.name] / hello
        fresh, kept = counted[page.name]
        say(
            f"{page.name:<40}{taken[page.name]:>8.2f}{ratio:>9.1f}{page.most:>8}  {verdict(ratio <= page.most):<6}"
            f"{f'{kept} ({fresh})':>9}{page.statements or '':>8}"
            f"  {verdict(page.statements is None or kept <= page.statements)}"
        )


def saves_table(say: Say, saves: Sequence[Save], taken: Mapping[str, float], commit: float) -> None:
    """What may be taken is so many times hello and one bare commit."""
    hello = taken["hello"]
    say(f"bare commit {commit:.2f} ms, hello {hello:.2f} ms")
    for save in saves:
        ratio = (taken[save.name] - commit) / hello
        say(f"{save.name:<40}{taken[save.name]:>8.2f}{ratio:>9.1f}{save.most:>8}  {verdict(ratio <= save.most)}")


def line(say: Say, name: str, value: float, target: float, least: bool = False, unit: str = "") -> None:
    fits = value >= target if least else value <= target
    say(f"{name:<58}{value:>8.3g}{unit} {'≥' if least else '≤'} {target}{unit}  {verdict(fits)}")


def process(say: Say, first_answer: float, idle: float | None, load: float | None) -> None:
    line(say, "start to first answer", first_answer, FIRST_ANSWER, unit=" s")
    if idle is not None and load is not None:
        line(say, "memory idle", idle, MEMORY_IDLE, unit=" MB")
        line(say, "memory after the measuring", load, MEMORY_LOAD, unit=" MB")
