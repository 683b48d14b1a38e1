"""Forms that strangers can send: small, and every field once (hostile case 55)."""

from flask import abort, request

from crm.web.preserved_input import FIELD
from crm.web.preserved_input import MAX_BYTES as MAX_CARRIED

MAX_FIELDS = 40
MAX_BYTES = 64 * 1024


def reject_malformed_form() -> None:
    """400 or 413 for a form that none of our pages can have sent."""
    length = request.content_length or 0
    if length > MAX_BYTES and length > MAX_BYTES + min(len(request.form.get(FIELD, "")), MAX_CARRIED):
        abort(413)
    if len(request.form) > MAX_FIELDS or any(len(values) > 1 for _, values in request.form.lists()):
        abort(400)
