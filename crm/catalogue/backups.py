"""The fields of 【設置】 of the backup, and of restoring one (D-3, D-4)."""

import re
from dataclasses import dataclass
from typing import Any

from crm.domain.platform.settings import FirmSettings
from crm.entities.entity import NEW_PASSWORD, OLD_PASSWORD, Field, FieldSet
from crm.fields import Context, Integer, Password, Text, ValueProblem, YesNo
from crm.i18n import N_

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：.]([0-5]\d)\Z", re.ASCII)
BACKUP = N_("Data backup")


@dataclass(frozen=True)
class ClockTime(Text):
    """A time of the day, kept as 12:30."""

    max_length: int = 5

    def read(self, text: str, context: Context) -> Any:
        match = _CLOCK.match(text.strip()) if len(text) <= 10 else None
        if match is None:
            raise ValueProblem(N_("Please write a time such as 12:30."))
        return f"{int(match[1]):02}:{match[2]}"


BACKUP_SETTINGS = FieldSet(
    "backup",
    BACKUP,
    FirmSettings,
    (
        Field("backup_on", N_("Back up every day"), YesNo(), group=BACKUP),
        Field(
            "backup_time",
            N_("Backup time"),
            ClockTime(),
            required=True,
            group=BACKUP,
            help=N_("An hour at which the server is on. What was missed while it was off is made up at its start."),
        ),
        Field(
            "backup_folder",
            N_("Backup folder"),
            Text(120),
            group=BACKUP,
            help=N_("A folder within the one that the server's configuration allows. Left empty, it is that one."),
        ),
        Field("backup_keep", N_("Backups to keep"), Integer(3, 1000), required=True, group=BACKUP),
        Field(
            "backup_keep_days",
            N_("Days to keep"),
            Integer(0, 36500),
            required=True,
            group=BACKUP,
            help=N_("Older ones are deleted; with 0 only their number counts. The newest three always stay."),
        ),
        Field(
            "backup_second",
            N_("Second folder"),
            Text(300),
            group=BACKUP,
            wide=True,
            help=N_("On another disk: a USB disk, or a share of another computer. Each backup is copied there too."),
        ),
        Field(
            "backup_password",
            N_("Backup password"),
            Password(),
            group=BACKUP,
            autocomplete=NEW_PASSWORD,
            help=N_(
                "With a password nobody can read a backup without it, and nobody can recover it, neither we nor your "
                "administrator. Write it down and keep it outside of this computer. Left empty, the present one stays."
            ),
        ),
        Field(
            "backup_password_again",
            N_("Confirm backup password"),
            Password(),
            group=BACKUP,
            autocomplete=NEW_PASSWORD,
            help=N_("Once more: a backup made with a mistyped password could never be opened."),
        ),
        Field("no_password", N_("Without a password from now on"), YesNo(), group=BACKUP),
    ),
)

ADMINISTRATOR_PASSWORD = Field(
    "password", N_("Administrator's password"), Password(), required=True, autocomplete=OLD_PASSWORD
)
PASSWORD_OF_THE_BACKUP = Field(
    "backup_password",
    N_("Backup password"),
    Password(),
    autocomplete=NEW_PASSWORD,
    help=N_("The one that it was made with. Left empty, it is the one of the settings."),
)
