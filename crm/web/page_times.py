"""How long the pages of this process took since it started or the day began, and who used it lately.

Kept in memory and never written. It is bounded: a few counts for each declared endpoint, a moment for each person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

LIMITS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds: an answer is counted at the first one that it does not exceed, or above the last."""
SHARE = 0.95

RECENT = timedelta(minutes=15)
"""Whoever asked for a page within this time is at work."""
UNMEASURED = "crm.unmeasured"
"""In the environment of a request that nobody waits for."""


@dataclass(frozen=True)
class PageTime:
    """`worst` in seconds. 95 of 100 answers took at most `usual` seconds; None where that is above the last limit."""

    endpoint: str
    count: int
    worst: float
    usual: float | None


class PageTimes:
    """Threads note at once; a new day of the server begins with nothing."""

    def __init__(self, now: datetime) -> None:
        self._lock = Lock()
        self._seen: dict[int, datetime] = {}
        self._begin(now)

    def _begin(self, now: datetime) -> None:
        """Forget the pages so far: they were of another day."""
        self.since = now
        self._day = now.astimezone().date()
        self._counts: dict[str, list[int]] = {}
        self._worst: dict[str, float] = {}

    def note(self, endpoint: str, seconds: float, now: datetime) -> None:
        """An answer of a declared endpoint."""
        bucket = next((n for n, limit in enumerate(LIMITS) if seconds <= limit), len(LIMITS))
        with self._lock:
            if now.astimezone().date() != self._day:
                self._begin(now)
            counts = self._counts.setdefault(endpoint, [0] * (len(LIMITS) + 1))
            counts[bucket] += 1
            self._worst[endpoint] = max(seconds, self._worst.get(endpoint, 0.0))

    def note_person(self, user_id: int, now: datetime) -> None:
        """Somebody who is signed in asked for a page."""
        with self._lock:
            self._seen[user_id] = now

    def people_since(self, since: datetime) -> list[int]:
        """The ids of those who asked for a page since then, the latest first."""
        with self._lock:
            latest = [(at, user_id) for user_id, at in self._seen.items() if at >= since]
        return [user_id for _at, user_id in sorted(latest, reverse=True)]

    def slowest(self, limit: int) -> list[PageTime]:
        """The pages that usually take longest, the slowest first."""
        with self._lock:
            times = [
                PageTime(endpoint, sum(counts), self._worst[endpoint], _usual(counts))
                for endpoint, counts in self._counts.items()
            ]
        times.sort(key=lambda timing: (timing.usual is None, timing.usual or 0, timing.worst), reverse=True)
        return times[:limit]


def _usual(counts: list[int]) -> float | None:
    """The limit that so many of the answers did not exceed."""
    needed, so_far = SHARE * sum(counts), 0
    for limit, count in zip(LIMITS, counts, strict=False):
        so_far += count
        if so_far >= needed:
            return limit
    return None
