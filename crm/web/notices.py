"""Notices as their reader sees them: the count in the frame, texts in the reader's language (F-4)."""

import json
import logging

from flask import Flask, Response, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from crm.domain.notices import unread_count
from crm.extensions import db
from crm.models import Notice
from crm.models.engine import reading_as
from crm.web.respond import wants_fragment

log = logging.getLogger("crm")

SHOWN_COUNT = "X-Notices"
"""The header by which a page says which number stands beside its bell."""
CHANGED = "notices-changed"


def set_up_notices(app: Flask) -> None:
    app.after_request(tell_of_notices)


def unread_notices() -> int:
    """The number beside the bell; asked by the page's frame only."""
    return unread_count(db.session(), current_user.id) if current_user.is_authenticated else 0


def notice_text(notice: Notice) -> str:
    """The notice in the reader's language; one that an older version wrote otherwise is shown as it is."""
    try:
        return _(notice.message, **notice.values)
    except (KeyError, TypeError, ValueError):
        return notice.message


def tell_of_notices(response: Response) -> Response:
    """A fragment's answer lets the bell fetch itself anew where the page shows another number than there is."""
    shown = request.headers.get(SHOWN_COUNT)
    if shown is None or not wants_fragment() or response.status_code >= 500 or request.endpoint == "notices.bell":
        return response
    try:
        with reading_as(True):  # the request's own transaction is over
            changed = shown != str(unread_notices())
    except SQLAlchemyError:
        # What was saved is saved: a number beside the bell makes no error of it.
        log.warning("the notices could not be counted", exc_info=True)
        return response
    if changed:
        response.headers["HX-Trigger"] = with_event(response.headers.get("HX-Trigger", ""), CHANGED)
    return response


def with_event(header: str, event: str) -> str:
    """The events of an HX-Trigger header, and one more."""
    events = json.loads(header) if header.startswith("{") else dict.fromkeys(header.replace(",", " ").split(), True)
    return json.dumps({**events, event: True})
