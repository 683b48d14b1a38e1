"""Which requests are read at all: a body must be of a kind that its address takes (hostile case 55).

Every address takes a plain form and nothing else; one that takes files says so (`takes_files`). What nobody declared is
refused before anything reads it: Flask-WTF would take JSON for a form, past every limit that forms have.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from flask import Request, abort

from crm.config import MAX_FORM_BYTES, MAX_FORM_FIELDS

View = TypeVar("View", bound=Callable[..., Any])

FORM, FILES = "application/x-www-form-urlencoded", "multipart/form-data"
PARAMETERS = {FORM: {"charset"}, FILES: {"charset", "boundary"}}
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ONCE_ONLY = ("csrf_token", "once", "version")
"""Hidden fields of which a page sends one each: of two, nobody knows which one was checked."""


def takes_files(view: View) -> View:
    """The view's form brings files."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def takes_large_files(max_bytes: int) -> Callable[[View], View]:
    """The same for files of up to so many bytes."""

    def mark(view: View) -> View:
        view.max_bytes = max_bytes  # type: ignore[attr-defined]
        return takes_files(view)

    return mark


def check_body(request: Request, view: Any) -> None:
    """415 for a body that the view does not take, 413 for one that is too large, 400 for what no page sends."""
    if b"%00" in request.query_string or "\0" in request.path:
        abort(400)
    if not request.endpoint:
        return
    files = getattr(view, "takes_files", False)
    if not files:
        request.max_content_length = MAX_FORM_BYTES
    elif getattr(view, "max_bytes", None):
        request.max_content_length = view.max_bytes
    if request.method in READING_METHODS:
        if has_body(request):
            abort(415)
        return
    if not is_declared(request, FILES if files else FORM):
        abort(415)
    check_text(request)
    check_values(request)


def has_body(request: Request) -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def is_declared(request: Request, kind: str) -> bool:
    """Whether the body is of that kind, in UTF-8 and as it is; no body at all is for the view to judge."""
    content_type = request.headers.get("Content-Type", "")
    if not content_type:
        return not has_body(request)
    # A form that offers to bring a file may be sent without one.
    kinds = (FORM, FILES) if kind == FILES else (FORM,)
    named, *texts = (part.strip() for part in content_type.split(";"))
    if named.lower() not in kinds or request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        return False
    parameters = [part.partition("=") for part in texts if part]
    names = [name.strip().lower() for name, _is, _value in parameters]
    values = dict(zip(names, (value.strip().strip('"') for _name, _is, value in parameters), strict=True))
    if len(values) < len(names) or not set(names) <= PARAMETERS[named.lower()]:
        return False
    return values.get("charset", "utf-8").lower() in ("utf-8", "utf8") and values.get("boundary") != ""


def check_text(request: Request) -> None:
    """400 for a plain form that is not UTF-8: Werkzeug would keep %A4%A4 as six signs, as if somebody typed them."""
    if request.mimetype != FORM:
        return
    try:
        unquote_to_bytes(request.get_data(cache=True, parse_form_data=False)).decode()
    except UnicodeDecodeError:
        abort(400)


def check_values(request: Request) -> None:
    """413 for more values than any page sends; 400 for a NUL, which PostgreSQL keeps in no text."""
    sent = list(request.form.items(multi=True))
    if len(sent) > MAX_FORM_FIELDS:
        abort(413)
    if "\0" in "".join(chain.from_iterable(sent)):
        abort(400)
    if any(len(request.form.getlist(name)) > 1 for name in ONCE_ONLY):
        abort(400)
