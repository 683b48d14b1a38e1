"""A plan in parts, so that nobody waits long for the database: new rows in the file's order, then changes (I-6)."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from crm.domain.imports.write_plan import RelatedPlan, WritePlan


def split_plan(plan: WritePlan, size: Callable[[], int]) -> Iterator[WritePlan]:
    """Plans of at most `size()` rows each. A part is written before the next is asked for."""
    done = 0
    while done < len(plan.inserts):
        part = _new_rows(plan, done, done + size())
        yield part
        plan.newest = part.newest
        done += len(part.inserts)
    yield from _changes(plan, size)
    if plan.related is not None:
        yield from _of_known(plan, plan.related, size)


def _new_rows(plan: WritePlan, start: int, stop: int) -> WritePlan:
    part = replace(
        plan,
        inserts=plan.inserts[start:stop],
        changes=[],
        related=None,
        watched=plan.inserts[start:],
    )
    if plan.related is not None:
        own = [n for n, index in enumerate(plan.related.places) if start <= index < stop]
        related = plan.related.plan
        rows = [related.inserts[n] for n in own]
        places = [plan.related.places[n] - start for n in own]
        part.related = RelatedPlan(replace(related, inserts=rows, changes=[]), plan.related.key, places)
    return part


def _changes(plan: WritePlan, size: Callable[[], int]) -> Iterator[WritePlan]:
    done = 0
    while done < len(plan.changes):
        changes = plan.changes[done : done + size()]
        yield replace(plan, inserts=[], changes=changes, related=None, watched=[])
        done += len(changes)


def _of_known(plan: WritePlan, belonging: RelatedPlan, size: Callable[[], int]) -> Iterator[WritePlan]:
    """What belongs to known records: new rows that name them already, and changes."""
    related, first = belonging.plan, len(belonging.places)
    while first < len(related.inserts):
        stop = first + size()
        rows = related.inserts[first:stop]
        part = replace(related, inserts=rows, changes=[])
        yield _related_only(plan, RelatedPlan(part, belonging.key, [], {row.values[belonging.key] for row in rows}))
        first = stop
    done = 0
    while done < len(related.changes):
        changes = related.changes[done : done + size()]
        part = replace(related, inserts=[], changes=changes)
        yield _related_only(plan, RelatedPlan(part, belonging.key, [], {c.before[belonging.key] for c in changes}))
        done += len(changes)


def _related_only(plan: WritePlan, belonging: RelatedPlan) -> WritePlan:
    return replace(plan, inserts=[], changes=[], related=belonging, watched=[])
