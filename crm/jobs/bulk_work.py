"""Bulk actions as long work: the chosen records step by step, each outcome counted (C-6)."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.errors import DomainError, storable
from crm.jobs.progress import RunningTask

STEP = 100
"""More records than this are never one transaction."""


@dataclass
class BulkOutcome:
    """How many records were done, and why others were not: (message, values as JSON) → how many. `partly`: of those
    done, how many wait for more."""

    done: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    partly: int = 0

    def refuse(self, error: DomainError) -> None:
        self.refused[error.message, json.dumps(storable(error.values), ensure_ascii=False)] += 1

    def add(self, other: "BulkOutcome") -> None:
        self.done += other.done
        self.partly += other.partly
        self.refused.update(other.refused)

    def reasons(self) -> list[tuple[DomainError, int]]:
        return [(DomainError(m, **json.loads(v)), count) for (m, v), count in self.refused.items()]

    def stored(self) -> dict[str, Any]:
        refused = [[m, v, count] for (m, v), count in self.refused.items()]
        return {"done": self.done, "refused": refused, "partly": self.partly}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "BulkOutcome":
        refused = Counter({(m, v): count for m, v, count in stored.get("refused", [])})
        return cls(stored.get("done", 0), refused, stored.get("partly", 0))


Step = Callable[[Session, dict[str, Any], list[int], Actor], BulkOutcome]
"""Works on some records of the payload with today's rights; raises NotAllowed where the right was lost."""
End = Callable[[Session, dict[str, Any], BulkOutcome, Actor], None]
"""What follows from all of it, in the last step."""


def for_each_record(ids: str, step: Step, end: End) -> Callable[[RunningTask], None]:
    """The work on the records whose ids stand in the payload under that name."""

    def run(running: RunningTask) -> None:
        record_ids = running.payload[ids]
        while not running.is_over:
            with running.step() as session:
                actor = running.actor(session)
                here = record_ids[running.done : running.done + min(running.size, STEP)]
                outcome = BulkOutcome.of(running.result)
                outcome.add(step(session, running.payload, here, actor))
                running.done += len(here)
                running.result = outcome.stored()
                if running.done >= len(record_ids):
                    end(session, running.payload, outcome, actor)
                    running.finish()

    return run
