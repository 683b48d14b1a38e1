"""The entries of the system log in words: their kinds, and their details in the reader's language (A-9)."""

import json
from collections.abc import Callable
from typing import Any

from crm.errors import storable
from crm.fields import FixedChoice
from crm.i18n import N_, filled

EVENTS = FixedChoice(
    options=(
        ("login", N_("Signed in")),
        ("login_failed", N_("Sign-in failed")),
        ("login_captcha", N_("Wrong verification code")),
        ("login_refused", N_("Too many attempts")),
        ("logout", N_("Signed out")),
        ("password_asked", N_("Forgotten password")),
        ("password_link_sent", N_("Password link sent")),
        ("password_link_used", N_("Password set by link")),
        ("second_factor_on", N_("Two-factor authentication turned on")),
        ("second_factor_off", N_("Two-factor authentication turned off")),
        ("second_factor_codes", N_("New recovery codes")),
        ("second_factor_reset", N_("Two-factor authentication reset")),
        ("administrator", N_("Administrator's password reset on the server")),
        ("set_up", N_("System set up")),
        ("set_up_refused", N_("Wrong set-up code")),
        ("job", N_("Scheduled job")),
        ("backup", N_("Backup and restore")),
        ("lookup", N_("Public search")),
        ("error", N_("Error")),
    )
)

BACKUP_FAILED, SECOND_FOLDER, RESTORED = "failed", "second folder", "restored"
"""Entries of backups that are about no file."""
SUBJECTS = {
    BACKUP_FAILED: N_("Failed"),
    SECOND_FOLDER: N_("Second folder"),
    RESTORED: N_("Restored"),
}
MAX_LENGTH = 4000


def detail(message: str, /, **values: Any) -> str:
    """A sentence as an entry stores it, with its values beside it, so that each reader gets it in their language."""
    return json.dumps([message, storable(values)], ensure_ascii=False)


def detail_text(say: Callable[[str], str], stored: str | None) -> str:
    """An entry's details for a reader; what is no sentence of ours (a traceback) as it was written."""
    if not stored or not stored.startswith('["'):
        return stored or ""
    try:
        message, values = json.loads(stored)
        return filled(say(message), values)
    except (ValueError, TypeError, KeyError):
        return stored
