"""The page 通知: newest first; opening one marks it as read (F-4)."""

import json
from typing import Any

from flask import abort, current_app, flash, render_template, request, url_for
from sqlalchemy import select

from crm.blueprints.notices import blueprint
from crm.domain.office.notices import mark_all_read, mark_done, mark_read, notices_of, unread_since, unread_state
from crm.domain.sales.opportunities import close_opportunity
from crm.domain.sales.orders import SOLD
from crm.domain.schedule.reminders import KIND as REMINDER
from crm.extensions import db
from crm.models import Notice
from crm.models.opportunities import WON
from crm.web.access import actor, get_or_404, one_or_404, rights, signed_in, unattended
from crm.web.notices import inaccessible, notice_text
from crm.web.request_clock import now
from crm.web.respond import go, page
from crm.web.sessions import safe_next
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number

PAGE_SIZE = 50
LAST_PAGE = 10_000
MAX_SHOWN = 3


@blueprint.get("/notices")
@signed_in
def index() -> Any:
    number = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    notices = notices_of(db.session(), rights().user_id, PAGE_SIZE + 1, (number - 1) * PAGE_SIZE)
    inaccessible_ids = inaccessible(notices[:PAGE_SIZE])
    shown = [
        {
            "notice": notice,
            "text": notice_text(notice),
            "gone": notice.id in inaccessible_ids,
            "asks": notice.kind == SOLD and notice.id not in inaccessible_ids,
        }
        for notice in notices[:PAGE_SIZE]
    ]
    return page("notices/index.html", shown=shown, number=number, more=len(notices) > PAGE_SIZE)


@blueprint.get("/notices/bell")
@signed_in
def bell() -> Any:
    """The link in the top bar anew, when something changed the number."""
    return page("notices/bell.html")


@blueprint.get("/notices/news")
@signed_in
@unattended
def news() -> Any:
    """Asked every minute by an open page: the bell and what is to be reminded of, or 304 where nothing is new (W-9)."""
    count, newest = unread_state(db.session(), rights().user_id)
    state = f"{count}-{newest}"
    response = current_app.response_class(mimetype="application/json")
    response.set_etag(state)
    if request.if_none_match.contains(state):
        response.status_code = 304
        return response
    known = next(iter(request.if_none_match), "").rpartition("-")[2]
    since = int(known) if is_record_number(known) else newest
    due = unread_since(db.session(), rights().user_id, since, REMINDER, MAX_SHOWN)
    bell = render_template("layout/_bell.html")
    response.set_data(json.dumps({"bell": bell, "told": [notice_text(notice) for notice in due]}))
    return response


@blueprint.post("/notices/open")
@signed_in
def open_one() -> Any:
    """Mark the notice as read, and go where it leads."""
    number = request.form.get("open") or request.form.get("won", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        abort(404)
    own = select(Notice).where(Notice.user_id == rights().user_id)
    notice = one_or_404(own.where(Notice.id == int(number)))
    mark_read(notice, now())
    if inaccessible([notice]):
        flash(_("The subject of this notice was deleted, or you no longer have access to it."), "warning")
        return go(url_for("notices.index"))
    if "won" in request.form and notice.kind == SOLD:
        return _win(notice)
    return go(safe_next(notice.url) if notice.url else url_for("notices.index"))


def _win(notice: Notice) -> Any:
    """贏單: one click in the notice (B-4)."""
    number = int((notice.url or "").rpartition("/")[2])
    opportunity = get_or_404("opportunities", number)
    close_opportunity(db.session(), opportunity, WON, None, actor(), opportunity.version)
    mark_done(db.session(), {rights().user_id}, SOLD, (notice.message,), notice.url or "", now())
    flash(_("“%(title)s” has been won.", title=opportunity.title), "done")
    return go(url_for("notices.index"))


@blueprint.post("/notices/read")
@signed_in
def read_all() -> Any:
    mark_all_read(db.session(), rights().user_id, now())
    flash(_("All notices have been marked as read."), "done")
    return go(url_for("notices.index"))
