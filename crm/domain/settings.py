"""The firm's settings: typed, with their defaults, in one place."""

from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.generations import keep
from crm.models import Setting

CAPTCHA_ALWAYS, CAPTCHA_AFTER_FAILURES, CAPTCHA_OFF = "always", "after_failures", "off"


@dataclass(frozen=True)
class FirmSettings:
    """What the firm has set; a missing row means the default (L-2, L-4, L-7, D-6)."""

    firm_name: str = ""
    language: str = "zh_Hant"
    timezone: str = "Asia/Shanghai"
    currency: str = ""
    captcha: str = CAPTCHA_ALWAYS
    help_link: str = ""
    idle_minutes: int = 120
    week_starts_on: int = 0
    duplicate_fields: tuple[str, ...] = ("name", "phone")
    duplicate_forbids: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def read_settings(session: Session) -> FirmSettings:
    """The settings as they stand, kept in memory until one is changed."""

    def read() -> FirmSettings:
        known = {f.name for f in fields(FirmSettings)}
        rows = session.execute(select(Setting.key, Setting.value)).all()
        return FirmSettings(**{k: tuple(v) if isinstance(v, list) else v for k, v in rows if k in known})

    value: FirmSettings = keep("settings", ("settings",), read)
    return value


def change_settings(session: Session, **changes: object) -> None:
    """Save the given settings; an unknown name is a programming error."""
    known = {f.name for f in fields(FirmSettings)}
    for key, value in changes.items():
        if key not in known:
            raise KeyError(key)
        session.merge(Setting(key=key, value=value))
    session.flush()
