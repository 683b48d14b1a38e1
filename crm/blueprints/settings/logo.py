"""The firm's picture: sent, looked at, taken away (D-6)."""

from pathlib import Path
from typing import Any

from flask import Response, abort, current_app, flash, make_response, request, url_for

from crm.blueprints.settings import blueprint
from crm.domain.platform.attachments import shown_name
from crm.domain.platform.logo import NO_PICTURE, check_picture, remove_logo, save_logo
from crm.domain.platform.stored_files import folder_in, received
from crm.errors import DomainError
from crm.extensions import db
from crm.i18n import N_
from crm.models import FirmLogo, Permission
from crm.pictures.in_subprocess import make_logo
from crm.web.access import own_transaction, public, requires
from crm.web.errors import error_text
from crm.web.headers import FOR_GOOD
from crm.web.log import short_transaction
from crm.web.request_bodies import takes_large_files
from crm.web.respond import go, page
from crm.web.translation import gettext as _

MAX_BYTES = 5 * 1024 * 1024
NOTHING_SENT = N_("Please choose a file.")


@blueprint.get("/settings/logo")
@requires(Permission.SETTINGS_SAVE)
def logo() -> Any:
    return _show()


@blueprint.post("/settings/logo")
@requires(Permission.SETTINGS_SAVE)
@own_transaction
@takes_large_files(MAX_BYTES)
def send_logo() -> Any:
    """【上傳】: it is drawn anew, small, in a process of its own; what was sent is not kept."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise DomainError(NOTHING_SENT)
        folder, name = folder_in(Path(current_app.config["CRM_INSTANCE"])), shown_name(sent.filename)
        db.session.rollback()
        with received(folder, sent.stream, name) as file:
            check_picture(file.media_type, name)
            _store_logo(file.path, name)
    except DomainError as problem:
        db.session.rollback()
        return _show(error_text(problem))
    flash(_("The logo has been saved."), "done")
    return go(url_for("settings.logo"))


def _store_logo(file: Path, name: str) -> None:
    picture = file.with_name(f"{file.name}.png")
    try:
        if not make_logo(file, picture):
            raise DomainError(NO_PICTURE, name=name)
        with short_transaction():
            save_logo(db.session(), picture)
    finally:
        picture.unlink(missing_ok=True)


@blueprint.post("/settings/logo/remove")
@requires(Permission.SETTINGS_SAVE)
def take_logo_away() -> Any:
    remove_logo(db.session())
    flash(_("The logo has been removed."), "done")
    return go(url_for("settings.logo"))


@blueprint.get("/logo/<digest>.png")
@public
def logo_picture(digest: str) -> Response:
    """The login page shows it too. It is called by its content, so a browser asks once."""
    stored_logo = db.session.get(FirmLogo, digest)
    if stored_logo is None:
        abort(404)
    answer = make_response(stored_logo.png)
    answer.mimetype = "image/png"
    answer.headers["Cache-Control"] = FOR_GOOD
    return answer


def _show(error: str = "") -> Any:
    megabytes = MAX_BYTES // 1024 // 1024
    return page("settings/logo.html", 422 if error else 200, error=error, megabytes=megabytes)
