"""The bodies of panels: one that fails says so in its place, one that is slow is no longer waited for (W-5)."""

from time import monotonic

from flask import render_template

from crm.models.bounded_cache import cleared_with_all
from crm.web.errors import log_crash
from crm.web.panels import Body, Panel, body_of

PATIENCE = 3.0
"""Seconds. A panel that took longer twice in a row comes by itself from then on; without scripts by a link."""
ALONE_FOR = 300.0
"""Seconds until it is tried again together with the others."""
_alone_until: dict[str, float] = {}
_slow: set[str] = set()
"""Panels that were slow the last time: once may be a cold start, twice in a row is the panel."""
cleared_with_all(_alone_until.clear)
cleared_with_all(_slow.clear)


def loads_separately(key: str) -> bool:
    return _alone_until.get(key, 0.0) > monotonic()


def timed_body(panel: Panel) -> Body:
    """The body; how long it took is remembered in this process."""
    began = monotonic()
    try:
        return body_of(panel)
    finally:
        if monotonic() - began <= PATIENCE:
            _slow.discard(panel.key)
            _alone_until.pop(panel.key, None)
        elif panel.key in _slow:
            _alone_until[panel.key] = monotonic() + ALONE_FOR
        else:
            _slow.add(panel.key)


def safe_body(panel: Panel) -> Body:
    try:
        return timed_body(panel)
    except Exception as error:
        return failed_body(panel, error)


def failed_body(panel: Panel, error: Exception) -> Body:
    return Body(render_template("workbench/_failed.html", panel=panel, number=log_crash(error)))
