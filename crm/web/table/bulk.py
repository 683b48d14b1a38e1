"""Doing something with several ticked rows: asked first, selected again, and told honestly (C-6)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import Session

from crm.domain.platform.custom_fields import change_custom_field
from crm.domain.platform.deletion import deleted_together, new_batch
from crm.domain.platform.readers import reader_for
from crm.domain.platform.recycle_bin import batch_of
from crm.entities import policy
from crm.entities.custom_fields import custom_fields
from crm.entities.entity import Entity, Field
from crm.entities.listing import Parameters
from crm.entities.listing.rows import found_ids
from crm.entities.record_saving import Actor, require_version
from crm.entities.registry import entity_of
from crm.errors import DomainError, NotAllowed
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.bulk_work import BulkOutcome, for_each_record
from crm.jobs.long_tasks import LongWork, declare, request_task
from crm.jobs.progress import NO_RIGHT, actor_of
from crm.models import LongTask, Rights
from crm.models.custom_values import is_custom
from crm.models.permissions import Right
from crm.web.access import actor, check_may, rights
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
BATCH = "batch:"
"""Begins what a message offers to bring back of many that were deleted in the background."""
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

    expand: Callable[[Session, Sequence[int], Rights], list[int]] | None = None
    """The rows that a ticked line stands for, where that is more than itself."""
    leads: Callable[[Sequence[int], str], str] | None = None
    """The address of a page of its own that does it, made of the ids and the way back; nothing is asked here."""
    why_not: Callable[[Session, Any, Actor], DomainError | None] | None = None
    waits: Callable[[Any], bool] | None = None
    """Whether the record waits for more after it was done: an order that needs another approval."""
    partly_done: str = ""
    """What is said of those: a message id with %(count)s."""

    def refusal(self, session: Session, record: Any, by: Actor) -> DomainError | None:
        """Why this cannot be done with the record, as far as it is known before anything is done."""
        if self.why_not is not None:
            return self.why_not(session, record, by)
        return policy.refusal_of(session, by, self.policy_action, record)


def bulk_page(table: Table, back: str) -> Any:
    """Ask, then do: each record in a savepoint of its own; what is refused is counted with its reason."""
    name = request.form.get("action", "")
    action = None if name == OWN else find_action(db.session(), table, name)
    back = safe_next(request.form.get("next")) if request.form.get("next") else back
    everything = bool(request.form.get("all")) and allows_all(table)
    ids = found_by_search(table, back) if everything else selected_ids()
    if name == OWN and ids:
        return _ask_which_field(table, ids, everything, back)
    if action is None or not ids:
        return _not_begun(back, NOTHING_TICKED)
    check_may(action.permission)
    ids = action.expand(db.session(), ids, rights()) if action.expand is not None else ids
    if action.leads is not None:
        return _lead_on(action.leads, ids, back)
    if action.versioned and len(ids) > MOST_AT_ONCE:
        return _not_begun(back, TOO_MANY)
    form = form_for(action.fields, starts=False)
    if not request.form.get("confirmed") or (action.fields and not form.validate()):
        code = 422 if request.form.get("confirmed") else 200
        return _ask(table, action, ids, everything, form, back, code)
    if len(ids) > min(IN_REQUEST, MOST_AT_ONCE):
        typed = {f.key: f.type.edit(form[f.key].data, field_context()) for f in action.fields}
        return begin_in_background(table, action, ids, back, typed)
    with deleted_together(db.session(), new_batch()) if len(ids) > 1 else nullcontext():
        outcome = do_bulk(db.session(), table, action, ids, actor(), form.values(), submitted_versions(ids))
    finish_bulk(db.session(), action, outcome, actor(), form.values())
    for category, text in outcome_text(action, outcome):
        flash(text, category)
    return saved(back, changed=table.event)


OWN = "own_field"
"""The button that changes a field of the firm's own (D-2): first which one is asked, then its value."""


def own_actions(session: Session, table: Table) -> list[BulkAction]:
    """One for each field that the firm added and still asks for."""
    kind = _kind_with_own_fields(table)
    return [] if kind is None else [_own_action(kind, field) for field in custom_fields(session, kind)]


def _kind_with_own_fields(table: Table) -> Entity | None:
    return entity_of(table.model) if table.own_fields and table.key in TABLES else None


def _own_action(kind: Entity, field: Field) -> BulkAction:
    return BulkAction(
        field.key,
        field.label,
        policy.permission_for(kind, policy.CHANGE),
        partial(change_custom_field, field=field),
        N_("%(count)s records will get this value; what is left empty is emptied:"),
        N_("%(count)s records changed."),
        policy_action=policy.CHANGE,
        fields=(replace(field, start=None, group=""),),
        why_not=partial(_why_own_not, field),
    )


def _why_own_not(field: Field, session: Session, record: Any, by: Actor) -> DomainError | None:
    if field.permission is not None and not by.rights.may(field.permission):
        return NotAllowed(NO_RIGHT)
    return policy.refusal_of(session, by, policy.CHANGE, record)


def find_action(session: Session, table: Table, name: str) -> BulkAction | None:
    """The action of that name, one that changes a field of the firm's own too."""
    declared = next((action for action in table.bulk if action.name == name), None)
    if declared is not None or not is_custom(name):
        return declared
    return next((action for action in own_actions(session, table) if action.name == name), None)


def changes_own_fields(table: Table, by: Actor) -> bool:
    """Whether the list offers to change a field of the firm's own."""
    kind = _kind_with_own_fields(table)
    if kind is None or not by.rights.may(policy.permission_for(kind, policy.CHANGE)):
        return False
    return any(_is_seen(field, by) for field in custom_fields(db.session(), kind))


def _is_seen(field: Field, by: Actor) -> bool:
    return field.permission is None or by.rights.may(field.permission)


def _is_theirs(action: BulkAction, by: Actor) -> bool:
    return _is_seen(action.fields[0], by) and by.rights.may(action.permission)


def _ask_which_field(table: Table, ids: list[int], everything: bool, back: str) -> Any:
    offered = [action for action in own_actions(db.session(), table) if _is_theirs(action, actor())]
    values: dict[str, Any] = {"ids": [] if everything else ids, "count": len(ids), "back": back}
    return page("layout/bulk_field.html", table=table, offered=offered, **values)


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
    preview = preview_bulk(db.session(), table, action, ids, actor())
    records, count = list(preview.allowed.values()), len(preview.allowed)
    versions = (
        {r.id: r.version for r in records} | submitted_versions(list(preview.allowed)) if action.versioned else {}
    )
    return {
        "ids": list(preview.allowed),
        "question": _(action.question, count=f"{count:,}") if records else "",
        "ticked": len(ids),
        "left_out": _left_out(preview.refused),
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
    refused: BulkOutcome


def preview_bulk(session: Session, table: Table, action: BulkAction, ids: Sequence[int], by: Actor) -> BulkPreview:
    """What `do_bulk` would do, without doing it. What depends on the values that are asked for is not known yet."""
    seen, preview = _seen(session, table, action, ids, by), BulkPreview({}, BulkOutcome())
    room, full = action.room(session, by) if action.room else (len(ids), DomainError(GONE))
    for record_id in ids:
        record = seen.get(record_id)
        refusal = action.refusal(session, record, by) if record is not None else DomainError(GONE)
        if refusal is None and len(preview.allowed) >= room:
            refusal = full
        if refusal is None:
            preview.allowed[record_id] = record
        else:
            preview.refused.refuse(refusal)
    return preview


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
    returns: dict[str, Any] = {"then": "list"} if len(ids) <= MOST_AT_ONCE else {}
    return go(url_for("tasks.show", id=task.id, **returns))


def submitted_versions(ids: Sequence[int]) -> dict[int, int]:
    """Record's id → the version of it that the person saw."""
    sent = ((record_id, request.form.get(f"version-{record_id}", "")) for record_id in ids)
    return {record_id: int(v) for record_id, v in sent if is_record_number(v)}


def selected_ids() -> list[int]:
    ids = [int(v) for v in request.form.getlist("ids") if is_record_number(v)]
    return list(dict.fromkeys(ids))


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
    rows = table.rows(by.rights).with_only_columns(table.model, maintain_column_froms=True)
    wanted = action.among(by) if action.among else rows
    records = {r.id: r for r in session.scalars(wanted.where(table.model.id.in_(ids)))}
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
    seen = _seen(session, table, action, ids, by)
    outcome = BulkOutcome()
    for record_id in ids:
        if record_id not in seen:
            outcome.refuse(DomainError(GONE))
            continue
        try:
            opened = {"opened": require_version((versions or {}).get(record_id))} if action.versioned else {}
            with session.begin_nested():
                action.verb(session, seen[record_id], by, **values, **opened)
            outcome.done += 1
            outcome.partly += action.waits is not None and action.waits(seen[record_id])
        except DomainError as error:
            outcome.refuse(error)
    return outcome


def finish_bulk(session: Session, action: BulkAction, outcome: BulkOutcome, by: Actor, values: dict[str, Any]) -> None:
    if action.after is not None and outcome.done:
        action.after(session, outcome.done, by, **values)


def outcome_text(action: BulkAction, outcome: BulkOutcome) -> Words:
    """How many were done, and how many were left out, each with its reason."""
    whole, messages = outcome.done - outcome.partly, []
    if whole or not outcome.partly:
        messages = [("done" if whole else "warning", _(action.done, count=f"{whole:,}"))]
    if outcome.partly:
        messages.append(("done", _(action.partly_done, count=f"{outcome.partly:,}")))
    return [*messages, *(("warning", text) for text in _left_out(outcome))]


def _left_out(outcome: BulkOutcome) -> list[str]:
    """How many are left out, each with its reason."""
    reasons = outcome.reasons()
    texts = [
        _("%(count)s skipped: %(reason)s", count=count, reason=error_text(error))
        for error, count in reasons[:MOST_REASONS]
    ]
    rest = sum(count for _error, count in reasons[MOST_REASONS:])
    if rest:
        texts.append(_("%(count)s more skipped for similar reasons.", count=f"{rest:,}"))
    return texts


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


def _end(session: Session, payload: dict[str, Any], outcome: BulkOutcome, by: Actor) -> None:
    _table, action = action_of(session, payload)
    finish_bulk(session, action, outcome, by, _values_of(session, action, payload, by))


def _given_up(session: Session, task: LongTask, _problem: DomainError | None) -> None:
    """Whoever is told of the whole is told of the part that was done."""
    outcome, by = BulkOutcome.of(task.result), actor_of(session, task, task.finished_at)
    if outcome.done and by is not None:
        _end(session, task.payload, outcome, by)


def _words_of(task: LongTask) -> Words:
    words = outcome_text(action_of(db.session(), task.payload)[1], BulkOutcome.of(task.result))
    made = batch_of(db.session(), actor(), task.payload["batch"]) if task.payload.get("batch") else []
    return [*words, ("deleted", f"{BATCH}{task.payload['batch']}")] if made else words


def _label_of(task: LongTask) -> str:
    """What is done; of a field that is gone since, that a field is changed."""
    action = find_action(db.session(), TABLES[task.payload["table"]], task.payload["action"])
    return _(action.label) if action is not None else _("Change a custom field")


def _back_of(task: LongTask) -> tuple[str, str]:
    table = TABLES[task.payload["table"]]
    return task.payload.get("back") or url_for(table.endpoint), _(table.title)


BULK = declare(LongWork("bulk", for_each_record("ids", _step, _end), _given_up))
set_display(
    BULK,
    WorkDisplay(
        title=_label_of,
        doing=N_("The records are being changed."),
        back=_back_of,
        progress=count_text,
        words=_words_of,
    ),
)
