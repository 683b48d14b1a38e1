"""What every answer carries: security headers, cache rules, and gzip (waitress does not compress)."""

import gzip

from flask import Flask, Response, current_app, request

from crm.models.bounded_cache import LRUCache

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
COMPRESSED = ("text/", "application/javascript", "image/svg+xml", "application/json")
MIN_BYTES = 700
ASK_AGAIN = "private, no-cache"
YEAR = 365 * 24 * 3600
FOR_GOOD = f"public, max-age={YEAR}, immutable"
"""Of what is called by its content, and everybody's."""
_static = LRUCache(4 * 1024 * 1024)


def set_up_headers(app: Flask) -> None:
    app.after_request(finish)


def finish(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "SAMEORIGIN"
    headers["Referrer-Policy"] = "same-origin"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    if request.endpoint == "static":
        if "v" in request.args and response.status_code == 200:
            headers["Cache-Control"] = FOR_GOOD
        headers.add("Vary", "Accept-Encoding")
        # What stands behind the question mark is anybody's: it must not fill the memory.
        return _gzip(response, key=f"{request.path} {response.headers.get('ETag')}")
    headers.add("Vary", "HX-Request, Accept-Encoding")
    # Files to be saved too: the browsers of shared PCs keep copies of their own.
    # A picture may be kept by the one browser that then asks whether it is still so.
    if headers.get("Cache-Control") not in (ASK_AGAIN, FOR_GOOD):
        headers["Cache-Control"] = "no-store"
    if response.mimetype == "text/html":
        headers["X-UA-Compatible"] = "IE=edge"
    return _gzip(response)


def _gzip(response: Response, key: str = "") -> Response:
    """Compress texts; static files once and for all."""
    fits = (
        "gzip" in request.headers.get("Accept-Encoding", "")
        and response.status_code == 200
        and (response.mimetype or "").startswith(COMPRESSED)
        and "Content-Encoding" not in response.headers
    )
    if not fits or (not key and response.is_streamed):
        return response
    response.direct_passthrough = False
    body: bytes | None = _static.get(key) if key else None
    if body is None:
        data = response.get_data()
        if len(data) < MIN_BYTES:
            return response
        body = gzip.compress(data, compresslevel=9 if key else 3, mtime=0)
        if key:
            _static.put(key, body)
    response.set_data(body)
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("ETag", None)
    return response
