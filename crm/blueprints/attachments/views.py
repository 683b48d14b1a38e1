"""The files of a record: looked at, sent, fetched, deleted. A customer's are a tab of its file."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flask import Response, abort, current_app, flash, request, send_file, url_for
from werkzeug.datastructures import FileStorage

from crm.blueprints.attachments import blueprint
from crm.domain.platform.attachments import (
    attach,
    attachment_for,
    attachments_of,
    delete_attachment,
    delete_refusal,
    deleted_of,
    may_attach,
    restore_attachment,
    shown_name,
)
from crm.domain.platform.file_types import PICTURED
from crm.domain.platform.stored_files import MAX_BYTES, Received, folder_in, path_of, picture_of, received
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.registry import entities
from crm.errors import DomainError
from crm.extensions import db
from crm.i18n import N_
from crm.models import Attachment, StoredFile
from crm.models.permissions import Right
from crm.pictures.in_subprocess import make_pictures
from crm.web.access import actor, get_or_404, own_transaction, requires_one_of
from crm.web.attachments import record_url
from crm.web.customer_file import file_of
from crm.web.errors import error_text
from crm.web.formatting import size_words
from crm.web.headers import ASK_AGAIN
from crm.web.log import short_transaction
from crm.web.request_bodies import takes_files
from crm.web.respond import go, page
from crm.web.translation import gettext as _

MAX_AT_ONCE = 20
TOO_MANY = N_("Please send at most %(count)s files at once.")
NOTHING_SENT = N_("Please choose a file.")


def _rights() -> list[Right]:
    """Of each kind the rights to look at its records: the record itself decides."""
    return [right for kind in entities() for right in policy.permissions_for(kind, policy.VIEW)]


def _kind_or_404(key: str) -> Entity:
    entity = next((kind for kind in entities() if kind.key == key), None)
    if entity is None:
        abort(404)
    return entity


def _folder() -> Path:
    return folder_in(Path(current_app.config["CRM_INSTANCE"]))


@blueprint.get("/attachments/<kind>/<int:id>")
@requires_one_of(_rights)
def index(kind: str, id: int) -> Any:
    return _show(_kind_or_404(kind), get_or_404(_kind_or_404(kind), id))


@blueprint.post("/attachments/<kind>/<int:id>")
@requires_one_of(_rights)
@own_transaction
@takes_files
def send(kind: str, id: int) -> Any:
    """【上傳】 of several files at once: all of them, or none with the reason."""
    entity = _kind_or_404(kind)
    record = get_or_404(entity, id)
    if not may_attach(db.session(), actor(), record):
        abort(403)
    sent = [file for file in request.files.getlist("files") if file.filename]
    try:
        count = _attach_uploads(entity, id, sent)
    except DomainError as problem:
        db.session.rollback()
        return _show(entity, get_or_404(entity, id), error_text(problem))
    flash(_("%(count)s files are attached.", count=count), "done")
    return go(url_for("attachments.index", kind=kind, id=id))


def _attach_uploads(kind: Entity, id: int, sent: list[FileStorage]) -> int:
    if not sent:
        raise DomainError(NOTHING_SENT)
    if len(sent) > MAX_AT_ONCE:
        raise DomainError(TOO_MANY, count=MAX_AT_ONCE)
    folder = _folder()
    # Nobody waits for the database while files come in and pictures are drawn.
    db.session.rollback()
    with ExitStack() as stack:
        files = [
            stack.enter_context(received(folder, upload.stream, shown_name(upload.filename or ""))) for upload in sent
        ]
        pictured = _draw(folder, files)
        with short_transaction():
            record = get_or_404(kind, id)
            return len(attach(db.session(), record, files, pictured, actor(), folder))


def _draw(folder: Path, files: list[Received]) -> list[Path]:
    to_draw = []
    for received_file in files:
        picture = picture_of(folder, received_file.digest)
        if received_file.media_type in PICTURED:
            picture.parent.mkdir(mode=0o700, exist_ok=True)
            to_draw.append((received_file.path, picture))
    return make_pictures(to_draw) if to_draw else []


@blueprint.get("/attachments/<int:id>/file")
@requires_one_of(_rights)
def file(id: int) -> Response:
    """To be saved, never shown within this site, whatever it is."""
    attachment, _record = attachment_for(db.session(), actor(), id)
    path = path_of(_folder(), attachment.digest)
    if not path.exists():
        abort(404)
    stored = db.session.get_one(StoredFile, attachment.digest)
    return send_file(path, stored.media_type, as_attachment=True, download_name=attachment.name, etag=False)


@blueprint.get("/attachments/<int:id>/picture")
@requires_one_of(_rights)
def picture(id: int) -> Response:
    """The small picture that was made here."""
    attachment, _record = attachment_for(db.session(), actor(), id)
    path = picture_of(_folder(), attachment.digest)
    if not path.exists():
        abort(404)
    answer = send_file(path, "image/jpeg", etag=attachment.digest, conditional=True)
    answer.headers["Cache-Control"] = ASK_AGAIN
    return answer


@blueprint.get("/attachments/<int:id>/delete")
@requires_one_of(_rights)
def ask_delete(id: int) -> Any:
    attachment, record = attachment_for(db.session(), actor(), id)
    refusal = delete_refusal(db.session(), actor(), attachment, record)
    return page(
        "attachments/delete.html",
        attachment=attachment,
        back=url_for("attachments.index", kind=attachment.kind, id=attachment.record_id),
        refusal=error_text(refusal) if refusal else "",
    )


@blueprint.post("/attachments/<int:id>/delete")
@requires_one_of(_rights)
def delete(id: int) -> Any:
    attachment, record = attachment_for(db.session(), actor(), id)
    delete_attachment(db.session(), attachment, record, actor())
    flash(_("%(what)s has been deleted.", what=attachment.name), "done")
    return go(url_for("attachments.index", kind=attachment.kind, id=attachment.record_id))


@blueprint.post("/attachments/<int:id>/restore")
@requires_one_of(_rights)
def restore(id: int) -> Any:
    attachment, record = attachment_for(db.session(), actor(), id, deleted=True)
    restore_attachment(db.session(), attachment, record, actor())
    flash(_("%(what)s has been restored.", what=attachment.name), "done")
    return go(url_for("attachments.index", kind=attachment.kind, id=attachment.record_id))


def _show(kind: Entity, record: Any, error: str = "") -> Any:
    changeable = may_attach(db.session(), actor(), record)
    files = [_row(*columns) for columns in db.session.execute(attachments_of(record))]
    values = {
        "kind": kind,
        "record": record,
        "name": kind.name_of(record) or getattr(record, "code", ""),
        "files": files,
        "deleted": list(db.session.scalars(deleted_of(record).limit(20))) if changeable else [],
        "may_attach": changeable,
        "error": error,
        "most": MAX_AT_ONCE,
        "megabytes": MAX_BYTES // 1024 // 1024,
    }
    status = 422 if error else 200
    if kind.key == "customers":
        return page("attachments/of_customer.html", status, **values, **file_of(record, "attachments"))
    return page("attachments/index.html", status, back_url=record_url(kind, record), **values)


def _row(attachment: Attachment, stored: StoredFile) -> dict[str, Any]:
    return {"attachment": attachment, "size": size_words(stored.size), "pictured": stored.pictured}
