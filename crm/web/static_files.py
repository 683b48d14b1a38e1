"""Addresses of static files with a content hash, so that they can be cached for a year."""

import hashlib
from functools import cache
from pathlib import Path

from flask import current_app, url_for

from crm.models.bounded_cache import cleared_with_all


@cache
def _hash(path: str, changed: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


DOCUMENT_PAGES = frozenset({"orders", "quotes", "receipts"})
"""The features whose pages count amounts while one types (`js/documents.js`)."""
_urls: dict[str, str] = {}
cleared_with_all(_urls.clear)


def static_url(name: str) -> str:
    """`/static/css/app.css?v=…`; the hash is taken once (at every request in debug mode)."""
    if name in _urls and not current_app.debug:
        return _urls[name]
    path = Path(current_app.static_folder or "", name)
    url = url_for("static", filename=name, v=_hash(str(path), path.stat().st_mtime))
    _urls[name] = url
    return url
