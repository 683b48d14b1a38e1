"""Doing something with several ticked rows: asked first, selected again, and told honestly (C-6)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import Session

from crm.domain.platform.readers import reader_for
from crm.entities import policy
from crm.entities.entity import Field
from crm.entities.listing import Parameters
from crm.entities.listing.rows import found_ids
from crm.entities.record_saving import Actor, require_version
from crm.errors import DomainError, NotAllowed
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.in_batches import BatchOutcome, for_each_record
from crm.jobs.long_tasks import LongWork, declare, request_task
from crm.jobs.progress import NO_RIGHT, actor_of
from crm.models import LongTask
from crm.models.permissions import Right
from crm.web.access import actor, check_may
from crm.web.background_work import begin_after_this_request
from crm.web.errors import error_text
from crm.web.firm_settings import field_context
from crm.web.forms import RecordForm, form_for
from crm.web.long_work import Words, WorkDisplay, count_text, set_display
from crm.web.respond import go, page, saved, wants_fragment
from crm.web.sessions import safe_next
from crm.web.table.declaration import TABLES, Table
from crm.web.table.search_request import Search
from crm.web.urls import is_record_number

IN_REQUEST = 20
"""More rows than this are changed in the background, in short steps: whoever else saves does not wait for them."""
MOST_AT_ONCE = 500
"""Up to so many rows, one comes back to the list when they are done; what is decided row by row ends here."""
GONE = N_("It no longer exists, or you do not have access to it.")
MOST_REASONS = 10
"""So many are told: five hundred would be more than anybody reads, and than the cookie of the messages holds."""
NOTHING_TICKED = N_("Please select rows first.")
TOO_MANY = N_("This can be done for at most 500 records at once. Please narrow the search.")


@dataclass(frozen=True)
class BulkAction:
    """One action on ticked rows. `verb` works on one record and raises DomainError where it may not.

    `question`, `done` are message ids with %(count)s. `fields` are asked for together with the question and handed
    to `verb` by their keys. `after` is called once at the end, in the transaction of the last record:
    (session, how many were done, actor, and the fields' values by their keys). `among` selects the records that the
    person may ask for, where that is not all they see. A `versioned` verb gets `opened`, the version that the person
    saw when asked, so that nothing is decided unseen. `preview` shows the records in the question.

    `policy_action` is the policy's name of what is done to each; what is no record of a kind says by `why_not` why it
    cannot be done. `side_effects` tells what else changes with the records: (message id, how many). `closed` tells why
    the action is offered for no record now, and `room` how many more records the person may do it with, and why not
    with others.
    """

    name: str
    label: str
    permission: Right
    verb: Callable[..., Any]
    question: str
    done: str
    policy_action: str = ""
    danger: bool = False
    fields: tuple[Field, ...] = ()
    after: Callable[..., None] | None = None
    among: Callable[[Actor], Select[Any]] | None = None
    versioned: bool = False
    preview: Callable[[list[Any]], str] | None = None
    side_effects: Callable[[Session, Sequence[Any]], list[tuple[str, int]]] | None = None
    closed: Callable[[Session, Actor], DomainError | None] | None = None
    room: Callable[[Session, Actor], tuple[int, DomainError]] | None = None

    leads: Callable[[Sequence[int], str], str] | None = None
    """The address of a page of its own that does it, made of the ids and the way back; nothing is asked here."""
    why_not: Callable[[Session, Any, Actor], DomainError | None] | None = None

    def refusal(self, session: Session, record: Any, by: Actor) -> DomainError | None:
        """Why this cannot be done with the record, as far as it is known before anything is done."""
        if self.why_not is not None:
            return self.why_not(session, record, by)
        return policy.refusal_of(session, by, self.policy_action, record)


def bulk_page(table: Table, back: str) -> Any:
    """Ask, then do: each record in a savepoint of its own; what is refused is counted with its reason."""
    action = next((a for a in table.bulk if a.name == request.form.get("action")), None)
    back = safe_next(request.form.get("next")) if request.form.get("next") else back
    everything = bool(request.form.get("all")) and allows_all(table)
    ids = found_by_search(table, back) if everything else selected_ids()
    if action is None or not ids:
        return _not_begun(back, NOTHING_TICKED)
    check_may(action.permission)
    if action.leads is not None:
        return _lead_on(action.leads, ids, back)
    if action.versioned and len(ids) > MOST_AT_ONCE:
        return _not_begun(back, TOO_MANY)
    form = form_for(action.fields, starts=False)
    if not request.form.get("confirmed") or (action.fields and not form.validate()):
        code = 422 if request.form.get("confirmed") else 200
        return _ask(table, action, ids, everything, form, back, code)
    if len(ids) > min(IN_REQUEST, MOST_AT_ONCE):
        return _in_background(table, action, ids, form, back)
    outcome = do_bulk(db.session(), table, action, ids, actor(), form.values(), submitted_versions(ids))
    finish_bulk(db.session(), action, outcome, actor(), form.values())
    for category, text in outcome_text(action, outcome):
        flash(text, category)
    return saved(back, changed=table.event)


def _lead_on(leads: Callable[[Sequence[int], str], str], ids: Sequence[int], back: str) -> Any:
    try:
        return go(leads(ids, back))
    except DomainError as error:
        return _not_begun(back, error.message)


def _not_begun(back: str, why: str) -> Any:
    if wants_fragment():
        raise DomainError(why)
    flash(_(why), "warning")
    return go(back)


def _ask(
    table: Table, action: BulkAction, ids: list[int], everything: bool, form: RecordForm, back: str, code: int
) -> Any:
    """The question, about what will really be done; very many are looked at when they are done."""
    if len(ids) > MOST_AT_ONCE:
        question = _(action.question, count=f"{len(ids):,}")
        values = {"ids": [] if everything else ids, "question": question, "versions": {}, "many": True}
    else:
        values = _counted(table, action, ids)
    return page("layout/bulk.html", code, table=table, action=action, form=form, back=back, **values)


def _counted(table: Table, action: BulkAction, ids: list[int]) -> dict[str, Any]:
    found = preview_bulk(db.session(), table, action, ids, actor())
    records, count = list(found.allowed.values()), len(found.allowed)
    versions = {r.id: r.version for r in records} | submitted_versions(list(found.allowed)) if action.versioned else {}
    return {
        "ids": list(found.allowed),
        "question": _(action.question, count=f"{count:,}") if records else "",
        "ticked": len(ids),
        "left_out": _left_out(found.refused),
        "side_effects": [(_(label), count) for label, count in action.side_effects(db.session(), records)]
        if action.side_effects
        else [],
        "versions": versions,
        "preview": action.preview(records) if action.preview else "",
    }


@dataclass(frozen=True)
class BulkPreview:
    """With which of the records it can be done, and why not with the others."""

    allowed: dict[int, Any]
    refused: BatchOutcome


def preview_bulk(session: Session, table: Table, action: BulkAction, ids: Sequence[int], by: Actor) -> BulkPreview:
    """What `do_bulk` would do, without doing it. What depends on the values that are asked for is not known yet."""
    seen, found = _seen(session, table, action, ids, by), BulkPreview({}, BatchOutcome())
    room, full = action.room(session, by) if action.room else (len(ids), DomainError(GONE))
    for record_id in ids:
        record = seen.get(record_id)
        refusal = action.refusal(session, record, by) if record is not None else DomainError(GONE)
        if refusal is None and len(found.allowed) >= room:
            refusal = full
        if refusal is None:
            found.allowed[record_id] = record
        else:
            found.refused.refuse(refusal)
    return found


def _in_background(table: Table, action: BulkAction, ids: list[int], form: RecordForm, back: str) -> Any:
    typed = {f.key: f.type.edit(form[f.key].data, field_context()) for f in action.fields}
    payload = {"table": table.key, "action": action.name, "values": typed, "back": back, "ids": ids}
    if action.versioned:
        payload["versions"] = submitted_versions(ids)
    task = request_task(db.session(), BULK.key, payload, actor(), total=len(ids))
    begin_after_this_request(task)
    returns: dict[str, Any] = {"then": "list"} if len(ids) <= MOST_AT_ONCE else {}
    return go(url_for("tasks.show", id=task.id, **returns))


def submitted_versions(ids: Sequence[int]) -> dict[int, int]:
    """Record's id → the version of it that the person saw."""
    sent = ((record_id, request.form.get(f"version-{record_id}", "")) for record_id in ids)
    return {record_id: int(v) for record_id, v in sent if is_record_number(v)}


def selected_ids() -> list[int]:
    found = [int(v) for v in request.form.getlist("ids") if is_record_number(v)]
    return list(dict.fromkeys(found))


def allows_all(table: Table) -> bool:
    """Whether everything that a search finds can be taken; not for the tabs of a file."""
    return TABLES.get(table.key) is table


def found_by_search(table: Table, back: str) -> list[int]:
    """The ids of all rows that the search in the list's address finds."""
    parts = urlsplit(back)
    if parts.path != url_for(table.endpoint):
        return []
    return found_ids(Search(table, args=Parameters.of(parts.query)))


def _seen(session: Session, table: Table, action: BulkAction, ids: Sequence[int], by: Actor) -> dict[int, Any]:
    """The records by id, selected as the list shows them to the person, in the order of the ids."""
    listed = table.rows(by.rights).with_only_columns(table.model, maintain_column_froms=True)
    wanted = action.among(by) if action.among else listed
    found = {r.id: r for r in session.scalars(wanted.where(table.model.id.in_(ids)))}
    return {record_id: found[record_id] for record_id in ids if record_id in found}


def do_bulk(
    session: Session,
    table: Table,
    action: BulkAction,
    ids: Sequence[int],
    by: Actor,
    values: dict[str, Any],
    versions: Mapping[int, int] | None = None,
) -> BatchOutcome:
    """How many were done, and why others were not. Rows are selected again through the person's rights."""
    seen = _seen(session, table, action, ids, by)
    outcome = BatchOutcome()
    for record_id in ids:
        if record_id not in seen:
            outcome.refuse(DomainError(GONE))
            continue
        try:
            opened = {"opened": require_version((versions or {}).get(record_id))} if action.versioned else {}
            with session.begin_nested():
                action.verb(session, seen[record_id], by, **values, **opened)
            outcome.done += 1
        except DomainError as error:
            outcome.refuse(error)
    return outcome


def finish_bulk(session: Session, action: BulkAction, outcome: BatchOutcome, by: Actor, values: dict[str, Any]) -> None:
    if action.after is not None and outcome.done:
        action.after(session, outcome.done, by, **values)


def outcome_text(action: BulkAction, outcome: BatchOutcome) -> Words:
    """How many were done, and how many were left out, each with its reason."""
    done = ("done" if outcome.done else "warning", _(action.done, count=f"{outcome.done:,}"))
    return [done, *(("warning", text) for text in _left_out(outcome))]


def _left_out(outcome: BatchOutcome) -> list[str]:
    """How many are left out, each with its reason."""
    reasons = outcome.reasons()
    found = [
        _("%(count)s skipped: %(reason)s", count=count, reason=error_text(error))
        for error, count in reasons[:MOST_REASONS]
    ]
    rest = sum(count for _error, count in reasons[MOST_REASONS:])
    if rest:
        found.append(_("%(count)s more skipped for similar reasons.", count=f"{rest:,}"))
    return found


def action_of(payload: dict[str, Any]) -> tuple[Table, BulkAction]:
    table = TABLES[payload["table"]]
    return table, next(action for action in table.bulk if action.name == payload["action"])


def _values_of(session: Session, action: BulkAction, payload: dict[str, Any], by: Actor) -> dict[str, Any]:
    context = reader_for(session, by)
    typed = payload["values"]
    return {f.key: f.type.parse(typed[f.key], context) if typed[f.key] else None for f in action.fields}


def _step(session: Session, payload: dict[str, Any], ids: list[int], by: Actor) -> BatchOutcome:
    """A part of a large change, in the background; the right is looked up again (hostile case 12)."""
    table, action = action_of(payload)
    if not by.rights.may(action.permission):
        raise NotAllowed(NO_RIGHT)
    versions = {int(record_id): version for record_id, version in payload.get("versions", {}).items()}
    return do_bulk(session, table, action, ids, by, _values_of(session, action, payload, by), versions)


def _end(session: Session, payload: dict[str, Any], outcome: BatchOutcome, by: Actor) -> None:
    _table, action = action_of(payload)
    finish_bulk(session, action, outcome, by, _values_of(session, action, payload, by))


def _given_up(session: Session, task: LongTask, _problem: DomainError | None) -> None:
    """Whoever is told of the whole is told of the part that was done."""
    outcome, by = BatchOutcome.of(task.result), actor_of(session, task, task.finished_at)
    if outcome.done and by is not None:
        _end(session, task.payload, outcome, by)


def _words_of(task: LongTask) -> Words:
    return outcome_text(action_of(task.payload)[1], BatchOutcome.of(task.result))


def _back_of(task: LongTask) -> tuple[str, str]:
    table, _action = action_of(task.payload)
    return task.payload.get("back") or url_for(table.endpoint), _(table.title)


BULK = declare(LongWork("bulk", for_each_record("ids", _step, _end), _given_up))
set_display(
    BULK,
    WorkDisplay(
        title=lambda task: _(action_of(task.payload)[1].label),
        doing=N_("The records are being changed."),
        back=_back_of,
        progress=count_text,
        words=_words_of,
    ),
)
