"""The pages of the recycle bin (A-10)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from flask import flash, request, url_for

from crm.blueprints.bin import blueprint
from crm.blueprints.bin.restoring import begin_restoring
from crm.blueprints.bin.table import BIN, kind_name
from crm.domain.platform import recycle_bin
from crm.domain.platform.purging import purge as purge_entry
from crm.entities import policy
from crm.entities.record_saving import GONE
from crm.entities.registry import entity_of, is_entity
from crm.entities.undo import UnrevertedRow, model_of
from crm.errors import DomainError, NotFound
from crm.extensions import db
from crm.models import Deletion, Permission
from crm.web.access import actor, may, requires, signed_in
from crm.web.back_links import back_to
from crm.web.errors import error_text
from crm.web.menu import menu_of
from crm.web.respond import go, page
from crm.web.sessions import safe_next
from crm.web.table import bulk_page, table_page
from crm.web.table.bulk.background import BATCH
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number

MAX_SHOWN = 100
MAX_AT_ONCE = 20
"""As many as one message can offer to bring back; more are done in the background, from the bin's list."""


@blueprint.get("/bin")
@requires(Permission.BIN_VIEW)
def index() -> Any:
    return page("bin/index.html", table=table_page(BIN))


@blueprint.post("/bin/bulk")
@requires(Permission.BIN_VIEW)
def bulk() -> Any:
    return bulk_page(BIN, url_for("bin.index"))


@blueprint.get("/bin/<int:id>")
@menu_of("bin")
@signed_in
def show(id: int) -> Any:
    return _entry_page(_entry(id))


@blueprint.post("/bin/<int:id>/restore")
@menu_of("bin")
@signed_in
def restore(id: int) -> Any:
    entry = _entry(id)
    try:
        return _bring_back(entry, request.form.getlist("answers"))
    except recycle_bin.Undecided as undecided:
        return _entry_page(entry, 409, error_text(undecided))


@blueprint.post("/bin/restore")
@menu_of("bin")
@signed_in
def undo() -> Any:
    """【還原】 beside the message that something is deleted; what needs an answer is asked on its own page."""
    sent = request.form.get("entries", "")
    if sent.startswith(BATCH):
        return _undo_batch(sent.removeprefix(BATCH)[:32])
    ids = [int(text) for text in sent.split()[:MAX_AT_ONCE] if is_record_number(text)]
    entries = [_entry(id) for id in ids]
    if len(entries) == 1:
        try:
            return _bring_back(entries[0], ())
        except recycle_bin.Undecided:
            return go(url_for("bin.show", id=ids[0]))
    for entry in entries:
        _bring_back_of_several(entry)
    return go(safe_next(request.form.get("next")))


def _undo_batch(batch: str) -> Any:
    """All that was deleted at once; many in the background."""
    ids, back = recycle_bin.batch_of(db.session(), actor(), batch), safe_next(request.form.get("next"))
    if not ids:
        raise NotFound(GONE)
    if len(ids) > MAX_AT_ONCE:
        return begin_restoring(ids, back)
    for id in ids:
        _bring_back_of_several(_entry(id))
    return go(back)


@blueprint.get("/bin/<int:id>/purge")
@requires(Permission.BIN_SAVE)
def ask_purge(id: int) -> Any:
    entry = _entry(id)
    return page("bin/purge.html", entry=entry, kind=kind_name(entry.kind))


@blueprint.post("/bin/<int:id>/purge")
@requires(Permission.BIN_SAVE)
def purge(id: int) -> Any:
    entry = _entry(id)
    name = entry.name
    purge_entry(db.session(), entry, actor())
    flash(_("%(what)s has been permanently deleted.", what=name), "done")
    return go(back_to(url_for("bin.index")))


def _entry(id: int) -> Deletion:
    return recycle_bin.get_entry_for(db.session(), actor(), id)


def _bring_back(entry: Deletion, answers: Sequence[str]) -> Any:
    kind, record_id, name = recycle_bin.subject_of(db.session(), entry), entry.record_id, entry.name
    file = recycle_bin.file_of(db.session(), entry)
    unreverted = recycle_bin.restore(db.session(), entry, actor(), answers)
    flash(_("%(what)s has been restored.", what=name), "done")
    _tell_left(unreverted)
    if file is not None:
        return go(url_for("attachments.index", kind=file.kind, id=file.record_id))
    assert kind is not None
    record = db.session().get(kind.model, record_id)
    if record is not None and policy.reaches(db.session(), actor(), policy.VIEW, record):
        return go(url_for(f"{kind.key}.show", id=record_id))
    return go(url_for("bin.index") if may(Permission.BIN_VIEW) else url_for("workbench.show"))


def _bring_back_of_several(entry: Deletion) -> None:
    name = entry.name
    try:
        with db.session().begin_nested():
            unreverted = recycle_bin.restore(db.session(), entry, actor())
        flash(_("%(what)s has been restored.", what=name), "done")
        _tell_left(unreverted)
    except DomainError as error:
        flash(name + _(": ") + error_text(error), "warning")


def _tell_left(unreverted: Iterable[UnrevertedRow]) -> None:
    """What others changed meanwhile stays as they left it."""
    models = {row.table: model_of(row.table) for row in unreverted}
    for table, model in models.items():
        if not is_entity(model):
            continue
        numbers = [row.key[0] for row in unreverted if row.table == table]
        for record in (db.session().get(model, number) for number in numbers[:MAX_SHOWN]):
            if record is not None:
                message = _(
                    "%(what)s was changed in the meantime and stays as it is.", what=entity_of(model).name_of(record)
                )
                flash(message, "warning")


def _entry_page(entry: Deletion, code: int = 200, problem: str = "") -> Any:
    session = db.session()
    refusal = recycle_bin.why_not_restored(session, entry, actor())
    records = recycle_bin.records_of(session, entry)
    counts = Counter(entity_of(record).key for record in records)
    questions = recycle_bin.questions_of(session, entry) if refusal is None else []
    together = recycle_bin.batch_of(session, actor(), entry.batch) if entry.batch else []
    other_entries = [(entry_id, _entry_name(entry_id)) for entry_id in together[:MAX_SHOWN] if entry_id != entry.id]
    return page(
        "bin/show.html",
        code,
        entry=entry,
        kind=kind_name(entry.kind),
        counts=[(kind_name(key, plural=True), count) for key, count in counts.items()],
        names=[(_(entity_of(r).label), entity_of(r).name_of(r)[:200]) for r in records[:MAX_SHOWN]],
        more=max(0, len(records) - MAX_SHOWN),
        refusal=error_text(refusal) if refusal is not None else "",
        questions=[(question.key, _(question.message, **_localized_values(question.values))) for question in questions],
        answered=request.form.getlist("answers"),
        problem=problem,
        together=len(together),
        other_entries=other_entries,
        batch=f"{BATCH}{entry.batch}",
        may_purge=may(Permission.BIN_SAVE),
    )


def _entry_name(id: int) -> str:
    return db.session.get_one(Deletion, id).name


def _localized_values(values: Any) -> dict[str, Any]:
    """The kind's name in the reader's language."""
    return {key: _(value) if key == "what" else value for key, value in values.items()}
