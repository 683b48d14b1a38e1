"""The firm's settings as this request sees them, read once; the language is chosen by them too."""

from flask import g

from crm.domain.platform.settings import FirmSettings, read_settings
from crm.extensions import db


def settings() -> FirmSettings:
    if "firm_settings" not in g:
        g.firm_settings = read_settings(db.session())
    current: FirmSettings = g.firm_settings
    return current
