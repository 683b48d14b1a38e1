"""Forms that strangers can send: small, and every field once (hostile case 55)."""

from flask import abort, request

from crm.web.preserved_input import FIELD
from crm.web.preserved_input import MOST_BYTES as MOST_CARRIED

MOST_FIELDS = 40
MOST_BYTES = 64 * 1024


def reject_malformed_form() -> None:
    """400 or 413 for a form that none of our pages can have sent."""
    length = request.content_length or 0
    if length > MOST_BYTES and length > MOST_BYTES + min(len(request.form.get(FIELD, "")), MOST_CARRIED):
        abort(413)
    if len(request.form) > MOST_FIELDS or any(len(values) > 1 for _, values in request.form.lists()):
        abort(400)
