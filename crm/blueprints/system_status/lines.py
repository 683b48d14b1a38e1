"""The lines of 系統狀態: each says in words whether it is fine, or what to do and where."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import url_for

from crm.domain.platform.mail import is_mail_configured
from crm.domain.platform.settings import FirmSettings
from crm.jobs.registry import JOBS
from crm.jobs.system_state import SystemState
from crm.models import Permission
from crm.models.permissions import Right
from crm.web.access import may
from crm.web.backup_words import contents_of
from crm.web.formatting import show_moment, size_words
from crm.web.translation import gettext as _

FINE, NOTED, BAD = "green", "orange", "red"


@dataclass(frozen=True)
class Line:
    """`url` with its `action` stands there for whoever may do it."""

    label: str
    value: str
    tone: str
    words: str
    url: str = ""
    action: str = ""


def lines_of(state: SystemState, firm: FirmSettings) -> Iterator[Line]:
    yield _backup(state, firm)
    yield _second_folder(firm)
    yield _room(state)
    yield _database(state)
    yield _jobs(state)
    yield _mail(state, firm)
    yield _errors(state)


def _line(label: str, value: str, tone: str, words: str, right: Right, endpoint: str, action: str) -> Line:
    if not may(right):
        return Line(label, value, tone, words)
    return Line(label, value, tone, words, url_for(endpoint), action)


def _backup(state: SystemState, firm: FirmSettings) -> Line:
    label, last = _("Last backup"), state.backup
    ask = (Permission.BACKUP_SAVE, "backups.ask", _("Back up"))
    if last is None:
        return _line(label, _("None so far"), BAD, _("There is no backup yet. Please back up now."), *ask)
    value = show_moment(last.made_at)
    if last.problem:
        return _line(label, value, BAD, _("The last backup is damaged. Please back up now."), *ask)
    if state.backup_is_old:
        words = _("The last backup is %(days)s days old. Please back up now.", days=state.backup_days)
        return _line(label, value, BAD, words, *ask)
    if not firm.backup_on:
        words = _("Backups are not made automatically. Please turn them on in the settings of the backup.")
        return _line(label, value, NOTED, words, Permission.BACKUP_SAVE, "backups.edit", _("Settings"))
    return Line(label, value, FINE, _records(state))


def _records(state: SystemState) -> str:
    """What the last backup holds: how much there is, without counting it again."""
    assert state.backup is not None
    held = [f"{label} {count:,}" for label, count in contents_of(state.backup)]
    return _("It holds: %(what)s.", what=_(", ").join(held)) if held else _("Fine.")


def _second_folder(firm: FirmSettings) -> Line:
    label = _("Second folder")
    if firm.backup_second:
        return Line(label, firm.backup_second, FINE, _("Each backup is copied there."))
    words = _(
        "All backups stand on the disk of the server. If it breaks, they are lost with it: please set a second folder "
        "on another disk."
    )
    return _line(label, _("None"), NOTED, words, Permission.BACKUP_SAVE, "backups.edit", _("Settings"))


def _room(state: SystemState) -> Line:
    label, value = _("Free disk space"), size_words(state.free)
    if not state.is_short_of_room:
        return Line(label, value, FINE, _("Fine."))
    words = _(
        "There should be at least %(least)s. Please make room on the disk of the server, or delete old backups.",
        least=size_words(state.least_free),
    )
    return _line(label, value, BAD, words, Permission.RESTORE_VIEW, "backups.restores", _("Data restore"))


def _database(state: SystemState) -> Line:
    kind = "SQLite" if state.is_sqlite else "PostgreSQL"
    return Line(_("Database"), f"{size_words(state.database_size)} · {kind}", FINE, _("Fine."))


def _jobs(state: SystemState) -> Line:
    label, see = _("Scheduled jobs"), (Permission.JOBS_VIEW, "jobs.index", _("Scheduled jobs"))
    last = max((run.claimed_at for run in state.runs.values()), default=None)
    value = show_moment(last) if last is not None else _("None so far")
    if state.jobs_stand_still:
        words = _("No daily job has run for more than 2 days. Please restart the program on the server.")
        return _line(label, value, BAD, words, *see)
    if state.failed_jobs:
        names = _(", ").join(_(JOBS[key].label) for key in state.failed_jobs)
        words = _("The last run failed: %(jobs)s. Please look at the reason.", jobs=names)
        return _line(label, value, BAD, words, *see)
    return Line(label, value, FINE, _("Fine.") if last is not None else _("They run when their time comes."))


def _mail(state: SystemState, firm: FirmSettings) -> Line:
    label = _("Emails")
    value = _("%(count)s waiting", count=f"{state.mail_waiting:,}")
    see = (Permission.JOBS_VIEW, "jobs.emails", _("Emails"))
    if not is_mail_configured(firm):
        words = _("No mail server is set up: reminders appear only as notices.")
        return _line(label, value, NOTED, words, Permission.SETTINGS_SAVE, "settings.mail", _("Mail server"))
    if state.mail_stands_still:
        words = _("Emails are waiting, but are not being sent. Please restart the program on the server.")
        return _line(label, value, BAD, words, *see)
    if state.mail_failed:
        words = _(
            "Emails of the last 7 days that were not sent: %(count)s. Please look at the reason.",
            count=state.mail_failed,
        )
        return _line(label, value, NOTED, words, *see)
    return Line(label, value, FINE, _("Fine."))


def _errors(state: SystemState) -> Line:
    label, value = _("Errors in the last 24 hours"), f"{state.errors:,}"
    if not state.errors:
        return Line(label, value, FINE, _("Fine."))
    words = _("Please look in the system log for what happened, and report the error number.")
    url = url_for("logs.system", kind="error") if may(Permission.LOGS_VIEW) else ""
    return Line(label, value, NOTED, words, url, _("System log") if url else "")
