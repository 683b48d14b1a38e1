"""The moment of this request; one for the whole request, so that all its stamps agree."""

from datetime import UTC, datetime

from flask import g, has_request_context


def now() -> datetime:
    if not has_request_context():
        return datetime.now(UTC)
    if "now" not in g:
        g.now = datetime.now(UTC)
    moment: datetime = g.now
    return moment
