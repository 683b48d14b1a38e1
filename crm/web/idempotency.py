"""The same form sent several times makes one record and gets the same answer (hostile case 31).

A form's token belongs to its content. The same content gives the answer that was given; another content is another
deed. Where the first one made a record, the second is refused in words that show both: somebody corrected what they
had typed after the answer was lost, and neither may their correction vanish nor a second record appear unasked.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from flask import Response, flash, g, get_flashed_messages, make_response, render_template, request, session, url_for
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Select, event, func, select
from sqlalchemy.orm import Session
from werkzeug.routing import BuildError

from crm.extensions import db
from crm.i18n import N_
from crm.models import SentForm
from crm.models.base import Base, Versioned
from crm.models.engine import is_read_only
from crm.models.table_versions import invalidated_tables
from crm.web.access import rights
from crm.web.errors import error_page
from crm.web.request_clock import now
from crm.web.respond import go
from crm.web.sessions import referring_page, safe_next
from crm.web.translation import gettext as _

KEPT_HEADERS = ("Location", "HX-Trigger", "HX-Redirect", "HX-Push-Url")
FIELD = "once"
NOT_CONTENT = frozenset({FIELD, "csrf_token"})
MAX_TOKEN_LENGTH, MAX_MESSAGE_LENGTH = 64, 300
ALREADY = N_("This form was already saved, but your later changes were not.")
ADVICE = N_("Please edit %(record)s; saving this form again would create another one.")
_MADE = "crm_made_records"


@event.listens_for(Session, "after_flush")
def _note_made(flushed: Session, _context: Any) -> None:
    """Remember the records that this transaction makes; what only belongs to a record has no version."""
    records: list[Any] = [record for record in flushed.new if isinstance(record, Versioned)]
    if records:
        flushed.info.setdefault(_MADE, []).extend((record.__tablename__, record.id) for record in records)


def once_token(form: Any = None) -> str:
    """A new token; for a form that is shown again its own, as nothing of it was saved."""
    if form is not None and request.method == "POST" and not g.get("told_saved_already"):
        sent = request.form.get(FIELD, "")
        if sent and len(sent) <= MAX_TOKEN_LENGTH:
            return sent
    return token_urlsafe(18)


def answer_once(answer: Callable[[], Response]) -> Response:
    """Answer a sent form, or repeat the answer given before; the row commits with the form's own writes."""
    token = request.form.get(FIELD, "") if request.method == "POST" else ""
    # A view with its own short transaction answers for itself: its writes are committed already. Strangers make no
    # records, and keep no rows.
    if not token or len(token) > MAX_TOKEN_LENGTH or is_read_only() or not current_user.is_authenticated:
        return answer()
    sender, digest = current_user.id, content_digest()
    before = _sent_before(token)
    if any(row.user_id != sender for row in before):
        return Response(status=400)
    repeated = next((row for row in before if row.digest == digest), None)
    if repeated is not None:
        return repeat_answer(repeated)
    g.saved_already = next((row for row in before if row.made and not request.form.get("version")), None)
    db.session.info.pop(_MADE, None)
    response = answer()
    if response.status_code >= 400 or response.is_streamed:
        return response
    db.session.flush()
    records = db.session.info.pop(_MADE, [])
    if records and g.saved_already is not None:
        return refused()
    # What only looked, or only changed its rows, is sent again with the same token, to be saved.
    if invalidated_tables(db.session()) - {"login_sessions"}:
        db.session.add(_row(token, digest, response, records))
    return response


def _sent_before(token: str) -> list[SentForm]:
    """What was sent with this token. Two contents at once wait for each other, as writers on SQLite always do."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(token))))
    return list(db.session.scalars(select(SentForm).where(SentForm.token == token).order_by(SentForm.sent_at)))


def content_digest() -> str:
    """What was sent, and where to; files too."""
    content = sha256(request.path.encode())
    texts = [[name, values] for name, values in request.form.lists() if name not in NOT_CONTENT]
    content.update(json.dumps(texts).encode())
    for name, file in request.files.items(multi=True):
        content.update(json.dumps([name, file.filename]).encode())
        while part := file.stream.read(65536):
            content.update(part)
        file.stream.seek(0)
    return content.hexdigest()


def _row(token: str, digest: str, response: Response, records: list[tuple[str, int]]) -> SentForm:
    """Only the address that the answer led to, and its messages, are stored, never a page."""
    messages: list[Any] = session.get("_flashes") or get_flashed_messages(with_categories=True)
    record = g.get("saved_record") if g.get("saved_record") in records else next(iter(records), (None, None))
    return SentForm(
        token=token,
        digest=digest,
        user_id=current_user.id,
        sent_at=now(),
        status=response.status_code,
        headers={name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
        messages=[[category, str(text)[:MAX_MESSAGE_LENGTH]] for category, text in messages[:5]],
        made=bool(records),
        record_kind=record[0],
        record_id=record[1],
    )


def repeat_answer(row: SentForm) -> Response:
    """The answer that this content got before; where that was a page, the page that it was sent from."""
    if "HX-Trigger" in row.headers:
        for category, text in row.messages:
            flash(text, category)
        return Response(render_template("layout/_saved.html"), row.status, row.headers)
    if row.messages:
        session["_flashes"] = [(category, text) for category, text in row.messages]
    if row.headers:
        return Response(status=row.status, headers=row.headers)
    return go(safe_next(referring_page()))


def remember_record(record: Any) -> None:
    """The record that the form was about, among all that its verb made."""
    if isinstance(record, Versioned):
        g.saved_record = (record.__tablename__, getattr(record, "id", None))  # type: ignore[attr-defined]


def earlier_record() -> SentForm | None:
    """What this form made before, with another content."""
    sent_form: SentForm | None = g.get("saved_already")
    return sent_form


def record_of(row: SentForm) -> Any:
    """The record that was made, if the person sees it."""
    model = next((m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == row.record_kind), None)
    if model is None:
        return None
    visible: Select[Any] = select(model)
    if hasattr(model, "visible_to"):
        visible = model.visible_to(rights())
    return db.session.scalars(visible.where(model.id == row.record_id)).first()


def already_saved_message(row: SentForm) -> Markup:
    """The sentence for above the form, with a link to what was made. Whoever reads it may go on with a new token."""
    g.told_saved_already = True
    link = Markup('<a href="{}">{}</a>').format(_address(row), _("what was saved"))
    return Markup("{} {}").format(_(ALREADY), Markup(_(ADVICE)) % {"record": link})


def _address(row: SentForm) -> str:
    """The page of the record; where it has none, where the first answer led."""
    made_at = request.endpoint or ""
    names = [made_at.replace("create", "show"), made_at.replace("create", "edit"), f"{row.record_kind}.show"]
    for name in names if row.record_id else ():
        if name != made_at:
            try:
                return url_for(name, id=row.record_id)
            except BuildError:
                continue
    return str(row.headers.get("Location") or row.headers.get("HX-Redirect") or url_for("workbench.show"))


def refused() -> Response:
    """For a view that shows no form again: nothing of the second content is saved."""
    row = g.saved_already
    text = already_saved_message(row)
    db.session.rollback()
    return make_response(error_page(409, text))
