"""Notices as their reader sees them: the count in the frame, texts in the reader's language (F-4)."""

from flask_babel import gettext as _
from flask_login import current_user

from crm.domain.notices import unread_count
from crm.extensions import db
from crm.models import Notice


def unread_notices() -> int:
    """The number beside the bell; asked by the page's frame only."""
    return unread_count(db.session(), current_user.id) if current_user.is_authenticated else 0


def notice_text(notice: Notice) -> str:
    """The notice in the reader's language; one that an older version wrote otherwise is shown as it is."""
    try:
        return _(notice.message, **notice.values)
    except (KeyError, TypeError, ValueError):
        return notice.message
