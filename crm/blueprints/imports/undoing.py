"""【撤銷導入】: what would be undone and what stays, with the question; then the undo as long work (I-7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import abort

from crm.blueprints.imports.shared import SMALL, begin_work, each_kind, run_or_404, to
from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.runs import claim_run, import_refusal
from crm.domain.imports.touched import CHANGED, DELETED, REPLACED, USED, StayingRecord
from crm.domain.imports.undo_data import runs_with_writes
from crm.domain.imports.undoing import Outcome, preview
from crm.entities.custom_fields import custom_fields
from crm.entities.entity import Entity
from crm.entities.logged import labels_of
from crm.entities.registry import entities
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.import_undo import queue_undo
from crm.models.custom_values import is_custom
from crm.models.imports import CANCELLED, DONE, FAILED, UNDOING
from crm.web.access import actor, rights
from crm.web.firm_settings import lookups
from crm.web.formatting import show_moment
from crm.web.log import short_transaction
from crm.web.respond import go, page
from crm.web.translation import gettext as _

SHOWN = 100
STATES = (DONE, FAILED, CANCELLED)
REASONS = {
    CHANGED: N_("changed by %(person)s, %(at)s"),
    DELETED: N_("deleted by %(person)s, %(at)s"),
    USED: N_("in use"),
    REPLACED: N_("there is another main contact by now"),
}
USED_BY = N_("used by %(what)s (%(person)s, %(at)s)")
FILES = N_("it has attachments")
NOBODY = N_("the program")


def undoable(kind: ImportKind, runs: Sequence[Any]) -> set[int]:
    """Those of the runs that this person may undo now."""
    if not rights().may(kind.save) or import_refusal(kind, rights()) is not None:
        return set()
    ended = [run.id for run in runs if run.state in STATES]
    return runs_with_writes(db.session(), ended, actor().now) if ended else set()


@each_kind("/runs/<int:id>/undo", "ask_undo")
def ask(kind: ImportKind, id: int) -> Any:
    run = run_or_404(kind, id)
    if run.id not in undoable(kind, [run]):
        return go(to(kind, "run", id=id))
    outcome = preview(db.session(), run.id, actor())
    return page("imports/undo.html", kind=kind, to=to, run=run, **outcome_words(outcome))


@each_kind("/runs/<int:id>/undo", "undo", "POST", long=True)
def undo(kind: ImportKind, id: int) -> Any:
    """【撤銷導入】 confirmed: only the first of several clicks begins it."""
    run = run_or_404(kind, id)
    if run.id not in undoable(kind, [run]):
        if run.state != UNDOING:
            abort(409)
        return go(to(kind, "run", id=id))
    with short_transaction():
        claimed = any(claim_run(db.session(), run.id, state, UNDOING) for state in STATES)
        task = queue_undo(db.session(), run, actor()) if claimed else None
    if task is not None:
        begin_work(task, task.total if task.total <= SMALL else None)
    return go(to(kind, "run", id=id))


def outcome_words(outcome: Outcome) -> dict[str, Any]:
    """The counts, and what stays, in words."""
    names = {kind.key: _(kind.plural) for kind in entities()}
    removed = [
        (_("Removed: %(what)s", what=names.get(key, _("Items of lists"))), count)
        for key, count in outcome.removed.items()
    ]
    return {
        "facts": [
            *removed,
            (_("Former values back"), outcome.restored),
            (_("Stay as they are"), outcome.staying),
        ],
        "stays": [line_of(record) for record in outcome.stays[:SHOWN]],
        "more": outcome.staying - min(len(outcome.stays), SHOWN),
    }


def line_of(record: StayingRecord) -> dict[str, str]:
    kind = next((kind for kind in entities() if kind.key == record.kind), None)
    return {
        "kind": _(kind.label) if kind is not None else _("Item of a list"),
        "name": record.name,
        "fields": "、".join(_labels(kind, record.columns)) if kind is not None else "",
        "reason": _reason(record),
    }


def _reason(record: StayingRecord) -> str:
    person = lookups().people.name(record.by_id) or _(NOBODY)
    at = show_moment(datetime.fromisoformat(record.at)) if record.at else ""
    if record.reason != USED or record.used_by is None or not record.used_by[1]:
        return _(FILES) if record.used_by == ("files", "") else _(REASONS[record.reason], person=person, at=at)
    key, name = record.used_by
    user_label = next((_(kind.label) for kind in entities() if kind.key == key), "")
    return _(USED_BY, what=f"{user_label} {name}".strip(), person=person, at=at)


def _labels(kind: Entity, columns: Sequence[str]) -> list[str]:
    labels = dict(labels_of(kind))
    if any(map(is_custom, columns)):
        labels |= {field.attr: field.label for field in custom_fields(db.session(), kind)}
    return [_(labels[column]) if column in labels else column for column in columns]
