"""The page 通知: newest first; opening one marks it as read (F-4)."""

from typing import Any

from flask import abort, flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm.blueprints.notices import blueprint
from crm.domain.office.notices import mark_all_read, mark_read, notices_of
from crm.extensions import db
from crm.models import Notice
from crm.web.access import one_or_404, rights, signed_in
from crm.web.notices import inaccessible, notice_text
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.sessions import safe_next

PAGE_SIZE = 50
LAST_PAGE = 10_000


@blueprint.get("/notices")
@signed_in
def index() -> Any:
    number = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    found = notices_of(db.session(), rights().user_id, PAGE_SIZE + 1, (number - 1) * PAGE_SIZE)
    gone = inaccessible(found[:PAGE_SIZE])
    shown = [{"notice": notice, "text": notice_text(notice), "gone": notice.id in gone} for notice in found[:PAGE_SIZE]]
    return page("notices/index.html", shown=shown, number=number, more=len(found) > PAGE_SIZE)


@blueprint.get("/notices/bell")
@signed_in
def bell() -> Any:
    """The link in the top bar anew, when something changed the number."""
    return page("notices/bell.html")


@blueprint.post("/notices/open")
@signed_in
def open_one() -> Any:
    """Mark the notice as read, and go where it leads."""
    number = request.form.get("open", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        abort(404)
    own = select(Notice).where(Notice.user_id == rights().user_id)
    notice = one_or_404(own.where(Notice.id == int(number)))
    mark_read(notice, now())
    if inaccessible([notice]):
        flash(_("The subject of this notice was deleted, or you no longer have access to it."), "warning")
        return go(url_for("notices.index"))
    return go(safe_next(notice.url) if notice.url else url_for("notices.index"))


@blueprint.post("/notices/read")
@signed_in
def read_all() -> Any:
    mark_all_read(db.session(), rights().user_id, now())
    flash(_("All notices have been marked as read."), "done")
    return go(url_for("notices.index"))
