"""The same form sent several times makes one record and gets the same answer (hostile case 31)."""

import secrets
from collections.abc import Callable

from flask import Response, g, request
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import select

from crm.extensions import db
from crm.models import SentForm
from crm.models.engine import is_reading
from crm.web.clock import now

KEPT_HEADERS = ("Location", "HX-Trigger", "HX-Redirect", "HX-Push-Url", "Content-Type")
FIELD = "once"


def once_token() -> str:
    return secrets.token_urlsafe(18)


def once_input() -> Markup:
    """The hidden input for a form that is not made by `RecordForm`."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, once_token())


def answer_once(answer: Callable[[], Response]) -> Response:
    """Answer a sent form, or repeat the answer given before; the row commits with the form's own writes."""
    token = request.form.get(FIELD, "") if request.method == "POST" else ""
    # A view with its own short transaction answers for itself: its writes are committed already.
    if not token or len(token) > 64 or is_reading():
        return answer()
    sender = current_user.id if current_user.is_authenticated else None
    before = db.session.scalars(select(SentForm).where(SentForm.token == token)).first()
    if before is not None:
        if before.user_id != sender:
            return Response(status=400)
        return Response(before.body, before.status, before.headers)
    response = answer()
    # A form that was sent only to change its rows is sent again, to be saved.
    if g.get("nothing_saved"):
        return response
    if response.status_code < 400 and not response.is_streamed:
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        body = response.get_data(as_text=True) if response.status_code == 200 else ""
        db.session.add(
            SentForm(
                token=token, user_id=sender, sent_at=now(), status=response.status_code, headers=headers, body=body
            )
        )
    return response
