"""Notices as their reader sees them: the count in the frame, texts in the reader's language (F-4)."""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from crm.domain.office.notices import unread_count, unread_state
from crm.entities import policy
from crm.entities.registry import entities
from crm.extensions import db
from crm.models import Notice
from crm.models.engine import read_only
from crm.web.access import declared_access, rights
from crm.web.respond import wants_fragment
from crm.web.translation import gettext as _

log = logging.getLogger("crm")

SHOWN_COUNT = "X-Notices"
"""The header by which a page says which number stands beside its bell."""
CHANGED = "notices-changed"


def set_up_notices(app: Flask) -> None:
    app.after_request(refresh_bell)


def unread_notices() -> int:
    """The number beside the bell; asked by the page's frame only."""
    return unread_count(db.session(), current_user.id) if current_user.is_authenticated else 0


def newest_unread() -> int:
    """The number of the newest unread notice: with the count it tells whether the bell is still as it was (W-9)."""
    return unread_state(db.session(), current_user.id)[1] if current_user.is_authenticated else 0


def notice_text(notice: Notice) -> str:
    """The notice in the reader's language; one that an older version wrote in another form is shown unchanged."""
    try:
        return _(notice.message, **notice.values)
    except (KeyError, TypeError, ValueError):
        return notice.message


def inaccessible(notices: Iterable[Notice]) -> set[int]:
    """The ids of the notices that lead to what was deleted, or is not the reader's to see any more."""
    kinds, inaccessible_ids, records = {kind.key: kind for kind in entities()}, set(), defaultdict(list)
    for notice in notices:
        endpoint, number = _target(notice.url)
        access = declared_access(endpoint) if endpoint else None
        if isinstance(access, tuple) and not any(rights().may(permission) for permission in access):
            inaccessible_ids.add(notice.id)
        elif number and endpoint.partition(".")[0] in kinds:
            records[kinds[endpoint.partition(".")[0]]].append((number, notice.id))
    for kind, named in records.items():
        statement = policy.reachable(kind, rights()).where(kind.model.id.in_([number for number, _notice in named]))
        visible_ids = set(db.session.scalars(statement.with_only_columns(kind.model.id)))
        inaccessible_ids.update(notice for number, notice in named if number not in visible_ids)
    return inaccessible_ids


def _target(url: str | None) -> tuple[str, int | None]:
    """The endpoint that an address of this site leads to, and the record's number; empty for any other."""
    try:
        endpoint, values = current_app.url_map.bind("").match(urlsplit(url or "").path, method="GET")
    except (HTTPException, ValueError):
        return "", None
    return endpoint, values.get("id")


def refresh_bell(response: Response) -> Response:
    """A fragment's answer lets the bell fetch itself anew where the page shows another number than there is."""
    shown = request.headers.get(SHOWN_COUNT)
    if shown is None or not wants_fragment() or response.status_code >= 500 or request.endpoint == "notices.bell":
        return response
    try:
        with read_only(True):  # the request's own transaction is over
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
