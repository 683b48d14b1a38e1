"""Letters that were not sent, for the administrator: why, and once more."""

from typing import Any

from flask import abort, flash, url_for
from flask_babel import gettext as _

from crm.blueprints.jobs import blueprint
from crm.domain.platform.mail import can_mail, counts, troubled_letters, try_again
from crm.extensions import db
from crm.models import MailMessage, Permission
from crm.models.mail import SENT, WAITING, MailState
from crm.web.access import may, requires
from crm.web.firm_settings import settings
from crm.web.request_clock import now
from crm.web.respond import go, page

SHOWN = 200


@blueprint.get("/jobs/letters")
@requires(Permission.JOBS_VIEW)
def letters() -> Any:
    found = counts(db.session())
    troubled = list(db.session.scalars(troubled_letters().limit(SHOWN)))
    return page(
        "jobs/letters.html",
        letters=troubled,
        states=MailState,
        ready=can_mail(settings()),
        waiting=found.get(WAITING, 0),
        sent=found.get(SENT, 0),
        may_send=may(Permission.JOBS_SAVE),
    )


@blueprint.post("/jobs/letters/<int:id>")
@requires(Permission.JOBS_SAVE)
def send_again(id: int) -> Any:
    letter = db.session.get(MailMessage, id)
    if letter is None:
        abort(404)
    if try_again(db.session(), letter, now()):
        flash(_("The email to %(address)s is queued to be sent again.", address=letter.address), "done")
    else:
        flash(_("This email was sent in the meantime."), "warning")
    return go(url_for("jobs.letters"))
