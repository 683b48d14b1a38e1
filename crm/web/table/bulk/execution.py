"""Doing one action with several records, each in a savepoint of its own, and telling the outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor, require_version
from crm.errors import DomainError
from crm.i18n import N_
from crm.jobs.bulk_work import BulkOutcome
from crm.web.errors import error_text
from crm.web.long_work import Words
from crm.web.table.bulk.action import BulkAction
from crm.web.table.declaration import Table
from crm.web.translation import gettext as _

GONE = N_("It no longer exists, or you do not have access to it.")
MAX_REASONS = 10
"""So many are shown: more would not be read, and would not fit into the cookie of the messages."""


@dataclass(frozen=True)
class BulkPreview:
    """With which of the records it can be done, and why not with the others."""

    allowed: dict[int, Any]
    refused: BulkOutcome


def preview_bulk(session: Session, table: Table, action: BulkAction, ids: Sequence[int], by: Actor) -> BulkPreview:
    """What `do_bulk` would do, without doing it. What depends on the values that are asked for is not known yet."""
    records, preview = _visible_records(session, table, action, ids, by), BulkPreview({}, BulkOutcome())
    room, full = action.room(session, by) if action.room else (len(ids), DomainError(GONE))
    for record_id in ids:
        record = records.get(record_id)
        refusal = action.refusal(session, record, by) if record is not None else DomainError(GONE)
        if refusal is None and len(preview.allowed) >= room:
            refusal = full
        if refusal is None:
            preview.allowed[record_id] = record
        else:
            preview.refused.refuse(refusal)
    return preview


def _visible_records(
    session: Session, table: Table, action: BulkAction, ids: Sequence[int], by: Actor
) -> dict[int, Any]:
    """The records by id, selected as the list shows them to the person, in the order of the ids."""
    rows = table.rows(by.rights).with_only_columns(table.model, maintain_column_froms=True)
    statement = action.among(by) if action.among else rows
    records = {r.id: r for r in session.scalars(statement.where(table.model.id.in_(ids)))}
    return {record_id: records[record_id] for record_id in ids if record_id in records}


def do_bulk(
    session: Session,
    table: Table,
    action: BulkAction,
    ids: Sequence[int],
    by: Actor,
    values: dict[str, Any],
    versions: Mapping[int, int] | None = None,
) -> BulkOutcome:
    """How many were done, and why others were not. Rows are selected again through the person's rights."""
    records = _visible_records(session, table, action, ids, by)
    outcome = BulkOutcome()
    for record_id in ids:
        if record_id not in records:
            outcome.refuse(DomainError(GONE))
            continue
        try:
            version_argument = (
                {"opened_version": require_version((versions or {}).get(record_id))} if action.versioned else {}
            )
            with session.begin_nested():
                action.verb(session, records[record_id], by, **values, **version_argument)
            outcome.done += 1
            outcome.partly += action.waits is not None and action.waits(records[record_id])
        except DomainError as error:
            outcome.refuse(error)
    return outcome


def finish_bulk(session: Session, action: BulkAction, outcome: BulkOutcome, by: Actor, values: dict[str, Any]) -> None:
    if action.after is not None and outcome.done:
        action.after(session, outcome.done, by, **values)


def outcome_text(action: BulkAction, outcome: BulkOutcome) -> Words:
    """How many were done, and how many were left out, each with its reason."""
    completely, messages = outcome.done - outcome.partly, []
    if completely or not outcome.partly:
        messages = [("done" if completely else "warning", _(action.done, count=f"{completely:,}"))]
    if outcome.partly:
        messages.append(("done", _(action.partly_done, count=f"{outcome.partly:,}")))
    return [*messages, *(("warning", text) for text in skipped_texts(outcome))]


def skipped_texts(outcome: BulkOutcome) -> list[str]:
    """How many records are skipped, each with its reason."""
    reasons = outcome.reasons()
    texts = [
        _("%(count)s skipped: %(reason)s", count=count, reason=error_text(error))
        for error, count in reasons[:MAX_REASONS]
    ]
    remaining = sum(count for _error, count in reasons[MAX_REASONS:])
    if remaining:
        texts.append(_("%(count)s more skipped for similar reasons.", count=f"{remaining:,}"))
    return texts
