"""Much that people leave behind is handed over in short steps; they leave with the last one (A-2)."""

from sqlalchemy.orm import Session

from crm.domain.organisation.handover import Handover
from crm.domain.organisation.leaving import Leaving, leave, leaving_unit
from crm.entities.record_saving import Actor
from crm.jobs.long_tasks import LongWork, declare, request_task
from crm.jobs.progress import RunningTask
from crm.models import LongTask, OrgUnit, User


def queue_leaving(
    session: Session, leaving: Leaving, unit_id: int | None, handover: Handover, total: int, actor: Actor
) -> LongTask:
    """`unit_id` is the company or department that goes with its people."""
    names = "、".join(person.name for person in leaving.people[:3])
    payload = {"people": leaving.ids, "unit": unit_id, "handover": handover.stored(), "names": names}
    return request_task(session, LEAVING.key, payload, actor, total=total)


def _run(running: RunningTask) -> None:
    payload, handover = running.payload, Handover.of(running.payload["handover"])
    while not running.is_over:
        with running.step() as session:
            leaving = _leaving(session, payload["people"], payload["unit"])
            limit = running.size
            done = leave(session, leaving, handover, running.actor(session), shown_ids=payload["people"], limit=limit)
            running.done += done
            running.total = max(running.total, running.done)
            running.result = {"people": len(leaving.people), "done": running.done}
            if done < limit:
                running.finish()


def _leaving(session: Session, people: list[int], unit_id: int | None) -> Leaving:
    if unit_id is not None:
        return leaving_unit(session, session.get_one(OrgUnit, unit_id))
    return Leaving(tuple(session.get_one(User, person) for person in people))


LEAVING = declare(LongWork("leaving", _run))
