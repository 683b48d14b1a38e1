"""A backup as a file: to one's own PC, from there, looked at again, deleted (D-4)."""

import secrets
from typing import Any

from flask import flash, request, send_file, url_for

from crm.blueprints.backups import blueprint
from crm.blueprints.backups.restoring import show_list
from crm.blueprints.backups.shared import backup_or_404, folder
from crm.domain.platform.backups import password_of
from crm.domain.platform.system_log_words import detail
from crm.errors import DomainError
from crm.extensions import db
from crm.i18n import N_
from crm.installation import backup_files
from crm.installation.backup_files import ENCRYPTED, PLAIN, UPLOADED
from crm.installation.file_encryption import is_encrypted
from crm.jobs.backup_check import check_backup
from crm.jobs.backups import LOGGED
from crm.models import Permission
from crm.web.access import actor, own_transaction, requires
from crm.web.errors import error_text
from crm.web.firm_settings import settings
from crm.web.log import write_system_log
from crm.web.menu import menu_of
from crm.web.request_bodies import takes_large_files
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _

MAX_BYTES = 16 * 1024**3


@blueprint.get("/restore/<name>/file")
@menu_of("restore")
@requires(Permission.RESTORE_SAVE)
def download(name: str) -> Any:
    """It holds everything of the firm, so the system log says who took it away."""
    backup = backup_or_404(name)
    write_system_log(LOGGED, name=backup.name, detail=detail(N_("Downloaded.")))
    return send_file(backup.path, "application/octet-stream", as_attachment=True, download_name=backup.name)


@blueprint.post("/restore/<name>/check")
@menu_of("restore")
@requires(Permission.RESTORE_SAVE)
@own_transaction
def look_again(name: str) -> Any:
    """Every bit of it is looked at, and the database in it."""
    backup = backup_or_404(name)
    by, firm = actor(), settings()
    db.session.rollback()
    try:
        check_backup(db.engine, backup.path, by, password_of(firm) if backup.is_encrypted else "")
    except DomainError as problem:
        return show_list(409, f"{backup.name}{_(': ')}{error_text(problem)}")
    flash(_("The backup %(name)s is whole.", name=backup.name), "done")
    return go(url_for("backups.restores"))


@blueprint.get("/restore/<name>/delete")
@menu_of("restore")
@requires(Permission.RESTORE_SAVE)
def ask_delete(name: str) -> Any:
    return page("backups/delete.html", backup=backup_or_404(name))


@blueprint.post("/restore/<name>/delete")
@menu_of("restore")
@requires(Permission.RESTORE_SAVE)
def delete(name: str) -> Any:
    backup = backup_or_404(name)
    backup_files.delete(backup.path)
    write_system_log(LOGGED, name=backup.name, detail=detail(N_("Deleted.")))
    flash(_("The backup %(name)s is deleted.", name=backup.name), "done")
    return go(url_for("backups.restores"))


@blueprint.post("/restore/upload")
@menu_of("restore")
@requires(Permission.RESTORE_SAVE)
@takes_large_files(MAX_BYTES)
@own_transaction
def upload() -> Any:
    """【上傳】: looked at before it stands in the list; an encrypted one needs its password for that."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return show_list(422, _("Please choose a file."))
    by, where, firm = actor(), folder(), settings()
    typed = request.form.get("backup_password", "")[:200]
    db.session.rollback()
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = where / f"shuke-{secrets.token_hex(4)}.part"
    try:
        sent.save(part)
        suffix = ENCRYPTED if is_encrypted(part) else PLAIN
        looked = part.with_suffix(f".part{suffix}")
        part.replace(looked)
        part = looked
        try:
            password = typed or (password_of(firm) if suffix == ENCRYPTED else "")
            facts = check_backup(db.engine, part, by, password).facts
        except DomainError as problem:
            return show_list(422, error_text(problem))
        target = backup_files.new_path(where, by.now, suffix)
        backup_files.finish(part, target)
        backup_files.note_checked(target, {**facts, "reason": UPLOADED}, now())
    finally:
        backup_files.delete(part)
    write_system_log(LOGGED, name=target.name, detail=detail(N_("Uploaded.")))
    flash(_("The backup %(name)s is uploaded and checked.", name=target.name), "done")
    return go(url_for("backups.restores"))
