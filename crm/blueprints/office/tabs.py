"""The pages of one's own account, as tabs."""

from typing import Any

from flask import url_for

from crm.i18n import N_
from crm.web.translation import gettext as _

TABS = (
    ("password", N_("Change password")),
    ("sessions", N_("My sessions")),
    ("second_factor", N_("Two-factor authentication")),
)


def tabs(current: str) -> list[dict[str, Any]]:
    return [{"label": _(text), "url": url_for(f"office.{key}"), "current": key == current} for key, text in TABS]
