"""The firm's settings: typed, with their defaults, in one place."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.schedule.whole_days import preserve_days
from crm.entities.logged import Logged, declare_logged
from crm.entities.record_saving import check_version
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import Setting
from crm.models.customers import OWNED, POOL, RECYCLED
from crm.models.documents import TAX_EXCLUDED
from crm.models.encrypted import Secret, Undecryptable
from crm.models.table_versions import get_or_compute, is_invalidated

CAPTCHA_ALWAYS, CAPTCHA_AFTER_FAILURES, CAPTCHA_OFF = "always", "after_failures", "off"

SECRETS = frozenset({"mail_password", "backup_password"})
"""Locked up in the database."""

MAIL_PLAIN, MAIL_STARTTLS, MAIL_SSL = "none", "starttls", "ssl"


@dataclass(frozen=True)
class FirmSettings:
    """What the firm has set; a missing row means the default (L-2, L-4, L-7, D-6, P-1, P-2)."""

    firm_name: str = ""
    firm_phone: str = ""
    firm_fax: str = ""
    firm_address: str = ""
    firm_tax_number: str = ""
    firm_bank: str = ""
    language: str = "zh_Hant"
    timezone: str = "Asia/Shanghai"
    currency: str = ""
    decimals: int = 2
    """How many decimals amounts are shown with; what is not whole in them is shown all the same."""
    logo: str = ""
    """The digest of the `FirmLogo`; empty where the firm has none."""
    captcha: str = CAPTCHA_ALWAYS
    help_link: str = ""
    idle_minutes: int = 120
    week_starts_on: int = 0
    days_off: str = ""
    """One day a line, as 2026-12-25: no working days beside Saturdays and Sundays."""
    duplicate_fields: tuple[str, ...] = ("name", "phone")
    duplicate_forbids: bool = False
    recycle_on: bool = False
    recycle_days: int = 30
    recycle_warn_days: int = 5
    recycle_exempt_levels: tuple[int, ...] = ()
    recycle_exempt_open_opportunities: bool = True
    recycle_exempt_unpaid_orders: bool = True
    mail_host: str = ""
    mail_port: int = 587
    mail_security: str = MAIL_STARTTLS
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_from: str = ""
    mail_site: str = ""
    mail_notices: bool = True
    self_approval: bool = False
    tax_rate: str = "0"
    tax_mode: str = TAX_EXCLUDED
    claim_on: bool = True
    claim_most_owned: int = 200
    claim_most_a_day: int = 10
    claim_pause_days: int = 7
    backup_on: bool = True
    backup_time: str = "12:30"
    """Of the firm's zone: the office PC is on at noon, and off at night."""
    backup_folder: str = ""
    """Within the allowed root; empty is the root itself."""
    backup_keep: int = 14
    backup_keep_days: int = 90
    backup_second: str = ""
    backup_password: str = field(default="", repr=False)
    log_days: int = 1100
    """So long the entries of both logs are kept: three years, so that last year's month can be looked at."""

    attachments_gb: int = 20
    """What all attachments of the firm may take on the disk together."""
    lookup_columns: tuple[str, ...] = ("name", "short_name", "owner_id", "status_id", "region_id")
    lookup_pools: tuple[str, ...] = (OWNED, POOL, RECYCLED)
    lookup_statuses: tuple[int, ...] = ()

    @property
    def is_mail_password_unreadable(self) -> bool:
        """Whether it was encrypted with another key than the installation's, as in a restored database."""
        return isinstance(self.mail_password, Undecryptable)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def version(self) -> int:
        """Another number for other settings, so that a late save is noticed (hostile case 34)."""
        return crc32(repr(self).encode()) % 10**8


declare_logged(
    Logged(
        "settings",
        N_("System settings"),
        Setting,
        secret=SECRETS,
        is_single=True,
        labelled=FirmSettings,
        labels={"captcha": N_("Verification code"), "logo": N_("Company logo")},
    )
)


def read_settings(session: Session) -> FirmSettings:
    """The current settings, cached until one is changed."""
    if is_invalidated(session, "settings"):
        return _stored(session)
    value: FirmSettings = get_or_compute("settings", ("settings",), lambda: _stored(session))
    return value


def _stored(session: Session) -> FirmSettings:
    known = {f.name for f in fields(FirmSettings)}
    rows = session.execute(select(Setting.key, Setting.value))
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in rows if k in known}
    return FirmSettings(**values)


def save_settings(session: Session, values: Mapping[str, Any], opened_version: int | None = None) -> None:
    """What the page 系統設置 sends (D-6). An emptied setting goes back to its default.

    Raises FieldError for a zone that does not exist, StaleRecord where somebody else saved first.
    """
    check_version(_stored(session), opened_version)
    if values.get("timezone") and values["timezone"] not in available_timezones():
        raise FieldError("timezone", N_("Please choose one from the list."))
    defaults = {f.name: f.default for f in fields(FirmSettings)}
    change_settings(session, **{k: defaults[k] if v is None else v for k, v in values.items() if k in defaults})


def save_mail(session: Session, values: Mapping[str, Any], opened_version: int | None = None) -> None:
    """The mail server's page. An empty password leaves the present one as it is.

    But it is not handed to another server than the one it was typed for: whoever may change the settings could
    otherwise read it there. Raises FieldError for that and for a server without a sender, StaleRecord where somebody
    else saved first.
    """
    if values.get("mail_host") and not values.get("mail_from"):
        raise FieldError("mail_from", N_("Please enter the sender's address."))
    present = _stored(session)
    elsewhere = any(values.get(key) != getattr(present, key) for key in ("mail_host", "mail_port"))
    if values.get("mail_host") and elsewhere and present.mail_password and not values.get("mail_password"):
        raise FieldError(
            "mail_password", N_("The password was entered for another mail server. Please enter it again.")
        )
    changed = {key: value for key, value in values.items() if key != "mail_password" or value}
    save_settings(session, changed, opened_version)


def change_settings(session: Session, **changes: object) -> None:
    """Save the given settings; an unknown name is a programming error.

    In another time zone what was planned for a day keeps its day.
    """
    present = asdict(_stored(session))
    for key, value in changes.items():
        if present[key] == (tuple(value) if isinstance(value, list) else value):
            continue
        session.merge(Setting(key=key, value=Secret(value) if value and key in SECRETS else value))
    session.flush()
    zones = str(present["timezone"]), str(changes.get("timezone", present["timezone"]))
    if zones[0] != zones[1]:
        preserve_days(session, *map(ZoneInfo, zones))
