"""數據備份: what is set, when the last one was made, and one now (D-3)."""

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import flash, url_for

from crm.blueprints.backups import blueprint
from crm.blueprints.backups.shared import folder, place
from crm.catalogue.backups import BACKUP_SETTINGS
from crm.domain.platform.backups import save_backup_settings
from crm.domain.platform.settings import FirmSettings
from crm.extensions import db
from crm.i18n import N_
from crm.installation.backup_files import backups_in
from crm.jobs.backups import BACKUP
from crm.jobs.long_tasks import request_task
from crm.jobs.registry import backup_time
from crm.models import LongTask, Permission
from crm.models.encrypted import Undecryptable
from crm.web.access import actor, may, requires
from crm.web.background_work import begin_after_this_request
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.long_work import Words, WorkDisplay, set_display
from crm.web.menu import menu_of
from crm.web.new_password import typed_twice
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.translation import gettext as _


@blueprint.get("/backup")
@menu_of("backup")
@requires(Permission.BACKUP_VIEW)
def index() -> Any:
    firm = settings()
    backups = backups_in(folder())
    return page(
        "backups/index.html",
        firm=firm,
        folder=str(folder()),
        latest=backups[0] if backups else None,
        count=len(backups),
        next_run=backup_time(firm).next(now(), firm.zone),
        password_lost=isinstance(firm.backup_password, Undecryptable),
        may_save=may(Permission.BACKUP_SAVE),
    )


@blueprint.get("/backup/settings")
@menu_of("backup")
@requires(Permission.BACKUP_SAVE)
def edit() -> Any:
    return _show(_form(settings()))


@blueprint.post("/backup/settings")
@menu_of("backup")
@requires(Permission.BACKUP_SAVE)
def update() -> Any:
    firm = settings()
    form = _form(firm)
    if attempt(form, lambda: _save(form), _record(firm)) is None:
        return _show(form, form.status)
    flash(_("The settings are saved."), "done")
    return go(url_for("backups.index"))


def _record(firm: FirmSettings) -> SimpleNamespace:
    return SimpleNamespace(
        **{**asdict(firm), "backup_password": "", "backup_password_again": "", "no_password": False},
        version=firm.version,
    )


def _form(firm: FirmSettings) -> RecordForm:
    fields = [field for field in BACKUP_SETTINGS if field.key != "no_password" or firm.backup_password]
    form = form_for(tuple(fields), _record(firm))
    typed_twice(form, "backup_password", "backup_password_again")
    return form


def _save(form: RecordForm) -> bool:
    where = place()
    values = {**form.values(), "backup_password": form["backup_password"].typed}
    del values["backup_password_again"]
    save_backup_settings(db.session(), values, where.root, where.instance, form.opened_version)
    return True


def _show(form: RecordForm, code: int = 200) -> Any:
    return page(
        "backups/settings.html", code, form=form, root=str(place().root), has_password=bool(settings().backup_password)
    )


@blueprint.get("/backup/now")
@menu_of("backup")
@requires(Permission.BACKUP_SAVE)
def ask() -> Any:
    return page("backups/ask.html")


@blueprint.post("/backup/now")
@menu_of("backup")
@requires(Permission.BACKUP_SAVE)
def create() -> Any:
    """【備份】 → 【是】: in the background, then to 數據還原."""
    task = request_task(db.session(), BACKUP.key, {}, actor())
    begin_after_this_request(task)
    return go(url_for("tasks.show", id=task.id, then="list"))


def _outcome_messages(task: LongTask) -> Words:
    if "name" not in task.result:
        return []
    messages = [("done", _("The backup %(name)s is made and checked.", name=task.result["name"]))]
    reason = task.result.get("second")
    if reason:
        messages.append(("warning", _("It could not be copied into the second folder: %(reason)s", reason=_(reason))))
    return messages


set_display(
    BACKUP,
    WorkDisplay(
        title=lambda _task: _("Data backup"),
        doing=N_("The backup is being made. You can go on working."),
        back=lambda _task: (url_for("backups.restores"), _("Data restore")),
        words=_outcome_messages,
        back_text=N_("Back"),
    ),
)
