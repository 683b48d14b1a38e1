"""Long work on many records: some at a time, each outcome counted (C-6)."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.errors import DomainError, storable
from crm.jobs.progress import Running

STEP = 100
"""More records than this are never one transaction."""


@dataclass
class Outcome:
    """How many records were done, and why others were not: (message, values as JSON) → how many."""

    done: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def refuse(self, error: DomainError) -> None:
        self.refused[error.message, json.dumps(storable(error.values), ensure_ascii=False)] += 1

    def add(self, other: "Outcome") -> None:
        self.done += other.done
        self.refused.update(other.refused)

    def reasons(self) -> list[tuple[DomainError, int]]:
        return [(DomainError(m, **json.loads(v)), count) for (m, v), count in self.refused.items()]

    def stored(self) -> dict[str, Any]:
        return {"done": self.done, "refused": [[m, v, count] for (m, v), count in self.refused.items()]}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Outcome":
        return cls(stored.get("done", 0), Counter({(m, v): count for m, v, count in stored.get("refused", [])}))


Step = Callable[[Session, dict[str, Any], list[int], Actor], Outcome]
"""Works on some records of the payload with today's rights; raises NotAllowed where the right was lost."""
End = Callable[[Session, dict[str, Any], Outcome, Actor], None]
"""What follows from all of it, in the last step."""


def each_of(ids: str, step: Step, end: End) -> Callable[[Running], None]:
    """The work on the records whose ids stand in the payload under that name."""

    def run(running: Running) -> None:
        wanted = running.payload[ids]
        while not running.is_over:
            with running.step() as session:
                actor = running.actor(session)
                here = wanted[running.done : running.done + min(running.size, STEP)]
                outcome = Outcome.of(running.result)
                outcome.add(step(session, running.payload, here, actor))
                running.done += len(here)
                running.result = outcome.stored()
                if running.done >= len(wanted):
                    end(session, running.payload, outcome, actor)
                    running.over()

    return run
