"""數據還原: the backups, and bringing one back (D-4)."""

from typing import Any

from flask import current_app, request, url_for
from flask_login import current_user

from crm.blueprints.backups import blueprint
from crm.blueprints.backups.shared import backup_or_404, folder
from crm.catalogue.backups import ADMINISTRATOR_PASSWORD, PASSWORD_OF_THE_BACKUP
from crm.domain.accounts.sign_in import token_hash
from crm.domain.platform.backups import changes_since
from crm.extensions import db
from crm.i18n import N_
from crm.installation.backup_files import BEFORE_RESTORE, BY_HAND, SCHEDULED, UPLOADED, Backup, backups_in
from crm.installation.encryption import encrypt
from crm.installation.revisions import known_revisions
from crm.jobs.long_tasks import request_task
from crm.jobs.restore import RESTORE
from crm.models import LongTask, Permission
from crm.web.access import actor, may, own_transaction, requires
from crm.web.background_work import begin
from crm.web.backup_words import contents_of
from crm.web.forms import RecordForm, form_for
from crm.web.log import short_transaction
from crm.web.long_work import Words, WorkDisplay, set_display
from crm.web.menu import menu_of
from crm.web.password_confirmation import knows_password
from crm.web.respond import go, page
from crm.web.translation import gettext as _

REASONS = {
    BY_HAND: N_("By hand"),
    SCHEDULED: N_("By schedule"),
    BEFORE_RESTORE: N_("Before a restore"),
    UPLOADED: N_("Uploaded"),
}


@blueprint.get("/restore")
@menu_of("restore")
@requires(Permission.RESTORE_VIEW)
def restores() -> Any:
    return show_list()


def show_list(code: int = 200, error: str = "") -> Any:
    return page(
        "backups/restores.html",
        code,
        backups=backups_in(folder()),
        reasons=REASONS,
        contents_of=contents_of,
        is_newer=is_newer,
        error=error,
        may_save=may(Permission.RESTORE_SAVE),
        may_back_up=may(Permission.BACKUP_SAVE),
    )


def is_newer(backup: Backup) -> bool:
    revision = backup.facts.get("revision")
    return bool(revision) and revision not in known_revisions()


@blueprint.post("/restore")
@menu_of("restore")
@requires(Permission.RESTORE_SAVE)
def choose() -> Any:
    """【還原】 of the list: the one that is chosen."""
    name = request.form.get("name", "")
    if not name:
        return show_list(422, _("Please choose a backup first."))
    return go(url_for("backups.ask_restore", name=backup_or_404(name).name))


@blueprint.get("/restore/<name>")
@menu_of("restore")
@requires(Permission.RESTORE_SAVE)
def ask_restore(name: str) -> Any:
    return _ask(backup_or_404(name), _form(backup_or_404(name)))


@blueprint.post("/restore/<name>")
@menu_of("restore")
@requires(Permission.RESTORE_SAVE)
@own_transaction
def restore(name: str) -> Any:
    """With the administrator's password: a safety backup, then all or nothing, in the background."""
    backup = backup_or_404(name)
    form = _form(backup)
    if not knows_password(form, current_user._get_current_object()):
        return _ask(backup, form, form.status)
    payload = {"name": backup.name, "session": token_hash(current_user.get_id())}
    typed = form["backup_password"].typed if backup.is_encrypted else ""
    if typed:
        payload["password"] = encrypt(typed, str(current_app.config["SECRET_KEY"]))
    with short_transaction():
        task = request_task(db.session(), RESTORE.key, payload, actor())
        task_id = task.id
    begin(task_id)
    return go(url_for("tasks.show", id=task_id))


def _form(backup: Backup) -> RecordForm:
    fields = (ADMINISTRATOR_PASSWORD, *((PASSWORD_OF_THE_BACKUP,) if backup.is_encrypted else ()))
    return form_for(fields)


def _ask(backup: Backup, form: RecordForm, code: int = 200) -> Any:
    return page(
        "backups/restore.html",
        code,
        backup=backup,
        form=form,
        contents=contents_of(backup),
        lost=changes_since(db.session(), backup.made_at),
        newer=is_newer(backup),
    )


def _outcome_messages(task: LongTask) -> Words:
    if "safety" not in task.result:
        return []
    return [
        ("done", _("The data of the backup %(name)s are back.", name=task.result["name"])),
        ("warning", _("What was there before is kept in the backup %(name)s.", name=task.result["safety"])),
        ("warning", _("Everybody else was signed out.")),
    ]


set_display(
    RESTORE,
    WorkDisplay(
        title=lambda _task: _("Data restore"),
        doing=N_("The data are being restored. Nobody can save anything meanwhile."),
        back=lambda _task: (url_for("backups.restores"), _("Data restore")),
        words=_outcome_messages,
        back_text=N_("Back"),
    ),
)
