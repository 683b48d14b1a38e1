"""Doing one action with many records as a long task, in short steps: whoever else saves does not wait for it."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import deleted_together, new_batch
from crm.domain.platform.readers import reader_for
from crm.domain.platform.recycle_bin import batch_of
from crm.entities.record_saving import Actor
from crm.errors import DomainError, NotAllowed
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.bulk_work import BulkOutcome, for_each_record
from crm.jobs.long_tasks import LongWork, declare, request_task
from crm.jobs.progress import NO_RIGHT, actor_of
from crm.models import LongTask
from crm.web.access import actor
from crm.web.background_work import begin_after_this_request
from crm.web.long_work import Words, WorkDisplay, count_text, set_display
from crm.web.respond import go
from crm.web.table.bulk.action import BulkAction
from crm.web.table.bulk.execution import do_bulk, finish_bulk, outcome_text
from crm.web.table.bulk.own_fields import find_action
from crm.web.table.bulk.selection import submitted_versions
from crm.web.table.declaration import TABLES, Table
from crm.web.translation import gettext as _

BATCH = "batch:"
"""The prefix of a batch that a message offers to bring back: the records were deleted in the background."""
MAX_AT_ONCE = 500
"""After up to so many rows the person returns to the list; actions that are decided row by row take no more."""


def begin_in_background(
    table: Table, action: BulkAction, ids: list[int], back: str, typed: Mapping[str, str] | None = None
) -> Any:
    """Do it as a long task; `typed` are the texts of the fields that were asked for."""
    payload = {"table": table.key, "action": action.name, "values": dict(typed or {}), "back": back, "ids": ids}
    payload["batch"] = new_batch()
    if action.versioned:
        payload["versions"] = submitted_versions(ids)
    task = request_task(db.session(), BULK.key, payload, actor(), total=len(ids))
    begin_after_this_request(task)
    returns: dict[str, Any] = {"then": "list"} if len(ids) <= MAX_AT_ONCE else {}
    return go(url_for("tasks.show", id=task.id, **returns))


def action_of(session: Session, payload: dict[str, Any]) -> tuple[Table, BulkAction]:
    """Raises DomainError where the firm deleted or retired the field in the meantime."""
    table = TABLES[payload["table"]]
    action = find_action(session, table, payload["action"])
    if action is None:
        raise DomainError(N_("This field no longer exists. Please choose another one."))
    return table, action


def _values_of(session: Session, action: BulkAction, payload: dict[str, Any], by: Actor) -> dict[str, Any]:
    context = reader_for(session, by)
    typed = payload["values"]
    return {f.key: f.type.parse(typed[f.key], context) if typed[f.key] else None for f in action.fields}


def _step(session: Session, payload: dict[str, Any], ids: list[int], by: Actor) -> BulkOutcome:
    """A part of a large change, in the background; the right is looked up again (hostile case 12)."""
    table, action = action_of(session, payload)
    if not by.rights.may(action.permission):
        raise NotAllowed(NO_RIGHT)
    versions = {int(record_id): version for record_id, version in payload.get("versions", {}).items()}
    with deleted_together(session, payload["batch"]) if payload.get("batch") else nullcontext():
        return do_bulk(session, table, action, ids, by, _values_of(session, action, payload, by), versions)


def _finish(session: Session, payload: dict[str, Any], outcome: BulkOutcome, by: Actor) -> None:
    _table, action = action_of(session, payload)
    finish_bulk(session, action, outcome, by, _values_of(session, action, payload, by))


def _after_failure(session: Session, task: LongTask, _problem: DomainError | None) -> None:
    """Whoever hears of a finished change also hears of the part that was done before it failed."""
    outcome, by = BulkOutcome.of(task.result), actor_of(session, task, task.finished_at)
    if outcome.done and by is not None:
        _finish(session, task.payload, outcome, by)


def _outcome_of(task: LongTask) -> Words:
    words = outcome_text(action_of(db.session(), task.payload)[1], BulkOutcome.of(task.result))
    entry_ids = batch_of(db.session(), actor(), task.payload["batch"]) if task.payload.get("batch") else []
    return [*words, ("deleted", f"{BATCH}{task.payload['batch']}")] if entry_ids else words


def _label_of(task: LongTask) -> str:
    """What is done; of a field that is gone since, that a field is changed."""
    action = find_action(db.session(), TABLES[task.payload["table"]], task.payload["action"])
    return _(action.label) if action is not None else _("Change a custom field")


def _back_of(task: LongTask) -> tuple[str, str]:
    table = TABLES[task.payload["table"]]
    return task.payload.get("back") or url_for(table.endpoint), _(table.title)


BULK = declare(LongWork("bulk", for_each_record("ids", _step, _finish), _after_failure))
set_display(
    BULK,
    WorkDisplay(
        title=_label_of,
        doing=N_("The records are being changed."),
        back=_back_of,
        progress=count_text,
        words=_outcome_of,
    ),
)
