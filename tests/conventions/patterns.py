"""Every pattern of the program: where it is, how it is used, and strings that would make it slow."""

import ast
import pkgutil
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import crm

from .places import CRM, ROOT

ALLOWED = {"compile", "escape", "Match", "Pattern", "IGNORECASE", "ASCII", "DOTALL", "MULTILINE", "VERBOSE"}
METHODS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
BUDGET = 0.010
"""Seconds for 10,000 characters, the longest text of a field."""
SURE = 0.2
"""Seconds that no interruption explains; what takes less and too long is measured again."""


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(crm.__path__, "crm."):
        if not found.name.endswith("__main__"):
            yield import_module(found.name)


def patterns() -> dict[str, re.Pattern[Any]]:
    """By the module and name that define them; those in tuples and dictionaries too."""
    found: dict[str, re.Pattern[Any]] = {}
    seen: set[int] = set()
    for module in modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(_within(value)):
                if id(pattern) not in seen:
                    seen.add(id(pattern))
                    found[f"{module.__name__}:{name}" + (f"#{number}" if number else "")] = pattern
    return found


def _within(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _within(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _within(one)


def uncovered() -> list[str]:
    """Uses of `re` that no test sees: all patterns are compiled at the top of a module, under a name."""
    return [f"{path.relative_to(ROOT).as_posix()}:{line} {what}" for path, line, what in _read()[0]]


def uses() -> dict[str, set[str]]:
    """The methods that are called on each name, a private one's by its module."""
    return _read()[1]


@cache
def _read() -> tuple[list[tuple[Path, int, str]], dict[str, set[str]]]:
    """The whole program, once: what is uncovered in which line, and the uses."""
    found, used = [], defaultdict[str, set[str]](set)
    for source in sorted(CRM.rglob("*.py")):
        module = ".".join(source.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(source.read_text(encoding="utf-8"))
        top = {id(n) for s in tree.body if isinstance(s, ast.Assign | ast.AnnAssign) for n in ast.walk(s)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in ("re", "regex"):
                found.append((source, node.lineno, "from re import"))
            if not isinstance(node, ast.Attribute):
                continue
            owner = node.value
            if node.attr in METHODS:
                name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
                used[f"{module}:{name}" if name.startswith("_") else name].add(node.attr)
            if not (isinstance(owner, ast.Name) and owner.id == "re"):
                continue
            if node.attr not in ALLOWED or (node.attr == "compile" and id(node) not in top):
                found.append((source, node.lineno, f"re.{node.attr}"))
    return found, used


def runs(pattern: re.Pattern[Any], methods: set[str]) -> list[Callable[[Any], Any]]:
    """What is done with the pattern; all of it where nobody can tell."""
    wanted = methods or METHODS
    found: list[Callable[[Any], Any]] = [getattr(pattern, one) for one in ("match", "fullmatch") if one in wanted]
    if wanted - {"match", "fullmatch"}:
        found.append(lambda text: sum(1 for _ in pattern.finditer(text)))
    return found


def slowest(pattern: re.Pattern[Any], methods: set[str], longest: int) -> tuple[float, str]:
    """(seconds per 10,000 characters, the shape of the string) of the worst string that was found."""
    worst = (0.0, "")
    for run in runs(pattern, methods):
        for start, pump, end in shapes(pattern):
            for length in sorted({24, 1_000, min(longest, 5_000), longest}):
                text = _written(pattern, start + pump * (length // len(pump)) + end)
                taken = _time(run, text)
                if length == 1_000 and taken < BUDGET / 40:
                    break  # as quick as what is linear
                if BUDGET * max(1, length / 10_000) < taken < SURE:
                    taken = min(_time(run, text) for _ in range(3))
                score = taken / max(1, length / 10_000)
                worst = max(worst, (score, f"{start!r} + {pump!r} × {length // len(pump)} + {end!r}"))
                if score > BUDGET:
                    break
            if worst[0] > BUDGET:
                return worst
    return worst


def _written(pattern: re.Pattern[Any], text: str) -> Any:
    return text.encode("utf-8", "ignore") if isinstance(pattern.pattern, bytes) else text


def _time(run: Callable[[Any], Any], text: Any) -> float:
    begun = time.thread_time()
    run(text)
    return time.thread_time() - begun


def shapes(pattern: re.Pattern[Any]) -> list[tuple[str, str, str]]:
    """(start, what is repeated, end): what the pattern can repeat, behind what it begins with, then broken off."""
    written, flags = pattern.pattern, pattern.flags
    if isinstance(written, bytes):
        written, flags = written.decode("latin-1"), flags | re.UNICODE
    parsed = parser.parse(written, flags)
    bodies: dict[str, None] = {}
    letters: dict[str, None] = {}
    example = _example(parsed, bodies, letters)
    few = list(letters)[:5]
    begun = [example[:n] for n in range(1, min(len(example), 8) + 1)]
    pumps = dict.fromkeys([*bodies, *few, *(a + b for a in few for b in few if a != b), *begun, example])
    starts = ("", *begun[::2], example)
    return [(start, pump, end) for pump in pumps if pump for start in starts for end in ("\x00", "a")]


def _example(parsed: Any, bodies: dict[str, None], letters: dict[str, None]) -> str:
    """A string that the pattern takes, roughly; `bodies` gets what it can repeat, `letters` what it can read."""
    text = ""
    for sign, given in parsed:
        if sign in (signs.LITERAL, signs.NOT_LITERAL):
            part = chr(given) if sign is signs.LITERAL else _other({chr(given)})
            letters[part] = None
        elif sign is signs.ANY:
            part = "a"
            letters[part] = None
        elif sign is signs.IN:
            part = _one_of(given, letters)
        elif sign in (signs.MAX_REPEAT, signs.MIN_REPEAT, signs.POSSESSIVE_REPEAT):
            least, most, inner = given
            body = _example(inner, bodies, letters)
            if most > 4:
                bodies[body] = None
            part = body * max(1, min(least, 20))
        elif sign is signs.BRANCH:
            part, *_others = [_example(one, bodies, letters) for one in given[1]]
        elif sign is signs.SUBPATTERN:
            part = _example(given[3], bodies, letters)
        elif sign is signs.ATOMIC_GROUP:
            part = _example(given, bodies, letters)
        elif sign in (signs.ASSERT, signs.ASSERT_NOT):
            _example(given[1], bodies, letters)
            part = ""
        else:
            part = ""
        text += part
    return text


def _one_of(given: Any, letters: dict[str, None]) -> str:
    negated = given[0][0] is signs.NEGATE
    found: list[str] = []
    for sign, value in given:
        if sign is signs.LITERAL:
            found.append(chr(value))
        elif sign is signs.RANGE:
            found += [chr(value[0]), chr(value[1])]
        elif sign is signs.CATEGORY:
            name = str(value)
            negative, kinds = "NOT" in name, {"DIGIT": "1", "SPACE": " ", "WORD": "a"}
            kind = next(letter for word, letter in kinds.items() if word in name)
            found.append({"1": "a", " ": "a", "a": "-"}[kind] if negative else kind)
    if negated:
        found = [_other(set(found))]
    letters.update(dict.fromkeys(found[:4]))
    return found[0]


def _other(those: set[str]) -> str:
    return next(letter for letter in "a1 -.x中~" if letter not in those)
