"""The panel 公告."""

from typing import Any

from crm.domain.office.bulletins import posted_bulletins
from crm.entities.listing import Reader
from crm.i18n import N_
from crm.models import Permission
from crm.web.panels import Panel, declare

SHOWN = 10


def values(reader: Reader) -> dict[str, Any]:
    notes = list(reader.session.scalars(posted_bulletins(reader.today).limit(SHOWN)))
    return {"notes": notes, "count": len(notes), "may_write": reader.rights.may(Permission.SETTINGS_SAVE)}


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
