"""The panel 公告."""

from typing import Any

from crm import clock
from crm.domain.bulletins import posted_bulletins
from crm.extensions import db
from crm.i18n import N_
from crm.models import Permission
from crm.web.access import may
from crm.web.clock import now
from crm.web.firm import settings
from crm.web.panels import Panel, declare

SHOWN = 10


def values() -> dict[str, Any]:
    today = clock.day_of(now(), settings().zone)
    notes = list(db.session.scalars(posted_bulletins(today).limit(SHOWN)))
    return {"notes": notes, "count": len(notes), "may_write": may(Permission.SETTINGS_SAVE)}


declare(
    Panel(
        key="bulletins",
        title=N_("Notice board"),
        permission=None,
        template="bulletins/_panel.html",
        values=values,
        refresh_on=("bulletins-changed",),
        column=None,
        rank=80,
    )
)
