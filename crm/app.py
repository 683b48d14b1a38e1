"""The app class: the request's transaction is committed in one place (architecture, step 6)."""

from typing import Any

from flask import Flask, Response, abort, request

from crm.config import MOST_FORM_BYTES, MOST_FORM_FIELDS
from crm.extensions import db
from crm.models.engine import set_reading
from crm.web.once import answer_once
from crm.web.urls import Rule

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _refuse_odd_request() -> None:
    """413 for more values than any page sends; 400 for a NUL, which PostgreSQL keeps in no text (hostile case 55)."""
    if b"%00" in request.query_string or "\0" in request.path:
        abort(400)
    if not request.endpoint or request.method != "POST":
        return
    sent = list(request.form.items(multi=True))
    if len(sent) > MOST_FORM_FIELDS:
        abort(413)
    if any("\0" in value for _name, value in sent):
        abort(400)


class CRM(Flask):
    url_rule_class = Rule

    def preprocess_request(self) -> Any:
        """Decide whether this request's transaction may write, before anything touches the database."""
        view = self.view_functions.get(request.endpoint or "")
        set_reading(request.method in READING_METHODS or getattr(view, "own_transaction", False))
        if request.mimetype != "multipart/form-data":
            request.max_content_length = MOST_FORM_BYTES
        _refuse_odd_request()
        return super().preprocess_request()

    def dispatch_request(self) -> Response:  # type: ignore[override]
        """Answer, then commit where the status is below 400; errors roll back before their page is made."""
        try:
            response = answer_once(lambda: self.make_response(super(CRM, self).dispatch_request()))
            if request.method not in READING_METHODS:
                if response.status_code < 400:
                    db.session.commit()
                else:
                    db.session.rollback()
            return response
        except Exception:
            db.session.rollback()
            set_reading(True)
            raise
