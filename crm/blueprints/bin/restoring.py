"""Bringing back what was deleted at once, where it is much: in the background, in short steps (A-10, C-6)."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from crm.blueprints.bin.table import RESTORE
from crm.domain.platform.recycle_bin import get_entry_for, restore
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.bulk_work import BulkOutcome, for_each_record
from crm.jobs.long_tasks import LongWork, declare, request_task
from crm.models import LongTask
from crm.web.access import actor
from crm.web.background_work import begin_after_this_request
from crm.web.long_work import Words, WorkDisplay, count_text, set_display
from crm.web.respond import go
from crm.web.table.bulk.execution import outcome_text
from crm.web.translation import gettext as _


def begin_restoring(ids: Sequence[int], back: str) -> Any:
    """A long task for these entries; each must still be the person's to bring back when its turn comes."""
    task = request_task(db.session(), WORK.key, {"ids": list(ids), "back": back}, actor(), total=len(ids))
    begin_after_this_request(task)
    return go(url_for("tasks.show", id=task.id))


def _step(session: Session, payload: dict[str, Any], ids: list[int], by: Actor) -> BulkOutcome:
    outcome = BulkOutcome()
    for entry_id in ids:
        try:
            with session.begin_nested():
                restore(session, get_entry_for(session, by, entry_id), by)
            outcome.done += 1
        except DomainError as error:
            outcome.refuse(error)
    return outcome


def _end(session: Session, payload: dict[str, Any], outcome: BulkOutcome, by: Actor) -> None:
    pass


def _outcome_messages(task: LongTask) -> Words:
    return outcome_text(RESTORE, BulkOutcome.of(task.result))


def _back(task: LongTask) -> tuple[str, str]:
    return task.payload["back"], _("Recycle bin")


WORK = declare(LongWork("bring_back", for_each_record("ids", _step, _end)))
set_display(
    WORK,
    WorkDisplay(
        title=lambda task: _("Restore"),
        doing=N_("The records are being restored."),
        back=_back,
        progress=count_text,
        words=_outcome_messages,
    ),
)
