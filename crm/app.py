"""The app class: the request's transaction is committed in one place (architecture, step 6)."""

from collections.abc import MutableMapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, request, session
from flask.globals import request_ctx
from flask.templating import Environment

from crm.extensions import db
from crm.jobs.pacing import courtesy
from crm.models.engine import set_read_only
from crm.web.cookies import Sessions
from crm.web.idempotency import answer_once
from crm.web.page_times import UNMEASURED, PageTimes
from crm.web.request_bodies import READING_METHODS, check_body

MESSAGES = "_flashes"


class Templates(Environment):
    """Jinja's, without a layer above its globals where a template has none of its own.

    A page looks up a hundred names there and compares them at each import, which took a tenth of a small page's time.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class CRM(Flask):
    jinja_environment = Templates
    session_interface = Sessions()

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.page_times = PageTimes(datetime.now(UTC))

    def full_dispatch_request(self) -> Response:
        """Note how long the answer took: its commit is in it, its way to the browser is not."""
        began = perf_counter()
        try:
            with courtesy.serving():
                return super().full_dispatch_request()
        finally:
            if request.endpoint not in (None, "static") and UNMEASURED not in request.environ:
                self.page_times.note(request.endpoint or "", perf_counter() - began, datetime.now(UTC))

    def preprocess_request(self) -> Any:
        """Decide whether this request's transaction may write, before anything touches the database."""
        view = self.view_functions.get(request.endpoint or "")
        reads = request.method in READING_METHODS or getattr(view, "own_transaction", False)
        set_read_only(reads or g.get("showing_again", False))
        check_body(request, view)
        return super().preprocess_request()

    def dispatch_request(self) -> Response:
        """Answer, then commit where the status is below 400; errors roll back before their page is made.

        Where the commit fails, the view's messages of success are taken back.
        """
        messages = list(session.get(MESSAGES, ())) if request.method not in READING_METHODS else []
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
            set_read_only(True)
            if request.method not in READING_METHODS:
                _say_only(messages)
            raise


def _say_only(messages: list[Any]) -> None:
    """Remove the flashed messages added since, also those that an unsent page has taken already."""
    request_ctx.flashes = None
    if messages or MESSAGES in session:
        session[MESSAGES] = messages
