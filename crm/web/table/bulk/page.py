"""Doing something with several ticked rows: the question, the work, and a message about every outcome (C-6)."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from flask import flash, request

from crm.domain.platform.deletion import deleted_together, new_batch
from crm.errors import DomainError
from crm.extensions import db
from crm.i18n import N_
from crm.web.access import actor, check_may, rights
from crm.web.firm_settings import field_context
from crm.web.forms import RecordForm, form_for
from crm.web.respond import go, page, saved, wants_fragment
from crm.web.sessions import safe_next
from crm.web.table.bulk.action import BulkAction
from crm.web.table.bulk.background import MAX_AT_ONCE, begin_in_background
from crm.web.table.bulk.execution import do_bulk, finish_bulk, outcome_text, preview_bulk, skipped_texts
from crm.web.table.bulk.own_fields import OWN, find_action, offered_own_actions
from crm.web.table.bulk.selection import allows_all, found_by_search, selected_ids, submitted_versions
from crm.web.table.declaration import Table
from crm.web.translation import gettext as _

IN_REQUEST = 20
"""More rows than this are changed in the background, in short steps: whoever else saves does not wait for them."""
NOTHING_TICKED = N_("Please select rows first.")
TOO_MANY = N_("This can be done for at most 500 records at once. Please narrow the search.")


def bulk_page(table: Table, back: str) -> Any:
    """Ask, then do: each record in a savepoint of its own; refused records are counted by their reason."""
    name = request.form.get("action", "")
    action = None if name == OWN else find_action(db.session(), table, name)
    back = safe_next(request.form.get("next")) if request.form.get("next") else back
    everything = bool(request.form.get("all")) and allows_all(table)
    ids = found_by_search(table, back) if everything else selected_ids()
    if name == OWN and ids:
        return _ask_which_field(table, ids, everything, back)
    if action is None or not ids:
        return _refuse(back, NOTHING_TICKED)
    check_may(action.permission)
    ids = action.expand(db.session(), ids, rights()) if action.expand is not None else ids
    if action.leads is not None:
        return _go_to_own_page(action.leads, ids, back)
    if action.versioned and len(ids) > MAX_AT_ONCE:
        return _refuse(back, TOO_MANY)
    form = form_for(action.fields, starts=False)
    if not request.form.get("confirmed") or (action.fields and not form.validate()):
        code = 422 if request.form.get("confirmed") else 200
        return _ask(table, action, ids, everything, form, back, code)
    if len(ids) > min(IN_REQUEST, MAX_AT_ONCE):
        typed = {f.key: f.type.edit(form[f.key].data, field_context()) for f in action.fields}
        return begin_in_background(table, action, ids, back, typed)
    with deleted_together(db.session(), new_batch()) if len(ids) > 1 else nullcontext():
        outcome = do_bulk(db.session(), table, action, ids, actor(), form.values(), submitted_versions(ids))
    finish_bulk(db.session(), action, outcome, actor(), form.values())
    for category, text in outcome_text(action, outcome):
        flash(text, category)
    return saved(back, changed=table.event)


def _ask_which_field(table: Table, ids: list[int], everything: bool, back: str) -> Any:
    offered = offered_own_actions(table, actor())
    values: dict[str, Any] = {"ids": [] if everything else ids, "count": len(ids), "back": back}
    return page("layout/bulk_field.html", table=table, offered=offered, **values)


def _go_to_own_page(leads: Callable[[Sequence[int], str], str], ids: Sequence[int], back: str) -> Any:
    try:
        return go(leads(ids, back))
    except DomainError as error:
        return _refuse(back, error.message)


def _refuse(back: str, why: str) -> Any:
    if wants_fragment():
        raise DomainError(why)
    flash(_(why), "warning")
    return go(back)


def _ask(
    table: Table, action: BulkAction, ids: list[int], everything: bool, form: RecordForm, back: str, code: int
) -> Any:
    """The question, about what will really be done; very many are looked at when they are done."""
    if len(ids) > MAX_AT_ONCE:
        question = _(action.question, count=f"{len(ids):,}")
        values = {"ids": [] if everything else ids, "question": question, "versions": {}, "many": True}
    else:
        values = _preview_values(table, action, ids)
    return page("layout/bulk.html", code, table=table, action=action, form=form, back=back, **values)


def _preview_values(table: Table, action: BulkAction, ids: list[int]) -> dict[str, Any]:
    preview = preview_bulk(db.session(), table, action, ids, actor())
    records, count = list(preview.allowed.values()), len(preview.allowed)
    versions = (
        {r.id: r.version for r in records} | submitted_versions(list(preview.allowed)) if action.versioned else {}
    )
    return {
        "ids": list(preview.allowed),
        "question": _(action.question, count=f"{count:,}") if records else "",
        "ticked": len(ids),
        "left_out": skipped_texts(preview.refused),
        "side_effects": [(_(label), count) for label, count in action.side_effects(db.session(), records)]
        if action.side_effects
        else [],
        "versions": versions,
        "preview": action.preview(records) if action.preview else "",
    }
