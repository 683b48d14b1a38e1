"""One page to choose what stays, and one that says what taking a merge back would leave (C-4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, request, url_for

from crm.blueprints.merging import blueprint
from crm.domain.platform import merging
from crm.entities import policy
from crm.entities.custom_fields import all_custom_fields
from crm.entities.entity import Entity, Field
from crm.entities.logged import labels_of
from crm.entities.registry import entities, entity_of, is_entity
from crm.entities.undo import UnrevertedRow, model_of
from crm.errors import DomainError, FieldError, StaleRecord
from crm.extensions import db
from crm.i18n import N_
from crm.models import Merge
from crm.models.custom_values import value_of
from crm.models.permissions import Right
from crm.web.access import actor, get_or_404, may, requires_one_of
from crm.web.errors import error_text
from crm.web.firm_settings import lookups
from crm.web.formatting import show_value
from crm.web.respond import go, page
from crm.web.sessions import safe_next
from crm.web.table.bulk.selection import submitted_versions
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number

MAX_SHOWN = 30
ATTACHMENTS = N_("Attachments")


def _rights() -> list[Right]:
    kinds = (kind for kind in entities() if kind.mergeable)
    return [right for kind in kinds for right in policy.permissions_for(kind, policy.MERGE)]


@blueprint.get("/merge/<kind>")
@requires_one_of(_rights)
def choose(kind: str) -> Any:
    entity = _kind_or_404(kind)
    records = _records(entity, request.args.getlist("ids"))
    merging.check_mergeable(db.session(), records, actor())
    return _choosing(entity, records)


@blueprint.post("/merge/<kind>")
@requires_one_of(_rights)
def merge(kind: str) -> Any:
    entity = _kind_or_404(kind)
    records = _records(entity, request.form.getlist("ids"))
    survivor = next((r for r in records if str(r.id) == request.form.get("kept")), None)
    if survivor is None:
        return _choosing(entity, records, 422, _("Please choose which one stays."))
    merged_records = [record for record in records if record is not survivor]
    opened_versions = submitted_versions([record.id for record in records])
    try:
        with db.session().begin_nested():
            merging.merge(db.session(), survivor, merged_records, _chosen(entity), actor(), opened_versions)
    except (FieldError, StaleRecord) as error:
        return _choosing(entity, records, 422 if isinstance(error, FieldError) else 409, error_text(error))
    flash(_("Merged into %(name)s. It can be undone for 30 days.", name=entity.name_of(survivor)), "done")
    return go(url_for(f"{entity.key}.show", id=survivor.id))


@blueprint.get("/merges/<kind>")
@requires_one_of(_rights)
def index(kind: str) -> Any:
    """What was merged in the last thirty days, with 【撤銷合併】."""
    entity = _kind_or_404(kind)
    if not policy.may(actor().rights, entity, policy.MERGE):
        abort(403)
    rows = [
        {
            "names": _names(row),
            "kept": entity.name_of(survivor),
            "kept_url": url_for(f"{entity.key}.show", id=survivor.id),
            "at": row.at,
            "by": lookups().people.name(row.by_id),
            "undo_url": url_for("merging.ask_undo", id=row.id),
        }
        for row, survivor in merging.merges_seen(db.session(), entity, actor())
    ]
    return page("merging/index.html", kind=entity, rows=rows)


@blueprint.get("/merges/<int:id>/undo")
@requires_one_of(_rights)
def ask_undo(id: int) -> Any:
    row, survivor = merging.get_merge_for(db.session(), actor(), id)
    policy.check(db.session(), actor(), policy.MERGE, survivor)
    return page(
        "merging/undo.html",
        row=row,
        record=survivor,
        kind=entity_of(survivor),
        names=_names(row),
        name=entity_of(survivor).name_of(survivor),
        left=_left_texts(merging.what_stays(db.session(), row)),
    )


@blueprint.post("/merges/<int:id>/undo")
@requires_one_of(_rights)
def undo(id: int) -> Any:
    row, survivor = merging.get_merge_for(db.session(), actor(), id)
    names = _names(row)
    unreverted = merging.undo_merge(db.session(), row, actor(), _seen_version())
    flash(_("%(names)s stand by themselves again.", names=names), "done")
    for text in _left_texts(unreverted):
        flash(text, "warning")
    return go(url_for(f"{entity_of(survivor).key}.show", id=survivor.id))


@blueprint.app_template_global("merges_into")
def merges_into(record: Any) -> list[dict[str, Any]]:
    """What went into a record and can be taken back, for its page."""
    kind = entity_of(record)
    if not kind.mergeable or not policy.reaches(db.session(), actor(), policy.MERGE, record):
        return []
    rows = merging.merges_of(db.session(), record, actor())
    return [
        {
            "names": _names(row),
            "at": row.at,
            "by": lookups().people.name(row.by_id),
            "url": url_for("merging.ask_undo", id=row.id),
        }
        for row in rows
    ]


def _seen_version() -> int:
    sent = request.form.get("version", "")
    return int(sent) if is_record_number(sent) else -1


def _kind_or_404(key: str) -> Entity:
    kind = next((kind for kind in entities() if kind.key == key and kind.mergeable), None)
    if kind is None:
        abort(404)
    return kind


def _records(kind: Entity, sent: Sequence[str]) -> list[Any]:
    ids = dict.fromkeys(int(text) for text in sent[: merging.MAX_RECORDS + 1] if is_record_number(text))
    if not 2 <= len(ids) <= merging.MAX_RECORDS:
        raise DomainError(merging.WRONG_NUMBER)
    return [get_or_404(kind, id_, policy.MERGE) for id_ in ids]


def _fields(kind: Entity) -> list[Field]:
    return [f for f in merging.merged_fields(db.session(), kind) if f.permission is None or may(f.permission)]


def _chosen(kind: Entity) -> dict[str, int]:
    sent = {field.key: request.form.get(f"field-{field.key}", "") for field in _fields(kind)}
    return {key: int(text) for key, text in sent.items() if is_record_number(text)}


def _choosing(kind: Entity, records: Sequence[Any], code: int = 200, problem: str = "") -> Any:
    session = db.session()
    kept_id = next((r.id for r in records if str(r.id) == request.form.get("kept")), records[0].id)
    rows = [
        (field, [(r.id, show_value(field, value_of(r, field.attr)), r) for r in records]) for field in _fields(kind)
    ]
    counts = {r.id: merging.counts_of(session, merging.moves_of(session, kind, [r.id])) for r in records}
    return page(
        "merging/choose.html",
        code,
        kind=kind,
        records=[_facts(kind, record, counts[record.id]) for record in records],
        kept=kept_id,
        fields=[_row(field, values, kept_id) for field, values in rows if len({text for _id, text, _r in values}) > 1],
        problem=problem,
        back=safe_next(request.values.get("next")) if request.values.get("next") else url_for(f"{kind.key}.index"),
    )


def _facts(kind: Entity, record: Any, counts: Sequence[Sequence[Any]]) -> dict[str, Any]:
    owner = getattr(record, kind.owner) if kind.owner else None
    return {
        "id": record.id,
        "version": record.version,
        "name": kind.name_of(record),
        "code": getattr(record, "code", ""),
        "owner": lookups().people.name(owner),
        "made": record.created_at,
        "counts": ", ".join(f"{_plural(key)} {count}" for key, count in counts),
    }


def _plural(key: str) -> str:
    return _(next((kind.plural for kind in entities() if kind.key == key), ATTACHMENTS))


def _row(field: Field, values: Sequence[tuple[int, str, Any]], kept_id: int) -> dict[str, Any]:
    """A field whose values differ: that of the one that stays is chosen, or the first that says anything."""
    sent = request.form.get(f"field-{field.key}")
    by_id = {id_: text for id_, text, _r in values}
    first = kept_id if by_id[kept_id] else next((id_ for id_, text in by_id.items() if text), kept_id)
    chosen = int(sent) if sent and is_record_number(sent) else first
    return {"key": field.key, "label": _(field.label), "values": list(by_id.items()), "chosen": chosen}


def _names(row: Merge) -> str:
    return ", ".join(f"{name} [{code}]" if code else name for _id, name, code in row.merged)


def _left_texts(unreverted: Sequence[UnrevertedRow]) -> list[str]:
    """What cannot go back, in words; rows that are no records of a kind say nothing to anybody."""
    texts = []
    for row in unreverted:
        model = model_of(row.table)
        record = db.session().get(model, row.key) if is_entity(model) else None
        if record is None:
            continue
        kind = entity_of(record)
        labels: Mapping[str, str] = labels_of(kind, all_custom_fields(db.session(), kind))
        fields = ", ".join(_(labels[c]) for c in row.columns if c in labels)
        name = f"{_(kind.label)} {kind.name_of(record)[:60]}"
        text = _("%(what)s was changed meanwhile, and stays as it is.", what=f"{name} ({fields})" if fields else name)
        texts.append(text)
    return texts[:MAX_SHOWN]
