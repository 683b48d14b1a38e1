"""LRU caches bounded by bytes: the value that was asked for longest ago is evicted first.

Every cache of what the database or the instance folder says is known here, so that all can be cleared when another
database takes its place (a restore). Pure functions of their arguments keep their own (`functools.lru_cache`, bounded).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from sys import getsizeof
from threading import Lock
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
SAMPLE = 20
_all: WeakSet["LRUCache"] = WeakSet()
_clearings: list[Callable[[], None]] = []


def clear_all_caches() -> None:
    """After a restore: nothing that was kept of the database and the files is good any more."""
    for cache in list(_all):
        cache.clear()
    for clear in _clearings:
        clear()


def cleared_with_all(clear: Callable[[], None]) -> Callable[[], None]:
    """`clear` empties a cache that is no `LRUCache`; said once, beside the cache."""
    _clearings.append(clear)
    return clear


def size_of(value: Any, depth: int = 4) -> int:
    """About how many bytes a value takes; of a long list the first ones are weighed."""
    if isinstance(value, str | bytes | int | float | None) or depth == 0:
        return getsizeof(value)
    if isinstance(value, dict):
        parts: Any = [part for pair in list(value.items())[:SAMPLE] for part in pair]
        return getsizeof(value) + _weigh(parts, len(value), SAMPLE, depth)
    if isinstance(value, list | tuple | set | frozenset):
        parts = list(value)[:SAMPLE]
        return getsizeof(value) + _weigh(parts, len(value), SAMPLE, depth)
    inner = getattr(value, "__dict__", None)
    return getsizeof(value) + (size_of(inner, depth - 1) if isinstance(inner, dict) else 0)


def _weigh(parts: list[Any], count: int, sample: int, depth: int) -> int:
    return sum(size_of(part, depth - 1) for part in parts) * max(count, 1) // max(min(count, sample), 1)


class LRUCache:
    """A dictionary that never grows beyond `max_bytes` or `max_entries`; a value that is larger is not stored."""

    def __init__(self, max_bytes: int, max_entries: int = 2000) -> None:
        self.max_bytes, self.max_entries = max_bytes, max_entries
        self.bytes = 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()
        _all.add(self)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Any:
        """The value, or None."""
        with self._lock:
            entry = self._values.get(key)
            if entry is None:
                return None
            self._values.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: Any, weight: int | None = None) -> None:
        weight = size_of(key) + size_of(value) if weight is None else weight
        with self._lock:
            self._drop(key)
            if weight > self.max_bytes:
                return
            self._values[key] = (value, weight)
            self.bytes += weight
            while self.bytes > self.max_bytes or len(self._values) > self.max_entries:
                self._drop(next(iter(self._values)))

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self.bytes = 0

    def _drop(self, key: Hashable) -> None:
        entry = self._values.pop(key, None)
        if entry is not None:
            self.bytes -= entry[1]


def bounded_lru_cache(max_bytes: int, weigh: Callable[..., int] | None = None) -> Callable[..., Any]:
    """As `functools.lru_cache`, bounded by bytes; `weigh` may say what a call's answer takes."""

    def mark(make: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        cache = LRUCache(max_bytes)

        @wraps(make)
        def cached(*args: Parameters.args, **named: Parameters.kwargs) -> Result:
            key = (args, tuple(sorted(named.items())))
            entry = cache.get(key)
            if entry is None:
                value = make(*args, **named)
                entry = (value,)
                cache.put(key, entry, weigh(*args, **named) if weigh else None)
            result: Result = entry[0]
            return result

        cached.cache = cache  # type: ignore[attr-defined]
        return cached

    return mark
